"""A question and sentences in, the sentences that count or list its items out. No I/O."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from ragguide.augment.kinds import Kind
from ragguide.augment.lists.asked import Asked
from ragguide.augment.lists.enumerations import (
    Enumeration,
    Stated,
    enumerations,
    stated_numbers,
    terms_before,
)
from ragguide.augment.lists.fit import COMMON, LEAST_COVERED, has_missing_name
from ragguide.augment.lists.found import item_label
from ragguide.augment.lists.leads import lead_heads
from ragguide.augment.lists.lines import Line
from ragguide.augment.lists.nouns import ANY_ADJECTIVE, is_kind_word, noun_stem
from ragguide.augment.lists.values import Item, Listing, Match
from ragguide.augment.lists.word_weights import Weights
from ragguide.index.keywords import terms_of

LEAST_OWN = 0.5  # share, by weight, of the words that the section lacks; sentence without the noun
LEAST_OWN_STATED = 0.2  # share of the question's words, by weight, in a sentence with a number
LEAST_NAMED = 0.6  # weight of the rarest shared word as a share of the highest
LEAST_TELLING = 3.0  # sum of weights of the question's words; sentence without the noun
NEAR = 9  # words before the first item in which to look for its noun
# Heads that a sentence may leave out: "works with A, B and C" lists services.
_ANYTHING = frozenset(
    map(
        noun_stem,
        """
        purposes fields channels areas domains industries things places tasks uses ways sources
        targets services products tools names items options
        """.split(),
    )
)
_THERE_ARE = re.compile(
    r"\b(?:there are|has|have|includes?|contains?|consists? of|offers?|provides?|supports?|"
    r"comes? (?:in|with)|keeps?|covers?|runs?)\s*\Z",
    re.I,
)
_DEFINITE = re.compile(r"\b(?:the|these|those|all|its|their|are|has|have|in|of|with)\s*\Z", re.I)


def stated_listings(
    asked: Asked, near: Sequence[Line], lists: Sequence[Match], weights: Weights
) -> Iterator[Match]:
    """Yield the sentences that state the number of items, with the items if known."""
    for line in near:
        if line.is_heading and not line.section:
            continue
        own = set(terms_of(line.text))
        terms = own | {*terms_of(" ".join(line.section))}
        covered = weights.coverage(asked, terms)
        if covered < LEAST_COVERED or has_missing_name(asked, terms, weights):
            continue
        own_share = weights.coverage(asked, own)
        for stated in stated_numbers(line.text, asked.heads):
            if _is_total(asked, stated, own_share):
                items = _items_of(line, stated.number, lists)
                listing = Listing(line, items, stated=stated.said, counted=stated.counted)
                yield Match(covered**2 * (0.85 + 0.3 * own_share), listing)


def _is_total(asked: Asked, stated: Stated, own_share: float) -> bool:
    """Whether a number counts all wanted things, not only some of them."""
    if stated.number in (0, 1) or _is_narrowed(asked, stated.modifiers):
        return False
    if not asked.words:
        return _DEFINITE.search(stated.before) is not None
    return own_share >= LEAST_OWN_STATED or _THERE_ARE.search(stated.before) is not None


def _is_narrowed(asked: Asked, modifiers: Sequence[str]) -> bool:
    """Whether words before a counted noun restrict it: "two hidden layers"."""
    wanted = {term for word in asked.words for term in terms_of(word)}
    for word in modifiers:
        is_free = word in ANY_ADJECTIVE or noun_stem(word) in asked.heads
        is_free |= asked.is_kind and (is_kind_word(word) or word == "of")
        if word.islower() and not is_free and wanted.isdisjoint(terms_of(word)):
            return True
    return False


def _items_of(line: Line, number: int | None, lists: Sequence[Match]) -> tuple[Item, ...]:
    """Return the items that a sentence counts, from itself or from a list in its section."""
    for enumeration in enumerations(line.text):
        if len(enumeration.items) == number:
            return tuple(Item(text, line) for text in enumeration.items)
    for match in lists:
        if len(match.listing.items) == number and match.listing.lead.section == line.section:
            return match.listing.items
    return ()


def enumerated_listings(
    asked: Asked, kind: Kind, near: Sequence[Line], weights: Weights
) -> Iterator[Match]:
    """Yield the sentences that list the wanted things."""
    if asked.is_measured:
        return
    for line in near:
        if line.is_heading or line.columns:
            continue
        for enumeration in enumerations(line.text):
            score = _score(asked, kind, line, enumeration, weights)
            if score is not None:
                items = tuple(Item(text, line) for text in enumeration.items)
                yield Match(score, Listing(line, items, enumeration.is_whole))


def _score(
    asked: Asked, kind: Kind, line: Line, enumeration: Enumeration, weights: Weights
) -> float | None:
    """Score how well a sentence lists the wanted things; None if it does not."""
    if not enumeration.is_named or asked.number not in (None, len(enumeration.items)):
        return None
    numbers = [item.rstrip(";").isdigit() for item in enumeration.items]
    if any(numbers) and not all(numbers):
        return None  # "in k parts, commonly 5 or 10"
    before = terms_before(line.text, enumeration)
    terms = before | {*terms_of(" ".join(line.section))}
    covered = weights.coverage(asked, terms)
    if covered < LEAST_COVERED or has_missing_name(asked, terms, weights):
        return None
    is_named = _says_head(asked, enumeration.before, line)
    if not is_named and (kind is Kind.COUNT or not _is_about(asked, before, line, weights)):
        return None
    return covered**2 * (0.45 + 0.3 * weights.coverage(asked, before) + 0.2 * is_named)


def _says_head(asked: Asked, before: str, line: Line) -> bool:
    """Whether a sentence names the wanted things right before the items, or in its label."""
    label = item_label(line) or ""
    near = " ".join(re.split(r"(?<=[;.])\s", before)[-1].split()[-NEAR:])
    heads = lead_heads(near, is_title=False) or lead_heads(label, is_title=True)
    return not heads.isdisjoint(asked.heads)


def _is_about(asked: Asked, before: set[str], line: Line, weights: Weights) -> bool:
    """Whether a sentence that does not name its items is still about the question."""
    if _says_the_same(asked, before, weights):
        return True
    if asked.heads.isdisjoint(_ANYTHING):
        return False
    titles = set(terms_of(" ".join(line.section)))
    covered = [word for word in asked.words if weights.covers(word, before)]
    open_words = tuple(word for word in asked.words if not weights.covers(word, titles))
    rest = msgspec.structs.replace(asked, words=open_words)
    has_weight = sum(map(weights.of, covered)) >= LEAST_TELLING
    return len(covered) > 1 and has_weight and weights.coverage(rest, before) >= LEAST_OWN


def _says_the_same(asked: Asked, before: set[str], weights: Weights) -> bool:
    """Whether the words before the items are those of the question: "the kiosk sells A, B, C".

    One of them must be a name or a rare word; at least two of them must be there.
    """
    covered = [word for word in asked.words if weights.covers(word, before)]
    is_telling = max(map(weights.of, covered), default=0.0) >= LEAST_NAMED * weights.highest
    has_all = all(word in covered or weights.of(word) < COMMON for word in asked.words)
    return len(covered) > 1 and is_telling and has_all
