"""Sentences and rows become the questions that they answer."""

import pytest

from ragguide.evaluate.draft.phrase import phrase, says_something
from ragguide.evaluate.draft.phrased import Phrased, facts_of

NAMES = {"badger", "amazon", "kendra", "aws", "spot", "macie", "s3"}


def is_name(word: str) -> bool:
    return word.casefold() in NAMES - {"badger"}


@pytest.mark.parametrize(
    ("sentence", "phrased"),
    [
        (
            "Kendra can return up to 100 passages for a query, each of 200 words.",
            Phrased(
                "How many passages can Kendra return for a query?",
                "Up to 100 passages.",
                "numeric",
                ("100",),
            ),
        ),
        (
            "The badger keeps 12 rooms in its sett.",
            Phrased(
                "How many rooms does the badger keep in its sett?", "12 rooms.", "numeric", ("12",)
            ),
        ),
        (
            "The old bridge was rebuilt after a flood in March 1987.",
            Phrased(
                "When was the old bridge rebuilt after a flood?",
                "In March 1987.",
                "factoid",
                ("March 1987",),
            ),
        ),
        (
            "Traffic between nodes is carried by the Elastic Fabric Adapter (EFA) of the host.",
            Phrased(
                "What does EFA stand for?",
                "Elastic Fabric Adapter.",
                "factoid",
                ("Elastic Fabric Adapter",),
            ),
        ),
        (
            "To see what was said, open the transcript of the call.",
            Phrased(
                "How do I see what was said?",
                "Open the transcript of the call.",
                "howto",
                ("transcript",),
            ),
        ),
        (
            "If your disk is full, remove old generations of the index.",
            Phrased(
                "What should I do if my disk is full?",
                "Remove old generations of the index.",
                "howto",
                ("old generations",),
            ),
        ),
        (
            "Use Spot Instances for work that can wait.",
            Phrased(
                "What should I use for work that can wait?",
                "Spot Instances.",
                "factoid",
                ("Spot Instances",),
            ),
        ),
        (
            "Kendra reads PDF, HTML and Word files.",
            Phrased(
                "What does Kendra read?",
                "PDF, HTML and Word files.",
                "list",
                ("PDF", "HTML", "Word files"),
            ),
        ),
        (
            "A kestrel is a small falcon that hovers over fields.",
            Phrased(
                "What is a kestrel?",
                "A kestrel is a small falcon that hovers over fields.",
                "definition",
                ("small falcon",),
            ),
        ),
        (
            "Macie watches the objects of S3 buckets for personal data.",
            Phrased(
                "What watches the objects of S3 buckets for personal data?",
                "Macie.",
                "factoid",
                ("Macie",),
            ),
        ),
        (
            "Instance: p5.48xlarge; Memory of each: 80 GB; Best at: Large models",
            Phrased(
                "What is the memory of each of p5.48xlarge?",
                "80 GB.",
                "table",
                ("80",),
            ),
        ),
        (
            "Term: Feature store; Meaning: A database of the inputs of models.",
            Phrased(
                "What is feature store?",
                "A database of the inputs of models.",
                "definition",
                ("database",),
            ),
        ),
        (
            "Service: Macie; Watches: Objects in buckets; Finds: Personal data",
            Phrased(
                "What does Macie watch?", "Objects in buckets.", "table", ("Objects in buckets",)
            ),
        ),
    ],
)
def test_a_sentence_becomes_the_question_it_answers(sentence: str, phrased: Phrased) -> None:
    assert phrase(sentence, is_name) == phrased


@pytest.mark.parametrize(
    "sentence",
    [
        "It keeps 12 rooms in its sett.",  # who?
        "Amazon is described in the table below.",
        "Short one.",
        "no capital and so no whole sentence here.",
        "Amazon Kendra can be set up as Table 3 says.",
        "10.2 Monitoring 47",
        "Question: Replay?; Streams: Yes; Firehose: No",
    ],
)
def test_a_sentence_that_needs_its_neighbours_is_skipped(sentence: str) -> None:
    assert phrase(sentence, is_name) is None


def test_facts_are_numbers_and_names_that_the_question_does_not_give_away() -> None:
    text = "Since 2024 Amazon Bedrock costs 50% less in Ireland."
    assert facts_of(text, "what does Amazon Bedrock cost") == ("2024", "50%", "Ireland")
    assert facts_of(text, text) == ()


def test_only_a_self_contained_sentence_says_something() -> None:
    assert says_something("The heron stands still in shallow water.")
    assert not says_something("The heron (a bird stands still in water.")
