"""Questions that ask for numbers, and the words that stand by numbers."""

import pytest

from ragguide.augment.quantities import around_numbers, asks_number


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
    ],
)
def test_a_figure_is_asked_for(question: str) -> None:
    assert asks_number(question)


@pytest.mark.parametrize(
    "question",
    ["what is leakage?", "how do I tune a model", "which service translates", "why scale in", ""],
)
def test_no_figure_is_asked_for(question: str) -> None:
    assert not asks_number(question)


def test_the_words_beside_each_number_are_told() -> None:
    text = "Serverless jobs end after fifteen minutes, and each may hold 10,240 MB of memory."
    assert list(around_numbers(text, near=2)) == [
        "end after fifteen minutes, and",
        "may hold 10,240 MB of",
    ]


@pytest.mark.parametrize("text", ["$0.10", "90%", "(16GB)", "15-minute", "two", "3.5,"])
def test_a_number_may_be_written_so(text: str) -> None:
    assert list(around_numbers(f"it takes {text} of it", near=1)) == [f"takes {text} of"]


@pytest.mark.parametrize(
    "text", ["1. Open the console", "Llama 3 reads it", "see step 2", "P3dn.24xlarge", "GPT-4 and"]
)
def test_a_number_that_only_names_something_counts_nothing(text: str) -> None:
    assert list(around_numbers(text)) == []
