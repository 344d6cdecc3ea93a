"""The questions in data/eval/guide.jsonl, checked against the pages of data/guide.pdf."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from pypdf import PdfReader

DATA = Path(__file__).resolve().parent.parent / "data"
KINDS = frozenset(
    "factoid definition list comparison howto numeric table yesno paraphrase keyword typo multi "
    "unanswerable".split()
)
SHARE_UNANSWERABLE = 0.15
# A fact that stands everywhere judges nothing: so many further pages may hold all facts of a case.
MAX_OTHER_PAGES = 3


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the file. A fact is a tuple of alternatives, of which one must be said."""

    id: str
    question: str
    kind: str
    answer: str
    facts: tuple[tuple[str, ...], ...]
    pages: tuple[int, ...]  # from 1, in the PDF; the first holds `evidence`
    evidence: str
    evidence2: str = ""  # for "multi" alone: on another of its pages


CASES = [
    msgspec.json.decode(line, type=Case)
    for line in (DATA / "eval" / "guide.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [case for case in CASES if case.kind != "unanswerable"]


def flat(text: str) -> str:
    """Collapse white space."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """Collapse white space, ignore case, straighten apostrophes: the form facts are compared in."""
    return flat(text).replace("\u2019", "'").casefold()


def says(text: str, fact: tuple[str, ...]) -> bool:
    """One of the alternatives occurs in the folded `text`."""
    return any(fold(alternative) in text for alternative in fact)


@pytest.fixture(scope="module")
def pages() -> list[str]:
    """The text of every page, white space collapsed; page 1 is the first."""
    return [flat(page.extract_text()) for page in PdfReader(DATA / "guide.pdf").pages]


@pytest.fixture(scope="module")
def folded(pages: list[str]) -> list[str]:
    return [fold(page) for page in pages]


def test_120_questions_have_their_own_id_and_wording() -> None:
    assert [case.id for case in CASES] == [f"g{number:03d}" for number in range(1, 121)]
    assert len({fold(case.question) for case in CASES}) == len(CASES)
    assert all(case.answer for case in CASES)


def test_every_kind_has_six_questions_or_more() -> None:
    counts = Counter(case.kind for case in CASES)
    assert counts.keys() == KINDS
    assert min(counts.values()) >= 6


def test_15_percent_are_unanswerable_and_name_nothing() -> None:
    silent = [case for case in CASES if case.kind == "unanswerable"]
    assert len(silent) == SHARE_UNANSWERABLE * len(CASES)
    for case in silent:
        assert (case.facts, case.pages, case.evidence, case.evidence2) == ((), (), "", "")
        assert case.answer == "Not stated in the guide."


def test_the_questions_reach_every_page_of_the_body(pages: list[str]) -> None:
    """Each page from the first chapter to the last is the answer to some question."""
    reader = PdfReader(DATA / "guide.pdf")
    first = reader.page_labels.index("1") + 1
    asked = {page for case in CASES for page in case.pages}
    assert asked >= set(range(first, len(pages) + 1))


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_evidence_and_facts_stand_on_their_pages(
    case: Case, pages: list[str], folded: list[str]
) -> None:
    assert case.facts
    assert all(fact and all(fact) for fact in case.facts)
    assert len(set(case.pages)) == len(case.pages) > 0
    first, *others = case.pages
    assert case.evidence
    assert flat(case.evidence) in pages[first - 1]
    if case.kind == "multi":
        assert len(case.pages) == 2
        assert case.evidence2
        assert any(flat(case.evidence2) in pages[page - 1] for page in others)
        together = " ".join(folded[page - 1] for page in case.pages)
        assert all(says(together, fact) for fact in case.facts)
    else:
        assert case.evidence2 == ""
        for page in case.pages:
            assert all(says(folded[page - 1], fact) for fact in case.facts), page


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_facts_single_out_their_pages(case: Case, folded: list[str]) -> None:
    """No single page answers a `multi` question, and few further pages any other."""
    holding = {
        number
        for number, text in enumerate(folded, start=1)
        if all(says(text, fact) for fact in case.facts)
    }
    if case.kind == "multi":
        assert not holding
    else:
        assert len(holding - set(case.pages)) <= MAX_OTHER_PAGES


@pytest.mark.parametrize("case", ANSWERABLE, ids=lambda case: case.id)
def test_the_answer_states_every_fact(case: Case) -> None:
    """The reference answer would pass the check that other answers have to pass."""
    assert all(says(fold(case.answer), fact) for fact in case.facts)
