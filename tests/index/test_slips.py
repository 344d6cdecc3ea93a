"""Which changes of a word are typing errors."""

import pytest

from ragguide.index.slips import count_slips


@pytest.mark.parametrize(
    ("typed", "meant", "n_slips"),
    [
        ("valve", "valve", 0),
        ("vlave", "valve", 1),  # swapped
        ("vave", "valve", 1),  # left out
        ("alve", "valve", 1),
        ("vallve", "valve", 1),  # twice
        ("valbve", "valve", 1),  # a key beside it
        ("valkve", "valve", 1),
        ("valbe", "valve", 1),
        ("valvo", "valve", 1),  # another vowel
        ("valiant", "valent", 2),
        ("maintainance", "maintenance", 2),
        ("resieve", "receive", 2),
        ("rezistor", "resistor", 1),
        ("abc", "abcde", 2),
        ("wvalve", "valve", None),  # nobody begins with a letter too many
        ("valtve", "valve", None),
        ("palve", "valve", None),
        ("valvp", "valve", None),
        ("abc", "abcdef", None),
        ("日本", "日木", None),
    ],
)
def test_slips_are_counted(typed: str, meant: str, n_slips: int | None) -> None:
    assert count_slips(typed, meant, most=2) == n_slips


def test_more_than_the_most_is_none() -> None:
    assert count_slips("maintainance", "maintenance", most=1) is None
