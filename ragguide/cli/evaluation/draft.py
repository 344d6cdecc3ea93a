"""`ragguide eval draft`: propose questions to a person, who accepts, edits or skips each."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.reviewer import Reviewer, facts_line
from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.notes import note
from ragguide.cli.options import IndexesDir, IndexName, Llm, StoreUrl
from ragguide.cli.progress import show_waiting
from ragguide.cli.wrap import print_wrapped
from ragguide.config import load_settings
from ragguide.errors import ModelError

if TYPE_CHECKING:
    from ragguide.evaluate.draft.proposal import Proposal
    from ragguide.evaluate.draft.propose import Ask
    from ragguide.evaluate.draft.question_file import QuestionFile
    from ragguide.guide import Guide


def draft(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Append to this JSON lines file.", show_default=False),
    ],
    number: Annotated[
        int, typer.Option("--number", "-n", min=1, help="Stop when the file has N questions.")
    ] = 30,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    llm: Llm = None,
    no_llm: Annotated[
        bool, typer.Option("--no-llm", help="Make questions by rules only, without a model.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Random seed for the order of the proposals.")] = 0,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Accept all without review; mark them as drafts.")
    ] = False,
) -> None:
    """Propose questions from all sections of a guide, and save those that you accept.

    Each proposal has a question, an answer, facts, and evidence from a page. Some questions are
    near misses: confirm that the guide does not answer them. Reword questions as your users would
    ask them, because the search finds the guide's own words too easily.

    Each accepted question is saved at once. To continue later, run the same command again.
    """
    from ragguide.evaluate.draft.propose import propose
    from ragguide.evaluate.draft.question_file import QuestionFile
    from ragguide.guide import Guide

    settings = load_settings(
        {"index": index, "indexes_dir": indexes_dir, "store": store, "generator": llm}
    )
    questions = QuestionFile(output)
    guide = Guide.open(settings=settings)
    ask = None if no_llm else _asker(guide, is_required=llm is not None)
    proposals = (p for p in propose(guide.chunks, ask=ask, seed=seed) if not questions.knows(p))
    try:
        _review(questions, proposals, number, yes=yes)
    except KeyboardInterrupt:
        print()
        _print_end(questions, number)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _print_end(questions, number)


def _print_end(questions: "QuestionFile", number: int) -> None:
    n_left = number - len(questions.cases)
    more = f"; {n_left} to go. Run the same command again to continue." if n_left > 0 else ""
    print(f"{questions.path}: {len(questions.cases)} questions{more}")


def _asker(guide: "Guide", *, is_required: bool) -> "Ask | None":
    """Return the generator; None with a warning if it is not installed and not required."""
    from ragguide.evaluate.draft.propose import ask_model

    try:
        with show_waiting("loading the model …"):
            return ask_model(guide.generator())
    except ModelError as exc:
        if is_required:
            raise
        note(f"making questions by rules only: {exc}")
        return None


def _review(
    questions: "QuestionFile", proposals: "Iterator[Proposal]", number: int, *, yes: bool
) -> None:
    reviewer = Reviewer()
    while len(questions.cases) < number:
        with show_waiting("looking for a question …"):
            proposal = next(proposals, None)
        if proposal is None:
            print("The guide has no more sentences to make questions from.")
            return
        if yes:
            questions.accept(proposal.case, proposal, is_draft=True)
            continue
        _show(proposal, len(questions.cases) + 1, number)
        choice = reviewer.choose()
        if choice == "q":
            return
        if choice == "s":
            questions.skip(proposal)
            continue
        case = reviewer.edit(proposal.case) if choice == "e" else proposal.case
        questions.accept(case, proposal, is_draft=False)


def _show(proposal: "Proposal", place: int, number: int) -> None:
    case = proposal.case
    where = f"p. {case.pages[0]}" if case.pages else "no page has the answer, please confirm"
    section = f" · {' > '.join(proposal.section)}" if proposal.section else ""
    print()
    print_wrapped(f"[{place} of {number}] {case.kind} · by {proposal.by} · {where}{section}")
    lines = [f"question  {case.question}", f"answer    {case.answer}"]
    if case.facts:
        lines.append(f"facts     {facts_line(case.facts)}")
    if case.evidence:
        lines.append(f'evidence  "{case.evidence}"')
    for line in lines:
        print_wrapped(line, indent="  ", hang=" " * len("question  "))
