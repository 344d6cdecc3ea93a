"""Fusion against sums by hand."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.retrieve import _CONFIDENCE, KEYWORD_HALF, Ranked, confidence_of, fuse
from ragguide.types import Confidence


def fused(
    cosines: list[float], keyword_scores: list[float], *, weight: float = 0.6, top_k: int = 100
) -> list[Ranked]:
    return fuse(
        range(len(cosines)),
        np.array(cosines, np.float32),
        np.array(keyword_scores, np.float32),
        dense_weight=weight,
        top_k=top_k,
    )


def test_scores_are_those_computed_by_hand() -> None:
    assert KEYWORD_HALF == 10.0
    found = fuse(
        [7, 3, 5],
        np.array([0.5, 0.8, 0.0], np.float32),
        np.array([10.0, 0.0, 30.0], np.float32),
        dense_weight=0.6,
        top_k=3,
    )
    # 0.6 · 0.5 + 0.4 · 10/20 = 0.50;  0.6 · 0.8 = 0.48;  0.4 · 30/40 = 0.30
    assert [hit.row for hit in found] == [7, 3, 5]
    assert [hit.score for hit in found] == pytest.approx([0.50, 0.48, 0.30], abs=1e-6)
    assert [hit.cosine for hit in found] == pytest.approx([0.5, 0.8, 0.0], abs=1e-6)
    assert [hit.keyword_score for hit in found] == [10.0, 0.0, 30.0]


def test_the_weight_chooses_between_meaning_and_words() -> None:
    cosines, keyword_scores = [0.9, 0.1], [0.0, 25.0]
    by_meaning = fused(cosines, keyword_scores, weight=1.0)
    assert [(hit.row, hit.score) for hit in by_meaning] == [
        (0, pytest.approx(0.9, abs=1e-6)),
        (1, pytest.approx(0.1, abs=1e-6)),
    ]
    by_words = fused(cosines, keyword_scores, weight=0.0)
    assert [(hit.row, hit.score) for hit in by_words] == [
        (1, pytest.approx(25 / 35, abs=1e-6)),
        (0, 0.0),
    ]


def test_ties_keep_the_order_of_the_candidates() -> None:
    found = fuse(
        [4, 2, 9, 1],
        np.array([0.5, 0.7, 0.5, 0.5], np.float32),
        np.zeros(4, np.float32),
        dense_weight=0.6,
        top_k=4,
    )
    assert [hit.row for hit in found] == [2, 4, 9, 1]


def test_top_k_bounds_what_is_returned() -> None:
    assert [hit.row for hit in fused([0.1, 0.3, 0.2], [0.0] * 3, top_k=2)] == [1, 2]
    assert [hit.row for hit in fused([0.1, 0.3], [0.0] * 2, top_k=9)] == [1, 0]


def test_no_candidates_give_no_hits() -> None:
    assert fused([], []) == []


COSINES = st.floats(-1, 1, width=32)
KEYWORD_SCORES = st.floats(0, 100, width=32)
CANDIDATES = st.lists(st.tuples(COSINES, KEYWORD_SCORES), min_size=1, max_size=12)


@given(CANDIDATES, st.floats(0, 1), st.integers(1, 15))
def test_hits_come_best_first_and_fewer_are_the_first_of_more(
    candidates: list[tuple[float, float]], weight: float, top_k: int
) -> None:
    cosines, keyword_scores = map(list, zip(*candidates, strict=True))
    everything = fused(cosines, keyword_scores, weight=weight)
    scores = [hit.score for hit in everything]
    assert scores == sorted(scores, reverse=True)
    assert sorted(hit.row for hit in everything) == list(range(len(candidates)))
    assert fused(cosines, keyword_scores, weight=weight, top_k=top_k) == everything[:top_k]


@given(CANDIDATES, st.floats(0, 1), COSINES, KEYWORD_SCORES, st.data())
def test_a_higher_cosine_or_keyword_score_never_lowers_a_hit(
    candidates: list[tuple[float, float]],
    weight: float,
    cosine: float,
    keyword_score: float,
    data: st.DataObject,
) -> None:
    row = data.draw(st.integers(0, len(candidates) - 1))
    before = fused(*map(list, zip(*candidates, strict=True)), weight=weight)
    raised = list(candidates)
    raised[row] = (max(cosine, raised[row][0]), max(keyword_score, raised[row][1]))
    after = fused(*map(list, zip(*raised, strict=True)), weight=weight)
    place_before = [hit.row for hit in before].index(row)
    place_after = [hit.row for hit in after].index(row)
    assert after[place_after].score >= before[place_before].score
    assert place_after <= place_before


@given(COSINES, KEYWORD_SCORES, st.floats(0, 1))
def test_a_score_never_exceeds_one(cosine: float, keyword_score: float, weight: float) -> None:
    (hit,) = fused([cosine], [keyword_score], weight=weight)
    assert -1.0 <= hit.score <= 1.0 + 1e-6


def test_confidence_changes_its_word_at_each_threshold() -> None:
    leasts = [least for least, _ in _CONFIDENCE]
    assert leasts == sorted(set(leasts), reverse=True)
    words = [confidence_of(score) for least in leasts for score in (least, least - 1e-6)]
    assert words == ["very high", "high", "high", "medium", "medium", "low"]


@pytest.mark.parametrize(
    ("score", "word"), [(1.0, "very high"), (0.0, "low"), (-0.2, "low"), (2.0, "very high")]
)
def test_confidence_of_the_ends_of_the_scale(score: float, word: Confidence) -> None:
    assert confidence_of(score) == word
    assert word in get_args(Confidence)
