"""Words of a question that ask for a measure."""

import pytest

from ragguide.augment.asking import measures_asked


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How long does it last?", {"long", "last"}),
        ("How much does the pump weigh?", {"much", "weigh"}),
        ("What does it cost", {"cost"}),
        ("How often, and how far?", {"often", "far"}),
        ("How do I weigh the dough before baking?", set()),
        ("Who pays the cost?", set()),
        ("Is it long?", set()),
    ],
)
def test_words_that_ask_for_a_measure(question: str, words: set[str]) -> None:
    assert measures_asked(question) == words
