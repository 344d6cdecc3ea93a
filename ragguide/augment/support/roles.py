"""Who does what to whom: have two words of the claim changed places around a third?"""

from collections.abc import Sequence
from itertools import combinations, pairwise

from ragguide.augment.support.alignment import Alignment, Pair, likeness
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import BE, PREPOSITIONS

_DIRECTIONS = frozenset("from to into onto with for by".split())
_HAVE = frozenset("has have had".split())
_JOINS = ("and", "or", ",", "nor", "&")


def swapped_roles(found: Alignment) -> str:
    """Say which two words of the claim have changed places; none: an empty string."""
    pairs = [
        pair
        for pair in found.pairs
        if pair.stated.sentence == found.sentence and not pair.is_opposite and not pair.is_reused
    ]
    permuted = _permute_prepositions(pairs)
    if permuted:
        one = permuted[0]
        return f'the claim has "{one.claimed.text}" in another place than the evidence'
    for one, other in combinations(pairs, 2):
        if _exchange_prepositions(one, other):
            return (
                f'the evidence says "{one.stated.governor} {one.stated.text}", the claim '
                f'"{one.claimed.governor} {one.claimed.text}"'
            )
        if _change_sides(found, one, other):
            return (
                f'the claim has "{one.claimed.text}" and "{other.claimed.text}" the other way round'
            )
    for first, pivot, last in combinations(pairs, 3):
        if len({first.claimed.sentence, pivot.claimed.sentence, last.claimed.sentence}) > 1:
            continue
        if _are_swapped(found, first, pivot, last) and not _are_listed(found, first, pivot, last):
            return (
                f'the claim has "{first.claimed.text}" and "{last.claimed.text}" the other way '
                "round"
            )
    return ""


def _are_swapped(found: Alignment, first: Pair, pivot: Pair, last: Pair) -> bool:
    """Whether two words have changed places around a third, wherever the evidence has them."""
    if pivot.claimed.kind != "word":
        return False
    # A passive turns the order of all words of an active sentence around.
    other_voice = any(p.claimed.is_passive != p.stated.is_passive for p in found.pairs)
    ways = [
        _is_swap(found, first.claimed, one, pivot, last.claimed, other, other_voice=other_voice)
        for one in (*_occurrences(found, first, pivot), first.stated)
        for other in (*_occurrences(found, last, pivot), last.stated)
        if one.place != other.place
    ]
    return bool(ways) and all(ways)


def _occurrences(found: Alignment, pair: Pair, pivot: Pair) -> list[Token]:
    """Where a word is in the clause of the evidence that has the pivot, or else in its sentence."""
    places = [
        token
        for token in found.stated.content
        if token.sentence == pair.stated.sentence and likeness(pair.claimed, token) > 2
    ]
    return [token for token in places if token.clause == pivot.stated.clause] or places


def _is_swap(
    found: Alignment,
    first: Token,
    one: Token,
    pivot: Pair,
    last: Token,
    other: Token,
    *,
    other_voice: bool,
) -> bool:
    if pivot.claimed.is_passive != pivot.stated.is_passive:
        if not one.place < pivot.stated.place < other.place:
            return False
        if pivot.claimed.is_passive:
            return last.governor == "by" and one.governor == ""
        return other.governor == "by" and first.governor == ""
    if other_voice or not one.place > pivot.stated.place > other.place:
        return False
    if "than" in (first.governor, last.governor):
        return False
    behind = _governor_behind(found.claim.tokens, pivot.claimed, last)
    stated = _governor_behind(found.stated.tokens, pivot.stated, one)
    return first.governor == other.governor and behind == stated


def _governor_behind(tokens: Sequence[Token], pivot: Token, token: Token) -> str:
    """The preposition before a noun phrase, if it stands behind a pivot: not that before a verb."""
    between = (t.key for t in tokens if pivot.place < t.place < token.place)
    return token.governor if token.governor in between else ""


def _exchange_prepositions(one: Pair, other: Pair) -> bool:
    """Whether "from A to B" has become "from B to A"."""
    return (
        one.claimed.governor != other.claimed.governor
        and one.claimed.governor == other.stated.governor in _DIRECTIONS
        and other.claimed.governor == one.stated.governor in _DIRECTIONS
    )


def _permute_prepositions(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs whose prepositions have gone round: "X to Y by Z" has become "Z to X by Y"."""
    if any(pair.stated.is_passive != pair.claimed.is_passive for pair in pairs):
        return []
    nouns = [pair for pair in pairs if not pair.stated.is_passive]
    changed = [pair for pair in nouns if pair.claimed.governor != pair.stated.governor]
    stated = {pair.stated.governor for pair in changed}
    if len(changed) < 2 or not _same_governors(changed) or _DIRECTIONS.isdisjoint(stated):
        return []
    # "As far from one as from the other": a distance has no direction.
    return [] if "from" in stated and _measures(nouns) else changed


def _same_governors(pairs: Sequence[Pair]) -> bool:
    """Whether claim and evidence have the same prepositions, in whatever order."""
    claimed = sorted(pair.claimed.governor for pair in pairs)
    return claimed == sorted(pair.stated.governor for pair in pairs)


def _measures(pairs: Sequence[Pair]) -> bool:
    return any(pair.claimed.unit or pair.claimed.quantity for pair in pairs)


def _change_sides(found: Alignment, one: Pair, other: Pair) -> bool:
    """Whether "A has B" has become "B has A", or "A is a B" has become "B is an A"."""
    claimed = _verb_between(found.claim.tokens, one.claimed, other.claimed)
    stated = _verb_of(found, other, one)
    if claimed is None or stated is None or _verb_of(found, one, other) is not None:
        return False
    if claimed.key in _HAVE and stated.key in _HAVE:
        return True
    if claimed.key not in BE or stated.key not in BE:
        return False
    after = found.stated.tokens[stated.place + 1].key
    return after in ("a", "an")


def _verb_of(found: Alignment, left: Pair, right: Pair) -> Token | None:
    """The *have* or *be* between two words of the evidence, in this order."""
    for one in _occurrences(found, left, left):
        for other in _occurrences(found, right, left):
            verb = _verb_between(found.stated.tokens, one, other)
            if verb is not None:
                return verb
    return None


def _verb_between(tokens: tuple[Token, ...], one: Token, other: Token) -> Token | None:
    """The *have* or *be* between two nouns of the same clause, if there is one verb alone."""
    between = [token for token in tokens if one.place < token.place < other.place]
    if any(token.kind == "mark" or token.key in PREPOSITIONS for token in between):
        return None
    verbs = [token for token in between if token.key in BE or token.key in _HAVE]
    return verbs[0] if len(verbs) == 1 else None


def _are_listed(found: Alignment, first: Pair, pivot: Pair, last: Pair) -> bool:
    """Whether the three are items of one list, whose order says nothing."""
    return _joined(found.claim.tokens, first.claimed, pivot.claimed, last.claimed) and _joined(
        found.stated.tokens, last.stated, pivot.stated, first.stated
    )


def _joined(tokens: tuple[Token, ...], *items: Token) -> bool:
    for one, other in pairwise(items):
        between = [t for t in tokens if one.place < t.place < other.place]
        if not any(t.text in _JOINS or t.key in _JOINS for t in between):
            return False
    return True
