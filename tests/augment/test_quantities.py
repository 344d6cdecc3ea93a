"""Questions that ask for numbers, and the words around numbers."""

import pytest

from ragguide.augment.quantities import Wanted, around_numbers, wanted_number
from ragguide.index.keywords import terms_of

ANY = Wanted(None, frozenset())


@pytest.mark.parametrize(
    "question",
    [
        "how many shards may a stream have?",
        "How much do Spot Instances save",
        "default retention period",
        "what does an endpoint cost per hour",
        "latency in milliseconds",
        "When was the service renamed?",
        "maximum payload",
        "cost of a berth",
        "what is the price?",
    ],
)
def test_question_asks_for_a_figure(question: str) -> None:
    assert wanted_number(question, terms_of) is not None


@pytest.mark.parametrize(
    "question",
    [
        "what is leakage?", "how do I tune a model", "which service translates", "why scale in", "",
        "cut lines after some number of letters", "how much of a file is read",
        "what is cost explorer?", "what is the price elasticity of berths",
    ],
)  # fmt: skip
def test_question_asks_for_no_figure(question: str) -> None:
    assert wanted_number(question, terms_of) is None


@pytest.mark.parametrize(
    ("question", "fits", "does_not"),
    [
        ("how often do reviews happen", "happen once a month", "begin in the north"),
        ("how many times a year do reviews happen", "happen twice a year", "begin in the north"),
        ("how often do reviews happen", "on Mondays", "on machines"),
        ("how long may a job run?", "it takes an hour", "it costs an arm"),
        ("how long may a job run?", "for half an hour", "5 euros an item"),
        ("how long may a job run?", "for a day", "2 euros a day"),
        ("what does a late return cost?", "it costs 1 pound a day", "it may take 1 week"),
        ("what does a late return cost?", "a fee of 20 kr", "it takes 20 minutes"),
        ("how long may a job run?", "a quarter of an hour", "a quarter of an egg"),
        ("what is the berth number?", "Berth: N-2217", "Berth: north"),
    ],
)
def test_a_time_needs_no_figure(question: str, fits: str, does_not: str) -> None:
    wanted = wanted_number(question, terms_of)
    assert wanted is not None
    assert any(is_wanted for is_wanted, _ in around_numbers(fits, wanted, terms_of))
    assert not any(is_wanted for is_wanted, _ in around_numbers(does_not, wanted, terms_of))


def beside(text: str, *, near: int = 14) -> list[str]:
    return [words for _, words in around_numbers(text, ANY, terms_of, near=near)]


