"""Sentences that list or count."""

import pytest

from ragguide.augment.lists.enumerations import enumerations, stated_numbers, terms_before


@pytest.mark.parametrize(
    ("sentence", "items", "is_whole"),
    [
        (
            "It fits with Alpha One, Beta Two, and Gamma for large loads.",
            ("Alpha One", "Beta Two", "Gamma"),
            True,
        ),
        (
            "Fit: Works with gas, oil and wood.",
            ("gas", "oil", "wood"),
            True,
        ),
        (
            "It runs six engines besides Aurora: MySQL, SQL Server and Db2.",
            ("MySQL", "SQL Server", "Db2"),
            True,
        ),
        (
            "Four signs show wear: the time to a stop, the number of starts, and the heat.",
            ("the time to a stop", "the number of starts", "the heat"),
            True,
        ),
        (
            "Frogs, newts and toads were seen in waters like ponds, ditches, and lakes.",
            ("ponds", "ditches", "lakes"),
            False,
        ),
        (
            "The mix used in Alpha, Beta and Gamma consists of oil.",
            ("Alpha", "Beta", "Gamma"),
            True,
        ),
        (
            "It sells (with the exception of Alpha, Beta, and Gamma).",
            ("Alpha", "Beta", "Gamma"),
            True,
        ),
        (
            "It prints for posters, leaflets, cards and other uses.",
            ("posters", "leaflets", "cards"),
            False,
        ),
    ],
)
def test_items_of_a_sentence(sentence: str, items: tuple[str, ...], is_whole: bool) -> None:
    (found,) = enumerations(sentence)
    assert (found.items, found.is_whole, found.is_named) == (items, is_whole, True)


@pytest.mark.parametrize(
    "sentence",
    [
        "It heats and cools.",
        "It keeps data in open formats, allowing flexibility and control over use.",
        "It comes in 7, 13 and 70 billion parameters.",
        "It cuts a text into pieces, counts them and keeps them.",
    ],
)
def test_what_is_no_enumeration(sentence: str) -> None:
    assert [*enumerations(sentence)] == []


def test_words_of_the_items_are_not_before_them() -> None:
    sentence = "It reads gas, oil and wood."
    (found,) = enumerations("It works with gas, oil and wood.")
    assert terms_before(sentence, found) == {"read"}


@pytest.mark.parametrize(
    ("sentence", "said", "number", "counted"),
    [
        ("ACME builds three types of models.", "three", 3, "three types of models"),
        ("Up to 16 inference chips fit.", "Up to 16", 16, "Up to 16 inference chips"),
        ("It has 25+ ready rules.", "25+", 25, "25+ ready rules"),
        ("It keeps 1,000 logs.", "1,000", 1000, "1,000 logs"),
        ("It keeps 3 or 4 logs.", "3 or 4", 4, "3 or 4 logs"),
    ],
)
def test_numbers_that_count(sentence: str, said: str, number: int, counted: str) -> None:
    heads = frozenset({"model", "chip", "rul", "log"})
    (found,) = stated_numbers(sentence, heads)
    assert (found.said, found.number, found.counted) == (said, number, counted)


@pytest.mark.parametrize(
    "sentence",
    [
        "Table 3 models.",
        "The first two models fail.",
        "More than one model.",
        "3 cats",
        "It has 3-4 models.",
    ],
)
def test_numbers_that_count_something_else(sentence: str) -> None:
    assert [*stated_numbers(sentence, frozenset({"model"}))] == []
