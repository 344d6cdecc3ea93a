"""Words of a text in, quantities out: 8,192 and 8192 are one, and so are 90 s and 1½ min."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import msgspec

from ragguide.augment.support.units import PERCENT, Unit, unit_named

Bound = Literal["", "at most", "at least", "more than", "less than", "about"]

_SPELT = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * n
    for n, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
} | {"fourty": 40}
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_PARTS = {
    "half": Fraction(1, 2),
    "third": Fraction(1, 3),
    "thirds": Fraction(1, 3),
    "quarter": Fraction(1, 4),
    "quarters": Fraction(1, 4),
    "fifths": Fraction(1, 5),
    "tenth": Fraction(1, 10),
    "tenths": Fraction(1, 10),
}
_SIGNS = {
    "½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3), "⅛": Fraction(1, 8), "⅕": Fraction(1, 5),
}  # fmt: skip
_MAGNITUDES = {
    "dozen": 12, "score": 20, "hundred": 10**2, "thousand": 10**3, "million": 10**6,
    "billion": 10**9, "trillion": 10**12, "mn": 10**6, "bn": 10**9, "tn": 10**12,
    "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_SUFFIXES = {"k": 10**3, "K": 10**3, "M": 10**6, "mn": 10**6, "bn": 10**9, "B": 10**9, "T": 10**12}
_VAGUE = {
    "dozens": 12, "hundreds": 10**2, "thousands": 10**3, "millions": 10**6, "billions": 10**9,
    "trillions": 10**12,
}  # fmt: skip
_FIGURE = re.compile(
    r"""(?P<sign>[-−~≈+]?)(?P<money>US\$|[$€£¥]?)
        (?P<digits>\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)?|0,\d+|\d+(?:\.\d+)?|\.\d+)
        (?P<part>[½¼¾⅓⅔⅛⅕]?)(?P<over>/\d+)?
        (?P<suffix>[^\W\d_]+(?:/s)?|[%‰°€£$][CF]?)?(?P<more>\+?)""",
    re.X,
)
_LONGEST = 60  # characters of a number; more are no number, and slow to read
_PART_ALONE = re.compile(r"[½¼¾⅓⅔⅛⅕]")
_SQUARE = {"square": 2, "cubic": 3}
_EACH = frozenset("a an per each every".split())
# Adjectives of how often, and the unit of time that each names.
OFTEN = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month",
    "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip


class Quantity(msgspec.Struct, frozen=True):
    """A number with its unit, in the base of its dimension."""

    text: str
    values: tuple[Fraction, ...]  # two where usage differs: a MB is 1000 or 1024 kB
    unit: Unit | None
    per: Unit | None = None  # "a minute" in "90 litres a minute"
    is_spelt: bool = False
    is_vague: bool = False  # "thousands of"
    n_dimensions: int = 1  # 2 for square metres, 3 for cubic ones

    def equals(self, other: "Quantity") -> bool:
        """Whether both say the same number of the same thing; a missing unit may be any."""
        if self.is_vague != other.is_vague:
            return False
        if self.unit and other.unit and self.n_dimensions != other.n_dimensions:
            return False
        if self.per and other.per and self.per.dimension != other.per.dimension:
            return False
        mine, others = self._scaled(other), other._scaled(self)
        if mine is None or others is None:
            return False
        return not mine.isdisjoint(others)

    def same_kind(self, other: "Quantity") -> bool:
        """Whether the two could stand for each other: both times, say, or one without a unit."""
        if self.unit is None or other.unit is None:
            return True
        return self.unit.dimension == other.unit.dimension

    def _scaled(self, other: "Quantity") -> set[Fraction] | None:
        """Values to compare with another's; None: of another dimension."""
        if self.unit is None and other.unit is None:
            found = set(self.values)
        elif self.unit is None:
            assert other.unit is not None
            found = set(self.values)
            power = other.n_dimensions
            scaled = {v * f**power for v in self.values for f in other.unit.factors}
            # "A quarter" is 25 percent, and so is 25 in a column of percentages.
            found = found | scaled if other.unit is PERCENT else scaled
        elif (
            other.unit is None
            or self.unit.dimension == other.unit.dimension
            or (
                {self.unit.dimension.partition(":")[0], other.unit.dimension.partition(":")[0]}
                == {"money"}
                and "money" in (self.unit.dimension, other.unit.dimension)
            )
        ):
            power = self.n_dimensions
            found = {v * f**power for v in self.values for f in self.unit.factors}
        else:
            return None
        if self.per and other.per:
            found = {value / self.per.factors[0] for value in found}
        return found


