"""Verdicts on cases, in a few words."""

import pytest

from ragguide.evaluate.verdicts import judge
from tests.evaluate.made import a_case, a_hit, a_quote, judged

ANSWERABLE = a_case(pages=(7,), facts=(("blue",), ("green",)))
SILENT = a_case(kind="unanswerable")


@pytest.mark.parametrize(
    ("case", "fault", "words"),
    [
        (judged(ANSWERABLE, a_hit(7)), None, "rank 1"),
        (judged(ANSWERABLE, a_hit(1), a_hit(7)), "not first", "rank 2"),
        (judged(ANSWERABLE, a_hit(1)), "not found", "not found"),
        (judged(ANSWERABLE, a_hit(7), refused=True), "refused", "refused"),
        (judged(ANSWERABLE, error="the model fell over"), "error", "error"),
        (judged(SILENT, a_hit(1)), "answered", "answered"),
        (judged(SILENT, refused=True), None, "refused"),
        (judged(a_case(), a_hit(1)), None, "no fault"),  # without gold
    ],
)
def test_the_most_severe_fault_is_reported(case: object, fault: str | None, words: str) -> None:
    verdict = judge(case, "search")  # type: ignore[arg-type]
    assert (verdict.fault, str(verdict)) == (fault, words)


def test_facts_count_unless_the_mode_is_search() -> None:
    case = judged(ANSWERABLE, a_hit(7), quotes=(a_quote(7, "It is blue."),))
    shown = judge(case, "quotes")
    assert (shown.fault, str(shown)) == ("facts missing", "rank 1, facts 0.50")
    assert judge(case, "search").fault is None


def test_wrong_answers_are_reported_and_worth_less() -> None:
    case = a_case(pages=(7,), verdict="no", wrong=("on Monday",))
    right, denied, stated = (
        judge(judged(case, a_hit(7), answer=answer), "answers")
        for answer in ("No, on Sunday. [1]", "Yes. [1]", "No, on Monday. [1]")
    )
    assert (right.fault, str(right)) == (None, "rank 1")
    assert [(each.fault, str(each)) for each in (denied, stated)] == [
        ("wrong", "rank 1, wrong")
    ] * 2
    assert right.worth > denied.worth
    assert judge(judged(case, a_hit(7)), "answers").fault is None  # it gives no verdict at all


def test_an_answer_is_worth_more_than_a_first_rank() -> None:
    found = judge(judged(ANSWERABLE, a_hit(1), a_hit(7)), "search")
    refused = judge(judged(ANSWERABLE, a_hit(7), refused=True), "search")
    broken = judge(judged(ANSWERABLE, error="x"), "search")
    assert found.worth > refused.worth > broken.worth
