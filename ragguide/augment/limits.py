"""A yes/no question with an amount and a statement with a limit in, what follows out. No I/O.

"I have worked here for 14 months. Is that enough?" – "You need at least one year." A small model
compares such amounts no better than by chance.
"""

import re

from ragguide.augment.support.quantity import Quantity
from ragguide.augment.support.reading import Reading, read
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.vocabulary import NEGATORS

# What a yes means: the amount reaches a least one; it keeps within any limit.
_ASKS_FOR_LEAST = re.compile(r"\b(?:enough|sufficient|suffices?|qualif(?:y|ies))\b", re.I)
_ASKS_FOR_ANY = re.compile(
    r"\b(?:allowed|permitted|acceptable|eligible|entitled|within the (?:limit|time))\b"
    r"|\b(?:may|can) (?:i|we|you|they|he|she)\b|\bis (?:it|that|this) (?:ok|okay|fine|all right)\b",
    re.I,
)
_TURNED = re.compile(
    r"\b(?:too|not|n[’']t|exceeds?|over|more than|less than|longer|without)\b", re.I
)
_IS_LEAST = {"at least": True, "more than": True, "at most": False, "less than": False}


def within_limit(question: str, statement: str) -> bool | None:
    """Return whether an amount of the question keeps the statement's limit; None if unclear.

    It is clear if each of the two has one amount with a unit of the same kind, that of the
    statement is a limit, neither denies anything, and the question asks whether the amount is
    enough, or whether something is allowed.
    """
    asks_for_least = bool(_ASKS_FOR_LEAST.search(question))
    if _TURNED.search(question) or not (asks_for_least or _ASKS_FOR_ANY.search(question)):
        return None
    stated = read(statement)
    limit, amount = _only_amount(stated), _only_amount(read(question))
    if limit is None or amount is None or amount.bound or _denies(stated):
        return None
    if limit.bound not in _IS_LEAST or (asks_for_least and not _IS_LEAST[limit.bound]):
        return None
    return _keeps(amount.quantity, limit)


def _keeps(amount: Quantity | None, limit: Token) -> bool | None:
    difference = _difference(amount, limit.quantity)
    if difference is None:
        return None
    if not difference:
        return limit.bound in ("at least", "at most")
    return (difference > 0) is _IS_LEAST[limit.bound]


def _only_amount(reading: Reading) -> Token | None:
    """Return the one amount with a unit; None if there are none or several."""
    found = [t for t in reading.tokens if t.quantity is not None and t.quantity.unit is not None]
    return found[0] if len(found) == 1 else None


def _denies(reading: Reading) -> bool:
    return any(token.kind == "function" and token.key in NEGATORS for token in reading.tokens)


def _difference(one: Quantity | None, other: Quantity | None) -> float | None:
    """Return by how much one amount is greater; None if they cannot be compared."""
    if one is None or other is None or one.unit is None or other.unit is None:
        return None
    is_simple = one.n_dimensions == other.n_dimensions and not (one.per or other.per)
    if one.unit.dimension != other.unit.dimension or not is_simple or one.is_vague:
        return None
    return float(one.values[0] * one.unit.factors[0] - other.values[0] * other.unit.factors[0])
