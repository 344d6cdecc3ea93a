"""Conversions: does the claim turn the same thing into the same other thing as the evidence?"""

from collections.abc import Iterator

from ragguide.augment.support.alignment import Alignment, Pair, likeness
from ragguide.augment.support.clauses import Clause
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import key_of

_CONVERSIONS = frozenset(
    map(key_of, "convert transform turn translate change transcribe encode decode render".split())
)
# The derived nouns and participles count, too: "the conversion of speech to text".
_CONVERSIONS |= frozenset(
    map(key_of, "conversion transformation translation converting transforming turning".split())
)


def wrong_direction(found: Alignment) -> str:
    """Say which word of the claim has changed from source to result, or back; none: "".

    Only clauses count that convert something into something: "turns speech into text".
    """
    if not _converts(found.claim):
        return ""
    if uncovered := _uncovered_side(found):
        return f'the evidence says nothing of "{uncovered}"'
    if not _converts(found.stated):
        return ""
    results = [pair for pair in found.pairs if _is_object(found, pair)]
    for pair in results:
        if _is_result(found.claim, pair.claimed) == _is_result(found.stated, pair.stated):
            continue
        if not any(_agrees(found, other, pair.stated) for other in results):
            return (
                f'the claim has "{pair.claimed.text}" on the other side of the conversion than '
                "the evidence"
            )
    return ""


def _uncovered_side(found: Alignment) -> str:
    """The words of what the claim converts, or of the result, if the evidence has none of them."""
    known = found.by_place.keys() | found.titled
    for side in _sides(found.claim):
        if not any(token.place in known for token in side):
            return " ".join(token.text for token in side)
    return ""


def _sides(reading: Reading) -> Iterator[list[Token]]:
    """Yield what each clause converts, and what it converts that into."""
    for clause in filter(_direction, reading.clauses):
        verbs = [token.place for token in clause.content if token.key in _CONVERSIONS]
        behind = [t for t in clause.content if verbs and t.place > verbs[0]]
        for governor in ("", _direction(clause)):
            side = [token for token in behind if token.governor == governor]
            if side:
                yield side


def _converts(reading: Reading) -> bool:
    return any(_direction(clause) for clause in reading.clauses)


def _direction(clause: Clause) -> str:
    """The preposition before the result of a conversion; none: an empty string."""
    governors = {token.governor for token in clause.content}
    if "into" in governors:
        return "into"
    has_verb = any(token.key in _CONVERSIONS for token in clause.content)
    return "to" if has_verb and "to" in governors else ""


def _is_result(reading: Reading, token: Token) -> bool:
    return token.governor == _direction(reading.clauses[token.clause]) != ""


def _is_object(found: Alignment, pair: Pair) -> bool:
    """Whether a pair is of a source or a result of conversions in both texts."""
    if pair.is_opposite or pair.claimed.key in _CONVERSIONS:
        return False
    clauses = (
        found.claim.clauses[pair.claimed.clause],
        found.stated.clauses[pair.stated.clause],
    )
    return all(map(_direction, clauses)) and pair.stated.governor in ("", "into", "to", "from")


def _agrees(found: Alignment, other: Pair, stated: Token) -> bool:
    """Whether a word of the claim stands on the same side as a word of the evidence like it."""
    if likeness(other.claimed, stated) <= 2:
        return False
    return _is_result(found.claim, other.claimed) == _is_result(found.stated, stated)
