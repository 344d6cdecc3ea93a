"""A case and the index's documents in, where its evidence lies out. No I/O.

A quote was taken from a page as it reads; the cleaned text has other bullets, hyphens and line
ends, mended letters, and tells a table's rows in another order. So letters alone are compared, and
what OCR takes for each other counts as one. A quote that the cleaned text does not hold so is
sought in the raw page, whose printed lines lead to the cleaned text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

import msgspec

from ragguide.create.pdf.clean import fold_characters
from ragguide.evaluate.records import Case, Span
from ragguide.types import Document

_MISREAD = str.maketrans("ij1q", "lllg")  # OCR takes them for each other; cleaning may mend it
MIN_LETTERS = 4  # fewer stand anywhere


class Gold(msgspec.Struct, frozen=True):
    """Where the answer to a case lies."""

    spans: tuple[tuple[Span, ...], ...]  # for each of the case's quotes, wherever it stands
    section: tuple[str, ...]  # of the first quote; without one, of the first page


class GoldFinder:
    """Finds the evidence of cases in the documents of one index."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = {document.name: _Searched(document) for document in documents}

    def find(self, case: Case) -> Gold:
        """Where the quotes lie: on the gold pages if they are there, else anywhere."""
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
        """Whether a quote of a case stands on one of its pages."""
        return any(document.find(quote, case.pages) for document in self._of(case))

    def pages_of(self, case: Case, quote: str) -> list[int]:
        """The pages on which a quote of a case begins, of all documents that it can be about."""
        return [
            document.page_at(span.start)
            for document in self._of(case)
            for span in document.find(quote, ())
        ]

    def _of(self, case: Case) -> "list[_Searched]":
        """The documents that a case can be about."""
        if case.document:
            return [d for d in (self._documents.get(case.document),) if d is not None]
        return list(self._documents.values())


class _Searched:
    """A document, with what finding takes made when first needed."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.n_pages = len(document.page_starts)

    def find(self, quote: str, pages: Sequence[int]) -> tuple[Span, ...]:
        """Where a quote stands on some pages; without pages, anywhere."""
        wanted = _letters(quote)
        if len(wanted) < MIN_LETTERS:
            return ()
        ranges = [self._range(page) for page in pages if page <= self.n_pages]
        found = [
            (start, end)
            for start, end in self._in_text(wanted)
            if not pages or any(start < last and end > first for first, last in ranges)
        ]
        found = found or [
            place
            for page in (pages or range(1, self.n_pages + 1))
            for place in self._in_raw_page(wanted, page)
        ]
        return tuple(Span(document=self._document.name, start=a, end=b) for a, b in found)

    def section_at(self, offset: int) -> tuple[str, ...]:
        sections = self._document.sections
        place = bisect_right([section.start for section in sections], offset) - 1
        return sections[place].path if place >= 0 else ()

    def section_of_page(self, page: int) -> tuple[str, ...]:
        """The section that holds most of a page."""
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
        """The letters of the cleaned text, and where each stands in it."""
        places = [
            (letter, offset)
            for offset, char in enumerate(self._document.text)
            for letter in _letters(char)
        ]
        return "".join(letter for letter, _ in places), [offset for _, offset in places]

    def _in_text(self, wanted: str) -> Iterator[tuple[int, int]]:
        letters, offsets = self._text
        for at in _occurrences(wanted, letters):
            yield offsets[at], offsets[at + len(wanted) - 1] + 1

    @cached_property
    def _raw(self) -> list[tuple[str, list[int]]]:
        """Of each page as it reads: its letters, and at which of them each printed line begins."""
        pages = []
        for page in self._document.raw_pages:
            lines = [_letters(line) for line in page.split("\n")]
            pages.append(("".join(lines), [0, *accumulate(map(len, lines))]))
        return pages

    def _in_raw_page(self, wanted: str, page: int) -> Iterator[tuple[int, int]]:
        """Yield the cleaned text of the printed lines that hold a quote."""
        if page > len(self._raw):
            return
        letters, starts = self._raw[page - 1]
        for at in _occurrences(wanted, letters):
            first = bisect_right(starts, at) - 1
            last = bisect_left(starts, at + len(wanted)) - 1
            ranges = [
                self._line_range(place)
                for place, line in enumerate(self._document.lines)
                if line.page == page and first <= line.raw_line <= last
            ]
            if ranges:
                yield min(start for start, _ in ranges), max(end for _, end in ranges)

    def _line_range(self, place: int) -> tuple[int, int]:
        """Where a printed line lies in the cleaned text: up to where a later one begins."""
        lines = self._document.lines
        start = lines[place].start
        later = (line.start for line in lines[place + 1 :] if line.start > start)
        return start, next(later, len(self._document.text))


def _letters(text: str) -> str:
    """The letters and digits of a text, as OCR can tell them apart."""
    folded = fold_characters(text).casefold()
    return "".join(filter(str.isalnum, folded)).translate(_MISREAD)


def _occurrences(wanted: str, text: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)
