"""Names of measures, their values for single cases, and that failures count."""

import math
from typing import Literal

import numpy as np
import pytest

from ragguide.errors import UsageError
from ragguide.evaluate.measures import all_measures, find_measure
from ragguide.evaluate.records import Judged
from tests.evaluate.made import a_case, a_hit, a_quote, judged


def figure(name: str, *items: Judged) -> float:
    measure = find_measure(name)
    rows = [row for row in map(measure.row_of, items) if row is not None]
    return measure.summarise(np.array(rows, dtype=np.float64))


def test_each_measure_is_found_by_its_name_once() -> None:
    names = [measure.name for measure in all_measures()]
    assert len(set(names)) == len(names)
    assert [find_measure(name).name for name in names] == names


def test_any_cutoff_and_coverage_can_be_asked_for() -> None:
    item = judged(a_case(pages=(7,)), *(a_hit(page) for page in range(1, 9)), answerability=0.5)
    assert figure("hit@6", item) == 0.0
    assert figure("hit@7", item) == 1.0
    assert figure("risk@0.37", item) == 1.0
    assert find_measure("nDCG@20:document").name == "nDCG@20:document"


def test_an_unknown_measure_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown measure 'hits@5'. Did you mean hit@5\?"):
        find_measure("hits@5")


def test_a_failed_case_has_the_worst_value_of_each_measure() -> None:
    gold = {"pages": (1,), "evidence": "x", "relevant": {"guide": 1}, "facts": (("five",),),
            "answer": "yes five", "other_answers": ("no five",), "wrong": ("six",)}  # fmt: skip
    verdicts: tuple[Literal["yes", "no"], ...] = ("yes", "no")
    cases = [a_case(verdict, verdict=verdict, **gold) for verdict in verdicts]
    failed = [judged(case, error="broke") for case in cases]
    silent = judged(a_case(kind="unanswerable"), error="broke")
    answered = [
        judged(
            case, a_hit(1), gold=((a_hit(1).span,),), answer=f"{case.verdict}, five. [1]",
            quotes=(a_quote(1, "five"),), citations=(a_quote(1, "five"),), answerability=0.9,
            timings_s={"search": 1.0, "first word": 1.0}, tokens={"prompt": 9, "answer": 1},
        )
        for case in cases
    ]  # fmt: skip
    refused = judged(a_case(kind="unanswerable"), refused=True, answerability=0.1)
    for measure in all_measures():
        if measure.name.endswith(("-p50", "-p90", "-p95")):
            assert measure.row_of(failed[0]) is None
            continue
        best = figure(measure.name, *answered, refused)
        worst = figure(measure.name, *failed, silent)
        if measure.name == "coverage":
            assert (best, worst) == (pytest.approx(2 / 3), 0.0)
        elif measure.name.startswith("risk"):
            assert best < worst == 1.0
        elif measure.higher_is_better:
            assert (best, worst) == (1.0, 0.0), measure.name
        else:
            assert (best, worst) == (0.0, 1.0), measure.name


def test_facts_are_searched_in_the_answer_in_the_quotes_and_in_both() -> None:
    case = a_case(facts=(("the AI",), ("90 %", "ninety percent")))
    item = judged(case, answer="The Al [1] is fine [?]", quotes=(a_quote(1, "ninety\nPercent"),))
    assert [figure(name, item) for name in ("facts", "facts:answer", "facts:quotes")] == [
        1,
        0.5,
        0.5,
    ]


def test_citations_are_judged_by_page_in_the_order_of_the_answer() -> None:
    item = judged(
        a_case(pages=(3,)),
        answer="First. [2] Then. [1][2] Last. [?]",
        citations=(a_quote(3, mark=1), a_quote(5, mark=2)),
        quotes=(a_quote(3, mark=1),),
    )
    assert figure("citation-precision", item) == 0.5
    assert figure("citation-recall", item) == 1.0
    assert figure("first-citation", item) == 0.0
    assert figure("first-citation:quotes", item) == 1.0
    assert figure("support", item) == pytest.approx(2 / 3)


def test_a_refusal_is_right_if_the_question_is_unanswerable() -> None:
    items = [
        judged(a_case(pages=(1,)), refused=True),
        judged(a_case(pages=(1,)), refused=False),
        judged(a_case(kind="unanswerable"), refused=True),
    ]
    assert figure("true-refusals", *items) == 1.0
    assert figure("false-refusals", *items) == 0.5
    assert figure("coverage", *items) == pytest.approx(1 / 3)


def test_times_leave_out_the_loading_of_models() -> None:
    laps = {"search": 0.1, "quotes": 0.2, "load": 9.0, "first word": 0.5, "rest of the answer": 2.0}
    item = judged(a_case(), timings_s=laps)
    assert figure("total-p50", item) == pytest.approx(2.8)
    assert figure("first-word-p95", item) == pytest.approx(0.8)
    assert figure("search-p50", item) == 0.1
    assert find_measure("search-p50").unit == "s"


def test_a_measure_without_cases_is_not_a_number() -> None:
    measure = find_measure("AUROC")
    assert math.isnan(measure.summarise(np.array([[0.5, 1.0]])))
