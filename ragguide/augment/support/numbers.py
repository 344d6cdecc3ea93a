"""Words of a text in, quantities out: 8,192 and 8192 are one, and so are 90 s and 1½ min."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import msgspec

from ragguide.augment.support.digits import Number, read_digits
from ragguide.augment.support.quantity import Bound, Quantity
from ragguide.augment.support.spelt import MAGNITUDES, read_spelt
from ragguide.augment.support.units import Unit, unit_named
from ragguide.augment.support.words import word_at

_VAGUE = {
    "dozens": 12, "hundreds": 10**2, "thousands": 10**3, "millions": 10**6, "billions": 10**9,
    "trillions": 10**12,
}  # fmt: skip
_HALVES: dict[tuple[str, ...], Fraction] = {
    ("and", "a", "half"): Fraction(1, 2),
    ("and", "one", "half"): Fraction(1, 2),
}
_PARTS_AFTER = _HALVES | {("and", "a", "quarter"): Fraction(1, 4)}
_SQUARE = {"square": 2, "cubic": 3}
_EACH = frozenset("a an per each every".split())
# Adjectives of how often, and the unit of time that each names.
OFTEN = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month",
    "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip


def read_quantity(words: Sequence[str]) -> tuple[Quantity, int, Bound] | None:
    """Read a quantity that the words begin with: "an hour and a half", "$0.75", "2.4 million".

    Returns:
        it, how many words it takes, and the bound that its own signs say: "5+", "~5".
    """
    number = read_digits(words) or read_spelt(words)
    if number is None:
        return _hour_and_half(words)
    number = _with_part(_with_magnitudes(number, words), words, _PARTS_AFTER)
    n_dimensions = 1
    if number.unit is None:
        number, n_dimensions = _with_unit(number, words)
    if n_dimensions == 1:
        number = _with_smaller_units(number, words)
    text = " ".join(words[: number.n_words]).replace(" - ", "-")
    per = _per(words, number.n_words, has_unit=number.unit is not None)
    quantity = Quantity(
        text, (number.value,), number.unit, per, number.is_spelt, n_dimensions=n_dimensions
    )
    return quantity, number.n_words, number.bound


def read_vague(word: str) -> Quantity | None:
    """Read "thousands" as in "thousands of users"."""
    size = _VAGUE.get(word.casefold())
    return None if size is None else Quantity(word, (Fraction(size),), None, is_vague=True)


def _with_magnitudes(number: Number, words: Sequence[str]) -> Number:
    """Multiply a number by the magnitudes after it: "2.4 million"."""
    value, n_words = number.value, number.n_words
    while number.unit is None and word_at(words, n_words).casefold() in MAGNITUDES:
        value *= MAGNITUDES[words[n_words].casefold()]
        n_words += 1
    return msgspec.structs.replace(number, value=value, n_words=n_words)


def _with_part(
    number: Number, words: Sequence[str], parts: Mapping[tuple[str, ...], Fraction]
) -> Number:
    """Add a part after a number or its unit: "two and a half"."""
    part = parts.get(tuple(words[number.n_words : number.n_words + 3]))
    if part is None:
        return number
    return msgspec.structs.replace(number, value=number.value + part, n_words=number.n_words + 3)


def _with_unit(number: Number, words: Sequence[str]) -> tuple[Number, int]:
    """Give a number the unit after it; return it and the unit's dimensions: 2 for square metres."""
    start = _unit_start(number, words)
    n_dimensions = _SQUARE.get(word_at(words, start).casefold(), 1)
    start += n_dimensions > 1
    unit = _unit_at(words, start)
    if unit is None:
        return number, 1
    if unit.name == "degrees":
        finer = _unit_at(words, start + 1)
        if finer is not None and finer.name.startswith(("degrees", "kelvin")):
            unit, start = finer, start + 1
    number = msgspec.structs.replace(number, unit=unit, n_words=start + 1)
    return _with_part(number, words, _HALVES), n_dimensions


def _unit_start(number: Number, words: Sequence[str]) -> int:
    """Where a unit would stand: "half a litre", "a 15-minute walk"."""
    start = number.n_words
    if number.is_spelt and number.value < 1 and word_at(words, start) in ("a", "an"):
        start += 1
    while word_at(words, start) == "-":
        start += 1
    return start


def _with_smaller_units(number: Number, words: Sequence[str]) -> Number:
    """Add what follows in smaller units: "1 hour 35 minutes", "5 ft 3 in"."""
    while number.unit is not None:
        start = number.n_words + (word_at(words, number.n_words) == "and")
        rest = read_digits(words[start:]) if start < len(words) else None
        if rest is None or start + rest.n_words >= len(words):
            break
        unit = rest.unit or _unit_at(words, start + rest.n_words)
        if unit is None or not _is_smaller(unit, number.unit):
            break
        number = msgspec.structs.replace(
            number,
            value=number.value + rest.value * unit.factors[0] / number.unit.factors[0],
            n_words=start + rest.n_words + (rest.unit is None),
        )
    return number


def _is_smaller(one: Unit, other: Unit) -> bool:
    return one.dimension == other.dimension and one.factors[0] < other.factors[0]


def _unit_at(words: Sequence[str], place: int) -> Unit | None:
    return unit_named(words[place], after_number=True) if place < len(words) else None


def _hour_and_half(words: Sequence[str]) -> tuple[Quantity, int, Bound] | None:
    """Read "an hour and a half"; "an hour" alone is one hour."""
    if words[0].casefold() not in ("a", "an") or len(words) < 2:
        return None
    unit = unit_named(words[1], after_number=False)
    if unit is None or (words[1].casefold() == "second" and len(words) > 2):
        return None
    if [word.casefold() for word in words[2:5]] == ["and", "a", "half"]:
        return Quantity(" ".join(words[:5]), (Fraction(3, 2),), unit, None, is_spelt=True), 5, ""
    return None


def _per(words: Sequence[str], start: int, *, has_unit: bool) -> Unit | None:
    """The unit after "per", "a" or "each" that follows a quantity and, at most, two words."""
    for i in range(start, min(start + (1 if has_unit else 3), len(words) - 1)):
        word = words[i].casefold()
        if word in OFTEN and OFTEN[word] != "night":
            return unit_named(OFTEN[word], after_number=False)
        if word in _EACH or word == "/":
            unit = unit_named(words[i + 1], after_number=False)
            return unit if unit is not None and unit.dimension in ("time", "months") else None
        if not word.isalpha():
            return None
    if start < len(words) and words[start].casefold() in OFTEN:
        return unit_named(OFTEN[words[start].casefold()].replace("night", ""), after_number=False)
    return None
