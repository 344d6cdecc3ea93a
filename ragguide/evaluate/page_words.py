"""Documents in, their pages with folded texts and words out. No I/O."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

import msgspec

from ragguide.evaluate.answers import fold
from ragguide.index.keywords import terms_of
from ragguide.types import Document

_WORD = re.compile(r"[^\W_]+(?:[.:/_'+-][^\W_]+)*")


class Page(msgspec.Struct, frozen=True):
    """A page, slide or sheet, in the forms that are compared."""

    document: str
    number: int
    folded: str
    terms: frozenset[str]

    @property
    def place(self) -> str:
        return f"{self.document} p. {self.number}"


class PageWords:
    """The pages of an index, and how rare each of their terms is."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.of_document = {document.name: list(_pages(document)) for document in documents}
        self._every = [page for pages in self.of_document.values() for page in pages]
        n_pages_with = Counter(term for page in self._every for term in page.terms)
        self._rarity = {term: log(1 + len(self._every) / n) for term, n in n_pages_with.items()}

    def absent_words(self, question: str) -> list[str]:
        """Return the question's words that occur on no page."""
        words = _terms_of_words(question)
        return [word for word, terms in words.items() if not terms & self._rarity.keys()]

    def nearest(self, question: str, n: int) -> list[tuple[Page, float]]:
        """Return the n pages that share most with a question, and each one's share, best first."""
        wanted = set[str]().union(*_terms_of_words(question).values())
        shares = ((page, self._share(wanted, page)) for page in self._every)
        return sorted(shares, key=lambda pair: -pair[1])[:n]

    def _share(self, wanted: set[str], page: Page) -> float:
        """Return the share of a question's terms on a page, weighted by rarity.

        A term that is on no page weighs as much as the rarest one.
        """
        rarest = max(self._rarity.values(), default=1.0)
        weights = {term: self._rarity.get(term, rarest) for term in sorted(wanted)}
        if not weights or wanted <= page.terms:
            return float(bool(weights))
        return sum(w for term, w in weights.items() if term in page.terms) / sum(weights.values())


def _terms_of_words(question: str) -> dict[str, set[str]]:
    """Return the terms of each word of a question, without words that have none."""
    words = {word: set(terms_of(word)) for word in _WORD.findall(question)}
    return {word: terms for word, terms in words.items() if terms}


def _pages(document: Document) -> Iterator[Page]:
    ends = (*document.page_starts[1:], len(document.text))
    raw = document.raw_pages or ("",) * len(ends)
    for number, (start, end, raw_page) in enumerate(
        zip(document.page_starts, ends, raw, strict=True), start=1
    ):
        # A fact may match the raw page, or the cleaned text with its joined words and table rows.
        text = document.text[start:end]
        yield Page(
            document.name, number, f"{fold(raw_page)} {fold(text)}", frozenset(terms_of(text))
        )
