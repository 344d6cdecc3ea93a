"""Documents before and after a change in, a map of their page numbers out. No I/O.

A page inserted at the front moves all others, and labels that name pages would then judge the wrong
pages. So each page is matched with the former page that it shares most text with. A page that
shares no text is the former page that followed its neighbour, rewritten; if that is taken, it is
new.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from ragguide.evaluate.records import FoundPassage, Outcome, Quoted
from ragguide.types import Document

NEW = 0  # number of a page without a former page; page numbers begin at 1

_Place = TypeVar("_Place", FoundPassage, Quoted)
PageMap = Mapping[str, Sequence[int]]  # document → the former number of each of its pages


def map_pages(before: Sequence[Document], after: Sequence[Document]) -> PageMap:
    """Return the former page numbers of all documents that exist in both versions."""
    old = {document.name: document for document in before}
    return {
        document.name: _former_pages(old[document.name], document)
        for document in after
        if document.name in old
    }


def _former_pages(before: Document, after: Document) -> list[int]:
    if before.text == after.text:
        return list(range(1, len(after.page_starts) + 1))
    pages_with: dict[str, list[int]] = defaultdict(list)
    for page, texts in enumerate(_texts(before), start=1):
        for text in texts:
            pages_with[text].append(page)
    former: list[int] = []
    for texts in _texts(after):
        shared: Counter[int] = Counter()
        for text in texts:
            for page in pages_with.get(text, ()):
                shared[page] += len(text)
        # Of pages that share the same text, such as a repeated table head, take the next one.
        expected = former[-1] + 1 if former else 1
        best = max(shared, key=lambda page: (shared[page], -abs(page - expected)), default=NEW)
        former.append(best)
    return _filled(former, len(before.page_starts))


def _texts(document: Document) -> list[list[str]]:
    """Return the texts of the blocks that begin on each page."""
    bounds = [*document.page_starts, len(document.text)]
    texts: list[list[str]] = [[] for _ in document.page_starts]
    page = 0
    for block in document.blocks:
        while page + 1 < len(texts) and block.start >= bounds[page + 1]:
            page += 1
        texts[page].append(" ".join(document.text[block.start : block.end].split()))
    return texts


def _filled(former: Sequence[int], n_before: int) -> list[int]:
    """Match a page that shares no text with the page that followed, unless that is taken."""
    filled = list(former)
    taken = set(former)
    for place, page in enumerate(filled):
        if page != NEW or (place and filled[place - 1] == NEW):
            continue
        following = filled[place - 1] + 1 if place else 1
        if following <= n_before and following not in taken:
            filled[place] = following
            taken.add(following)
    return filled


def as_before(outcome: Outcome, pages: PageMap) -> Outcome:
    """Return the outcome with the former page numbers."""
    return msgspec.structs.replace(
        outcome,
        hits=tuple(_renumbered(hit, hit.span.document, pages) for hit in outcome.hits),
        quotes=tuple(_renumbered(quote, quote.document, pages) for quote in outcome.quotes),
        citations=tuple(_renumbered(each, each.document, pages) for each in outcome.citations),
    )


def _renumbered(place: _Place, document: str, pages: PageMap) -> _Place:
    if document not in pages:
        return place
    former = [
        page for page in pages[document][place.page_first - 1 : place.page_last] if page != NEW
    ]
    first, last = (min(former), max(former)) if former else (NEW, NEW)
    return msgspec.structs.replace(place, page_first=first, page_last=last)
