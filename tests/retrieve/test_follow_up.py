"""Follow-ups as people ask them, by the words that the keyword index searches by."""

import pytest

from ragguide.index.keywords import words_of
from ragguide.retrieve.follow_up import stand_alone, topic_of

KENDRA = "How many passages can Amazon Kendra return?"
SPOT = "How much do Spot Instances save?"
WRANGLER = "what does SageMaker Data Wrangler do"


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        (KENDRA, "and what does it cost?", "what does Amazon Kendra cost?"),
        (KENDRA, "how many tokens does it allow?", "how many tokens does Amazon Kendra allow?"),
        (KENDRA, "what are its limits?", "what are Amazon Kendra's limits?"),
        (KENDRA, "How long may they be?", "How long may the passages of Amazon Kendra be?"),
        (KENDRA, "What about OpenSearch?", "How many passages can OpenSearch return?"),
        (KENDRA, "and for Bedrock?", "How many passages can Bedrock return?"),
        (KENDRA, "Is Bedrock better than it?", "Is Bedrock better than Amazon Kendra?"),
        (KENDRA, "why?", f"why: {KENDRA}"),
        (SPOT, "are those interrupted?", "are those interrupted? (Spot Instances)"),
        (SPOT, "is that for training only?", "is Spot Instances for training only?"),
        (WRANGLER, "and the price?", "the price? (SageMaker Data Wrangler)"),
        (WRANGLER, "so, does it support Parquet?", "does SageMaker Data Wrangler support Parquet?"),
        ("what is overfitting", "how do I prevent it?", "how do I prevent overfitting?"),
        ("what is overfitting", "and underfitting?", "what is underfitting"),
        ("what is the F1 score?", "when is it useful?", "when is F1 useful?"),
        ("Is P3dn.24xlarge quick?", "how much memory does it have",
         "how much memory does P3dn.24xlarge have"),
    ],
)  # fmt: skip
def test_a_follow_up_gets_back_what_it_speaks_of(before: str, question: str, alone: str) -> None:
    assert stand_alone(question, before, words_of) == alone


@pytest.mark.parametrize(
    "question",
    [
        "What is hyperband?",
        "which models are there that support fine-tuning?",
        "What is SageMaker and what does it cost?",
        "How do I deploy a model so that it scales?",
        "Does Bedrock bring its own models?",
        "spot instance interruption",
    ],
)
def test_a_question_that_stands_alone_stays_as_it_is(question: str) -> None:
    assert stand_alone(question, KENDRA, words_of) == question


def test_the_first_question_stays_as_it_is() -> None:
    assert stand_alone("and  what does it cost?", None, words_of) == "and what does it cost?"


def test_a_question_is_about_its_first_name_or_else_its_words() -> None:
    assert (
        topic_of("Does Amazon Bedrock, or SageMaker, host Llama 3?", words_of) == "Amazon Bedrock"
    )
    assert topic_of("how is drift found", words_of) == "drift found"
