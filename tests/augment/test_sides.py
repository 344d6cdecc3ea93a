"""The quotes for each side of a comparison."""

import pytest

from ragguide.augment.sides import bare_sides_of, with_sides
from tests.augment.test_quotes import quoted

TOGETHER = "Lay tinder and kindling under the logs."
TINDER = "Tinder is dry material that a spark lights."
KINDLING = "Kindling is thin wood that burns on tinder."


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("tinder vs kindling", ("tinder", "kindling")),
        ("What's the difference between a sloop and a ketch?", ("sloop", "ketch")),
        ("Day pass or week pass, what's the difference?", ("Day pass", "week pass")),
        ("Tickets: day pass vs week pass", ("day pass", "week pass")),
        ("day pass versus weekly one", ("day pass", "weekly pass")),
        ("sloop vs ketch, which is faster?", ()),
        ("Is a sloop fast?", ()),
        ("What is a sloop vs a ketch, and how long may each stay?", ()),
    ],
)
def test_sides_of_a_comparison_without_a_property(question: str, sides: tuple[str, ...]) -> None:
    assert bare_sides_of(question) == sides


def test_what_each_side_is_comes_first() -> None:
    both = quoted(f"# Fire\n\n{TOGETHER}\n", "tinder vs kindling")
    sides = [
        ("tinder", quoted(f"# Dry things\n\nKeep tinder dry.\n\n{TINDER}\n", "what is tinder?")),
        ("kindling", quoted(f"# Wood and sticks\n\n{KINDLING}\n", "what is kindling?")),
    ]
    together = with_sides(both, sides)
    assert [each.quote for each in together.quotes][:3] == [TINDER, KINDLING, TOGETHER]
    assert [each.mark for each in together.quotes][:3] == [1, 2, 3]
    assert with_sides(both, []).quotes == both.quotes


def test_a_side_that_no_sentence_names_adds_nothing() -> None:
    found = quoted(f"# Fire\n\n{TOGETHER}\n", "tinder")
    assert with_sides(found, [("petrol", found)]).quotes == found.quotes
