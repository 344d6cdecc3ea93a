"""Follow-ups as people ask them, with the words that the keyword index searches."""

import pytest

from ragguide.index.keywords import words_of
from ragguide.retrieve.follow_up import resolve_follow_up
from ragguide.retrieve.past import Read

KENDRA = "How many passages can Amazon Kendra return?"
SPOT = "How much do Spot Instances save?"
WRANGLER = "what does SageMaker Data Wrangler do"
BOATS = ("rowing boats", "sailing boats: with a licence", "ferries.")


def talk(*questions: str, items: tuple[str, ...] = ()) -> Read:
    """Resolve the questions of a conversation one by one, and return the last."""
    read = resolve_follow_up(questions[0], None, words_of)
    for question in questions[1:]:
        read = resolve_follow_up(question, read.past(lambda: items), words_of)
    return read


@pytest.mark.parametrize(
    ("before", "question", "resolved"),
    [
        (KENDRA, "and what does it cost?", "what does Amazon Kendra cost?"),
        (KENDRA, "how many tokens does it allow?", "how many tokens does Amazon Kendra allow?"),
        (KENDRA, "what are its limits?", "what are Amazon Kendra's limits?"),
        (KENDRA, "How long may they be?", "How long may the passages of Amazon Kendra be?"),
        (KENDRA, "What about OpenSearch?", "How many passages can OpenSearch return?"),
        (KENDRA, "and for Bedrock?", "How many passages can Bedrock return?"),
        (KENDRA, "Is Bedrock better than it?", "Is Bedrock better than Amazon Kendra?"),
        (KENDRA, "since when?", f"since when: {KENDRA}"),
        (SPOT, "are those interrupted?", "are those interrupted? (Spot Instances)"),
        (SPOT, "is that for training only?", "is Spot Instances for training only?"),
        (WRANGLER, "and the price?", "what is the price of SageMaker Data Wrangler?"),
        (WRANGLER, "so, does it support Parquet?", "does SageMaker Data Wrangler support Parquet?"),
        ("what is overfitting", "how do I prevent it?", "how do I prevent overfitting?"),
        ("what is overfitting", "and underfitting?", "what is underfitting"),
        ("what is the F1 score?", "when is it useful?", "when is F1 useful?"),
        ("Is P3dn.24xlarge quick?", "how much memory does it have",
         "how much memory does P3dn.24xlarge have"),
    ],
)  # fmt: skip
def test_a_follow_up_gets_back_what_it_leaves_out(
    before: str, question: str, resolved: str
) -> None:
    assert talk(before, question).text == resolved


@pytest.mark.parametrize(
    ("before", "question", "resolved"),
    [
        ("Can I hire the ferry?", "and what does it cost?", "what does the ferry cost?"),
        ("How do I moor a boat?", "how long does it take?",
         "how long does it take to moor a boat?"),
        ("How do I moor a boat?", "how often?", "how often do I moor a boat?"),
        ("Where do I hand in my key to?", "what if I lose it?", "what if I lose the key?"),
        ("In Kendra I can search what?", "what does it cost?", "what does Kendra cost?"),
        ("How much does Plan I cost?", "and Plan V?", "How much does Plan V cost?"),
        ("How do I get a key?", "do I need one?", "do I need one? (the key)"),
    ],
)  # fmt: skip
def test_i_is_no_topic_but_a_numeral_of_a_name(before: str, question: str, resolved: str) -> None:
    assert talk(before, question).text == resolved


