"""A typed answer is judged by the facts of its question, or by its verdict."""

import pytest

from ragguide.evaluate.quiz.judge import Judged, can_be_asked, judge
from ragguide.evaluate.records import Case

LAMP = Case(
    id="1", question="How long does the lamp burn, and on what?",
    facts=(("12 hours", "twelve hours"), ("rapeseed oil",)), wrong=("whale oil",),
)  # fmt: skip
MINT = Case(id="2", question="Does mint need sun?", verdict="no", facts=(("shade",),))


@pytest.mark.parametrize(
    ("typed", "judged"),
    [
        ("Twelve  hours, on Rapeseed oil", Judged("right")),
        ("12 hours", Judged("partly right", (("rapeseed oil",),))),
        ("112 hours", Judged("wrong", LAMP.facts)),
        ("12 hours on whale oil", Judged("wrong", (("rapeseed oil",),))),
        ("", Judged("wrong", LAMP.facts)),
    ],
)
def test_all_facts_are_right_some_are_partly_right(typed: str, judged: Judged) -> None:
    assert judge(LAMP, typed) == judged


@pytest.mark.parametrize(
    ("fact", "typed", "grade"),
    [
        ("12 pounds", "Twelve pounds a year", "right"),
        ("seven days", "7 days", "right"),
        ("7 days", "seventeen days", "wrong"),
        ("1 item", "none, an item is free", "wrong"),
    ],
)
def test_a_number_may_be_typed_in_words_or_digits(fact: str, typed: str, grade: str) -> None:
    assert judge(Case(id="6", question="How many?", facts=((fact,),)), typed).grade == grade


@pytest.mark.parametrize(
    ("typed", "grade"), [("No.", "right"), ("no", "right"), ("Yes", "wrong"), ("shade", "wrong")]
)
def test_a_yes_no_question_needs_its_verdict_only(typed: str, grade: str) -> None:
    assert judge(MINT, typed).grade == grade


def test_a_short_reference_answer_is_a_fact_and_a_long_one_is_not() -> None:
    short = Case(id="3", question="Who wrote it?", answer="Ada Byron", other_answers=("Lovelace",))
    assert judge(short, "it was lovelace").grade == "right"
    assert can_be_asked(short)
    assert not can_be_asked(
        Case(id="4", question="Why?", answer="for many reasons of all sorts here")
    )
    assert not can_be_asked(Case(id="5", question="Who?", answer="Ada", kind="unanswerable"))
