"""Numbers, units and dates in different notation, and those that only look alike."""

import pytest

from ragguide.augment.support.reading import read
from ragguide.augment.support.tokens import Token


def only(text: str) -> Token:
    (token,) = [t for t in read(text).content if t.quantity is not None or t.date is not None]
    return token


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("8192 rows", "8,192 rows"),
        ("1.5k rows", "1,500 rows"),
        ("2.4 million rows", "2,400,000 rows"),
        ("3 thousand rows", "three thousand rows"),
        ("forty-two rows", "42 rows"),
        ("two dozen rows", "24 rows"),
        ("a hundred rows", "100 rows"),
        ("one hundred and five rows", "105 rows"),
        ("1½ rows", "1.5 rows"),
        ("ninety seconds", "90 s"),
        ("90 seconds", "1.5 minutes"),
        ("an hour and a half", "90 minutes"),
        ("1 hour 35 minutes", "95 min"),
        ("two and a half hours", "150 minutes"),
        ("a 15-minute walk", "15 minutes"),
        ("two years", "24 months"),
        ("half a litre", "500 ml"),
        ("12 MB", "12 megabytes"),
        ("1 GB", "1024 MB"),
        ("2 GiB", "2 gibibytes"),
        ("a quarter of it", "25 percent"),
        ("three quarters of it", "75%"),
        ("one third of it", "a third of it"),
        ("$0.75", "75 cents"),
        ("€250", "250 euros"),
        ("27 °C", "27 degrees Celsius"),
        ("30 euros a month", "30 euros per month"),
        ("125 MB/s", "125 megabytes a second"),
        ("twice a day", "2 times per day"),
        ("30 square metres", "30 square meters"),
    ],
)
def test_a_number_is_the_same_in_other_notation(one: str, other: str) -> None:
    first, second = only(one).quantity, only(other).quantity
    assert first is not None
    assert second is not None
    assert first.equals(second)
    assert second.equals(first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,150 rows", "1,250 rows"),
        ("0.5 rows", "0.05 rows"),
        ("fourteen rows", "forty rows"),
        ("3 thousand rows", "3 million rows"),
        ("thousands of rows", "millions of rows"),
        ("12 MB", "12 GB"),
        ("90 litres a minute", "90 litres a second"),
        ("80 centimetres", "80 metres"),
        ("30 euros", "30 dollars"),
        ("180 degrees Celsius", "180 degrees Fahrenheit"),
        ("30 metres", "30 square metres"),
        ("20 minutes", "20 kilometres"),
        ("2.5 percent", "25 percent"),
    ],
)
def test_another_number_or_unit_is_another_quantity(one: str, other: str) -> None:
    first, second = only(one).quantity, only(other).quantity
    assert first is not None
    assert second is not None
    assert not first.equals(second)
    assert not second.equals(first)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("at most 6 rows", "at most"),
        ("no more than six rows", "at most"),
        ("up to 6 rows", "at most"),
        ("6 rows or less", "at most"),
        ("6 rows at most", "at most"),
        ("It may not exceed 6 rows.", "at most"),
        ("at least 6 rows", "at least"),
        ("no fewer than 6 rows", "at least"),
        ("6 or more rows", "at least"),
        ("6+ rows", "at least"),
        ("more than 6 rows", "more than"),
        ("over 6 rows", "more than"),
        ("younger than 6", "less than"),
        ("under 6 rows", "less than"),
        ("about 6 rows", "about"),
        ("6 rows", ""),
    ],
)
def test_a_number_has_its_bound(text: str, bound: str) -> None:
    assert only(text).bound == bound


@pytest.mark.parametrize(
    "text", ["30 June 2024", "June 30, 2024", "2024-06-30", "the 30th of June 2024"]
)
def test_a_date_is_the_same_in_other_notation(text: str) -> None:
    date = only(f"It ended on {text}.").date
    assert date is not None
    assert (date.year, date.month, date.day) == (2024, 6, 30)


def test_a_date_is_within_one_that_says_more() -> None:
    whole, month, other = (
        only(text).date for text in ("30 June 2024", "June 2024", "31 June 2024")
    )
    assert whole is not None
    assert month is not None
    assert other is not None
    assert month.within(whole)
    assert not whole.within(month)
    assert not other.within(whole)


def test_a_range_has_one_unit() -> None:
    for text in ("5 to 40 seconds", "between 5 and 40 s", "5-40 seconds", "from 5 to 40 seconds"):
        quantities = [token.quantity for token in read(text).content if token.quantity]
        assert [quantity.values[0] for quantity in quantities] == [5, 40]
        assert [quantity.unit and quantity.unit.name for quantity in quantities] == ["seconds"] * 2


@pytest.mark.parametrize("name", ["GPT-4", "P3dn.24xlarge", "us-east-1", "3.4.2", "s3:GetObject"])
def test_a_number_in_a_name_is_no_number(name: str) -> None:
    (token,) = read(f"the {name}").content
    assert (token.kind, token.text) == ("name", name)


def test_one_that_stands_for_a_noun_is_no_number() -> None:
    assert not any(t.quantity for t in read("The smaller one is one of the best.").content)
    assert only("It has one port.").quantity is not None
