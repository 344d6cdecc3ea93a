"""`ragguide quiz`: questions about the guide out, a person's answers in, judged by their facts."""

import hashlib
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ragguide.cli.asker import Asker
from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.notes import note
from ragguide.cli.options import IndexesDir, IndexName, OutputFile, StoreUrl, stdout_to
from ragguide.cli.wrap import print_wrapped
from ragguide.config import load_settings
from ragguide.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.config import Settings
    from ragguide.evaluate.quiz.deck import Deck
    from ragguide.evaluate.quiz.judge import Judged
    from ragguide.evaluate.records import Case

MOST_DRAFTED = 500  # questions made by rules from one guide


def quiz(
    cases: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CASES]",
            help="Ask the questions of this file; without it, questions made from the index.",
            show_default=False,
        ),
    ] = None,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, help="Ask at most N questions.")
    ] = 10,
    early: Annotated[
        bool, typer.Option("--early", help="Also ask questions that are not due yet.")
    ] = False,
    export: Annotated[
        Literal["anki"] | None,
        typer.Option(
            "--export",
            help="Print all questions as cards for Anki, and ask none.",
            show_default=False,
        ),
    ] = None,
    output: OutputFile = None,
) -> None:
    """Ask you questions about the guide, judge your answers, and show the page of each.

    An answer is right if it states the facts of the question. Questions come again when you are
    likely to forget them, later after a right answer and sooner after a wrong one.

    No model is needed. Ctrl-D ends the session.
    """  # fmt: skip
    from ragguide.evaluate.quiz.anki import anki_text
    from ragguide.evaluate.quiz.deck import Deck

    if output and not export:
        raise UsageError("--output applies to --export only. Leave it out.")
    settings = load_settings({"index": index, "indexes_dir": indexes_dir, "store": store})
    questions = _from_file(cases) if cases else _from_index(settings)
    if export:
        with stdout_to(output):
            print(anki_text(questions, cases.stem if cases else settings.index), end="")
        return
    deck = Deck(_deck_path(settings, cases))
    chosen = deck.choose(questions, number, datetime.now(UTC), early=early)
    if not chosen:
        _print_nothing_due(deck.next_due(questions))
        return
    session = Session(deck, len(chosen))
    try:
        session.ask_all(chosen)
    except KeyboardInterrupt:
        print()
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        session.print_score()


def _from_file(path: Path) -> "list[Case]":
    from ragguide.cli.evaluation.options import read_cases
    from ragguide.evaluate.quiz.judge import can_be_asked

    read = read_cases(path).cases
    found = [case for case in read if can_be_asked(case)]
    if not found:
        raise InputError(f"{path} has no question with `facts`, a `verdict` or a short `answer`.")
    if n_left := len(read) - len(found):
        note(f"{n_left} of {len(read)} questions have no facts to judge an answer by; left out")
    return found


def _from_index(settings: "Settings") -> "list[Case]":
    from ragguide.evaluate.draft.propose import propose
    from ragguide.evaluate.quiz.judge import can_be_asked
    from ragguide.guide import Guide

    drafted = (proposal.case for proposal in propose(Guide.open(settings=settings).chunks))
    found = list(islice(filter(can_be_asked, drafted), MOST_DRAFTED))
    if not found:
        raise InputError(
            f"ragguide finds no sentence of the index {settings.index!r} to ask about. Name a "
            "file with questions: ragguide quiz CASES"
        )
    return found


def _deck_path(settings: "Settings", cases: Path | None) -> Path:
    """Where the answers to a file's or an index's questions are kept."""
    folder = settings.store or settings.indexes_dir.absolute()
    source = str(cases.absolute()) if cases else f"{folder}/{settings.index}"
    name = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
    return settings.data_dir / "quiz" / f"{name[:16]}.json"


def _print_nothing_due(due: datetime | None) -> None:
    when = f" The next is due on {_day(due)}." if due else ""
    print_wrapped(f"No question is due.{when} `--early` asks anyway.")


def _day(due: datetime) -> str:
    here = due.astimezone()
    return f"{here.day} {here:%B}"


class Session:
    """Asks questions one by one, and counts the right answers."""

    def __init__(self, deck: "Deck", n_questions: int) -> None:
        self._deck, self._n_questions = deck, n_questions
        self._asker = Asker()
        self._grades: list[str] = []

    def ask_all(self, cases: "Sequence[Case]") -> None:
        """Ask until the end of the input."""
        from ragguide.evaluate.quiz.judge import judge

        for case in cases:
            print()
            print_wrapped(f"[{len(self._grades) + 1} of {self._n_questions}] {case.question}")
            typed = self._asker.ask("> ")
            if typed is None:
                return
            judged = judge(case, typed)
            grade = judged.grade
            self._show(case, judged)
            if typed and grade != "right" and self._accepts():
                grade = "right"
            due = self._deck.record(case, grade, datetime.now(UTC))
            self._grades.append(grade)
            print_wrapped(f"again on {_day(due)}", indent="  ")

    def print_score(self) -> None:
        if self._grades:
            n_right = self._grades.count("right")
            print(f"\n{n_right} of {len(self._grades)} right.")

    def _accepts(self) -> bool:
        """Ask a person whether an answer in other words is right; a pipe has only answers."""
        if not self._asker.is_terminal:
            return False
        said = self._asker.ask("The same in other words? [y/N] ")
        return (said or "").lower() in ("y", "yes")

    def _show(self, case: "Case", judged: "Judged") -> None:
        from ragguide.evaluate.quiz.anki import answer_of, place_of

        missing = "; ".join(fact[0] for fact in judged.missing)
        is_partly = judged.grade == "partly right"
        print_wrapped(
            judged.grade.capitalize() + (f"; missing: {missing}" if is_partly else "") + "."
        )
        print_wrapped(answer_of(case), indent="  ")
        if place := place_of(case):
            print_wrapped(place, indent="  ")
        for quote in case.quotes:
            print_wrapped(f'"{quote}"', indent="    ")
