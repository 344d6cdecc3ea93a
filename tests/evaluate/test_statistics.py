"""Rows stay aligned with their cases, whatever a measure applies to."""

import math

import numpy as np
import pytest

from ragguide.evaluate.records import Case, Judged, Measure, Outcome
from ragguide.evaluate.statistics import count_of, figure_of, mean, rows_of
from tests.evaluate.sampled import NAN, column


def test_a_case_that_a_measure_skips_keeps_its_row() -> None:
    def row_of(judged: Judged) -> tuple[float, ...] | None:
        return None if judged.outcome.refused else (judged.outcome.answerability, 1.0)

    measure = Measure(name="m", higher_is_better=True, row_of=row_of, summarise=mean)
    judged = [
        Judged(
            case=Case(id=str(i), question="?"),
            outcome=Outcome(case_id=str(i), answerability=i / 10, refused=i == 1),
        )
        for i in range(3)
    ]
    rows = rows_of(measure, judged)
    np.testing.assert_array_equal(rows, [[0.0, 1.0], [NAN, NAN], [0.2, 1.0]])
    assert count_of(rows) == 2
    assert figure_of(mean, rows) == pytest.approx(0.1)


def test_no_case_gives_no_figure() -> None:
    empty = column(NAN, NAN)
    assert math.isnan(figure_of(mean, empty))
