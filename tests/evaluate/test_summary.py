"""Figures of a run with their intervals, overall and by group."""

import math

import pytest

from ragguide.evaluate.intervals import interval
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.records import Judged, Span
from ragguide.evaluate.statistics import rows_of
from ragguide.evaluate.summary import document_of, figures_of, groups_of, kind_of
from tests.evaluate.made import a_case, a_hit, judged

HIT = find_measure("hit@1")
CASES = [
    judged(a_case("a", kind="typo", pages=(1,)), a_hit(1)),
    judged(a_case("b", kind="typo", pages=(1,)), a_hit(2), a_hit(1)),
    judged(a_case("c", kind="list", pages=(3,)), a_hit(3)),
    judged(a_case("d", kind="unanswerable"), a_hit(3)),
    judged(a_case("e", pages=(3,)), a_hit(3)),
]


def test_figure_counts_the_cases_that_it_says_something_of() -> None:
    figure, reciprocal = figures_of(CASES, [HIT, find_measure("MRR")])
    assert (figure.measure, figure.n, figure.value) == ("hit@1", 4, 0.75)
    assert reciprocal.value == pytest.approx(3.5 / 4)
    ends = interval(HIT.summarise, rows_of(HIT, CASES), seed=0)
    assert (figure.low, figure.high) == (ends.low, ends.high)
    assert 0.2 < figure.low < 0.75 < figure.high < 1.0


def test_measure_without_a_case_has_no_figure() -> None:
    assert figures_of(CASES, [find_measure("first-word-p50")]) == ()


def test_auroc_of_one_side_is_not_defined_rather_than_zero() -> None:
    (figure,) = figures_of(CASES[:3], [find_measure("AUROC")])
    assert math.isnan(figure.value)
    assert math.isnan(figure.low)


def test_groups_hold_their_own_cases_and_skip_those_without_a_name() -> None:
    groups = {group.name: group for group in groups_of(CASES, [HIT], kind_of)}
    assert list(groups) == ["list", "typo", "unanswerable"]
    assert groups["typo"].n == 2
    assert groups["typo"].figures[0].value == 0.5
    assert groups["unanswerable"].figures == ()


def test_document_is_that_of_the_case_or_of_its_quotes() -> None:
    def found_in(document: str) -> Judged:
        gold = ((Span(document=document, start=0, end=9),),)
        return judged(a_case("q", evidence="x"), gold=gold)

    assert document_of(found_in("left")) == "left"
    assert document_of(judged(a_case("q", document="right"))) == "right"
    assert document_of(judged(a_case("q"))) == ""
