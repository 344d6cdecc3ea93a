"""Numbers and their Roman numerals."""

import pytest

from ragguide.create.roman import from_roman, to_roman


@pytest.mark.parametrize(
    ("number", "roman"), [(1, "i"), (4, "iv"), (14, "xiv"), (49, "xlix"), (1994, "mcmxciv")]
)
def test_a_numeral_is_written_and_read(number: int, roman: str) -> None:
    assert to_roman(number) == roman
    assert from_roman(roman.upper()) == number
