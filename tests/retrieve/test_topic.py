"""What questions are about, and what they ask how to do."""

import pytest

from ragguide.retrieve.topic import activity_in, names_in, plural_in, things_in, topic_of


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Does Amazon Bedrock, or SageMaker, host Llama 3?", "Amazon Bedrock"),
        ("how is drift found", "drift"),
        ("What does the sailing boat cost?", "the sailing boat"),
        ("How many passengers can a ferry take?", "the ferry"),
        ("What is the price of a ticket?", "the ticket"),
        ("Does cleaning the hull take long?", "the hull"),
        ("Are meals included?", "meals"),
        ("What boats can be hired?", "the boats"),
        ("Which ticket includes meals?", "the ticket"),
        ("Can I rent the slip?", "the slip"),
        ("Is there a crane?", "the crane"),
        ("who repairs the crane?", "the crane"),
        ("Is it open on Sunday?", ""),
        ("how do I pay?", ""),
    ],
)
def test_a_question_is_about_its_first_name_or_noun(question: str, topic: str) -> None:
    assert topic_of(question) == topic


def test_the_pronoun_i_is_no_name() -> None:
    assert names_in("How do I reach Kendra?") == ["Kendra"]
    assert names_in("With Kendra I search, I'd say") == ["Kendra"]
    assert names_in("What is in Plan I and Part II?") == ["Plan I", "Part II"]


def test_an_activity_is_what_somebody_does() -> None:
    assert activity_in("How do I moor a boat at the quay?") == "moor a boat at the quay"
    assert activity_in("Where do I hand in the key to?") == "hand in the key"
    assert activity_in("What does the ferry cost?") == ""


def test_two_things_side_by_side() -> None:
    assert things_in("Is the big ferry or the kayak quicker?") == ("the big ferry", "the kayak")
    assert things_in("Compare Plan A and Plan B") == ("Plan A", "Plan B")
    assert things_in("What does the ferry cost?") == ()


def test_the_last_plural_is_no_name_and_no_verb() -> None:
    assert plural_in("Can the bus be hired by groups?") == "groups"
    assert plural_in("Which ticket costs less?") == ""
