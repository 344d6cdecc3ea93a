"""Quotes are found in cleaned text however their page prints them."""

import re

import pytest
from pypdf import PdfReader

from ragguide import Guide
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.gold import GoldFinder
from ragguide.evaluate.records import Span
from ragguide.types import Block, Document, PrintedLine, Section
from tests.conftest import ROOT
from tests.evaluate.made import a_case

TEXT = "One\nThe AI reads a well-known line.\nTwo\nName: p5; Memory: 80 GB\nThe AI reads again."
PAGES = ("• The Al reads a well-\nknown line.", "Name\nMemory\np5\n80 GB\nThe AI reads again.")


def a_document(name: str = "guide") -> Document:
    second = TEXT.index("Two")
    row, last = TEXT.index("Name"), TEXT.index("The AI reads again")
    lines = [(TEXT.index("The"), 1, 0), (TEXT.index("known line"), 1, 1)]
    lines += [(row, 2, 0), (row, 2, 1), (row, 2, 2), (row, 2, 3), (last, 2, 4)]
    return Document(
        name=name,
        path=f"/{name}.pdf",
        title="",
        sha256="0",
        text=TEXT,
        page_starts=(0, second),
        page_labels=("i", "ii"),
        blocks=(Block(kind="paragraph", start=0, end=len(TEXT)),),
        sections=(
            Section(path=("Book", "One"), start=0, end=second),
            Section(path=("Book", "Two"), start=second, end=len(TEXT)),
        ),
        unreadable={},
        raw_pages=PAGES,
        lines=tuple(PrintedLine(start=s, page=p, raw_line=r) for s, p, r in lines),
    )


def text_of(span: Span) -> str:
    return TEXT[span.start : span.end]


def test_a_quote_is_found_through_bullets_hyphens_and_misread_letters() -> None:
    case = a_case(pages=(1,), evidence="• The Al reads a well-\nknown line")
    gold = GoldFinder([a_document()]).find(case)
    ((span,),) = gold.spans
    assert text_of(span) == "The AI reads a well-known line"
    assert gold.section == ("Book", "One")


def test_a_table_s_quote_leads_to_the_row_that_is_told_in_another_order() -> None:
    case = a_case(pages=(2,), evidence="Name\nMemory\np5\n80 GB")
    ((span,),) = GoldFinder([a_document()]).find(case).spans
    assert text_of(span).strip() == "Name: p5; Memory: 80 GB"


def test_the_gold_page_decides_between_two_places() -> None:
    finder = GoldFinder([a_document()])
    for page, start in ((1, TEXT.index("The AI")), (2, TEXT.rindex("The AI"))):
        ((span,),) = finder.find(a_case(pages=(page,), evidence="The AI reads")).spans
        assert span.start == start
    both = finder.find(a_case(evidence="The AI reads")).spans[0]
    assert len(both) == 2
    assert finder.pages_of(a_case(), "The AI reads") == [1, 2]


def test_a_quote_on_another_page_is_found_but_not_on_its_page() -> None:
    finder = GoldFinder([a_document()])
    case = a_case(pages=(2,), evidence="well-known line")
    assert finder.find(case).spans[0]
    assert not finder.on_pages(case, case.evidence)


def test_each_quote_has_its_own_places_or_none() -> None:
    case = a_case(kind="multi", pages=(1, 2), evidence="known line", evidence2="never written")
    spans = GoldFinder([a_document()]).find(case).spans
    assert [len(places) for places in spans] == [1, 0]


def test_only_the_document_of_a_case_is_searched() -> None:
    finder = GoldFinder([a_document("a"), a_document("b")])
    named = finder.find(a_case(evidence="well-known", document="b")).spans[0]
    assert [span.document for span in named] == ["b"]
    anywhere = finder.find(a_case(evidence="well-known")).spans[0]
    assert [span.document for span in anywhere] == ["a", "b"]
    assert finder.find(a_case(evidence="well-known", document="c")).spans == ((),)


def test_without_a_quote_the_section_is_that_of_the_page() -> None:
    finder = GoldFinder([a_document()])
    assert finder.find(a_case(pages=(2,))).section == ("Book", "Two")
    assert finder.find(a_case(pages=(9,))).section == ()


@pytest.mark.model
def test_every_quote_of_the_default_set_is_on_its_page(guide: Guide) -> None:
    (document,) = guide.documents()
    reader = PdfReader(ROOT / "data" / "guide.pdf")
    finder = GoldFinder([document])
    cases = read_questions(open_source(ROOT / "data" / "eval" / "guide.jsonl")).cases
    for case in cases:
        gold = finder.find(case)
        for quote, places in zip(case.quotes, gold.spans, strict=True):
            assert places, case.id
            assert finder.on_pages(case, quote), case.id
            # The cleaned text reorders table rows, so words are compared.
            words = set(re.findall(r"\w{4,}", quote.casefold()))
            found = [document.text[span.start : span.end].casefold() for span in places]
            assert any(words <= set(re.findall(r"\w{4,}", text)) for text in found), case.id
        assert bool(gold.section) is case.is_answerable
    assert len(reader.pages) == len(document.page_starts)
