"""Numbers, units, bounds, dates and ordinals of a claim: does the evidence have each of them?"""

from collections.abc import Iterable, Iterator, Sequence

from ragguide.augment.support.alignment import Alignment, likeness
from ragguide.augment.support.quantity import Bound, Quantity
from ragguide.augment.support.tokens import Token
from ragguide.augment.support.units import Unit

_TIMES = ("time", "months")
_LOOSE = {"atmost": "at most", "atleast": "at least"}
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
    reasons = (_figure(token, stated, found) for token in found.claim.content)
    return _loose_bound(found) or next(filter(None, reasons), "")


def _figure(token: Token, stated: Sequence[Token], found: Alignment) -> str:
    if token.quantity is not None:
        return _quantity(token, token.quantity, stated, found)
    if token.date is not None:
        return _date(token, stated)
    if token.kind == "ordinal":
        return _ordinal(token, stated)
    if token.unit is not None:
        return _unit(token.unit, stated)
    return ""


def _loose_bound(found: Alignment) -> str:
    """Say which bound without a number the evidence lacks: "at most" in "at most once"."""
    bounds = {t.bound for t in found.stated.tokens} | {t.bound for t in found.claim.content}
    if bounds & {*_LOOSE.values()}:
        return ""
    said = {token.key for token in found.stated.tokens}
    for token in found.claim.tokens:
        if token.key in _LOOSE and token.key not in said:
            return f"the claim says {_LOOSE[token.key]}, the evidence does not"
    return ""


def _quantity(token: Token, quantity: Quantity, stated: Sequence[Token], found: Alignment) -> str:
    equal = [other for other in stated if likeness(token, other)]
    noun = _noun_after(token, found.claim.tokens)
    if not equal and _is_article(quantity):
        rival = _rival(stated, noun, found)
        return f"the evidence says {rival.text}, the claim says {token.text}" if rival else ""
    if not equal:
        return _missing(token.text, quantity, stated)
    allowed = [o for o in equal if not token.bound or token.bound in _ALLOWED[o.bound]]
    if not allowed:
        said = f"{equal[0].bound} {equal[0].text}".strip()
        return f"the evidence says {said}, the claim says {token.bound} {token.text}"
    if noun is None or quantity.unit is not None:
        return ""
    return _counted(token, noun, allowed, found)


def _counted(token: Token, noun: Token, stated: Sequence[Token], found: Alignment) -> str:
    """Say which other number counts a noun, if none of the same numbers does."""
    if any(_may_count(other, noun, found) for other in stated):
        return ""
    rival = _rival(found.stated.content, noun, found)
    if rival is None:
        return ""
    return f"the evidence says {rival.text} {noun.text}, the claim says {token.text}"


def _is_article(quantity: Quantity) -> bool:
    """Whether a number may be an article, or stand for a noun: "one"."""
    return quantity.is_spelt and quantity.values[0] == 1 and quantity.unit is None


def _rival(stated: Iterable[Token], noun: Token | None, found: Alignment) -> Token | None:
    """The first number of the evidence that counts a noun."""
    return next((o for o in stated if o.quantity and _counts(o, noun, found)), None)


def _may_count(number: Token, noun: Token, found: Alignment) -> bool:
    return (
        number.quantity is None
        or _counts(number, noun, found)
        or _is_listed(number, found.stated.tokens)  # "7, 13 and 70 rooms"
    )


def _missing(text: str, claimed: Quantity, stated: Sequence[Token]) -> str:
    numbers = [other for other in stated if other.quantity is not None]
    for other in numbers:
        if other.quantity and (reason := _other_unit(claimed, other.quantity)):
            return reason
    for other in numbers:
        if other.quantity and claimed.same_kind(other.quantity):
            return f"the evidence says {other.text}, the claim says {text}"
    return f"no evidence says {text}"


def _other_unit(claimed: Quantity, stated: Quantity) -> str:
    """Say how two equal numbers differ in what they count."""
    if claimed.values != stated.values:
        return ""
    if claimed.per and stated.per and claimed.per != stated.per:
        return f"the evidence counts by {stated.per.name}, the claim by {claimed.per.name}"
    if claimed.unit and stated.unit and claimed.unit != stated.unit:
        return f"the evidence says {stated.unit.name}, the claim says {claimed.unit.name}"
    return ""


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
    if number not in words:  # it stands in a title
        return False
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


def _unit(unit: Unit, stated: Sequence[Token]) -> str:
    """A unit without a number, as in "within minutes" or "a second"."""
    named = [own for other in stated for own in _units_of(other)]
    alike = [own for own in named if _measures_alike(own, unit)]
    if any(own.name == unit.name for own in named) or not alike:
        return ""
    if any(o.quantity is not None and _is_one(o.quantity, unit) for o in stated):
        return ""
    return f"the evidence says {alike[0].name}, the claim says {unit.name}"


def _units_of(token: Token) -> Iterator[Unit]:
    if token.unit is not None:
        yield token.unit
    if token.quantity is not None:
        yield from filter(None, (token.quantity.unit, token.quantity.per))


def _measures_alike(one: Unit, other: Unit) -> bool:
    return one.dimension == other.dimension or (
        one.dimension in _TIMES and other.dimension in _TIMES
    )


def _is_one(quantity: Quantity, unit: Unit) -> bool:
    """Whether a quantity is one of a unit: "an hour" may answer 60 minutes."""
    own = quantity.unit
    if own is None or own.dimension != unit.dimension:
        return False
    return quantity.values[0] * own.factors[0] == unit.factors[0]