def read_quantity(words: Sequence[str]) -> tuple[Quantity, int, str] | None:
    """Read a quantity that the words begin with: "an hour and a half", "$0.75", "2.4 million".

    Returns:
        it, how many words it takes, and the bound that its own signs say: "5+", "~5".
    """
    number = _figure(words) or _spelt(words)
    if number is None:
        return _hour_and_half(words)
    value, n_words, unit, is_spelt, bound = number
    while n_words < len(words) and words[n_words].casefold() in _MAGNITUDES and unit is None:
        value *= _MAGNITUDES[words[n_words].casefold()]
        n_words += 1
    following = words[n_words : n_words + 1]
    if following == ["and"] and words[n_words + 1 : n_words + 3] in (
        ["a", "half"],
        ["one", "half"],
    ):
        value, n_words = value + Fraction(1, 2), n_words + 3
    elif following == ["and"] and words[n_words + 1 : n_words + 3] in (["a", "quarter"],):
        value, n_words = value + Fraction(1, 4), n_words + 3
    n_dimensions = 1
    if unit is None:
        start = n_words
        # "half a litre", "half of an hour", "a 15-minute walk"
        if is_spelt and value < 1 and words[start : start + 1] in (["a"], ["an"]):
            start += 1
        while words[start : start + 1] == ["-"]:
            start += 1
        if words[start : start + 1] and words[start].casefold() in _SQUARE:
            n_dimensions = _SQUARE[words[start].casefold()]
            start += 1
        unit = unit_named(words[start], after_number=True) if start < len(words) else None
        if unit is not None:
            n_words = start + 1
            if unit.name == "degrees" and words[n_words : n_words + 1]:
                finer = unit_named(words[n_words], after_number=True)
                if finer is not None and finer.name.startswith(("degrees", "kelvin")):
                    unit, n_words = finer, n_words + 1
            if words[n_words : n_words + 3] in (["and", "a", "half"], ["and", "one", "half"]):
                value, n_words = value + Fraction(1, 2), n_words + 3
        else:
            n_dimensions = 1
    while unit is not None:  # "1 hour 35 minutes", "5 ft 3 in"
        start = n_words + (words[n_words : n_words + 1] == ["and"])
        rest = _figure(words[start:]) if start < len(words) else None
        if rest is None or start + rest[1] >= len(words):
            break
        smaller = rest[2] or unit_named(words[start + rest[1]], after_number=True)
        if smaller is None or smaller.dimension != unit.dimension or n_dimensions > 1:
            break
        if smaller.factors[0] >= unit.factors[0]:
            break
        value += rest[0] * smaller.factors[0] / unit.factors[0]
        n_words = start + rest[1] + (rest[2] is None)
    values = (value,)
    per = _per(words, n_words, has_unit=unit is not None)
    text = " ".join(words[:n_words]).replace(" - ", "-")
    return Quantity(text, values, unit, per, is_spelt, n_dimensions=n_dimensions), n_words, bound


def read_vague(word: str) -> Quantity | None:
    """Read "thousands" as in "thousands of users"."""
    size = _VAGUE.get(word.casefold())
    return None if size is None else Quantity(word, (Fraction(size),), None, is_vague=True)


def with_unit(quantity: Quantity, other: Quantity) -> Quantity:
    """Give the first of "5 to 40 seconds" the unit of the second."""
    return msgspec.structs.replace(quantity, unit=other.unit, per=quantity.per or other.per)


