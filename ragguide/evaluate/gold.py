"""Cases and an index's documents in, where the evidence lies out. No I/O.

A quote was copied from a page. The cleaned text has other bullets, hyphens and line ends, corrects
misread letters, and reorders table rows. So only letters and digits are compared, and letters that
OCR confuses count as equal. If the cleaned text does not contain a quote, the raw page is searched:
its printed lines lead back to the cleaned text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

import msgspec

from ragguide.create.pdf.clean import fold_characters
from ragguide.evaluate.records import Case, Span
from ragguide.types import Document

_MISREAD = str.maketrans("ij1q", "lllg")  # OCR confuses these, and cleaning may correct them
MIN_LETTERS = 4  # shorter quotes occur anywhere


class Gold(msgspec.Struct, frozen=True):
    """Where the answer to a case is."""

    spans: tuple[tuple[Span, ...], ...]  # for each of the case's quotes, all its places
    section: tuple[str, ...]  # of the first quote; if there is none, of the first page


class GoldFinder:
    """Finds the evidence of cases in the documents of one index."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = {document.name: _Searched(document) for document in documents}

    def find(self, case: Case) -> Gold:
        """Find each quote on the gold pages; if it is on none of them, anywhere."""
        documents = self._of(case)
        spans = tuple(
            tuple(span for document in documents for span in document.find(quote, case.pages))
            or tuple(span for document in documents for span in document.find(quote, ()))
            for quote in case.quotes
        )
        first = next((span for alternatives in spans for span in alternatives), None)
        if first is not None:
            return Gold(spans, self._documents[first.document].section_at(first.start))
        if len(documents) == 1 and case.pages and case.pages[0] <= documents[0].n_pages:
            return Gold(spans, documents[0].section_of_page(case.pages[0]))
        return Gold(spans, ())

    def on_pages(self, case: Case, quote: str) -> bool:
        """Return whether a quote of a case is on one of its pages."""
        return any(document.find(quote, case.pages) for document in self._of(case))

    def pages_of(self, case: Case, quote: str) -> list[int]:
        """Return the pages on which a quote begins, in all documents that the case may be about."""
        return [
            document.page_at(span.start)
            for document in self._of(case)
            for span in document.find(quote, ())
        ]

    def _of(self, case: Case) -> "list[_Searched]":
        """Return the documents that a case may be about."""
        if case.document:
            return [d for d in (self._documents.get(case.document),) if d is not None]
        return list(self._documents.values())


class _Searched:
    """A document; the forms that are searched are computed when first needed."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.n_pages = len(document.page_starts)

    def find(self, quote: str, pages: Sequence[int]) -> tuple[Span, ...]:
        """Return the places of a quote on these pages; without pages, anywhere."""
        needle = _letters(quote)
        if len(needle) < MIN_LETTERS:
            return ()
        found = self._on_pages(self._in_text(needle), pages)
        found = found or self._in_raw_pages(needle, pages or range(1, self.n_pages + 1))
        return tuple(Span(document=self._document.name, start=a, end=b) for a, b in found)

    def _on_pages(
        self, places: Iterator[tuple[int, int]], pages: Sequence[int]
    ) -> list[tuple[int, int]]:
        """Keep the places that touch one of these pages; without pages, all."""
        if not pages:
            return list(places)
        ranges = [self._range(page) for page in pages if page <= self.n_pages]
        return [
            (start, end)
            for start, end in places
            if any(start < last and end > first for first, last in ranges)
        ]

    def section_at(self, offset: int) -> tuple[str, ...]:
        sections = self._document.sections
        place = bisect_right([section.start for section in sections], offset) - 1
        return sections[place].path if place >= 0 else ()

    def section_of_page(self, page: int) -> tuple[str, ...]:
        """Return the section with the largest part of a page."""
        first, last = self._range(page)
        return max(
            self._document.sections,
            key=lambda section: min(section.end, last) - max(section.start, first),
        ).path

    def page_at(self, offset: int) -> int:
        return bisect_right(self._document.page_starts, offset)

    def _range(self, page: int) -> tuple[int, int]:
        starts = self._document.page_starts
        return starts[page - 1], starts[page] if page < len(starts) else len(self._document.text)

    @cached_property
    def _text(self) -> tuple[str, list[int]]:
        """The letters of the cleaned text, and the offset of each."""
        places = [
            (letter, offset)
            for offset, char in enumerate(self._document.text)
            for letter in _letters(char)
        ]
        return "".join(letter for letter, _ in places), [offset for _, offset in places]

    def _in_text(self, needle: str) -> Iterator[tuple[int, int]]:
        letters, offsets = self._text
        for at in _occurrences(needle, letters):
            yield offsets[at], offsets[at + len(needle) - 1] + 1

    @cached_property
    def _raw(self) -> list[tuple[str, list[int]]]:
        """For each raw page: its letters, and the number of letters before each printed line."""
        pages = []
        for page in self._document.raw_pages:
            lines = [_letters(line) for line in page.split("\n")]
            pages.append(("".join(lines), [0, *accumulate(map(len, lines))]))
        return pages

    def _in_raw_pages(self, needle: str, pages: Sequence[int]) -> list[tuple[int, int]]:
        return [place for page in pages for place in self._in_raw_page(needle, page)]

    def _in_raw_page(self, needle: str, page: int) -> Iterator[tuple[int, int]]:
        """Yield the places in the cleaned text of the printed lines with a quote."""
        if page > len(self._raw):
            return
        letters, starts = self._raw[page - 1]
        for at in _occurrences(needle, letters):
            first = bisect_right(starts, at) - 1
            last = bisect_left(starts, at + len(needle)) - 1
            ranges = [
                self._line_range(place)
                for place, line in enumerate(self._document.lines)
                if line.page == page and first <= line.raw_line <= last
            ]
            if ranges:
                yield min(start for start, _ in ranges), max(end for _, end in ranges)

    def _line_range(self, place: int) -> tuple[int, int]:
        """Return the place of a printed line in the cleaned text: up to the next line's start."""
        lines = self._document.lines
        start = lines[place].start
        later = (line.start for line in lines[place + 1 :] if line.start > start)
        return start, next(later, len(self._document.text))


def _letters(text: str) -> str:
    """Return the letters and digits of a text; letters that OCR confuses become one."""
    folded = fold_characters(text).casefold()
    return "".join(filter(str.isalnum, folded)).translate(_MISREAD)


def _occurrences(needle: str, text: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + 1)
