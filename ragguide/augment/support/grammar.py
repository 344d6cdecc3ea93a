"""Tokens in, the same with what those beside them say: bounds, prepositions, voice."""

from collections.abc import Sequence

import msgspec

from ragguide.augment.support.quantity import Bound, Quantity, with_unit
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import (
    AUXILIARIES,
    BE,
    CONJUNCTIONS,
    MODALS,
    PREPOSITIONS,
    is_participle,
)

_BOUNDS: dict[str, Bound] = {
    "atmost": "at most", "atleast": "at least", "morethan": "more than", "lessthan": "less than",
    "roughly": "about",
}  # fmt: skip
_FOLLOWING: dict[str, Bound] = {"ormore": "at least", "ormore_not": "at most"}
_NEAR = 3  # words after a number within which a bound of it may stand
_RANGE = ("to", "and", "or", "-")


def give_bounds(tokens: Sequence[Token]) -> list[Token]:
    """Give quantities the bounds beside them, and ranges one unit."""
    found = list(tokens)
    for i, token in enumerate(found):
        if token.quantity is not None:
            found[i] = msgspec.structs.replace(
                token,
                bound=_bound(found, i),
                quantity=_with_unit_of_range(found, i, token.quantity),
            )
    return found


def _bound(tokens: Sequence[Token], i: int) -> Bound:
    """The bound before a number, or else the one of its own signs or behind it."""
    before = tokens[i - 1].key if i else ""
    bound = _BOUNDS.get(before, tokens[i].bound)
    for later in tokens[i + 1 : i + 1 + _NEAR]:
        if later.kind == "mark" or later.quantity:
            break
        if later.key in ("atmost", "atleast"):  # "4 MB at most"
            bound = bound or _BOUNDS[later.key]
        bound = _FOLLOWING.get(later.key, bound)
    return bound


def _with_unit_of_range(tokens: Sequence[Token], i: int, quantity: Quantity) -> Quantity:
    """Give the first number of "5 to 40 seconds" the unit of the second."""
    join, other = (*tokens[i + 1 : i + 3], None, None)[:2]
    if join is None or other is None or join.key not in _RANGE:
        return quantity
    if quantity.unit is not None or other.quantity is None or other.quantity.unit is None:
        return quantity
    if join.key == "and" and (not i or tokens[i - 1].key != "between"):
        return quantity
    return with_unit(quantity, other.quantity)


_QUOTES = frozenset("\"'“”‘’`")


def mark_phrases(tokens: Sequence[Token]) -> list[Token]:
    """Mark passives, and the preposition that each noun phrase stands under."""
    found = []
    governor = ""
    for i, token in enumerate(tokens):
        is_passive = token.kind == "word" and _is_passive(tokens, i)
        if is_passive or _ends_phrase(token):
            governor = ""
        elif token.kind == "function" and token.key in PREPOSITIONS:
            governor = token.key
        found.append(msgspec.structs.replace(token, governor=governor, is_passive=is_passive))
    return found


def _ends_phrase(token: Token) -> bool:
    if token.kind == "mark":
        return token.text not in _QUOTES
    if token.key in AUXILIARIES or token.key in MODALS:
        return True
    return token.key in CONJUNCTIONS and token.key not in ("and", "or")


def _is_passive(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word is a participle after *be*, or before the one who does it."""
    if _ends_phrase(tokens[i]) or not is_participle(tokens[i].text):
        return False
    recent = [other.key for other in tokens[max(0, i - 3) : i]]
    is_noun = recent != [] and recent[-1] in PREPOSITIONS  # "from left to right"
    if not is_noun and not BE.isdisjoint(recent):
        return True
    after, agent = (*tokens[i + 1 : i + 3], None, None)[:2]
    return after is not None and after.key == "by" and agent is not None and agent.quantity is None
