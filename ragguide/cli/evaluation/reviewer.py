"""Lines of a terminal or pipe in, a person's decisions and edits out."""

from typing import TYPE_CHECKING

import msgspec

from ragguide.cli.asker import Asker
from ragguide.cli.wrap import print_wrapped
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.evaluate.records import Case

CHOICES = {"a": "accept", "e": "edit", "s": "skip", "q": "quit"}

Facts = tuple[tuple[str, ...], ...]


def facts_line(facts: Facts) -> str:
    """Return facts as one line, `a|b; c`."""
    return "; ".join("|".join(fact) for fact in facts)


def read_facts(line: str) -> Facts:
    """Read facts from one line, `a|b; c`."""
    return tuple(
        tuple(word.strip() for word in fact.split("|") if word.strip())
        for fact in line.split(";")
        if fact.strip(" |")
    )


class Reviewer:
    """Asks a person, line by line."""

    def __init__(self) -> None:
        self._asker = Asker()

    def choose(self) -> str:
        """Return one of `CHOICES`; "q" at the end of the input.

        Raises:
            UsageError: stdin is not a terminal, and empty.
        """
        while True:
            answer = self._asker.ask("accept, edit, skip or quit? [a/e/s/q] ")
            if answer is None and not self._asker.n_read and not self._asker.is_terminal:
                raise UsageError(
                    "stdin is not a terminal, and it is empty. Use --yes to accept all questions "
                    "as drafts, or pipe in one line (a, e, s or q) for each question."
                )
            word = "q" if answer is None else answer.lower()
            for short, long in CHOICES.items():
                if word in (short, long):
                    return short
            print_wrapped(f"{answer!r} is not one of {', '.join(CHOICES.values())}.", indent="  ")

    def edit(self, case: "Case") -> "Case":
        """Ask for new values of a case; an empty line keeps the old one."""
        question = self._asker.ask("  question (Enter keeps it)   ") or case.question
        if not case.is_answerable:
            return msgspec.structs.replace(case, question=question)
        answer = self._asker.ask("  answer (Enter keeps it)     ") or case.answer
        facts = self._edit_facts(case)
        return msgspec.structs.replace(case, question=question, answer=answer, facts=facts)

    def _edit_facts(self, case: "Case") -> Facts:
        from ragguide.evaluate.answers import fold, says

        evidence = fold(case.evidence)
        while line := self._asker.ask("  facts, a|b; c (Enter keeps) "):
            facts = read_facts(line)
            absent = tuple(fact for fact in facts if not says(evidence, fact))
            if not absent:
                return facts
            missing = f"the evidence does not contain: {facts_line(absent)}. Use its words."
            print_wrapped(missing, indent="  ")
        return case.facts
