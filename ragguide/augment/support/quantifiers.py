"""All, most, some, few and only: does the claim say them of the same things?"""

from collections.abc import Iterable

from ragguide.augment.support.alignment import Alignment
from ragguide.augment.support.clauses import Amount, Clause
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.synonyms import same_meaning
from ragguide.augment.support.vocabulary import key_of

# For an amount that is claimed: the amounts that may be stated in its place; "" is none at all.
_ALLOWED: dict[Amount, tuple[str, ...]] = {
    "all": ("all", "any", ""),
    "any": ("all", "any", "some", "many", ""),
    "most": ("most",),
    "many": ("many", "most", ""),
    "some": ("some", "any", "many", "most", "not all", ""),
    "few": ("few",),
    "not all": ("not all", "some", "few"),
    "no": ("no",),
}
_UNSAID: tuple[Amount, ...] = ("few", "not all")  # amounts that a claim may not leave out
_TOGETHER = frozenset("together same shared sharing parallel both equal identical".split())
_LIMITING = frozenset(map(key_of, "limit restrict sole single exclusive except reserve".split()))


def wrong_amount(found: Alignment) -> str:
    """Say where the claim takes all for some, or some for all; nowhere: an empty string."""
    for clause in found.claim.clauses:
        stated = found.clause_for(clause)
        if stated is None:
            continue
        reason = _other_amount(found, clause, stated) or _dropped_amount(clause, stated)
        if reason:
            return reason
    return ""


def _other_amount(found: Alignment, clause: Clause, stated: Clause) -> str:
    for amount, key, word in clause.amounts:
        if any(token.key == word for token in found.stated.content):
            continue  # "usually" and "the usual"
        said = _amounts_of(stated.amounts, key)
        if not said and not _is_said(key, stated):
            said = [other for other, *_ in stated.amounts]
        if not {*(said or ("",))} & {*_ALLOWED[amount]}:
            named = f'"{said[0]}"' if said else "nothing of the kind"
            return f'the evidence says {named}, the claim says "{amount}"'
    return ""


def _dropped_amount(clause: Clause, stated: Clause) -> str:
    for amount, key, _ in stated.amounts:
        if amount in _UNSAID and not clause.amounts and _is_said(key, clause):
            return f'the evidence says "{amount}", the claim leaves it out'
    return ""


def wrong_only(found: Alignment) -> str:
    """Say where the claim adds an *only*, or drops one; nowhere: an empty string."""
    limited = [clause for clause in found.claim.clauses if clause.only]
    if limited and not _limits(found.stated):
        return 'the claim says "only", the evidence does not'
    if limited or _limiting(found.claim) - {token.key for token in found.stated.tokens}:
        return ""
    for clause in found.claim.clauses:
        stated = found.clause_for(clause)
        if stated is not None and not _only_counts(stated):
            return 'the evidence says "only", the claim leaves it out'
    return ""


def wrong_together(found: Alignment) -> str:
    """Say where the claim adds that things happen at the same time; nowhere: an empty string."""
    said, stated = (
        any(token.key in _TOGETHER for token in reading.tokens)
        for reading in (found.claim, found.stated)
    )
    return 'the claim says "at the same time", the evidence does not' if said > stated else ""


def _limits(reading: Reading) -> bool:
    return bool(_limiting(reading)) or any(clause.only for clause in reading.clauses)


def _limiting(reading: Reading) -> frozenset[str]:
    """Keys of the words of a text that say *only* in another way."""
    return _LIMITING.intersection(token.key for token in reading.tokens)


def _only_counts(clause: Clause) -> bool:
    """Whether each *only* of a clause stands before a number: "only 3"."""
    counted = {token.text for token in clause.tokens if token.quantity is not None}
    return counted.issuperset(clause.only)


def _amounts_of(amounts: Iterable[tuple[Amount, str, str]], key: str) -> list[Amount]:
    """Amounts of the evidence that count the same thing."""
    if not key:
        return [amount for amount, *_ in amounts]
    return [
        amount
        for amount, other, _ in amounts
        if other and (key == other or same_meaning(key, other))
    ]


def _is_said(key: str, clause: Clause) -> bool:
    return bool(key) and any(
        token.key == key or same_meaning(token.key, key) for token in clause.content if token.key
    )
