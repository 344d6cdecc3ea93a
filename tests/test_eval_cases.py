"""The questions in data/eval, checked against data/guide.pdf."""

from collections import Counter

import pytest
from pypdf import PdfReader

from ragguide.config import Settings
from ragguide.create.documents import parse
from ragguide.create.read import ReadOptions, limits_of
from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.check import SetCheck
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.records import UNANSWERABLE, Case
from ragguide.evaluate.said import verdict_of
from ragguide.types import Document
from tests.conftest import GUIDE_PDF, ROOT

KINDS = frozenset(
    "factoid definition list comparison howto numeric table yesno paraphrase keyword typo multi "
    "unanswerable".split()
)
SHARE_UNANSWERABLE = 0.15


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    return read("guide.jsonl")


@pytest.fixture(scope="module")
def yes_no() -> tuple[Case, ...]:
    return read("answers.jsonl")


def read(name: str) -> tuple[Case, ...]:
    found = read_questions(open_source(ROOT / "data" / "eval" / name))
    assert found.faults == ()
    return found.cases


@pytest.fixture(scope="module")
def document() -> Document:
    return parse(GUIDE_PDF, limits_of(Settings(), ReadOptions())).document


def test_120_questions_have_their_own_id_and_wording(cases: tuple[Case, ...]) -> None:
    assert [case.id for case in cases] == [f"g{number:03d}" for number in range(1, 121)]
    assert len({fold(case.question) for case in cases}) == len(cases)
    assert all(case.answer for case in cases)


def test_every_kind_has_six_questions_or_more(cases: tuple[Case, ...]) -> None:
    counts = Counter(case.kind for case in cases)
    assert counts.keys() == KINDS
    assert min(counts.values()) >= 6


def test_15_percent_are_unanswerable(cases: tuple[Case, ...]) -> None:
    silent = [case for case in cases if case.kind == UNANSWERABLE]
    assert len(silent) == SHARE_UNANSWERABLE * len(cases)
    assert {case.answer for case in silent} == {"Not stated in the guide."}


def test_every_answerable_question_names_facts_pages_and_evidence(cases: tuple[Case, ...]) -> None:
    for case in cases:
        if case.is_answerable:
            assert case.facts, case.id
            assert case.pages, case.id
            assert len(case.quotes) == (2 if case.kind == "multi" else 1), case.id


def test_the_questions_reach_every_page_of_the_body(cases: tuple[Case, ...]) -> None:
    """Each page from the first chapter to the last is the answer to some question."""
    reader = PdfReader(GUIDE_PDF)
    first = reader.page_labels.index("1") + 1
    asked = {page for case in cases for page in case.pages}
    assert asked >= set(range(first, len(reader.pages) + 1))


def test_nothing_is_wrong_with_them_and_their_facts_single_out_their_pages(
    cases: tuple[Case, ...], document: Document
) -> None:
    """As `ragguide eval check` tells it; of an unanswerable question it always has a hint."""
    remarks = SetCheck([document]).check(cases)
    silent = {case.id for case in cases if not case.is_answerable}
    assert [r for r in remarks if r.is_fault or r.case_id not in silent] == []
    assert {remark.case_id for remark in remarks} == silent


def test_yes_no_questions_have_a_verdict_that_their_reference_gives(
    yes_no: tuple[Case, ...],
) -> None:
    assert Counter(case.verdict for case in yes_no) == {"no": 9, "yes": 6}
    for case in yes_no:
        assert verdict_of(fold(case.answer)) == case.verdict, case.id
        assert case.wrong, case.id
        assert not says(fold(case.answer), case.wrong), case.id


def test_nothing_is_wrong_with_the_yes_no_questions(
    yes_no: tuple[Case, ...], document: Document
) -> None:
    assert SetCheck([document]).check(yes_no) == []
    assert not any(says(fold(case.evidence), case.wrong) for case in yes_no)
