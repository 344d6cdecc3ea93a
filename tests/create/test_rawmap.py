from pathlib import Path

import pytest

from ragguide.create.documents import clean_source
from ragguide.create.pdf.pages import read_pdf
from ragguide.create.rawmap import RawLine, RawMap, find_quote
from ragguide.types import Document
from tests.conftest import GUIDE_PDF
from tests.pdfs import write_pdf

PAGE = """o The first item speaks of Al and is long enough to be broken into a second line at
its end. It holds a second sentence.
o Another item on "quotes" stands here for the bullet, the letter o, to be known as such
o A third item
o A fourth item
o A fifth item on artificial intelligence"""


@pytest.fixture
def document(tmp_path: Path) -> Document:
    return clean_source(read_pdf(write_pdf(tmp_path / "items.pdf", [PAGE]))).document


def raw(document: Document, quote: str) -> list[RawLine]:
    start = document.text.index(quote)
    return list(RawMap(document).lines(start, start + len(quote)))


def test_clean_text_maps_to_the_raw_text_of_its_page(document: Document) -> None:
    assert raw(document, "speaks of AI and is") == [RawLine(1, 0, "speaks of Al and is")]


def test_a_misread_first_letter_is_part_of_the_line(tmp_path: Path) -> None:
    page = "It knows.\ne |t reads |t.\ne |t has.\ne It does.\ne |t ends\ne |t stays"
    read = clean_source(read_pdf(write_pdf(tmp_path / "it.pdf", [page]))).document
    assert raw(read, "It has.") == [RawLine(1, 2, "|t has.")]
    assert raw(read, "It reads") == [RawLine(1, 1, "|t reads")]


def test_a_quote_over_a_line_end_maps_to_both_lines(document: Document) -> None:
    assert raw(document, "second line at its end.") == [
        RawLine(1, 0, "second line at"),
        RawLine(1, 1, "its end."),
    ]


def test_a_bullet_is_not_part_of_the_item(document: Document) -> None:
    assert raw(document, "A third item") == [RawLine(1, 3, "A third item")]


def test_the_whole_text_maps_to_all_lines(document: Document) -> None:
    found = list(RawMap(document).lines(0, len(document.text)))
    assert [line.raw_line for line in found] == [0, 1, 2, 3, 4, 5]


def test_every_block_of_the_default_guide_is_on_its_pages() -> None:
    document = clean_source(read_pdf(GUIDE_PDF)).document
    raw_map = RawMap(document)
    for block in document.blocks:
        lines = list(raw_map.lines(block.start, block.end))
        assert lines, document.text[block.start : block.end]
        for line in lines:
            assert line.text in document.raw_pages[line.page - 1]


def test_text_without_printed_lines_maps_to_nothing(document: Document) -> None:
    import msgspec

    assert list(RawMap(msgspec.structs.replace(document, lines=())).lines(0, 10)) == []


TEXT = "Fees\nNight: 4 EUR\nDay: 3 EUR\nFees\nNight: 4 EUR\nWeek: 9 EUR"


def spans(quote: str, page_start: int = 0) -> list[tuple[int, str]]:
    return [(start, TEXT[start:end]) for start, end in find_quote(TEXT, quote, page_start)]


def test_a_quote_is_found_on_its_page() -> None:
    assert spans("Night: 4 EUR") == [(5, "Night: 4 EUR")]
    assert spans("Night: 4 EUR", 20) == [(34, "Night: 4 EUR")]
    assert spans("Fees\nNight: 4 EUR", 20) == [(29, "Fees\nNight: 4 EUR")]


def test_a_quote_with_a_distant_lead_has_a_span_for_each_line() -> None:
    assert spans("Fees\nDay: 3 EUR", 18) == [(0, "Fees"), (18, "Day: 3 EUR")]
    assert spans("Fees\nWeek: 9 EUR", 34) == [(29, "Fees"), (47, "Week: 9 EUR")]


def test_a_quote_that_is_not_in_the_text_has_no_spans() -> None:
    assert spans("Year: 99 EUR") == []
    assert spans("Prices\nDay: 3 EUR") == []


def test_a_last_line_that_also_stands_above_the_others_is_found_below_them() -> None:
    text = "6 runs\n$ time grep\nreal 6\n$ time rg\n6\nreal 1"
    found = find_quote(text, "real 6\n6", 0)
    assert [text[start:end] for start, end in found] == ["real 6", "6"]
    assert found[1][0] > found[0][1]
