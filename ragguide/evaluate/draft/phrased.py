"""A question that a sentence answers, with its answer and facts."""

import re
from collections.abc import Iterator

import msgspec

from ragguide.evaluate.draft.english import NUMBER

_NAME = re.compile(r"\b[A-Z][\w-]*(?: [A-Z][\w-]*)*\b")


class Phrased(msgspec.Struct, frozen=True):
    """A question, and the parts of the sentence that answer it."""

    question: str
    answer: str
    kind: str  # of the question, by the default set's names of kinds
    facts: tuple[str, ...]  # words of the sentence that an answer must contain


def answered(question: str, answer: str, kind: str, facts: tuple[str, ...]) -> Phrased | None:
    """Return the question with its answer as a sentence; None without facts."""
    if not facts or not all(facts):
        return None
    return Phrased(question, f"{answer[0].upper()}{answer[1:].rstrip('.')}.", kind, facts)


def facts_of(text: str, question: str) -> tuple[str, ...]:
    """Return the first three numbers and names of a text that the question does not contain."""
    asked = question.casefold()
    names = [name for name in _names(text) if name.casefold() not in asked]
    numbers = [n.strip(".,") for n in NUMBER.findall(text)]
    found = [each for each in dict.fromkeys([*numbers, *names]) if each.casefold() not in asked]
    return tuple(found[:3])


def _names(text: str) -> Iterator[str]:
    """Yield the names in a text. A single first word counts only if it is all capitals."""
    for match in _NAME.finditer(text):
        if match.start() > 0 or " " in match[0] or match[0].isupper():
            yield match[0]
