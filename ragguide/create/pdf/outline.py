"""A body and its bookmarks in, sections out. No I/O."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from ragguide.create.pdf.blocks import PrintedBody, letters_of
from ragguide.create.pdf.headings import NUMBER_SIGN, URL
from ragguide.types import Block, Bookmark, Page, Section


def place_bookmarks(pages: Sequence[Page], bookmarks: Sequence[Bookmark]) -> tuple[Bookmark, ...]:
    """Return the bookmarks; if all lead to one page, each at the next page that prints its title.

    Some writers lose the targets of bookmarks. A title that no later page prints stays.
    """
    if len(pages) < 2 or len(bookmarks) < 2 or len({mark.page for mark in bookmarks}) > 1:
        return tuple(bookmarks)
    printed = [
        (page.number, {letters_of(line) for line in page.text.split("\n")}) for page in pages
    ]
    at = 1
    placed = []
    for mark in bookmarks:
        letters = letters_of(mark.title)
        found = next((n for n, lines in printed if n >= at and letters in lines), None)
        at = found or at
        placed.append(msgspec.structs.replace(mark, page=found or mark.page))
    return tuple(placed)


def find_sections(body: PrintedBody, bookmarks: Sequence[Bookmark] = ()) -> tuple[Section, ...]:
    """Split the text at its headings; text before the first heading is a section without title."""
    headings = [block for block in body.blocks if block.kind == "heading"]
    levels = (
        _levels_by_bookmarks(body, headings, bookmarks)
        or [heading.level for heading in headings if heading.level]
        or list(_levels(body))
    )
    starts = [heading.start for heading in headings]
    paths = _paths([title_of(body.text[each.start : each.end]) for each in headings], levels)
    if body.text and (not headings or headings[0].start > 0):
        starts, paths = [0, *starts], [(), *paths]
    ends = [*starts[1:], len(body.text)]
    return tuple(
        Section(path=path, start=start, end=end)
        for path, start, end in zip(paths, starts, ends, strict=False)
    )


def _paths(titles: Sequence[str], levels: Sequence[int]) -> list[tuple[str, ...]]:
    """Return the path of each title: the open titles of lower levels, then itself."""
    paths: list[tuple[str, ...]] = []
    open_titles: list[tuple[int, str]] = []
    for title, level in zip(titles, levels, strict=True):
        while open_titles and open_titles[-1][0] >= level:
            open_titles.pop()
        open_titles.append((level, title))
        paths.append(tuple(each for _, each in open_titles))
    return paths


def title_of(heading: str) -> str:
    """Return the heading without its number, bullet and colon."""
    return NUMBER_SIGN.sub("", heading.lstrip("• ")).rstrip(": ")


def _levels_by_bookmarks(
    body: PrintedBody, headings: Sequence[Block], bookmarks: Sequence[Bookmark]
) -> list[int]:
    """Return the level of each heading, from 1; empty if no bookmark matches a heading."""
    levels = {(mark.page, letters_of(mark.title)): mark.level for mark in reversed(bookmarks)}
    named = [
        (
            bisect_right(body.page_starts, heading.start),
            letters_of(body.text[heading.start : heading.end]),
        )
        for heading in headings
    ]
    return [levels[name] for name in named] if levels.keys() & set(named) else []


def _levels(body: PrintedBody) -> Iterator[int]:
    """Yield levels by shape: 1 a topic, 2 a heading, 3 a label (numbered, or with a colon).

    A topic starts a page. Of several headings at the start of a page, the last one is the first
    heading below the topic, and the others are the topic.
    """
    openers = _page_openers(body)
    for is_heading, group in groupby(body.blocks, key=lambda block: block.kind == "heading"):
        headings = list(group)
        if not is_heading:
            continue
        opens_page = headings[0].start in openers
        n_titles = sum(not _is_label(body, heading) for heading in headings)
        for place, heading in enumerate(headings, start=1):
            if _is_label(body, heading):
                yield 3
            elif opens_page and (place < n_titles or n_titles == 1):
                yield 1
            else:
                yield 2


def _page_openers(body: PrintedBody) -> set[int]:
    """Return the offset of each page's first block, skipping addresses left from the last page."""
    openers: set[int] = set()
    seen = 0
    for block in body.blocks:
        page = bisect_right(body.page_starts, block.start)
        if page > seen and not URL.match(body.text[block.start : block.end]):
            openers.add(block.start)
            seen = page
    return openers


def _is_label(body: PrintedBody, heading: Block) -> bool:
    text = body.text[heading.start : heading.end]
    return text.endswith(":") or bool(NUMBER_SIGN.match(text))
