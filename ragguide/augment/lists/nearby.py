"""A question and hits in, the lists among the hits out, those about the question first. No I/O."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from ragguide.augment.kinds import Kind
from ragguide.augment.lists.asked import Asked
from ragguide.augment.lists.enumerations import enumerations
from ragguide.augment.lists.fit import has_missing_name, is_question, listing_of
from ragguide.augment.lists.found import FoundList, Shape, is_attribute
from ragguide.augment.lists.lines import Line
from ragguide.augment.lists.structure import Outline
from ragguide.augment.lists.values import Item, Listing
from ragguide.augment.lists.word_weights import Weights
from ragguide.index.keywords import terms_of
from ragguide.types import Hit

MOST_NEARBY = 6  # lists; a model chooses among them
MOST_ITEMS = 24  # of a list; a longer one is a table of contents or a glossary


class Nearby(msgspec.Struct, frozen=True):
    """A list among the hits."""

    title: str  # what its items are, in the guide's words
    listing: Listing


def nearby_listings(
    asked: Asked,
    kind: Kind,
    hits: Sequence[Hit],
    outline_of: Callable[[str], Outline],
    weights: Weights,
) -> list[Nearby]:
    """Return lists that overlap a hit; those first whose titles have more of the question's words.

    Args:
        asked: what the question counts or asks to list.
        kind: `COUNT` or `LIST`.
        hits: passages for the question, best first.
        outline_of: returns the outline of a document by its name.
        weights: of the question's words.
    """
    if asked.is_measured:
        return []
    found: dict[tuple[str, ...], tuple[float, Nearby]] = {}
    for hit in hits:
        outline = outline_of(hit.chunk.document)
        for each in _lists_in(hit, outline, asked, kind):
            names = tuple(item.text for item in each.listing.items)
            own = set(terms_of(each.title))
            titles = own | {*terms_of(" ".join(each.listing.lead.section))}
            score = weights.coverage(asked, own)
            is_new = names not in found or score > found[names][0]
            if is_new and len(names) <= MOST_ITEMS and not has_missing_name(asked, titles, weights):
                found[names] = (score, each)
    ranked = sorted(found.values(), key=lambda pair: -pair[0])  # stable: hits' order decides ties
    return [each for _, each in ranked[:MOST_NEARBY]]


def _lists_in(hit: Hit, outline: Outline, asked: Asked, kind: Kind) -> Iterator[Nearby]:
    start, end = hit.chunk.start, hit.chunk.end
    for found in outline.lists:
        if found.end <= start or end <= found.start or _is_index(found):
            continue
        if listing := listing_of(found, kind, asked):
            yield Nearby(_title(*found.context[-1:], *found.about), listing)
    for line in outline.lines:
        if start <= line.at < end and not line.is_heading and not line.columns:
            yield from _enumerated(line)


def _is_index(found: FoundList) -> bool:
    """Whether a list's titles only divide a text: questions, "Overview", "Examples"."""
    if found.shape is not Shape.TITLES:
        return False
    return any(is_question(name) or is_attribute(name) for name in found.names)


def _enumerated(line: Line) -> Iterator[Nearby]:
    for each in enumerations(line.text):
        if each.is_named:
            items = tuple(Item(text, line) for text in each.items)
            title = _title(*line.section[-1:], each.before)
            yield Nearby(title, Listing(line, items, each.is_whole))


def _title(*texts: str) -> str:
    return ": ".join(dict.fromkeys(text.rstrip(": ") for text in texts if text.strip()))
