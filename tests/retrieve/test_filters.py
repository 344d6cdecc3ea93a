"""Filters, part by part."""

import pytest

from ragguide.errors import UsageError
from ragguide.retrieve.filters import allowed_rows
from ragguide.types import Filter
from tests.retrieve.made import a_chunk, a_source

SOURCES = [
    a_source("guide-2024", team="ml", year="2024"),
    a_source("guide-2025", team="ml", year="2025"),
    a_source("Handbook", team="harbour"),
]
CHUNKS = [
    a_chunk("Spot saves.", document="guide-2024", section=("Costs", "Spot"), pages=(1,)),
    a_chunk("Jobs wait.", document="guide-2024", section=("Jobs",), pages=(2, 3)),
    a_chunk("Spot saves more.", document="guide-2025", section=("Costs",), pages=(3, 4, 5)),
    a_chunk(
        "The crane lifts. The ferry waits.",
        document="Handbook",
        section=("Crane",),
        pages=(5,),
        statements=[("The crane lifts.", ("Crane",)), ("The ferry waits.", ("Crane", "Ferry"))],
    ),
    a_chunk("Untitled.", document="Handbook", pages=(6,)),
]


def rows(**wanted: object) -> list[int]:
    found = allowed_rows(CHUNKS, SOURCES, Filter(**wanted))  # type: ignore[arg-type]
    assert found.dtype == "int64"
    return found.tolist()


def refusal(**wanted: object) -> str:
    with pytest.raises(UsageError, match=r"^the filter lets no (document|passage) through") as told:
        rows(**wanted)
    message = str(told.value)
    assert "\n" not in message
    return message


def test_an_empty_filter_lets_everything_through() -> None:
    assert rows() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        (("guide-2024",), [0, 1]),
        (("guide-*",), [0, 1, 2]),
        (("*-202[5-9]",), [2]),
        (("GUIDE-2024", "handbook"), [0, 1, 3, 4]),
        (("none", "guide-2025"), [2]),
    ],
)
def test_documents_are_named_or_matched_in_any_capitals(
    documents: tuple[str, ...], expected: list[int]
) -> None:
    assert rows(documents=documents) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"team": ("ml",)}, [0, 1, 2]),
        ({"team": ("m*",)}, [0, 1, 2]),
        ({"team": ("ml", "harbour")}, [0, 1, 2, 3, 4]),
        ({"team": ("ml",), "year": ("2024",)}, [0, 1]),
        ({"year": ("*",)}, [0, 1, 2]),  # that have any
    ],
)
def test_all_tags_must_hold_each_with_one_of_its_values(
    tags: dict[str, tuple[str, ...]], expected: list[int]
) -> None:
    assert rows(tags=tags) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1, 1, [0]),
        (3, 3, [1, 2]),
        (4, 4, [2]),  # within a passage
        (2, 5, [1, 2, 3]),
        (5, None, [2, 3, 4]),
        (1, None, [0, 1, 2, 3, 4]),
        (6, 99, [4]),
    ],
)
def test_a_passage_counts_if_it_touches_the_pages(
    first: int, last: int | None, expected: list[int]
) -> None:
    assert rows(page_first=first, page_last=last) == expected


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (("Costs",), [0, 2]),
        (("cost",), [0, 2]),
        (("spot",), [0]),
        (("ferry",), [3]),  # the title of one of its statements
        (("spot", "jobs"), [0, 1]),
    ],
)
def test_sections_are_found_by_words_of_any_title_above(
    sections: tuple[str, ...], expected: list[int]
) -> None:
    assert rows(sections=sections) == expected


def test_all_parts_must_hold_at_once() -> None:
    assert rows(documents=("guide-*",), sections=("costs",), page_first=3) == [2]
    assert rows(tags={"team": ("ml",)}, page_last=2) == [0, 1]


def test_a_filter_that_no_document_meets_tells_which_there_are() -> None:
    assert "guide-2024, guide-2025, Handbook" in refusal(documents=("manual",))
    told = refusal(tags={"team": ("sales",)})
    assert "team=ml, year=2024, year=2025, team=harbour" in told


def test_of_many_documents_the_first_are_told() -> None:
    sources = [a_source(f"part-{n}") for n in range(12)]
    with pytest.raises(UsageError, match=r"part-0, .*, part-7 …"):
        allowed_rows([], sources, Filter(documents=("manual",)))


def test_a_filter_that_no_passage_meets_is_refused() -> None:
    refusal(page_first=7)
    refusal(sections=("zygote",))
    refusal(sections=("ferry",), page_last=3)
