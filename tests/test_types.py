"""Properties of the values."""

from collections.abc import Sequence

import pytest

from ragguide.types import Chunk, Citation, Statement, Unit, locator_of


@pytest.mark.parametrize(
    ("unit", "first", "last", "label", "lines", "shown"),
    [
        ("page", 25, 25, "25", (), "p. 25"),
        ("page", 25, 25, "21", (), "p. 25 (printed 21)"),
        ("page", 2, 3, "ii", (), "pp. 2-3 (printed ii)"),
        ("page", 2, 3, "2", (), "pp. 2-3"),
        ("page", 2, 2, "2", (7, 9), "p. 2"),  # pages have no lines
        ("slide", 3, 3, "3", (), "slide 3"),
        ("slide", 3, 4, "3", (), "slides 3-4"),
        ("sheet", 1, 1, "Prices", (7,), "sheet Prices, row 7"),
        ("sheet", 1, 1, "Prices", (7, 8, 9), "sheet Prices, rows 7-9"),
        ("sheet", 2, 2, "Q1 2026", (), "sheet Q1 2026"),
        ("text", 1, 1, "1", (40,), "line 40"),
        ("text", 1, 1, "1", (40, 40), "line 40"),
        ("text", 1, 1, "1", (44, 40), "lines 40-44"),
        ("text", 1, 1, "1", (), ""),
    ],
)
def test_a_locator_uses_the_unit_of_the_document(
    unit: Unit, first: int, last: int, label: str, lines: Sequence[int], shown: str
) -> None:
    assert locator_of(unit, first, last, label, lines) == shown


def chunk(unit: Unit, lines: Sequence[int | None], *, pages: Sequence[str] = ("1",)) -> Chunk:
    text = "\n".join("A line." for _ in lines) or "Title"
    return Chunk(
        id="a/p0001-01",
        document="a",
        section=("Title",),
        text=text,
        text_sha="0",
        statements=tuple(
            Statement(start=8 * i, end=8 * i + 7, section=("Title",), line=line)
            for i, line in enumerate(lines)
        ),
        start=0,
        end=len(text),
        page_first=1,
        page_last=len(pages),
        page_labels=tuple(pages),
        page_breaks=tuple(8 * i for i in range(1, len(pages))),
        unit=unit,
    )


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (chunk("text", [3, 5, 9]), "lines 3-9"),
        (chunk("text", [None, 5, None]), "line 5"),
        (chunk("text", [None]), ""),
        (chunk("text", []), ""),  # a heading alone
        (chunk("sheet", [2, 3], pages=["Prices"]), "sheet Prices, rows 2-3"),
        (chunk("slide", [None, None], pages=["1", "2"]), "slides 1-2"),
        (chunk("page", [None, None], pages=["i", "ii"]), "pp. 1-2 (printed i)"),
    ],
)
def test_a_chunks_locator_covers_its_statements(told: Chunk, shown: str) -> None:
    assert told.locator == shown


def test_the_page_of_each_character_of_a_chunk_is_known() -> None:
    told = chunk("page", [None, None, None], pages=["1", "2", "3"])
    assert [told.page_at(at) for at in (0, 7, 8, 15, 16, 22)] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("The quay  opens.", "The quay opens."),
        ("Table 1. Fees\nNight: 4 EUR", "Table 1. Fees / Night: 4 EUR"),
        ("What boats need:\na rope\na light", "What boats need: a rope / a light"),
        ("Who pays?\n\nAll boats.\nThey pay.", "Who pays? All boats. They pay."),
    ],
)
def test_a_slash_separates_lines_of_a_quote_that_no_punctuation_ends(
    quote: str, shown: str
) -> None:
    citation = Citation(
        mark=1,
        quote=quote,
        document="guide",
        page_first=1,
        page_last=1,
        page_label="1",
        locator="p. 1",
        section="",
    )
    assert citation.one_line == shown
