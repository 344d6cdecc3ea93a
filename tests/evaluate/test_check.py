"""The check reports every fault of a question set, and nothing about a correct one."""

import pytest

from ragguide.evaluate.check import SetCheck, find_misfits
from ragguide.evaluate.records import Case, Span
from tests.evaluate.made import a_case, judged
from tests.evaluate.test_gold import a_document
from tests.evaluate.test_runs import a_run

ONE = SetCheck([a_document()])


def remarks(*cases: Case, check: SetCheck = ONE) -> list[str]:
    return [("" if r.is_fault else "hint: ") + r.text for r in check.check(cases)]


def test_a_correct_case_gets_no_remark() -> None:
    case = a_case(
        pages=(1,), evidence="well-\nknown", facts=(("a line", "known LINE"),), answer="known line"
    )
    assert remarks(case) == []


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        (a_case(), "has no page, evidence, fact or document to judge it by"),
        (a_case(pages=(3,)), "names page 3 of guide, which has 2"),
        (a_case(pages=(1, 1)), "lists a page twice: 1, 1"),
        (
            a_case(pages=(2,), evidence="well-known line"),
            'the evidence "well-known line" is not on page 2; it is on page 1',
        ),
        (
            a_case(pages=(1,), evidence="never written here"),
            'the evidence "never written here" is not on page 1; it is not in the document',
        ),
        (a_case(evidence="never written here"), '"never written here" is not in the index'),
        (a_case(pages=(1,), facts=(("80 GB", "80 gigabytes"),)), "page 1 does not state 80 GB|80"),
        (a_case(kind="multi", pages=(1,)), "has kind 'multi' but only one page"),
        (a_case(pages=(1,), evidence2="known line"), "has evidence2, but its kind is not 'm"),
        (
            a_case(kind="multi", pages=(1, 2), facts=(("GPU",),)),
            "pages 1, 2 together do not state GPU",
        ),
        (a_case(document="other", pages=(1,)), "the index has no document 'other'"),
        (a_case(relevant={"other": 1}), "relevant: the index has no document 'other'"),
        (a_case(kind="unanswerable", pages=(1,), evidence="x"), "but also pages, evidence"),
    ],
)  # fmt: skip
def test_each_fault_is_reported(case: Case, fault: str) -> None:
    (remark,) = ONE.check([case])
    assert remark.is_fault
    assert fault in remark.text


def test_a_repeated_question_names_the_first() -> None:
    first = Case(id="a", question="What of it?", pages=(1,))
    second = Case(id="b", question="what  of it?", pages=(1,))
    assert remarks(first, second) == ["asks the same as a"]


def test_pages_need_a_document_if_the_index_has_several() -> None:
    both = SetCheck([a_document("a"), a_document("b")])
    assert remarks(a_case(pages=(1,)), check=both) == [
        "names pages but no document; the index has 2 documents"
    ]
    assert remarks(a_case(pages=(1,), document="b"), check=both) == []


def test_a_hint_names_facts_that_the_reference_answer_lacks() -> None:
    case = a_case(pages=(1,), facts=(("known line",),), answer="A familiar one.")
    assert remarks(case) == ["hint: its reference answer does not state known line"]


def test_a_hint_reports_a_multi_question_that_one_page_answers() -> None:
    case = a_case(kind="multi", pages=(1, 2), facts=(("AI reads",),))
    assert remarks(case) == ["hint: one page alone states all its facts: 1, 2"]


def test_a_hint_names_the_words_that_an_unanswerable_question_has_alone() -> None:
    case = Case(id="x", question="How much memory has a Zeppelin?", kind="unanswerable")
    assert remarks(case) == [
        "hint: words not in the guide: Zeppelin; closest pages: guide p. 2 (50%)"
    ]


def test_a_hint_names_the_page_with_all_words_of_an_unanswerable_question() -> None:
    case = Case(id="x", question="Which line does the AI read?", kind="unanswerable")
    assert remarks(case) == ["hint: all its words occur together on guide p. 1"]


def test_misfits_name_documents_or_quotes_that_the_index_lacks() -> None:
    place = Span(document="guide", start=0, end=9)
    found = [
        judged(a_case("right", pages=(1,), evidence="x"), gold=((place,),)),
        judged(a_case("quote", evidence="x"), gold=((),)),
        judged(a_case("document", pages=(1,), document="other")),
        judged(a_case("relevant", relevant={"guide": 1, "other": 1})),
        judged(a_case("failed", evidence="x"), error="broke"),
    ]
    assert find_misfits(a_run(sources={"guide": "x"}), found) == ["quote", "document", "relevant"]
