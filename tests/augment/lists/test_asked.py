"""What a question counts or asks to be listed."""

import pytest

from ragguide.augment.lists.asked import what_is_listed
from ragguide.augment.lists.nouns import noun_stem


@pytest.mark.parametrize(
    ("question", "head", "words"),
    [
        ("How many payment options does the guide go through?", "options", ("payment",)),
        ("List all the operating modes.", "modes", ("operating",)),
        ("What are the steps of the installation?", "steps", ("installation",)),
        ("which relational engines are supported", "engines", ("relational", "supported")),
        ("how many ready-made parts come with it", "parts", ("ready-made", "come")),
        (
            "From how many makers does it get parts, going by the guide's list?",
            "makers",
            ("parts",),
        ),
        ("How many sources can the pump draw from?", "sources", ("pump", "draw")),
        ("How many sources does the pump draw from?", "sources", ("pump",)),
        (
            "in which directions does water move in the pump",
            "directions",
            ("water", "move", "pump"),
        ),
        ("How many GPUs fit?", "GPU", ("fit",)),
        ("name the parts", "parts", ()),
        ("name the parts, all of them, please", "parts", ()),
        ("what kinds of pumps are there? give me the whole list", "pumps", ()),
        ("List all the parts that the guide names for a pump.", "parts", ("pump",)),
        ("What are all the things the pump is good for?", "things", ("pump", "good")),
    ],
)
def test_head_and_other_words(question: str, head: str, words: tuple[str, ...]) -> None:
    asked = what_is_listed(question)
    assert asked is not None
    assert (asked.head, asked.words) == (noun_stem(head), words)


def test_kinds_of_something_ask_for_that() -> None:
    asked = what_is_listed("How many types of generative models are there?")
    assert asked is not None
    assert asked.is_kind
    assert (asked.head, asked.words) == ("model", ("generative",))


def test_a_number_in_the_question_is_that_of_the_items() -> None:
    asked = what_is_listed("What are the three stages ACME names, and which is first?")
    assert asked is not None
    assert (asked.number, noun_stem("phases") in asked.heads) == (3, True)
    assert "first" not in asked.words


@pytest.mark.parametrize(
    "question",
    [
        "How many minutes does it run?",
        "How many shards may a stream have at most?",
        "How many pages does the guide have?",
    ],
)
def test_limits_units_and_the_size_of_the_guide_are_measured(question: str) -> None:
    asked = what_is_listed(question)
    assert asked is not None
    assert asked.is_measured


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many values can the flag take?", ("flag",)),
        ("How many users can log in?", ("log",)),
    ],
)
def test_a_verb_that_fits_anything_says_nothing(question: str, words: tuple[str, ...]) -> None:
    asked = what_is_listed(question)
    assert asked is not None
    assert asked.words == words


@pytest.mark.parametrize(
    "question",
    ["Is it heavy?", "How does it work?", "How many?", "What are the valves used for?", ""],
)
def test_other_questions_list_nothing(question: str) -> None:
    assert what_is_listed(question) is None
