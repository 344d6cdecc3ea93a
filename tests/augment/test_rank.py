from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ragguide.augment.evidence import Candidate, split_hits
from ragguide.augment.rank import BY_RANKER, MOST_ODDS, RANKED, ScoreStatements, rank
from tests.augment.lists.guides import chunks_of, hits_of

if TYPE_CHECKING:
    from ragguide.types import FloatVector


def test_the_ranker_lowers_worse_answers_only() -> None:
    candidates = candidates_of("Ida Holm founded it.", "It has eleven kettles.")
    weights = rank("Who?", candidates, [0.5, 0.52], odds_of({"Ida Holm founded it.": 3.0}))
    assert weights == pytest.approx([0.5, 0.52 - BY_RANKER * 3.0])


def test_odds_count_up_to_a_bound() -> None:
    candidates = candidates_of("Ida Holm founded it.", "It has eleven kettles.")
    odds = odds_of({"Ida Holm founded it.": 100.0, "It has eleven kettles.": MOST_ODDS})
    assert rank("Who?", candidates, [0.5, 0.52], odds) == [0.5, 0.52]


def test_statements_that_are_not_read_stay_behind() -> None:
    texts = [f"Kettle {n} holds {n} litres." for n in range(RANKED + 2)]
    weights = [1.0 - n / 100 for n in range(RANKED + 2)]
    read: list[str] = []

    def odds(_: str, statements: Sequence[str]) -> "FloatVector":
        read.extend(statements)
        return np.arange(len(statements), dtype=np.float32)

    ranked = rank("How much?", candidates_of(*texts), weights, odds)
    assert read == texts[:RANKED]
    lowest = BY_RANKER * min(MOST_ODDS, RANKED - 1)
    assert ranked[RANKED:] == pytest.approx([weight - lowest for weight in weights[RANKED:]])


def test_a_heading_that_looks_like_a_question_is_not_read() -> None:
    candidates = candidates_of("It has eleven kettles.", "Who it is for.")
    odds = odds_of({"Who it is for.": 9.0, "It has eleven kettles.": -3.0})
    assert rank("Who brews?", candidates, [0.5, 0.52], odds) == [0.5, 0.52]


def test_without_a_ranker_weights_stay() -> None:
    candidates = candidates_of("It has eleven kettles.")
    assert rank("How many?", candidates, [0.5], None) == [0.5]
    assert rank("How many?", [], [], odds_of({})) == []


def candidates_of(*texts: str) -> Sequence[Candidate]:
    return split_hits(hits_of(chunks_of("\n\n".join(texts))))


def odds_of(known: dict[str, float]) -> ScoreStatements:
    return lambda _, statements: np.array([known.get(text, 0.0) for text in statements], np.float32)
