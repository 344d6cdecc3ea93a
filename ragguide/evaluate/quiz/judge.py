"""A case and a typed answer in, whether it is right out. No I/O."""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from ragguide.augment.lists.nouns import NUMBER_WORDS
from ragguide.evaluate.answers import fold, says
from ragguide.evaluate.records import Case
from ragguide.evaluate.said import verdict_of

LONGEST_FACT = 6  # words of a reference answer that people repeat as they are

_NUMBER = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b")

Grade = Literal["right", "partly right", "wrong"]
Facts = tuple[tuple[str, ...], ...]


class Judged(msgspec.Struct, frozen=True):
    """What a typed answer states."""

    grade: Grade
    missing: Facts = ()  # the facts that it doesn't state


def facts_to_state(case: Case) -> Facts:
    """Return what an answer must state; a short reference answer is a fact. Empty if unknown."""
    if case.facts:
        return case.facts
    short = [
        answer
        for answer in (case.answer, *case.other_answers)
        if 0 < len(answer.split()) <= LONGEST_FACT
    ]
    return (tuple(short),) if short else ()


def can_be_asked(case: Case) -> bool:
    """Return whether the guide answers the question, and an answer can be judged."""
    return case.is_answerable and (case.verdict is not None or bool(facts_to_state(case)))


def judge(case: Case, typed: str) -> Judged:
    """Judge an answer to a question that `can_be_asked`.

    To a yes/no question only the verdict counts. Other answers must state all facts.
    """
    folded = fold(typed)
    if case.verdict is not None:
        is_right = verdict_of(folded) == case.verdict
        return Judged("right" if is_right else "wrong")
    said = _in_digits(folded)
    facts = facts_to_state(case)
    missing = tuple(fact for fact in facts if not _states(said, fact))
    if len(missing) == len(facts) or _states(said, case.wrong):
        return Judged("wrong", missing)
    return Judged("partly right" if missing else "right", missing)


def _states(said: str, fact: Sequence[str]) -> bool:
    return says(said, [_in_digits(fold(wording)) for wording in fact])


def _in_digits(folded: str) -> str:
    """Write number words as digits: people type "twelve days" and "12 days"."""
    return _NUMBER.sub(lambda word: str(NUMBER_WORDS.index(word[0])), folded)
