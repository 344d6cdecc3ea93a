"""A span of the cleaned text or a quote in, the raw text of its pages out. No I/O.

The raw text of a page can differ from a cleaned quote: `Al` for `AI`, curly quotes, a bullet, a
running head in between. The search of a PDF viewer only finds the raw text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from difflib import SequenceMatcher

import msgspec

from ragguide.types import Document


class RawLine(msgspec.Struct, frozen=True):
    """Raw text of a printed line, or of the part of it that a span covers."""

    page: int
    raw_line: int  # line number on the page, from 0
    text: str


class RawMap:
    """Maps a document's cleaned text back to its pages."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._starts = [line.start for line in document.lines]
        self._pages = [page.split("\n") for page in document.raw_pages]
        self._rows = {block.start for block in document.blocks if block.kind == "row"}

    def lines(self, start: int, end: int) -> Iterator[RawLine]:
        """Yield the raw text of `document.text[start:end]`; nothing unless it is a PDF.

        The first and the last line are cut where the raw and the cleaned line match. A table row
        changes the order of its text, so its lines are yielded whole.
        """
        if not self._starts:
            return
        first = self._starts[max(0, bisect_right(self._starts, start) - 1)]
        for place in range(bisect_left(self._starts, first), bisect_left(self._starts, end)):
            line = self._document.lines[place]
            raw = self._pages[line.page - 1][line.raw_line]
            if line.start not in self._rows:
                line_end = [*self._starts[place + 1 : place + 2], len(self._document.text)][0]
                clean = self._document.text[line.start : line_end].rstrip()
                raw = _cut(raw, clean, max(0, start - line.start), end - line.start)
            if raw.strip():
                yield RawLine(line.page, line.raw_line, raw.strip())


def find_quote(text: str, quote: str, page_start: int) -> list[tuple[int, int]]:
    """Return the spans of a quote in a document's text; empty if it is not there.

    Its last line is on the page that starts at `page_start`, or later. The lines before may come
    from further above, such as the caption of a table or the lead-in of a list.
    """
    start = text.find(quote, page_start)
    if start >= 0:
        return [(start, start + len(quote))]
    *before, last = quote.split("\n")
    start = text.find(last, page_start)
    while start >= 0:  # a short last line, such as "6", may stand above the others, too
        if spans := _above(text, before, start):
            return [*spans, (start, start + len(last))]
        start = text.find(last, start + 1) if before else -1
    return []


def _above(text: str, lines: list[str], end: int) -> list[tuple[int, int]]:
    """Return the nearest spans of lines above a place; empty if one of them is not there."""
    spans: list[tuple[int, int]] = []
    for line in reversed(lines):
        start = text.rfind(line, 0, end)
        if start < 0:
            return []
        spans.insert(0, (start, start + len(line)))
        end = start
    return spans


def _cut(raw: str, clean: str, start: int, end: int) -> str:
    """Return the part of a raw line that matches `clean[start:end]`."""
    matches = SequenceMatcher(None, clean, raw, autojunk=False).get_matching_blocks()

    def at(place: int) -> int:
        raw_end = 0
        for a, b, size in matches:
            if place < a:  # between two matches: count back, assuming as many raw characters
                return max(raw_end, b - (a - place))
            if place < a + size:
                return b + place - a
            raw_end = b + size
        return len(raw)

    return raw[at(start) :] if end >= len(clean) else raw[at(start) : at(end)]