def _figure(words: Sequence[str]) -> tuple[Fraction, int, Unit | None, bool, str] | None:
    word = words[0]
    if word in _SIGNS:
        return _SIGNS[word], 1, None, True, ""
    match = _FIGURE.fullmatch(word) if len(word) <= _LONGEST else None
    if match is None:
        return None
    digits = match["digits"]
    digits = digits.replace(",", ".") if digits.startswith("0,") else re.sub(r"[,\s]", "", digits)
    value = Fraction(digits)
    if match["part"]:
        value += _SIGNS[match["part"]]
    if match["over"]:
        if not int(match["over"][1:]):
            return None
        value /= int(match["over"][1:])
    if match["sign"] in ("-", "−"):
        value = -value
    unit = unit_named(match["money"], after_number=True) if match["money"] else None
    suffix = match["suffix"]
    n_words = 1
    if suffix:
        if suffix in ("x", "×") or suffix.casefold() in ("th", "st", "nd", "rd"):
            return None if suffix not in ("x", "×") else (value, 1, None, False, "")
        own = unit_named(suffix, after_number=True)
        if suffix in _SUFFIXES and (own is None or suffix in "KMBTk"):
            value *= _SUFFIXES[suffix]
        elif own is not None:
            unit = own
        else:
            return None  # A letter beside digits that is no unit: a name, such as 4xlarge.
    following = words[1:2]
    if not suffix and following and following[0] in ("k", "bn", "mn"):
        value, n_words = value * _SUFFIXES[following[0]], 2
    if not suffix and following and _PART_ALONE.fullmatch(following[0]):
        value, n_words = value + _SIGNS[following[0]], 2
    bound = "about" if match["sign"] in ("~", "≈") else "at least" if match["more"] else ""
    return value, n_words, unit, False, bound


def _spelt(words: Sequence[str]) -> tuple[Fraction, int, Unit | None, bool, str] | None:
    low = [word.casefold() for word in words[:8]]
    total = current = Fraction(0)
    i = 0
    if low[0] in ("a", "an"):
        if low[1:2] and low[1] in _MAGNITUDES and low[1] != "score":
            current, i = Fraction(_MAGNITUDES[low[1]]), 2
        elif low[1:2] and low[1] in ("half", "quarter", "third", "tenth"):
            if low[1] == "half" or low[2:3] == ["of"] or low[1] == "quarter":
                return _PARTS[low[1]], 2, None, True, ""
            return None
        elif low[1:2] == ["pair"]:
            return Fraction(2), 2, None, True, ""
        else:
            return None
    elif low[0] in ("half", "quarter"):
        return _PARTS[low[0]], 1, None, True, ""
    elif low[0] in _TIMES and low[0] != "once":
        return Fraction(_TIMES[low[0]]), 1, None, True, ""
    elif low[0] not in _SPELT and low[0] not in _TENS:
        return None
    while i < len(low):
        word = low[i]
        if word in _SPELT:
            current += _SPELT[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred" and current:
            current *= 100
        elif word in _MAGNITUDES and word not in ("score", "dozen") and current:
            total, current = total + current * _MAGNITUDES[word], Fraction(0)
        elif word == "dozen" and current:
            current *= 12
        elif (
            word == "-"
            and i
            and low[i - 1] in _TENS
            and low[i + 1 : i + 2]
            and low[i + 1] in _SPELT
        ) or (
            word == "and"
            and i
            and low[i - 1] in _MAGNITUDES
            and (low[i + 1 : i + 2] and (low[i + 1] in _SPELT or low[i + 1] in _TENS))
        ):
            pass
        else:
            break
        i += 1
        if word in _SPELT and low[i : i + 1] and low[i] in _SPELT:
            break
    value = total + current
    of_one = value == 1 and low[i : i + 1] and low[i].rstrip("s") == low[i]
    if low[i : i + 1] and low[i] in _PARTS and (of_one or low[i].endswith("s")):
        return value * _PARTS[low[i]], i + 1, None, True, ""  # three quarters
    return value, i, None, True, ""


def _hour_and_half(words: Sequence[str]) -> tuple[Quantity, int, str] | None:
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
