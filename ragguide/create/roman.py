"""A number in, its Roman numeral out, and back. No I/O."""

from itertools import pairwise

_SIGNS = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


_VALUES = {sign: value for value, sign in _SIGNS if len(sign) == 1}


def to_roman(number: int) -> str:
    """Return a positive number in small Roman letters; from 4000 on with more than three m."""
    roman = ""
    for value, sign in _SIGNS:
        roman += sign * (number // value)
        number %= value
    return roman


def from_roman(roman: str) -> int:
    """Return the number that letters write, of either case; numerals such as `iiv` are not checked.

    Raises:
        KeyError: a letter is no Roman one.
    """
    values = [_VALUES[letter] for letter in roman.casefold()]
    return sum(-value if value < after else value for value, after in pairwise([*values, 0]))
