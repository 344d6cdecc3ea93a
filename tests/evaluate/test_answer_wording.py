"""Measures of an answer's own sentences, on answers whose figures are known."""

import math

import numpy as np
import pytest

from ragguide.evaluate.intervals import interval
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.records import Case, Judged
from ragguide.evaluate.statistics import figure_of, rows_of
from ragguide.evaluate.summary import figures_of
from tests.evaluate.made import a_case, a_quote, judged

QUOTE = "The quay opens at seven and closes at nine on every day but Sunday."
OPEN = a_case("open", kind="yesno", verdict="yes", facts=(("seven", "7"),), wrong=("at eight",))
DOGS = a_case("dogs", kind="yesno", verdict="no", facts=(("leash",),), wrong=("dogs are allowed",))
DEPTH = a_case("depth", kind="count", facts=(("4",), ("metres",)), wrong=("14 m",))
SILENT = a_case("silent", kind="unanswerable")


def figure(name: str, *items: Judged) -> float:
    measure = find_measure(name)
    return figure_of(measure.summarise, rows_of(measure, items))


def answer(case: Case, text: str, **fields: object) -> Judged:
    return judged(case, answer=text, quotes=(a_quote(1, QUOTE),), **fields)


RIGHT = answer(OPEN, "Yes, from seven on. [1]")
LATE = answer(DOGS, "Keep it on a leash. [1] No, it may not run. [?]")
WRONG = answer(DOGS, "Yes, dogs are allowed. [1] Use a leash. [2]")
BARE = answer(DEPTH, "It is 4 metres deep.")


def test_verdicts_count_apart_and_balanced() -> None:
    items = (RIGHT, LATE, WRONG, BARE)
    assert figure("verdict", *items) == pytest.approx(2 / 3)
    assert figure("verdict:yes", *items) == 1.0
    assert figure("verdict:no", *items) == 0.5
    assert figure("verdict:balanced", *items) == 0.75
    assert math.isnan(figure("verdict:balanced", LATE, WRONG))  # no question with "yes"
    assert math.isnan(figure("verdict", BARE))


def test_wrong_wordings_count_by_answer_and_by_marked_sentence() -> None:
    assert figure("wrong", RIGHT, LATE, WRONG, BARE) == 0.25
    assert math.isnan(figure("wrong", answer(DOGS, "", refused=True)))  # it says nothing
    assert figure("false-support", RIGHT, LATE, WRONG) == 0.25  # of four marked sentences
    assert figure("false-support", answer(OPEN, "No, never. [1]")) == 1.0
    assert math.isnan(figure("false-support", BARE))
    assert figure("false-alarm", RIGHT, LATE) == 0.5
    assert math.isnan(figure("false-alarm", WRONG))


def test_an_answer_is_direct_by_its_first_sentence() -> None:
    assert figure("direct", RIGHT) == 1.0
    assert figure("direct", answer(DOGS, "Dogs may come. [1] No, not without a leash.")) == 0.0
    assert figure("direct", BARE) == 1.0
    assert math.isnan(figure("direct", answer(SILENT, "None.")))


def test_copied_words_count_where_an_answer_needs_its_own() -> None:
    assert figure("copied", answer(OPEN, f"Yes. {QUOTE} [1]")) == pytest.approx(14 / 15)
    assert figure("copied", RIGHT) == 0.0
    assert math.isnan(figure("copied", answer(a_case(kind="definition"), QUOTE)))
    assert math.isnan(figure("copied", answer(OPEN, "")))


def test_words_are_the_median_and_what_90_percent_do_not_exceed() -> None:
    items = [answer(a_case(str(n)), "word " * n) for n in range(1, 11)]
    assert figure("words-p50", *items, answer(OPEN, "", refused=True)) == 5.5
    assert figure("words-p90", *items) == 9.0


def test_refusals_in_the_answers_own_words_count() -> None:
    told = answer(SILENT, "The guide does not mention otters.")
    denied = answer(SILENT, "No, there are none. [1]")
    made_up = answer(SILENT, "Three otters. [1]")
    assert figure("refused:unanswerable", told, denied, made_up) == pytest.approx(2 / 3)
    answers = (
        RIGHT,
        answer(DOGS, "No, the guide does not mention them."),
        answer(DEPTH, "Not stated."),
    )
    assert figure("refused:answerable", *answers) == pytest.approx(1 / 3)
    assert (
        figure("true-refusals", told, denied, made_up) == 0.0
    )  # none was refused before the model


def test_facts_of_the_answer_leave_out_its_quotes_and_list_numbers() -> None:
    listed = answer(DEPTH, "1. five metres\n4. six feet")
    assert figure("facts:answer", listed) == 0.5
    assert figure("facts:answer", answer(OPEN, "Yes.")) == 0.0
    assert figure("facts", answer(OPEN, "Yes.")) == 1.0


def test_a_measure_over_nothing_is_undefined_and_not_shown() -> None:
    measures = [find_measure(name) for name in ("verdict", "wrong", "false-support", "direct")]
    assert figures_of([answer(a_case("plain"), "Fine.")], measures) == ()


def test_pooled_shares_of_zero_have_an_interval() -> None:
    measure = find_measure("false-support")
    rows = rows_of(measure, [RIGHT] * 10)
    np.testing.assert_array_equal(rows, [[0.0, 1.0]] * 10)
    ends = interval(measure.summarise, rows, seed=0)
    assert (ends.low, ends.high) == pytest.approx((0.0, 0.2775), abs=1e-4)  # Wilson's, 0 of 10
