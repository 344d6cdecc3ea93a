"""Who does what to whom: have two words of the claim changed places around a third?"""

from itertools import combinations

from ragguide.augment.support.alignment import Alignment, Pair
from ragguide.augment.support.reading import Token

_JOINS = ("and", "or", ",", "nor", "&")


def swapped_roles(found: Alignment) -> str:
    """Say which two words of the claim have changed places; none: an empty string."""
    pairs = [
        pair
        for pair in found.pairs
        if pair.stated.sentence == found.sentence and not pair.is_opposite and not pair.is_reused
    ]
    for first, pivot, last in combinations(pairs, 3):
        if len({first.claimed.sentence, pivot.claimed.sentence, last.claimed.sentence}) > 1:
            continue
        if _are_swapped(first, pivot, last) and not _are_listed(found, first, pivot, last):
            return (
                f'the claim has "{first.claimed.text}" and "{last.claimed.text}" the other way '
                "round"
            )
    return ""


def _are_swapped(first: Pair, pivot: Pair, last: Pair) -> bool:
    if pivot.claimed.is_passive != pivot.stated.is_passive:
        if not first.stated.place < pivot.stated.place < last.stated.place:
            return False
        if pivot.claimed.is_passive:
            return last.claimed.governor == "by" and first.stated.governor == ""
        return last.stated.governor == "by" and first.claimed.governor == ""
    if not first.stated.place > pivot.stated.place > last.stated.place:
        return False
    if "than" in (first.claimed.governor, last.claimed.governor):
        return False
    return (
        first.claimed.governor == last.stated.governor
        and last.claimed.governor == first.stated.governor
    )


def _are_listed(found: Alignment, first: Pair, pivot: Pair, last: Pair) -> bool:
    """Whether the three are items of one list, whose order says nothing."""
    return _joined(found.claim.tokens, first.claimed, pivot.claimed, last.claimed) and _joined(
        found.stated.tokens, last.stated, pivot.stated, first.stated
    )


def _joined(tokens: tuple[Token, ...], *items: Token) -> bool:
    for one, other in zip(items, items[1:], strict=False):
        between = [t for t in tokens if one.place < t.place < other.place]
        if not any(t.text in _JOINS or t.key in _JOINS for t in between):
            return False
    return True
