"""Headings found by numbers in sequence."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.create.pdf.blocks import join_lines
from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.numbered import number_of
from ragguide.create.pdf.outline import find_sections
from tests.create.pdf.test_blocks import FULL, lines_of

TEXT = (FULL, "ends here.")


def levels(lines: Sequence[Line]) -> list[tuple[str, int]]:
    body = join_lines(lines, n_pages=9)
    return [(body.text[b.start : b.end], b.level) for b in body.blocks if b.kind == "heading"]


def page(number: int, *texts: str) -> list[Line]:
    return lines_of(*texts, page=number)


BOOK = [
    *page(1, "1 Storing", *TEXT, "1.1 What data costs", *TEXT, "1.2 Limits", *TEXT),
    *page(2, "1.2.1 Limits of buckets", *TEXT, "1.2.2 Limits of disks", *TEXT),
    *page(3, "2 Training", "2.1 First", *TEXT, "2.2 Last", *TEXT),
]
TITLES = [
    ("1 Storing", 1),
    ("1.1 What data costs", 2),
    ("1.2 Limits", 2),
    ("1.2.1 Limits of buckets", 3),
    ("1.2.2 Limits of disks", 3),
    ("2 Training", 1),
    ("2.1 First", 2),
    ("2.2 Last", 2),
]


def test_numbers_in_sequence_are_headings_at_the_level_of_their_parts() -> None:
    assert levels(BOOK) == TITLES


def test_numbered_headings_nest() -> None:
    paths = [section.path for section in find_sections(join_lines(BOOK, n_pages=3))]
    assert paths[3:6] == [
        ("1 Storing", "1.2 Limits", "1.2.1 Limits of buckets"),
        ("1 Storing", "1.2 Limits", "1.2.2 Limits of disks"),
        ("2 Training",),
    ]


def test_a_number_out_of_sequence_is_not_a_heading() -> None:
    odd = page(2, "9.5 GB of memory", *TEXT, "1.1 Times as much", *TEXT, "4 Blue fleets", *TEXT)
    assert levels([*BOOK[:-7], *odd, *BOOK[-7:]]) == TITLES


def test_a_table_of_contents_has_no_headings() -> None:
    contents = page(1, "1 Storing", "1.1 What data costs", "1.2 Limits", "2 Training", "2.1 First")
    book = [Line(line.page + 1, line.text, False) for line in BOOK]
    assert levels([*contents, *book]) == TITLES


def test_a_number_that_ocr_missed_does_not_end_the_sequence() -> None:
    lost = [line for line in BOOK if line.text not in ("1.2 Limits", "2 Training")]
    assert levels(lost) == [
        (title, level) for title, level in TITLES if title not in ("1.2 Limits", "2 Training")
    ]


def test_a_few_numbers_are_not_headings() -> None:
    assert levels(page(1, "1.1 litres of oil", *TEXT, "1.2 litres of oil", *TEXT)) == []


def test_a_title_at_the_start_of_a_page_is_an_unnumbered_chapter() -> None:
    assert levels([*BOOK, *page(4, "Words and names", FULL, *TEXT)]) == [
        *TITLES,
        ("Words and names", 1),
    ]


def test_cells_and_captions_are_not_headings_in_a_numbered_book() -> None:
    table = page(2, "Table 1.1 Kinds", "Kind Size", "Small Disk 5 GB", FULL, FULL, "ends.")
    assert levels([*BOOK[:-7], *table, *BOOK[-7:]]) == TITLES


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.4.1 Limits", (2, 4, 1)),
        ("2.10. Limits", (2, 10)),
        ("3 Training", (3,)),
        ("2.4 and what it costs to store", (2, 4)),
        ("2.4 litres a day.", ()),
        ("2.4", ()),
        ("2.4 5 6", ()),
        ("2024 was a year", ()),
        ("2.4 " + "word " * 13, ()),
    ],
)
def test_number_of_a_heading(text: str, number: tuple[int, ...]) -> None:
    assert number_of(text.strip()) == number


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), max_size=30))
def test_any_numbers_keep_all_text_in_order(numbers: list[list[int]]) -> None:
    texts = [text for number in numbers for text in (f"{'.'.join(map(str, number))} Title", *TEXT)]
    body = join_lines(lines_of(*texts), n_pages=1)
    assert body.text.split() == " ".join(texts).split()
    found = [body.text[b.start : b.end].split()[0] for b in body.blocks if b.level]
    run = [tuple(map(int, number.split("."))) for number in found]
    assert run == sorted(set(run))
