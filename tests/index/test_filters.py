"""Filters, part by part."""

import re

import pytest

from ragguide.errors import UsageError
from ragguide.index.filters import allowed_rows, stands_in
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


def test_everything_matches_an_empty_filter() -> None:
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
def test_documents_match_by_name_or_pattern_in_any_case(
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
def test_all_tags_must_match_each_with_one_of_its_values(
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
        (("costs > spot",), [0]),  # as titles are shown
        (("crane > ferry",), [3]),
        (("spot", "jobs"), [0, 1]),
    ],
)
def test_sections_are_found_by_words_of_any_title_above(
    sections: tuple[str, ...], expected: list[int]
) -> None:
    assert rows(sections=sections) == expected


def test_words_of_two_titles_that_do_not_follow_each_other_are_no_title() -> None:
    with pytest.raises(UsageError, match=r"no section title .* contains 'spot > costs'"):
        rows(sections=("spot > costs",))
    with pytest.raises(UsageError, match=r"no section title .* contains 'costs > jobs'"):
        rows(sections=("costs > jobs",))


def test_all_conditions_must_match() -> None:
    assert rows(documents=("guide-*",), sections=("costs",), page_first=3) == [2]
    assert rows(tags={"team": ("ml",)}, page_last=2) == [0, 1]


def test_a_name_with_pattern_characters_equals_itself() -> None:
    sources = [a_source("notes [1]", shelf="[a]"), a_source("notes 1", shelf="a")]
    chunks = [a_chunk("One.", document=source.name) for source in sources]
    assert allowed_rows(chunks, sources, Filter(documents=("Notes [1]",))).tolist() == [0, 1]
    assert allowed_rows(chunks, sources, Filter(tags={"shelf": ("[a]",)})).tolist() == [0, 1]
    assert allowed_rows(chunks, sources, Filter(documents=("notes 1",))).tolist() == [1]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            {"documents": ("manual", "book-*")},
            "document matches the filter: none is named 'manual' or 'book-*'. "
            "Documents in the index: guide-2024, guide-2025, Handbook.",
        ),
        (
            {"documents": ("guide-*",), "tags": {"team": ("ml",), "year": ("2023", "202?x")}},
            "document matches the filter: none has the tag 'year=2023' or 'year=202?x'. "
            "Tags in the index: team=ml, year=2024, year=2025, team=harbour.",
        ),
        (
            {"documents": ("handbook",), "tags": {"team": ("ml",)}},
            "document matches the filter: each condition matches a document, but none matches all. "
            "Drop a condition.",
        ),
        (
            {"tags": {"team": ("harbour",), "year": ("2024",)}},
            "document matches the filter: each condition matches a document, but none matches all. "
            "Drop a condition.",
        ),
        (
            {"documents": ("guide-2024",), "page_first": 4, "page_last": 9},
            "passage matches the filter: none is on pages 4-9; the last page with text is 3. "
            "List pages and sections: `ragguide inspect FILE`.",
        ),
        (
            {"page_first": 7, "page_last": 7, "sections": ("zygote",)},
            "passage matches the filter: none is on page 7; the last page with text is 6. "
            "List pages and sections: `ragguide inspect FILE`.",
        ),
        (
            {"page_first": 7},
            "passage matches the filter: none is on page 7 or later; the last page with text is 6. "
            "List pages and sections: `ragguide inspect FILE`.",
        ),
        (
            {"page_last": 3, "sections": ("ferry", "harbour")},
            "passage matches the filter: no section title of the remaining passages contains "
            "'ferry' or 'harbour'. List pages and sections: `ragguide inspect FILE`.",
        ),
    ],
)
def test_the_error_names_the_condition_that_fails(wanted: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=rf"^no {re.escape(told)}$"):
        rows(**wanted)


def test_an_index_without_tags_says_so() -> None:
    with pytest.raises(
        UsageError, match=r"none has the tag 'team=ml'\. Tags in the index: none\.$"
    ):
        allowed_rows([], [a_source("guide")], Filter(tags={"team": ("ml",)}))


def test_the_error_lists_the_first_documents_only() -> None:
    sources = [a_source(f"part-{n}") for n in range(12)]
    with pytest.raises(UsageError, match=r"Documents in the index: part-0, .*, part-7 …\.$"):
        allowed_rows([], sources, Filter(documents=("manual",)))
    with pytest.raises(UsageError, match=r"Documents in the index: part-0, .*, part-7\.$"):
        allowed_rows([], sources[:8], Filter(documents=("manual",)))


def test_a_statement_must_be_on_the_pages_and_in_the_section_itself() -> None:
    chunk = CHUNKS[3]
    crane, ferry = chunk.statements
    assert stands_in(chunk, crane, Filter(page_first=5, page_last=5))
    assert not stands_in(chunk, crane, Filter(page_first=6))
    assert stands_in(chunk, ferry, Filter(sections=("ferry",)))
    assert not stands_in(chunk, crane, Filter(sections=("ferry",)))


def test_a_statement_that_runs_over_to_another_page_is_not_on_the_wanted_one() -> None:
    chunk = a_chunk("ab", pages=(2, 3))  # "b" is on page 3
    (whole,) = chunk.statements
    assert not stands_in(chunk, whole, Filter(page_first=2, page_last=2))
    assert not stands_in(chunk, whole, Filter(page_first=3, page_last=3))
    assert stands_in(chunk, whole, Filter(page_first=2, page_last=3))