@pytest.mark.parametrize(
    ("question", "fits", "does_not"),
    [
        ("how long may a job run?", "for 28 days", "on 28 machines"),
        ("how long is the pier?", "40 m of stone", "40 berths"),
        ("how long does a pass code have to be?", "14 characters or more", "14 doors"),
        ("how long are the passages", "of up to 200 token words", "up to 100 passages"),
        ("how long is a version supported", "for 14 months", "in 14 regions"),
        ("what is the timeout", "a 15-minute limit", "up to 15 times"),
        ("latency of a lookup", "under 10ms each", "under 10 rows"),
        ("what does an index cost?", "for $0.70 an hour", "for 24 hours"),
        ("what does it cost to store", "costs 5 cents each", "stores 5 copies"),
        ("what percentage do they save?", "up to 90 percent less", "of 90 machines"),
        ("guaranteed uptime", "for 99.9% of a month", "in 3 zones"),
        ("When was it renamed?", "renamed in 2024 by AWS", "renamed 12 times"),
        ("when did it end", "ends on 30 July", "ends after 30 days"),
        ("how large is the context window?", "up to 4,096 tokens", "up to 12 layers"),
        ("how much memory does it hold", "with 80 GB each", "with 8 cards"),
        ("how many shards may a stream have?", "at most 500 open shards", "at most 500 records"),
        (
            "how many shards are open",
            "up to 15 of the open shards",
            "employees share after 2 years",
        ),
        ("how often do reviews happen", "happen 3 times", "happen in 3 places"),
        ("how often do reviews happen", "every 3 months", "with 3 managers"),
        ("how often do reviews happen", "each spring by Ann", None),
        ("how often do reviews happen", "on every second day", None),
        ("how frequently do reviews happen", "reviewed weekly, by Ann", None),
        ("how often do reviews happen", "in winter only", None),
        ("how long may a job run?", "for ninety seconds", "with ninety boats"),
        ("how long may a job run?", "for forty-five seconds", "by forty-five boats"),
        ("how long may a job run?", "for ½ seconds", "with ½ boats"),
        ("how long may a job run?", "for 1½ hours", "with 1½ cups"),
        ("how long may a job run?", "for 90² seconds", "with 90² boats"),
        ("how long may a job run?", "a two-hour limit", "a two-boat limit"),
        ("how long may a job run?", "a ½-hour limit", None),
        ("number of chips", "Chips: 12 AWS Inferentia2", "Price: 12 a month"),
        ("what is the maximum payload?", "up to 6 of them", None),
        ("In which version did it come?", "added in version 12", "added by 12 people"),
        ("since what ferry version", "since v0.5.1, the", None),
    ],
)
def test_a_number_matches_the_kind_that_the_question_asks_for(
    question: str, fits: str, does_not: str | None
) -> None:
    wanted = wanted_number(question, terms_of)
    assert wanted is not None
    assert [is_wanted for is_wanted, _ in around_numbers(fits, wanted, terms_of)] == [True]
    if does_not is not None:
        assert [is_wanted for is_wanted, _ in around_numbers(does_not, wanted, terms_of)] == [False]


def test_one_before_its_thing_counts_nothing() -> None:
    wanted = wanted_number("how many shards may a stream have?", terms_of)
    assert wanted is not None
    assert list(around_numbers("One shard takes records.", wanted, terms_of)) == []


def test_a_count_stands_right_beside_the_counted_thing() -> None:
    wanted = wanted_number("how many shards may a stream have?", terms_of)
    assert wanted is not None
    found = around_numbers("Shards of a stream are kept for 24 hours.", wanted, terms_of)
    assert [is_wanted for is_wanted, _ in found] == [False]


def test_each_number_comes_with_the_words_around_it() -> None:
    text = "Serverless jobs end after fifteen minutes, and each may hold 10,240 MB of memory."
    assert beside(text, near=2) == [
        "end after fifteen minutes, and",
        "may hold 10,240 MB of",
    ]


@pytest.mark.parametrize("text", ["$0.10", "90%", "(16GB)", "15-minute", "two", "3.5,"])
def test_a_number_is_recognised_in_this_form(text: str) -> None:
    assert beside(f"it takes {text} of it", near=1) == [f"takes {text} of"]


@pytest.mark.parametrize(
    "text", ["1. Open the console", "Llama 3 reads it", "see step 2", "P3dn.24xlarge", "GPT-4 and"]
)
def test_a_number_that_only_names_something_counts_nothing(text: str) -> None:
    assert beside(text) == []


@pytest.mark.parametrize("text", ["from weeks to hours", "ready within minutes.", "a few seconds"])
def test_a_time_without_a_figure_counts_as_a_number(text: str) -> None:
    wanted = wanted_number("how long does it take?", terms_of)
    assert wanted is not None
    assert {is_wanted for is_wanted, _ in around_numbers(text, wanted, terms_of)} == {True}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("what does an index cost?", "ready within minutes"),
        ("how many shards may a stream have?", "shards are split in seconds"),
        ("how long does it take?", "the hours of the day"),
        ("how long does it take?", "into weeklong jobs"),
    ],
)
def test_a_time_without_a_figure_answers_no_other_question(question: str, text: str) -> None:
    wanted = wanted_number(question, terms_of)
    assert wanted is not None
    assert list(around_numbers(text, wanted, terms_of)) == []