@pytest.mark.parametrize(
    ("before", "question", "resolved"),
    [
        ("What does the ferry cost?", "and the rowing boat?", "What does the rowing boat cost?"),
        ("What does the ferry cost?", "rowing boat?", "rowing boat?"),
        ("What does the ferry cost?", "no, I meant the kayak", "What does the kayak cost?"),
        ("How long is the ticket valid?", "the same for children?",
         "How long is the ticket valid for children?"),
        ("How long is the ticket valid?", "and for children?",
         "How long is the ticket valid for children?"),
        ("How much is it for adults?", "and for children?", "How much is it for children?"),
        ("When does the quay open in May?", "and in June?", "When does the quay open in June?"),
        ("When does the quay open?", "and on Sunday?", "When does the quay open on Sunday?"),
        ("When does the quay open?", "what about Sundays?", "When does the quay open on Sundays?"),
        ("When does the quay open in May?", "and June?", "When does the quay open in June?"),
        ("Who do I call about the crane?", "and about the quay?", "Who do I call about the quay?"),
        ("What does a ticket for 2 people cost?", "and for 5?",
         "What does a ticket for 5 people cost?"),
        ("How much is Plan B?", "and C?", "How much is Plan C?"),
        ("What does it cost to hire the hall?", "and the kitchen?",
         "What does it cost to hire the kitchen?"),
        ("What does the guide say about drainage?", "and heating?",
         "What does the guide say about heating?"),
        ("What if I lose my key?", "how much is a new one?", "how much is a new one? (the key)"),
        ("Tell me about the quay", "can you explain that in more detail?",
         "tell me more about the quay"),
        ("What is the fee of the quay?", "and of the slip?", "What is the fee of the slip?"),
        ("What is the fee of the quay?", "and the fee of the slip?",
         "what is the fee of the slip?"),
        ("Which ticket includes meals?", "how much is it?", "how much is the ticket?"),
        ("Tell me about the quay", "tell me more", "tell me more about the quay"),
        ("Tell me about the quay", "what is the maximum?", "what is the maximum of the quay?"),
    ],
)  # fmt: skip
def test_another_thing_time_or_place_takes_the_old_ones_place(
    before: str, question: str, resolved: str
) -> None:
    assert talk(before, question).text == resolved


@pytest.mark.parametrize(
    ("before", "question", "resolved"),
    [
        ("What boats can I hire?", "how many are there?", "how many boats can I hire?"),
        ("Which are the boats to hire?", "how many?", "how many boats to hire are there?"),
        ("List all the boats", "how many are there in total?", "how many boats are there?"),
        ("Tell me about the boats", "how many of them are there?", "how many boats are there?"),
        ("How many boats can I hire?", "which?", "which boats can I hire?"),
        ("How many boats can I hire?", "list them", "which boats can I hire?"),
        ("What boats can I hire?", "what about the second one?", "what about sailing boats?"),
        ("What boats can I hire?", "and the last?", "what about ferries?"),
        ("What boats can I hire?", "how much is the first one?", "how much is rowing boats?"),
        ("What boats can I hire?", "what about number 9?", "what about number 9? (the boats)"),
        ("What boats can I hire?", "Who won the first of the races?",
         "Who won the first of the races?"),
        ("What boats can I hire?", "which of them is quicker?",
         "rowing boats, sailing boats and ferries: how long do they take?"),
    ],
)  # fmt: skip
def test_lists_are_counted_named_and_taken_up_by_number(
    before: str, question: str, resolved: str
) -> None:
    assert talk(before, question, items=BOATS).text == resolved


def test_them_means_all_things_that_the_same_was_asked_about() -> None:
    asked = ("What does the ferry cost?", "and the kayak?")
    assert talk(*asked).things == ("the ferry", "the kayak")
    cheaper = "the ferry vs the kayak: what do they cost?"
    assert talk(*asked, "which of them is cheaper?").text == cheaper
    assert talk(*asked, "which is the cheapest?").text == cheaper
    assert talk(*asked, "which one has oars?").text == "which of the ferry and the kayak has oars?"
    assert talk(*asked, "do they leave daily?").text == "do the ferry and the kayak leave daily?"
    assert talk(*asked, "what about the first one?").text == "what about the ferry?"
    assert talk(*asked, "does it leave daily?").text == "does the kayak leave daily?"
    assert talk("Is the ferry or the kayak quicker?", "which is cheaper?").text == cheaper


def test_a_question_about_something_else_starts_anew() -> None:
    read = talk("What does the ferry cost?", "and the kayak?", "Where is the harbour office?")
    assert (read.text, read.topic) == ("Where is the harbour office?", "the harbour office")
    assert read.things == ()


def test_a_topic_lasts_through_questions_that_name_none() -> None:
    asked = ("Can I hire the ferry?", "what does it cost?", "how do I pay?", "is it clean?")
    assert talk(*asked).text == "is the ferry clean?"


@pytest.mark.parametrize(
    "question",
    [
        "What is hyperband?",
        "which models are there that support fine-tuning?",
        "What is SageMaker and what does it cost?",
        "How do I deploy a model so that it scales?",
        "Does Bedrock bring its own models?",
        "spot instance interruption",
        "and how long is the warranty of the pump?",
    ],
)
def test_a_complete_question_is_unchanged(question: str) -> None:
    assert talk(KENDRA, question).text == question


def test_the_first_question_is_unchanged() -> None:
    assert talk("and  what does it cost?").text == "and what does it cost?"
