"""Questions that ask two things."""

import pytest

from ragguide.index.keywords import words_of
from ragguide.retrieve.parts import Part, parts_of


def texts(question: str) -> list[str]:
    return [part.text for part in parts_of(question, words_of)]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "what's a sloop, and is it faster than a ketch?",
            ["what's a sloop?", "is the sloop faster than a ketch?"],
        ),
        (
            "How long is a permit valid and who signs the permit?",
            ["How long is a permit valid?", "who signs the permit?"],
        ),
        (
            "What does a red lamp mean? And how do I switch it off?",
            ["What does a red lamp mean?", "how do I switch the red lamp off?"],
        ),
        (
            "My sloop is 9 m long. How long may it stay, and who signs the permit?",
            ["My sloop is 9 m long. How long may it stay?", "who signs the permit?"],
        ),
        (
            "what is lamination and how much butter of 82 % goes in",
            ["what is lamination?", "how much butter of 82 % goes in?"],
        ),
    ],
)
def test_both_parts_are_whole_questions(question: str, parts: list[str]) -> None:
    assert texts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "What are the rules for boats and dogs?",
        "which size and how many at most fit in a lock",
        "Who founded the yard and when?",
        "sloop vs ketch: which is faster and why is it so?",
        "What is the difference between a sloop and what is called a ketch?",
        "ETL and ELT, which of them loads first and where is each used",
        "what goes in the hold and what goes in the cabin?",
        "When the horn sounds and what is loaded shifts, who is told?",
        "  a  question\nwith   white space? ",
        "My sloop is on the list and must stay here, but I want to sail. What should I do?",
    ],
)
def test_one_question_stays_as_it_is(question: str) -> None:
    assert parts_of(question, words_of) == (Part(question, question),)


def test_what_a_part_leaves_out_is_searched_for_but_not_shown() -> None:
    first, second = parts_of(
        "How many stills does one person need, and which sort yields most?", words_of
    )
    assert first == Part("How many stills does one person need?", first.text)
    assert second.text == "which sort yields most?"
    assert second.search == "which sort yields most? (How many stills does one person need?)"


def test_a_part_with_a_pronoun_is_searched_with_the_first() -> None:
    _, second = parts_of("how many passages can kendra return, and how long are they", words_of)
    assert second.text == "how long are the passages?"
    assert second.search == "how long are the passages? (how many passages can kendra return?)"
    _, other = parts_of("how long is a permit valid, and who signs the harbour's log?", words_of)
    assert other.search == other.text
