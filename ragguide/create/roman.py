"""A number in, its Roman numeral out. No I/O."""

_SIGNS = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def to_roman(number: int) -> str:
    """Return a positive number in small Roman letters; from 4000 on with more than three m."""
    roman = ""
    for value, sign in _SIGNS:
        roman += sign * (number // value)
        number %= value
    return roman
