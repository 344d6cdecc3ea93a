"""Numbers, units, bounds, dates and ordinals of a claim: does the evidence have each of them?"""

from collections.abc import Sequence

from ragguide.augment.support.alignment import Alignment, likeness
from ragguide.augment.support.numbers import Bound
from ragguide.augment.support.tokens import Token

_TIMES = ("time", "months")
# Claimed bounds that a stated one allows; no claimed bound is always allowed.
_ALLOWED: dict[Bound, tuple[Bound, ...]] = {
    "": ("at most", "about"),
    "at most": ("at most",),
    "at least": ("at least",),
    "more than": ("more than",),
    "less than": ("less than", "at most"),
    "about": ("about",),
}


def wrong_figure(found: Alignment) -> str:
    """Say which figure of the claim the evidence lacks or has otherwise; none: an empty string."""
    stated = [*found.stated.content, *found.titles]
    reason = _loose_bound(found)
    if reason:
        return reason
    for token in found.claim.content:
        if token.quantity is not None:
            reason = _quantity(token, stated, found)
        elif token.date is not None:
            reason = _date(token, stated)
        elif token.kind == "ordinal":
            reason = _ordinal(token, stated)
        elif token.unit is not None:
            reason = _unit(token, stated)
        else:
            continue
        if reason:
            return reason
    return ""


def _loose_bound(found: Alignment) -> str:
    """Say which bound without a number the evidence lacks: "at most" in "at most once"."""
    said = {token.key for token in found.stated.tokens}
    for token in found.claim.tokens:
        if token.key in ("atmost", "atleast") and token.key not in said:
            bounds = {t.bound for t in found.stated.tokens} | {t.bound for t in found.claim.content}
            if not bounds & {"at most", "at least"}:
                named = "at most" if token.key == "atmost" else "at least"
                return f"the claim says {named}, the evidence does not"
    return ""


def _quantity(token: Token, stated: Sequence[Token], found: Alignment) -> str:
    quantity = token.quantity
    assert quantity is not None
    equal = [other for other in stated if likeness(token, other)]
    noun = _noun_after(token, found.claim.tokens)
    if not equal:
        if quantity.is_spelt and quantity.values[0] == 1 and quantity.unit is None:
            rivals = [o for o in stated if o.quantity and _counts(o, noun, found)]
            return (
                f"the evidence says {rivals[0].text}, the claim says {token.text}" if rivals else ""
            )
        return _missing(token, stated)
    allowed = [o for o in equal if not token.bound or token.bound in _ALLOWED[o.bound]]
    if not allowed:
        said = f"{equal[0].bound} {equal[0].text}".strip()
        return f"the evidence says {said}, the claim says {token.bound} {token.text}"
    if noun is None or quantity.unit is not None:
        return ""
    if any(
        o.quantity is None
        or _counts(o, noun, found)
        or _is_listed(o, found.stated.tokens)  # "7, 13 and 70 rooms"
        for o in allowed
    ):
        return ""
    rivals = [
        other for other in found.stated.content if other.quantity and _counts(other, noun, found)
    ]
    if rivals:
        return f"the evidence says {rivals[0].text} {noun.text}, the claim says {token.text}"
    return ""


def _missing(token: Token, stated: Sequence[Token]) -> str:
    assert token.quantity is not None
    numbers = [other for other in stated if other.quantity is not None]
    for other in numbers:
        assert other.quantity is not None
        mine, others = token.quantity.per, other.quantity.per
        if token.quantity.values == other.quantity.values and mine and others and mine != others:
            return f"the evidence counts by {others.name}, the claim by {mine.name}"
        mine, others = token.quantity.unit, other.quantity.unit
        if token.quantity.values == other.quantity.values and mine and others and mine != others:
            return f"the evidence says {others.name}, the claim says {mine.name}"
    for other in numbers:
        assert other.quantity is not None
        if token.quantity.same_kind(other.quantity):
            return f"the evidence says {other.text}, the claim says {token.text}"
    return f"no evidence says {token.text}"


def _noun_after(token: Token, tokens: Sequence[Token]) -> Token | None:
    for other in tokens:
        if other.place > token.place:
            if other.kind == "word" and other.unit is None:
                return other
            return None
    return None


def _counts(number: Token, noun: Token | None, found: Alignment) -> bool:
    """Whether a number of the evidence stands directly before a noun of the claim."""
    if noun is None:
        return False
    after = _noun_after(number, found.stated.tokens)
    return after is not None and likeness(noun, after) > 2


def _is_listed(number: Token, tokens: Sequence[Token]) -> bool:
    """Whether a number without a noun of its own stands beside another one: "7, 13 and 70"."""
    if _noun_after(number, tokens) is not None:
        return False
    words = [token for token in tokens if token.text != "," and token.key not in ("and", "or")]
    i = words.index(number)
    beside = [*words[max(0, i - 1) : i], *words[i + 1 : i + 2]]
    return any(token.quantity is not None for token in beside)


def _date(token: Token, stated: Sequence[Token]) -> str:
    if any(likeness(token, other) for other in stated):
        return ""
    others = [other for other in stated if other.date is not None]
    if others:
        return f"the evidence says {others[0].text}, the claim says {token.text}"
    return f"no evidence says {token.text}"


def _ordinal(token: Token, stated: Sequence[Token]) -> str:
    if any(likeness(token, other) for other in stated):
        return ""
    others = [other for other in stated if other.kind == "ordinal"]
    if others:
        return f"the evidence says {others[0].text}, the claim says {token.text}"
    if token.starts_sentence:
        return ""
    return f"no evidence says {token.text}"


def _unit(token: Token, stated: Sequence[Token]) -> str:
    """A unit without a number, as in "within minutes" or "a second"."""
    unit = token.unit
    assert unit is not None
    units = [
        named
        for other in stated
        for named in (
            other.unit,
            other.quantity.unit if other.quantity else None,
            other.quantity.per if other.quantity else None,
        )
        if named is not None
    ]
    if any(named.name == unit.name for named in units):
        return ""
    alike = [
        named
        for named in units
        if named.dimension == unit.dimension
        or (named.dimension in _TIMES and unit.dimension in _TIMES)
    ]
    # "An hour" may answer 60 minutes.
    converted = any(
        other.quantity is not None
        and other.quantity.unit is not None
        and other.quantity.unit.dimension == unit.dimension
        and other.quantity.values[0] * other.quantity.unit.factors[0] == unit.factors[0]
        for other in stated
    )
    if alike and not converted:
        return f"the evidence says {alike[0].name}, the claim says {unit.name}"
    return ""
