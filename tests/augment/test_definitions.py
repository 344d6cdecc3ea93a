"""Sentences that define, and sentences that only say something."""

import pytest

from ragguide.augment.defining import defines
from ragguide.augment.definitions import LEAST, best_definition
from ragguide.augment.evidence import split_hits
from ragguide.augment.pieces import LeadFinder
from tests.augment.lists.guides import chunks_of, hits_of


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("A rain gauge is a glass that measures rain.", "rain gauge"),
        ("Rain gauges are glasses that measure rain.", "rain gauge"),
        ("Amazon Polly is a service that turns text into speech.", "Polly"),
        ("Polly is a service that turns text into speech.", "Amazon Polly"),
        ("Dead time, also known as delay, is the time before an output reacts.", "dead time"),
        ("Quick host naming (QHN) is a technique that looks names up.", "QHN"),
        ("Drift refers to a shift of the data over time.", "drift"),
        ("Set point: the value that the controller tries to reach.", "set point"),
        ("Definition: Shift plans are documents that list names.", "shift plans"),
        ("Fault: Rust happens when iron stands in water.", "rust"),
        ("Tagging in AWS is a set of habits for teams.", "tagging in AWS"),
        (
            "Hashes are short forms of long texts.",
            "hash in computer science",
        ),
        ("Term: Token; Meaning: A piece of a word.", "token"),
        ("Models read tokens, which are pieces of words.", "tokens"),
        ("2. A shim is a small program that passes a command on.", "shim"),
        ("Valve/Tap: An opening that can be shut.", "tap"),
        ("Finegrinding is the last cut of a blade.", "fine-grinding"),
        ("Precision says how many of the flags were right.", "precision"),
    ],
)
def test_definitions(text: str, subject: str) -> None:
    assert defines(text, subject) >= LEAST


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("What is drift?", "drift"),
        ("Drift:", "drift"),
        ("Drift is started after the training.", "drift"),
        ("Data drift is a change of the input.", "concept drift"),
        ("The pump is a machine that measures drift in the water.", "drift"),
        ("Use a drift detector.", "drift"),
        ("Note: see below.", "note"),
    ],
)
def test_what_defines_nothing(text: str, subject: str) -> None:
    assert defines(text, subject) < LEAST


def test_what_a_thing_is_beats_what_it_is_used_for() -> None:
    is_a = defines("Spark is an engine that works on many machines.", "Spark")
    does = defines("Spark runs programs on many machines at once.", "Spark")
    used = defines("Spark is widely used in banks and shops today.", "Spark")
    assert is_a > does > used > 0


def chosen(markdown: str, subject: str) -> str | None:
    candidates = split_hits(hits_of(chunks_of(markdown)))
    found = best_definition(subject, candidates, [0.5] * len(candidates))
    return found.text if found else None


@pytest.mark.parametrize(
    ("markdown", "subject", "text"),
    [
        (
            "# Drift\n\nDrift is used in reports. Drift is a change of the data. It hurts.\n",
            "drift",
            "Drift is a change of the data.",
        ),
        (
            "# Terms\n\n| Term | Meaning |\n|---|---|\n"
            "| Shim | A small program. |\n| Pod | A box. |\n",
            "shim",
            "Shim: A small program.",
        ),
        (
            "# Guide\n\n## What is Polly?\n\nTurns text into speech.\n",
            "Polly",
            "Turns text into speech.",
        ),
        (
            "# Guide\n\n- Overview: A pod is a box of programs.\n",
            "pod",
            "A pod is a box of programs.",
        ),
        (
            "# Dough\n\nThe dough is retarding. Letting a dough rest in the cold is also known as "
            "retarding. This is called folding.\n",
            "retarding",
            "Letting a dough rest in the cold is also known as retarding.",
        ),
        ("# Dough\n\nThis is often called folding.\n", "folding", None),
        ("# Guide\n\nThe pod was empty.\n", "pod", None),
    ],
)
def test_best_definition(markdown: str, subject: str, text: str | None) -> None:
    assert chosen(markdown, subject) == text


def test_items_below_the_name_define_it() -> None:
    text = "# Bills\n\nJoint bill:\n\n- Adds up the fees of several boats for one owner.\n"
    chunks = chunks_of(text)
    candidates = split_hits(hits_of(chunks), LeadFinder(lambda _document: chunks).find)
    found = best_definition("joint bills in the harbour", candidates, [0.5] * len(candidates))
    assert found is not None
    assert found.text == "Joint bill: Adds up the fees of several boats for one owner."


def test_a_short_definition_has_the_sentence_that_goes_on() -> None:
    text = "# Nets\n\nA net is a chain of layers. It learns from rows. Nets are old.\n"
    candidates = split_hits(hits_of(chunks_of(text)))
    found = best_definition("net", candidates, [0.5] * len(candidates))
    assert found is not None
    assert (found.text, found.more) == ("A net is a chain of layers.", "It learns from rows.")


def test_a_row_has_no_sentence_that_goes_on() -> None:
    text = "# T\n\n| Term | Meaning |\n|---|---|\n| Shim | A small program. |\n| It | A word. |\n"
    candidates = split_hits(hits_of(chunks_of(text)))
    found = best_definition("shim", candidates, [0.5] * len(candidates))
    assert found is not None
    assert found.more == ""
