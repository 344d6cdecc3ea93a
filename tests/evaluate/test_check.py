"""What is wrong with a set is told, all of it, and what is right is not."""

import pytest

from ragguide.evaluate.check import SetCheck, find_misfits
from ragguide.evaluate.records import Case, Span
from tests.evaluate.made import a_case, judged
from tests.evaluate.test_gold import a_document
from tests.evaluate.test_runs import a_run

ONE = SetCheck([a_document()])


def told(*cases: Case, check: SetCheck = ONE) -> list[str]:
    return [("" if r.is_fault else "hint: ") + r.text for r in check.check(cases)]


def test_a_case_that_is_right_is_not_spoken_of() -> None:
    case = a_case(
        pages=(1,), evidence="well-\nknown", facts=(("a line", "known LINE"),), answer="known line"
    )
    assert told(case) == []


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        (a_case(), "names no page, evidence, fact or document that it could be judged by"),
        (a_case(pages=(3,)), "names page 3 of guide, which has 2"),
        (a_case(pages=(1, 1)), "names a page twice: 1, 1"),
        (
            a_case(pages=(2,), evidence="well-known line"),
            'page 2 does not hold the evidence "well-known line": it is on 1',
        ),
        (
            a_case(pages=(1,), evidence="never written here"),
            'page 1 does not hold the evidence "never written here": it is nowhere in the document',
        ),
        (a_case(evidence="never written here"), 'does not hold the evidence "never written here"'),
        (a_case(pages=(1,), facts=(("80 GB", "80 gigabytes"),)), "page 1 does not state 80 GB|80"),
        (a_case(kind="multi", pages=(1,)), "is of the kind 'multi' and names one page"),
        (a_case(pages=(1,), evidence2="known line"), "second evidence and is not of the k"),
        (
            a_case(kind="multi", pages=(1, 2), facts=(("GPU",),)),
            "pages 1, 2 together do not state GPU",
        ),
        (a_case(document="other", pages=(1,)), "the index holds no document 'other'"),
        (a_case(relevant={"other": 1}), "relevant: the index holds no document 'other'"),
        (a_case(kind="unanswerable", pages=(1,), evidence="x"), "and names pages, evidence"),
    ],
)  # fmt: skip
def test_each_fault_is_told(case: Case, fault: str) -> None:
    (remark,) = ONE.check([case])
    assert remark.is_fault
    assert fault in remark.text


def test_the_same_question_twice_is_told_with_the_first() -> None:
    first = Case(id="a", question="What of it?", pages=(1,))
    second = Case(id="b", question="what  of it?", pages=(1,))
    assert told(first, second) == ["asks what a asks"]


def test_pages_of_several_documents_need_a_name() -> None:
    both = SetCheck([a_document("a"), a_document("b")])
    assert told(a_case(pages=(1,)), check=both) == ["names pages, and no document of the 2 indexed"]
    assert told(a_case(pages=(1,), document="b"), check=both) == []


def test_a_hint_tells_facts_that_the_case_s_own_answer_lacks() -> None:
    case = a_case(pages=(1,), facts=(("known line",),), answer="A familiar one.")
    assert told(case) == ["hint: its own answer does not state known line"]


def test_a_hint_tells_a_multi_question_that_one_page_answers() -> None:
    case = a_case(kind="multi", pages=(1, 2), facts=(("AI reads",),))
    assert told(case) == ["hint: page 1, 2 states all of its facts alone"]


def test_an_unanswerable_question_is_told_with_the_words_that_never_occur() -> None:
    case = Case(id="x", question="How much memory has a Zeppelin?", kind="unanswerable")
    assert told(case) == [
        "hint: never written there: Zeppelin; nearest by its words: guide 2 (50%)"
    ]


def test_an_unanswerable_question_whose_words_stand_together_is_pointed_out() -> None:
    case = Case(id="x", question="Which line does the AI read?", kind="unanswerable")
    assert told(case) == ["hint: all its words stand together on guide 1"]


def test_cases_of_another_index_are_told_by_what_it_does_not_hold() -> None:
    place = Span(document="guide", start=0, end=9)
    found = [
        judged(a_case("right", pages=(1,), evidence="x"), gold=((place,),)),
        judged(a_case("quote", evidence="x"), gold=((),)),
        judged(a_case("document", pages=(1,), document="other")),
        judged(a_case("relevant", relevant={"guide": 1, "other": 1})),
        judged(a_case("failed", evidence="x"), error="broke"),
    ]
    assert find_misfits(a_run(sources={"guide": "x"}), found) == ["quote", "document", "relevant"]
