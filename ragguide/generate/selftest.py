"""A generator in, how many of eight questions it answers from given excerpts out. No I/O.

The excerpts are made up, so no model has seen them. The model answers in its own words: a quotation
is constrained to the excerpts, and so proves nothing. A model that copies at random or babbles also
states a wrong figure.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from ragguide.augment.prompt import SYSTEM, user_message
from ragguide.types import Evidence, Generator

LEAST_RIGHT = 5  # of 8; with fewer, the model may not answer
ANSWER_TOKENS = 48


class Question(msgspec.Struct, frozen=True):
    """A question, the excerpts in its prompt, and how to recognise a right answer."""

    text: str
    excerpts: tuple[str, ...]
    right: tuple[str, ...]  # a right answer contains all of these
    wrong: tuple[str, ...]  # and none of these, from the other excerpts
    reference: str  # a right answer


QUESTIONS = (
    Question(
        "After how many hours of use is the filter of the Brevik pump replaced?",
        (
            "The Brevik pump is switched off by the red lever beside its intake.",
            "The filter of the Brevik pump is replaced after 40 hours of use, its belt after 210.",
            "Spare belts are kept in cabinet C2 of the boiler house.",
        ),
        ("40",),
        ("210",),
        "The filter of the Brevik pump is replaced after 40 hours of use.",
    ),
    Question(
        "Who signs the visitors' book of the Halden tower on the first day of a month?",
        (
            "The keeper of the Halden tower lights the lamp at dusk.",
            "On the first day of a month the harbour master signs the visitors' book.",
            "The cook of the tower orders coal on every second Friday.",
        ),
        ("harbour master",),
        ("cook", "coal"),
        "On the first day of a month the harbour master signs the visitors' book.",
    ),
    Question(
        "What is the highest load of the Orsa lift?",
        (
            "Orsa lift: highest load 650 kg; speed 1.2 m/s; doors 90 cm.",
            "Tessin lift: highest load 480 kg; speed 0.8 m/s; doors 80 cm.",
            "Both lifts are inspected in April and in October.",
        ),
        ("650",),
        ("480",),
        "The highest load of the Orsa lift is 650 kg.",
    ),
    Question(
        "Which port does the Quill relay listen on?",
        (
            "The Quill relay listens on port 7431 and forwards to port 9020 of the archive.",
            "Its log is rotated when it has reached 25 MB.",
            "A relay that has no archive drops what it receives.",
        ),
        ("7431",),
        ("25 mb",),
        "The Quill relay listens on port 7431.",
    ),
    Question(
        "How long are minutes of the Lund council kept?",
        (
            "Letters to the Lund council are kept for 3 years.",
            "Minutes of the Lund council are kept for 12 years, then handed to the province.",
            "The council meets on Tuesdays, in the old granary.",
        ),
        ("12 years",),
        ("3 years",),
        "Minutes of the Lund council are kept for 12 years.",
    ),
    Question(
        "What must be done before the Morra oven is opened?",
        (
            "The Morra oven reaches 280 degrees within half an hour.",
            "Before the Morra oven is opened, its fan must be stopped.",
            "Its tiles are wiped with vinegar, never with soda.",
        ),
        ("fan",),
        ("vinegar", "soda", "280"),
        "Before the Morra oven is opened, its fan must be stopped.",
    ),
    Question(
        "What colour is the label of samples from the Ister well?",
        (
            "Samples from the Tolna well carry a yellow label.",
            "Samples from the Ister well carry a violet label.",
            "All samples are stored below 6 degrees.",
        ),
        ("violet",),
        ("yellow",),
        "Samples from the Ister well carry a violet label.",
    ),
    Question(
        "How much does a day pass of the Vinje ferry cost for a child?",
        (
            "The Vinje ferry leaves every 35 minutes from April to September.",
            "A day pass of the Vinje ferry costs 14 crowns, for a child 5 crowns.",
            "Bicycles travel for 9 crowns; dogs travel free.",
        ),
        ("5 crowns",),
        ("14 crowns", "9 crowns"),
        "For a child a day pass of the Vinje ferry costs 5 crowns.",
    ),
)


def prompt_to(generator: Generator, question: Question) -> tuple[int, ...]:
    """Build the prompt of a question, like that of a real one, without a quotation."""
    excerpts = [_evidence(mark, text) for mark, text in enumerate(question.excerpts, start=1)]
    return generator.build_prompt(SYSTEM, user_message(question.text, excerpts))


def answers(generator: Generator, on_asked: Callable[[int, int], None]) -> Iterator[str]:
    """Yield the answer to each question.

    Raises:
        ModelError: the generator fails.
    """
    for n, question in enumerate(QUESTIONS, start=1):
        prompt = prompt_to(generator, question)
        yield "".join(generator.generate(prompt, max_tokens=ANSWER_TOKENS))
        on_asked(n, len(QUESTIONS))


def is_right(question: Question, answer: str) -> bool:
    """Whether an answer contains all right facts and no wrong ones."""
    return all(_says(answer, fact) for fact in question.right) and not any(
        _says(answer, fact) for fact in question.wrong
    )


def _says(answer: str, fact: str) -> bool:
    found = " ".join(answer.casefold().split())
    return re.search(rf"(?<![\w.,]){re.escape(fact)}(?!\w)", found) is not None


def _evidence(mark: int, text: str) -> Evidence:
    return Evidence(
        mark=mark,
        chunk_id="",
        document="",
        section=(),
        text=text,
        page_first=1,
        page_last=1,
        page_label="1",
        locator="",
        score=1.0,
    )
