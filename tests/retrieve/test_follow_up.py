"""Follow-ups as people ask them, with the words that the keyword index searches."""

import pytest

from ragguide.index.keywords import words_of
from ragguide.retrieve.follow_up import resolve_follow_up, topic_of

KENDRA = "How many passages can Amazon Kendra return?"
SPOT = "How much do Spot Instances save?"
WRANGLER = "what does SageMaker Data Wrangler do"


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
def test_a_follow_up_gets_back_what_it_leaves_out(
    before: str, question: str, resolved: str
) -> None:
    assert resolve_follow_up(question, before, words_of) == resolved


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
def test_a_complete_question_is_unchanged(question: str) -> None:
    assert resolve_follow_up(question, KENDRA, words_of) == question


def test_the_first_question_is_unchanged() -> None:
    assert resolve_follow_up("and  what does it cost?", None, words_of) == "and what does it cost?"


def test_a_question_is_about_its_first_name_or_else_its_words() -> None:
    assert (
        topic_of("Does Amazon Bedrock, or SageMaker, host Llama 3?", words_of) == "Amazon Bedrock"
    )
    assert topic_of("how is drift found", words_of) == "drift found"
