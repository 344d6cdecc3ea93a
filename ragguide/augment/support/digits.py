"""A word of digits in, its number out: 8,192 and 8192 are one, 1.5k is 1500."""

import re
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from ragguide.augment.support.quantity import Bound
from ragguide.augment.support.units import Unit, unit_named

_SIGNS = {
    "½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3), "⅛": Fraction(1, 8), "⅕": Fraction(1, 5),
}  # fmt: skip
_SUFFIXES = {"k": 10**3, "K": 10**3, "M": 10**6, "mn": 10**6, "bn": 10**9, "B": 10**9, "T": 10**12}
_FIGURE = re.compile(
    r"""(?P<sign>[-−~≈+]?)(?P<money>US\$|[$€£¥]?)
        (?P<digits>\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)?|0,\d+|\d+(?:\.\d+)?|\.\d+)
        (?P<part>[½¼¾⅓⅔⅛⅕]?)(?P<over>/\d+)?
        (?P<suffix>[^\W\d_]+(?:/s)?|[%‰°€£$][CF]?)?(?P<more>\+?)""",
    re.X,
)
_LONGEST = 60  # characters of a number; more are no number, and slow to read
_PART_ALONE = re.compile(r"[½¼¾⅓⅔⅛⅕]")
_ORDINAL_ENDINGS = ("th", "st", "nd", "rd")


class Number(msgspec.Struct, frozen=True):
    """A number that a text begins with."""

    value: Fraction
    n_words: int
    unit: Unit | None = None  # one that is written together with it: 90s, $5
    is_spelt: bool = False
    bound: Bound = ""  # that its own signs say: 5+, ~5


def read_digits(words: Sequence[str]) -> Number | None:
    """Read a number in digits that the words begin with."""
    if words[0] in _SIGNS:
        return Number(_SIGNS[words[0]], 1, is_spelt=True)
    match = _FIGURE.fullmatch(words[0]) if len(words[0]) <= _LONGEST else None
    value = _value(match) if match else None
    if match is None or value is None:
        return None
    suffix = match["suffix"]
    if suffix == "x":
        return Number(value, 1)
    unit = unit_named(match["money"], after_number=True) if match["money"] else None
    number = Number(value, 1, unit, bound=_bound(match))
    return _with_suffix(number, suffix) if suffix else _with_next(number, words[1:2])


def _value(match: re.Match[str]) -> Fraction | None:
    digits = match["digits"]
    digits = digits.replace(",", ".") if digits.startswith("0,") else re.sub(r"[,\s]", "", digits)
    value = Fraction(digits)
    if match["part"]:
        value += _SIGNS[match["part"]]
    if match["over"]:
        divisor = int(match["over"][1:])
        if not divisor:
            return None
        value /= divisor
    return -value if match["sign"] in ("-", "−") else value


def _bound(match: re.Match[str]) -> Bound:
    if match["sign"] in ("~", "≈"):
        return "about"
    return "at least" if match["more"] else ""


def _with_suffix(number: Number, suffix: str) -> Number | None:
    """Give a number what is written behind it: k, MB; None: the whole is a name or an ordinal."""
    if suffix.casefold() in _ORDINAL_ENDINGS:
        return None
    unit = unit_named(suffix, after_number=True)
    if suffix in _SUFFIXES and (unit is None or suffix in "KMBTk"):
        return msgspec.structs.replace(number, value=number.value * _SUFFIXES[suffix])
    # A letter beside digits that is no unit makes a name, such as 4xlarge.
    return msgspec.structs.replace(number, unit=unit) if unit is not None else None


def _with_next(number: Number, following: Sequence[str]) -> Number:
    """Give a number the word after it: "5 bn", "1 ½"."""
    word = following[0] if following else ""
    if word in ("k", "bn", "mn"):
        return msgspec.structs.replace(number, value=number.value * _SUFFIXES[word], n_words=2)
    if word in _SIGNS:
        return msgspec.structs.replace(number, value=number.value + _SIGNS[word], n_words=2)
    return number
