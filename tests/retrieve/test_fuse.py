"""Fusion against sums by hand, groups against a plain loop."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragguide.retrieve.fuse import (
    _CONFIDENCE,
    KEYWORD_HALF,
    Candidates,
    Ranked,
    best_in_groups,
    confidences,
    fuse,
)
from ragguide.types import Confidence


def floats(values: list[float]) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def fused(
    cosines: list[float],
    keyword_scores: list[float],
    statement_cosines: list[float] | None = None,
    *,
    rows: list[int] | None = None,
    weight: float = 0.6,
    statement_weight: float = 0.25,
) -> list[Ranked]:
    """Best statements are as near as their passages unless they are given."""
    found = Candidates(
        rows=tuple(range(len(cosines)) if rows is None else rows),
        cosines=floats(cosines),
        statement_cosines=floats(cosines if statement_cosines is None else statement_cosines),
        keyword_scores=floats(keyword_scores),
    )
    return fuse(found, dense_weight=weight, statement_weight=statement_weight)


# ── fuse ────────────────────────────────────────────────────────────────────────────────────────


def test_scores_are_those_computed_by_hand() -> None:
    assert KEYWORD_HALF == 24.0
    found = fused([0.5, 0.8, 0.0], [24.0, 0.0, 72.0], [0.9, 0.8, 0.4], rows=[7, 3, 5])
    # meaning  ¾·0.5 + ¼·0.9 = 0.6,  ¾·0.8 + ¼·0.8 = 0.8,  ¾·0.0 + ¼·0.4 = 0.1
    # words    24/48 = 0.5,          0,                    72/96 = 0.75
    # score    0.6·0.6 + 0.4·0.5,    0.6·0.8,              0.6·0.1 + 0.4·0.75
    assert [hit.row for hit in found] == [7, 3, 5]
    assert [hit.score for hit in found] == pytest.approx([0.56, 0.48, 0.36], abs=1e-6)
    assert [hit.cosine for hit in found] == pytest.approx([0.5, 0.8, 0.0], abs=1e-6)
    assert [hit.statement_cosine for hit in found] == pytest.approx([0.9, 0.8, 0.4], abs=1e-6)
    assert [hit.keyword_score for hit in found] == [24.0, 0.0, 72.0]
    assert [hit.cosine_rank for hit in found] == [2, 1, 3]
    assert [hit.keyword_rank for hit in found] == [2, None, 1]


def test_the_weight_chooses_between_meaning_and_words() -> None:
    cosines, keyword_scores = [0.9, 0.1], [0.0, 25.0]
    by_meaning = fused(cosines, keyword_scores, weight=1.0)
    assert [(hit.row, hit.score) for hit in by_meaning] == [
        (0, pytest.approx(0.9, abs=1e-6)),
        (1, pytest.approx(0.1, abs=1e-6)),
    ]
    by_words = fused(cosines, keyword_scores, weight=0.0)
    assert [(hit.row, hit.score) for hit in by_words] == [
        (1, pytest.approx(25 / 49, abs=1e-6)),
        (0, 0.0),
    ]


def test_the_statement_weight_chooses_between_the_passage_and_its_best_statement() -> None:
    cosines, statements = [0.7, 0.2], [0.3, 0.9]
    for share, expected in ((0.0, [0.7, 0.2]), (1.0, [0.3, 0.9]), (0.25, [0.6, 0.375])):
        found = fused(cosines, [0.0, 0.0], statements, weight=1.0, statement_weight=share)
        by_row = sorted(found, key=lambda hit: hit.row)
        assert [hit.score for hit in by_row] == pytest.approx(expected, abs=1e-6)
        assert found[0].score == max(hit.score for hit in found)


def test_ties_come_in_the_order_of_the_rows() -> None:
    found = fused([0.5, 0.7, 0.5, 0.5], [0.0] * 4, rows=[1, 2, 4, 9])
    assert [hit.row for hit in found] == [2, 1, 4, 9]
    assert [hit.cosine_rank for hit in found] == [1, 2, 3, 4]
    assert [hit.keyword_rank for hit in found] == [None] * 4


def test_scores_that_differ_by_rounding_alone_are_a_tie() -> None:
    nearly = float(np.nextafter(np.float32(0.5), np.float32(1)))
    assert [hit.row for hit in fused([0.5, nearly, 0.6], [0.0] * 3)] == [2, 0, 1]
    assert [hit.row for hit in fused([0.5, 0.50001, 0.6], [0.0] * 3)] == [2, 1, 0]


def test_no_candidates_give_no_hits() -> None:
    assert fused([], []) == []


COSINES = st.floats(-1, 1, width=32)
KEYWORD_SCORES = st.floats(0, 100, width=32)
SHARES = st.floats(0, 1)
CANDIDATES = st.lists(st.tuples(COSINES, KEYWORD_SCORES, COSINES), min_size=1, max_size=12)


def columns(candidates: list[tuple[float, float, float]]) -> tuple[list[float], ...]:
    return tuple(map(list, zip(*candidates, strict=True)))


@given(CANDIDATES, SHARES, SHARES)
def test_hits_come_best_first(
    candidates: list[tuple[float, float, float]], weight: float, of_statement: float
) -> None:
    lists = columns(candidates)
    everything = fused(*lists, weight=weight, statement_weight=of_statement)
    scores = [hit.score for hit in everything]
    assert scores == sorted(scores, reverse=True)
    assert sorted(hit.row for hit in everything) == list(range(len(candidates)))


@given(CANDIDATES)
def test_ranks_are_those_of_each_list_alone(candidates: list[tuple[float, float, float]]) -> None:
    cosines, keyword_scores, statements = columns(candidates)
    for hit in fused(cosines, keyword_scores, statements):
        better = [c for c in cosines if c > cosines[hit.row]]
        equal_before = [c for c in cosines[: hit.row] if c == cosines[hit.row]]
        assert hit.cosine_rank == 1 + len(better) + len(equal_before)
        score = keyword_scores[hit.row]
        ahead = sum(s > score for s in keyword_scores) + keyword_scores[: hit.row].count(score)
        assert hit.keyword_rank == (1 + ahead if score > 0 else None)


@given(CANDIDATES, SHARES, SHARES, COSINES, KEYWORD_SCORES, COSINES, st.data())
def test_a_higher_cosine_or_keyword_score_never_lowers_a_hit(
    candidates: list[tuple[float, float, float]],
    weight: float,
    of_statement: float,
    cosine: float,
    keyword_score: float,
    statement_cosine: float,
    data: st.DataObject,
) -> None:
    row = data.draw(st.integers(0, len(candidates) - 1))
    before = fused(*columns(candidates), weight=weight, statement_weight=of_statement)
    raised = list(candidates)
    offered = (cosine, keyword_score, statement_cosine)
    raised[row] = tuple(map(max, offered, raised[row]))
    after = fused(*columns(raised), weight=weight, statement_weight=of_statement)
    place_before = [hit.row for hit in before].index(row)
    place_after = [hit.row for hit in after].index(row)
    assert after[place_after].score >= before[place_before].score
    assert place_after <= place_before


@given(COSINES, KEYWORD_SCORES, COSINES, SHARES, SHARES)
def test_a_score_never_exceeds_one(
    cosine: float, keyword_score: float, statement: float, weight: float, of_statement: float
) -> None:
    (hit,) = fused(
        [cosine], [keyword_score], [statement], weight=weight, statement_weight=of_statement
    )
    assert -1.0 - 1e-6 <= hit.score <= 1.0 + 1e-6


# ── groups ──────────────────────────────────────────────────────────────────────────────────────


def test_each_group_gives_its_greatest_and_an_empty_one_what_stands_for_it() -> None:
    values = floats([0.2, 0.9, 0.1, -0.5, -0.7])
    empty = floats([9.0, 8.0, 7.0, 6.0, 5.0])
    found = best_in_groups(values, [2, 0, 1, 2, 0], empty=empty)
    assert found.tolist() == floats([0.9, 8.0, 0.1, -0.5, 5.0]).tolist()
    assert found.dtype == np.float32
    assert empty.tolist() == [9.0, 8.0, 7.0, 6.0, 5.0]  # as it was


def test_without_groups_or_without_values_there_is_nothing_to_choose() -> None:
    assert best_in_groups(floats([]), [], empty=floats([])).tolist() == []
    assert best_in_groups(floats([]), [0, 0], empty=floats([1.0, 2.0])).tolist() == [1.0, 2.0]


@given(st.lists(st.tuples(st.lists(COSINES, max_size=4), COSINES), max_size=8))
def test_groups_are_those_of_a_plain_loop(groups: list[tuple[list[float], float]]) -> None:
    expected = [max(values, default=empty) for values, empty in groups]
    found = best_in_groups(
        floats([value for values, _ in groups for value in values]),
        [len(values) for values, _ in groups],
        empty=floats([empty for _, empty in groups]),
    )
    assert found.tolist() == expected


# ── confidence ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        # 11.4 · 0.46 + 5.1 · 0.10 − 3.7 = 2.05, a chance of .89; 11.4 · 0.36 − 5.1 · 0.10 − 3.7 =
        # −0.11, .47; the same of 0.33 and −0.13 is −0.60, .35
        ([0.46, 0.36, 0.33], ["very high", "medium", "low"]),
        # 11.4 · 0.46 + 5.1 · 0.02 − 3.7 = 1.65, .84; 11.4 · 0.44 − 5.1 · 0.02 − 3.7 = 1.21, .77
        ([0.46, 0.44], ["high", "high"]),
    ],
)
def test_the_chances_are_those_computed_by_hand(
    scores: list[float], words: list[Confidence]
) -> None:
    assert confidences(scores) == words


def test_the_same_score_is_surer_with_a_lead() -> None:
    assert confidences([0.4, 0.4])[0] == "high"
    assert confidences([0.4, 0.1])[0] == "very high"
    assert confidences([0.4])[0] == confidences([0.4, 0.4])[0]  # the only one leads over none


def test_no_hits_have_no_words() -> None:
    assert confidences([]) == []


def test_confidence_changes_its_word_at_each_threshold() -> None:
    leasts = [least for least, _ in _CONFIDENCE]
    assert leasts == sorted(set(leasts), reverse=True)
    for least, word in _CONFIDENCE:
        at = (math.log(least / (1 - least)) + 3.7) / 11.4  # where the chance is just that
        assert confidences([at + 1e-6]) == [word]
        assert confidences([at - 1e-6]) != [word]


@pytest.mark.parametrize(
    ("score", "word"), [(1.0, "very high"), (0.0, "low"), (-0.2, "low"), (2.0, "very high")]
)
def test_confidence_of_the_ends_of_the_scale(score: float, word: Confidence) -> None:
    assert confidences([score]) == [word]
    assert word in get_args(Confidence)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8).map(lambda s: sorted(s, reverse=True)))
def test_a_better_hit_is_never_less_sure(scores: list[float]) -> None:
    order = ["very high", "high", "medium", "low"]
    places = [order.index(word) for word in confidences(scores)]
    assert places == sorted(places)
