"""`ragguide eval draft`: propose questions to a person, who takes, changes or leaves each."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.options import EXIT_INTERRUPTED, IndexesDir, IndexName, Llm
from ragguide.cli.progress import show_waiting
from ragguide.config import load_settings
from ragguide.errors import ModelError, UsageError

if TYPE_CHECKING:
    from ragguide.evaluate.draft_file import DraftFile
    from ragguide.evaluate.drafting import Ask, Proposal
    from ragguide.evaluate.records import Case
    from ragguide.guide import Guide

CHOICES = {"a": "accept", "e": "edit", "s": "skip", "q": "quit"}


def draft(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="JSON lines; what is there stays.", show_default=False),
    ],
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, help="Questions that the file is to hold.")
    ] = 30,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    llm: Llm = None,
    no_llm: Annotated[
        bool, typer.Option("--no-llm", help="Turn sentences around by rules alone.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another one proposes in another order.")] = 0,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take all unseen, and mark each as a draft.")
    ] = False,
) -> None:
    """Propose questions from all sections of a guide, and write those that you accept.

    Each comes with evidence, page, answer and facts; some are near misses, which the guide should
    not answer: confirm that it does not. What is accepted is written at once; given again, the
    command goes on where it was. Better say a question in your own words: what keeps the guide's
    is found more easily than what people ask.
    """
    from ragguide.evaluate.draft_file import DraftFile
    from ragguide.evaluate.drafting import propose
    from ragguide.guide import Guide

    settings = load_settings({"index": index, "indexes_dir": indexes_dir, "generator": llm})
    drafts = DraftFile(output)
    guide = Guide.open(settings=settings)
    ask = None if no_llm else _asker(guide, by_name=llm is not None)
    proposals = (p for p in propose(guide.chunks, ask=ask, seed=seed) if not drafts.knows(p))
    try:
        _go_through(drafts, proposals, number, yes=yes)
    except KeyboardInterrupt:
        print()
        _print_end(drafts, number)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _print_end(drafts, number)


def _print_end(drafts: "DraftFile", number: int) -> None:
    n_left = number - len(drafts.cases)
    more = f"; {n_left} to go: the same command goes on" if n_left > 0 else ""
    print(f"{drafts.path}: {len(drafts.cases)} questions{more}")


def _asker(guide: "Guide", *, by_name: bool) -> "Ask | None":
    """The generator, unless it is not on this machine and was not asked for by name."""
    from ragguide.evaluate.drafting import ask_model

    try:
        with show_waiting("loading the model …"):
            return ask_model(guide.generator())
    except ModelError as exc:
        if by_name:
            raise
        print(f"ragguide: questions by rules alone: {exc}", file=sys.stderr)
        return None


def _go_through(
    drafts: "DraftFile", proposals: "Iterator[Proposal]", number: int, *, yes: bool
) -> None:
    person = _Person()
    while len(drafts.cases) < number:
        with show_waiting("looking for a question …"):
            proposal = next(proposals, None)
        if proposal is None:
            print("The guide has no more sentences that a question can be made of.")
            return
        if yes:
            drafts.accept(proposal.case, proposal, is_draft=True)
            continue
        _show(proposal, len(drafts.cases) + 1, number)
        choice = person.choose()
        if choice == "q":
            return
        if choice == "s":
            drafts.skip(proposal)
            continue
        case = person.edit(proposal.case) if choice == "e" else proposal.case
        drafts.accept(case, proposal, is_draft=False)


def _show(proposal: "Proposal", place: int, number: int) -> None:
    case = proposal.case
    where = f"p. {case.pages[0]}" if case.pages else "nowhere, if you agree"
    section = f" · {' > '.join(proposal.section)}" if proposal.section else ""
    print(f"\n[{place} of {number}] {case.kind} · by {proposal.by} · {where}{section}")
    print(f"  question  {case.question}")
    print(f"  answer    {case.answer}")
    if case.facts:
        print(f"  facts     {_written(case.facts)}")
    if case.evidence:
        print(f'  evidence  "{case.evidence}"')


def _written(facts: tuple[tuple[str, ...], ...]) -> str:
    return "; ".join("|".join(fact) for fact in facts)


class _Person:
    """Reads a person's decisions, line by line, from a terminal or a pipe."""

    def __init__(self) -> None:
        self._n_read = 0

    def choose(self) -> str:
        """One of `CHOICES`; the end of the input is to quit.

        Raises:
            UsageError: there is nobody to ask.
        """
        while True:
            answer = self._ask("accept, edit, skip or quit? [a/e/s/q] ")
            if answer is None and not self._n_read and not sys.stdin.isatty():
                raise UsageError(
                    "there is no terminal to ask on, and stdin holds no decisions. Give --yes to "
                    "take all as drafts, or pipe in a line a, e, s or q for each question."
                )
            word = "q" if answer is None else answer.lower()
            for short, long in CHOICES.items():
                if word in (short, long):
                    return short
            print(f"  {answer!r} is none of {', '.join(CHOICES.values())}.")

    def edit(self, case: "Case") -> "Case":
        """Ask for the parts of a case anew; an empty line keeps what is there."""
        from ragguide.evaluate.answers import fold, says

        question = self._ask("  question (empty: as it is)  ") or case.question
        if not case.is_answerable:
            return msgspec.structs.replace(case, question=question)
        answer = self._ask("  answer (empty: as it is)    ") or case.answer
        facts = case.facts
        while written := self._ask("  facts, a|b; c (empty: as is) "):
            facts = tuple(
                tuple(word.strip() for word in fact.split("|") if word.strip())
                for fact in written.split(";")
                if fact.strip(" |")
            )
            absent = [fact for fact in facts if not says(fold(case.evidence), fact)]
            if not absent:
                break
            print(f"  the evidence does not say {_written(tuple(absent))}; in other words?")
            facts = case.facts
        return msgspec.structs.replace(case, question=question, answer=answer, facts=facts)

    def _ask(self, prompt: str) -> str | None:
        """The next line, without white space around it; None at the end."""
        print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            print()
            return None
        self._n_read += 1
        if not sys.stdin.isatty():
            print(line.rstrip("\n"))  # a terminal shows what is typed
        return line.strip()
