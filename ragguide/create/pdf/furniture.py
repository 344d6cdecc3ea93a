"""Lines of pages in, the same without running heads, feet and page numbers out. No I/O.

The rules are learned from the document: a line that repeats at the edge of several pages is a
running head; a number at the edge that grows with the pages is a page number.
"""

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from ragguide.create.pdf.chapter_heads import find_chapter_heads
from ragguide.create.pdf.running import (
    Content,
    Occurrence,
    Place,
    Printed,
    Runs,
    Shape,
    find_runs,
    height,
    names_page,
    shape,
    shape_key,
)
from ragguide.create.roman import from_roman
from ragguide.types import Bookmark, Page

EDGE_LINES = 3  # lines from the edge of the page in which running heads occur,
AT_EDGE_SHARE = 0.8  # share of a running head's occurrences that must be there

PAGE_NUMBER = "page number"  # why a line was removed

_PAGE_NUMBER = re.compile(
    r"(?P<page>page\s+)?[-–—\s]*(?:(?P<arabic>\d{1,4})|(?P<roman>[ivxlc]{1,7}))[-–—\s]*"
    r"(?:(?:of|/)\s*\d+)?",
    re.I,
)
_NUMBERED_TITLE = re.compile(r"\d{1,2}\.?\s+[^\W\d_]{2,}")
_ROMAN = re.compile(r"(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.I)  # up to 99


class Removed(msgspec.Struct, frozen=True):
    """A line that was removed, and why."""

    page: int
    raw_line: int
    text: str
    reason: str


PageLines = tuple[Page, list[Printed]]
Stray = tuple[list[Printed], Printed]  # a page's lines, and one of these lines


def drop_furniture(pages: Sequence[PageLines], bookmarks: Sequence[Bookmark]) -> list[Removed]:
    """Drop running heads, feet and page numbers in place; return the dropped lines."""
    before = [(page, list(lines)) for page, lines in pages]
    _drop_running_lines(pages, bookmarks)
    running = _missing(before, pages, "running head or foot")
    before = [(page, list(lines)) for page, lines in pages]
    _drop_page_numbers(pages)
    return running + _missing(before, pages, PAGE_NUMBER)


def _missing(before: Sequence[PageLines], after: Sequence[PageLines], reason: str) -> list[Removed]:
    removed = []
    for (page, lines), (_, kept) in zip(before, after, strict=True):
        left = {line.raw_line for line in kept}
        removed += [
            Removed(page.number, line.raw_line, line.text, reason)
            for line in lines
            if line.raw_line not in left
        ]
    return removed


def _drop_running_lines(numbered: Sequence[PageLines], bookmarks: Sequence[Bookmark]) -> None:
    """Drop running heads and feet, in place.

    A running line occurs within `EDGE_LINES` of the same edge on several pages, and hardly ever
    elsewhere. A bookmarked chapter title at the top of a later page counts as one, even on few
    pages. Without bookmarks, a numbered title is kept where it first occurs. OCR may put a running
    line inside a page: it is dropped there too if its words occur in running lines only.
    """
    pages = [lines for _, lines in numbered]
    content = Content.learn(pages, EDGE_LINES)
    running = _find_all_runs(numbered, content)
    changing = find_chapter_heads([(page.number, lines) for page, lines in numbered], content)
    titles = {shape(mark.title) for mark in bookmarks}
    begins = {(mark.page, shape(mark.title)) for mark in bookmarks}
    chapters = set() if bookmarks else _numbered_titles(pages)
    seen: set[str] = set()
    strays: list[Stray] = []
    for page, lines in numbered:
        changes = {0} if page.number in changing else set()
        kept = _headings(page, lines, begins) | (_take_titles(lines, chapters) - changes)
        found, repeated = _running_lines(page, lines, running, content)
        kept |= repeated
        found |= changes
        if lines and shape(lines[0].text) in titles:
            found.add(0)
        doomed = found - kept
        strays += _find_strays(lines, doomed | kept, seen)
        seen |= _words_of([lines[i] for i in doomed])
        lines[:] = [line for i, line in enumerate(lines) if i not in doomed]
    _drop_strays(pages, strays)


def _running_lines(
    page: Page, lines: Sequence[Printed], running: dict[bool, Runs], content: Content
) -> tuple[set[int], set[int]]:
    """Return the indices of running heads and feet, and of repeated lines that are content."""
    kept: set[int] = set()
    repeated = _repeated(lines, running)
    in_text, in_stanza = _in_blocks(lines, set(repeated), content)
    in_text -= _titles(lines, content)
    numbered = {i for i in repeated if names_page(lines[i])}
    numbered |= {i for i in (0, len(lines) - 1) if lines and _number(lines[i].text) is not None}
    for i, (at_top, is_outermost) in repeated.items():
        place = Place(is_outermost, i in in_text, i in in_stanza, bool(numbered - {i}))
        if content.keeps(lines[i], page.number, running[at_top], place):
            kept.add(i)
    return set(repeated) - kept, kept


def _repeated(lines: Sequence[Printed], running: dict[bool, Runs]) -> dict[int, tuple[bool, bool]]:
    """Return the indices of lines that repeat: whether at the top, and whether outermost there."""
    found: dict[int, tuple[bool, bool]] = {}
    for at_top in (True, False):
        is_outermost = True  # apart from page numbers
        for i in _edge(lines, at_top) if at_top else reversed(_edge(lines, at_top)):
            if running[at_top].have(lines[i]):
                found[i] = (at_top, is_outermost)
            is_outermost &= _number(lines[i].text) is not None
    return found


def _in_blocks(
    lines: Sequence[Printed], repeated: set[int], content: Content
) -> tuple[set[int], set[int]]:
    """Return the indices of repeated lines in blocks of text, and in blocks of such lines only."""
    in_text: set[int] = set()
    in_stanza: set[int] = set()
    for block in content.blocks(lines):
        found = [i for i in block if _number(lines[i].text) is None]
        found = [i for i in found if i not in repeated or not names_page(lines[i])]
        if any(i not in repeated or content.is_value(lines[i]) for i in found):
            in_text.update(found)
        elif len(found) > 1:
            in_stanza.update(found)
    return in_text, in_stanza


def _titles(lines: Sequence[Printed], content: Content) -> set[int]:
    """Return the index of a page's first line, unless it has a number or begins a sentence.

    A text that was printed from plain text has its running head as close as any other line.
    """
    first = next((i for i, line in enumerate(lines) if _number(line.text) is None), None)
    return set() if first is None or content.begins_text(lines[first : first + 2]) else {first}


def _take_titles(lines: Sequence[Printed], chapters: set[str]) -> set[int]:
    """Return the indices of titles that occur for the first time; remove them from `chapters`."""
    found = set()
    for i in _edge(lines, True):
        if lines[i].text in chapters:
            chapters.remove(lines[i].text)
            found.add(i)
    return found


def _find_strays(lines: list[Printed], known: set[int], seen: set[str]) -> list[Stray]:
    """Return the lines outside `known` whose words all occurred in running lines before."""
    return [
        (lines, line)
        for i, line in enumerate(lines)
        if i not in known and set() < _words(line.text) <= seen
    ]


def _drop_strays(pages: Sequence[list[Printed]], strays: Sequence[Stray]) -> None:
    """Drop the strays whose words occur in no other line, in place."""
    uses = Counter(word for lines in pages for line in lines for word in _words(line.text))
    uses.subtract(word for _, line in strays for word in _words(line.text))
    for lines, stray in strays:
        if not any(uses[word] for word in _words(stray.text)):
            lines.remove(stray)


def _find_all_runs(pages: Sequence[PageLines], content: Content) -> dict[bool, Runs]:
    """Return the running lines at the top (True) and at the foot (False).

    Two pages are too few to learn from, unless small type stands at the same place on both.
    """
    steady = _steady_keys([lines for _, lines in pages])
    n_pages = sum(1 for _, lines in pages if lines)
    found = {}
    for at_top in (True, False):
        edge = [(page.number, lines[i]) for page, lines in pages for i in _edge(lines, at_top)]
        if n_pages == 2:
            edge = _small_at_same_place(edge, content)
        found[at_top] = find_runs(edge, steady, n_pages)
    return found


def _small_at_same_place(edge: Sequence[Occurrence], content: Content) -> list[Occurrence]:
    """Return the lines below body type whose shape has one place on all pages; no sentences."""
    places: dict[Shape, set[int | None]] = {}
    for _, line in edge:
        places.setdefault(shape_key(line), set()).add(height(line))
    return [
        (page, line)
        for page, line in edge
        if height(line) is not None and len(places[shape_key(line)]) == 1
        if not content.may_be_content(line)
    ]


def _steady_keys(pages: Sequence[Sequence[Printed]]) -> set[Shape]:
    """Return the keys of lines that occur almost only at the edges of pages."""
    everywhere = Counter(shape_key(line) for lines in pages for line in lines)
    at_edges = Counter(
        shape_key(lines[i]) for lines in pages for i in {*_edge(lines, True), *_edge(lines, False)}
    )
    return {key for key, n in at_edges.items() if n >= AT_EDGE_SHARE * everywhere[key]}


def _numbered_titles(pages: Sequence[Sequence[Printed]]) -> set[str]:
    """Return numbered titles that recur at the top of pages with the same number.

    Since the number is constant, it is no page number. Only the text is compared: a chapter's
    title is often set larger than the running head that repeats it.
    """
    n_pages = Counter(
        text for lines in pages for text in {lines[i].text for i in _edge(lines, True)}
    )
    return {text for text, n in n_pages.items() if n > 1 and _NUMBERED_TITLE.match(text)}


def _headings(page: Page, lines: Sequence[Printed], begins: set[tuple[int, str]]) -> set[int]:
    """Return the lines that start a bookmarked chapter; of equal lines, the innermost."""
    innermost: dict[str, int] = {}
    for i in sorted(range(len(lines)), key=lambda i: min(i, len(lines) - 1 - i)):
        innermost[shape(lines[i].text)] = i
    return {i for shape, i in innermost.items() if (page.number, shape) in begins}


def _words(line: str) -> frozenset[str]:
    """Return words, numbers and single letters: a value may be one of these."""
    return frozenset(re.findall(r"[^\W\d_]+|\d+", line.casefold()))


def _words_of(lines: Sequence[Printed]) -> set[str]:
    return {word for line in lines for word in _words(line.text)}


def _edge(lines: Sequence[Printed], at_top: bool) -> range:
    n_lines = min(EDGE_LINES, len(lines))
    return range(n_lines) if at_top else range(len(lines) - n_lines, len(lines))


def _drop_page_numbers(numbered: Sequence[PageLines]) -> None:
    """Drop the number at the foot or head of each page, in place.

    A number is a page number if it equals the page's label, follows the word "page", or differs
    from the page's position by the same amount as on another page. Any other number is content,
    such as a table cell or a year.
    """
    lead = Counter(
        (edge, number - page.number)
        for page, lines in numbered
        for edge in (-1, 0)
        if lines and (number := _number(lines[edge].text)) is not None
    )
    for page, lines in numbered:
        for edge in (-1, 0):
            if lines and _is_page_number(lines[edge].text, page, edge, lead):
                del lines[edge]
                break


def _is_page_number(text: str, page: Page, edge: int, lead: Counter[tuple[int, int]]) -> bool:
    """Whether a line is a page number; `lead` counts the pairs (edge, number - position)."""
    if text.casefold() == page.label.casefold():
        return True
    number = _number(text)
    if number is not None and lead[edge, number - page.number] > 1:
        return True
    found = _PAGE_NUMBER.fullmatch(text)
    return bool(found and found["page"])


def _number(line: str) -> int | None:
    """Return the value of a single arabic or roman number; None for any other line."""
    found = _PAGE_NUMBER.fullmatch(line)
    if found and found["arabic"]:
        return int(found["arabic"])
    if not (found and _ROMAN.fullmatch(found["roman"])):
        return None
    return from_roman(found["roman"])
