"""Sections and their paths, by bookmarks and by shape."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.create.pdf.blocks import PrintedBody, join_lines
from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.outline import find_sections, place_bookmarks, title_of
from ragguide.types import Block, Bookmark, Page

PROSE = "A line that is as long as the paper is wide, so the next word went below, and this one"


def body_of(*pages: list[str]) -> PrintedBody:
    lines = [Line(n, text, False) for n, page in enumerate(pages, start=1) for text in page]
    return join_lines(lines, n_pages=len(pages))


def sections_of(
    pages: list[list[str]], bookmarks: list[tuple[str, int, int]]
) -> list[tuple[tuple[str, ...], str]]:
    """Path and first line of each section."""
    marks = [Bookmark(title=title, level=level, page=page) for title, level, page in bookmarks]
    lines = [Line(n, text, False) for n, page in enumerate(pages, start=1) for text in page]
    body = join_lines(lines, n_pages=len(pages), bookmarks=marks)
    return [
        (section.path, body.text[section.start : section.end].splitlines()[0])
        for section in find_sections(body, marks)
    ]


def test_paths_nest_like_the_bookmarks() -> None:
    pages = [
        ["Title of the book", "1. Storing data:", PROSE, "text.", "Buckets", PROSE, "text."],
        ["Classes of storage", PROSE, "text.", "2. Training", PROSE, "text."],
    ]
    bookmarks = [
        ("1. Storing data", 1, 1),
        ("Buckets", 2, 1),
        ("Classes of storage", 3, 2),
        ("2. Training", 1, 2),
    ]
    assert sections_of(pages, bookmarks) == [
        ((), "Title of the book"),
        (("Storing data",), "1. Storing data:"),
        (("Storing data", "Buckets"), "Buckets"),
        (("Storing data", "Buckets", "Classes of storage"), "Classes of storage"),
        (("Training",), "2. Training"),
    ]


def test_equal_titles_have_the_level_of_the_bookmark_on_their_page() -> None:
    pages = [["Storing", PROSE, "text."], ["Training", PROSE, "Overview", PROSE, "text."]]
    bookmarks = [
        ("Storing", 1, 1),
        ("Overview", 3, 1),  # missing in the text layer
        ("Training", 1, 2),
        ("Overview", 2, 2),
    ]
    assert [path for path, _ in sections_of(pages, bookmarks)] == [
        ("Storing",),
        ("Training",),
        ("Training", "Overview"),
    ]


def test_paths_nest_over_a_missing_level() -> None:
    pages = [["Storing", PROSE, "text.", "Deep", PROSE, "text.", "Next", PROSE, "text."]]
    bookmarks = [("Storing", 1, 1), ("Deep", 3, 1), ("Next", 2, 1)]
    assert [path for path, _ in sections_of(pages, bookmarks)] == [
        ("Storing",),
        ("Storing", "Deep"),
        ("Storing", "Next"),
    ]


@pytest.mark.parametrize("bookmarks", [[], [("Cover", 1, 1)]])
def test_without_usable_bookmarks_the_shape_gives_levels(
    bookmarks: list[tuple[str, int, int]],
) -> None:
    pages = [
        ["Storing Data", "Amazon S3", PROSE, PROSE, "text.", "Key Benefits:", PROSE, "text."],
        ["1. Durability", PROSE, PROSE, "text.", "Amazon EFS", PROSE, PROSE, "text."],
        ["Training Models", PROSE, PROSE, "text."],
    ]
    assert [path for path, _ in sections_of(pages, bookmarks)] == [
        ("Storing Data",),
        ("Storing Data", "Amazon S3"),
        ("Storing Data", "Amazon S3", "Key Benefits"),
        ("Storing Data", "Amazon S3", "Durability"),
        ("Storing Data", "Amazon EFS"),
        ("Training Models",),
    ]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("3. Training", "Training"),
        ("(b) Training", "Training"),
        ("• Training: ", "Training"),
        ("2.1 Training", "2.1 Training"),
        ("Training?", "Training?"),
    ],
)
def test_titles_lose_numbers_bullets_and_colons(heading: str, title: str) -> None:
    assert title_of(heading) == title


def test_a_text_without_headings_is_one_section() -> None:
    body = body_of([PROSE, "text."])
    assert [(s.path, s.start, s.end) for s in find_sections(body)] == [((), 0, len(body.text))]


def test_no_text_has_no_sections() -> None:
    assert find_sections(join_lines([], n_pages=1)) == ()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 4), st.booleans()), max_size=20))
def test_sections_cover_the_text_without_gaps(drawn: list[tuple[bool, int, bool]]) -> None:
    blocks, starts, marks, offset = [], [0], [], 0
    for number, (is_heading, level, turns_page) in enumerate(drawn):
        if turns_page:
            starts.append(offset)
        text = f"Block {chr(97 + number)}"
        blocks.append(
            Block(
                kind="heading" if is_heading else "paragraph", start=offset, end=offset + len(text)
            )
        )
        if is_heading:
            marks.append(Bookmark(title=text, level=level, page=len(starts)))
        offset += len(text) + 1
    text = "\n".join(f"Block {chr(97 + number)}" for number in range(len(drawn)))
    body = PrintedBody(text, tuple(blocks), tuple(starts))
    for bookmarks in ([], marks):
        sections = find_sections(body, bookmarks)
        assert "".join(text[s.start : s.end] for s in sections) == text
        assert all(before.end == after.start for before, after in pairwise(sections))
        headings = [text[b.start : b.end] for b in blocks if b.kind == "heading"]
        assert [s.path[-1] for s in sections if s.path] == headings
        if bookmarks:
            levels = [mark.level for mark in marks]
            for section, level in zip([s for s in sections if s.path], levels, strict=True):
                assert 1 <= len(section.path) <= level


def paths_of(*pages: list[str]) -> list[tuple[str, ...]]:
    return [section.path for section in find_sections(body_of(*pages))]


def test_a_topic_may_follow_addresses_left_from_the_page_before() -> None:
    first = ["Old Topic", PROSE, "text.", "Reference:"]
    second = ["https://example.org/a", "https://example.org/b", "New Topic", PROSE, "text."]
    assert paths_of(first, second)[-1] == ("New Topic",)


def test_a_lower_case_title_at_the_start_of_a_page_is_a_topic() -> None:
    pages = [
        ["Old Topic", PROSE, "text."],
        ["Some algorithms or pretrained models", PROSE, "text."],
    ]
    assert paths_of(*pages)[-1] == ("Some algorithms or pretrained models",)
    assert paths_of([*pages[0], *pages[1]]) == [("Old Topic",)]


def test_a_label_does_not_affect_the_levels_above_it() -> None:
    page = ["The Topic", "Features", "Frameworks:", PROSE, "text."]
    assert paths_of(["Before", PROSE, "text."], page)[1:] == [
        ("The Topic",),
        ("The Topic", "Features"),
        ("The Topic", "Features", "Frameworks"),
    ]


def test_bookmarks_that_all_lead_to_page_1_move_to_their_titles() -> None:
    texts = ["Felling\nSaw low.", "Drying\nStack it.", "Milling\nSaw again.\nDrying"]
    pages = [Page(number=n, label=str(n), text=text) for n, text in enumerate(texts, start=1)]
    titles = ["Document 1", "Felling", "Drying", "Milling"]
    lost = [Bookmark(title=title, level=1, page=1) for title in titles]
    assert [mark.page for mark in place_bookmarks(pages, lost)] == [1, 1, 2, 3]
    sound = [*lost, Bookmark(title="Drying", level=1, page=3)]
    assert [mark.page for mark in place_bookmarks(pages, sound)] == [1, 1, 1, 1, 3]
