"""Options that several evaluation commands share, and the questions that they read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.config import Settings
    from ragguide.evaluate.cases import QuestionSet
    from ragguide.evaluate.records import Measure, Mode
    from ragguide.evaluate.runs import LoadedRun

CasesPath = Annotated[
    Path,
    typer.Argument(
        metavar="CASES",
        help="Questions: JSON lines, CSV, SQuAD, RAGAS or a BEIR folder; - reads stdin.",
        show_default=False,
    ),
]
RunsDir = Annotated[
    Path | None,
    typer.Option("--runs-dir", help="Folder of all runs.  [default: runs]", show_default=False),
]
WithAnswers = Annotated[bool, typer.Option("--answers", help="Let the model answer, too; slow.")]
WithQuotes = Annotated[
    bool, typer.Option("--quotes", help="Judge quotes and refusals, too; no model.")
]
Depth = Annotated[
    int, typer.Option(min=1, max=100, help="Passages ranked for the measures of retrieval.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop if a question is malformed.")]
MeasureNames = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="NAME", help="Only this, such as hit@5; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON.")]

EXIT_MALFORMED = 2  # some questions could not be read; the others were


def mode_of(*, answers: bool, quotes: bool) -> "Mode":
    """How far each question is taken.

    Raises:
        UsageError: both flags are given.
    """
    if answers and quotes:
        raise UsageError("--answers judges the quotes, too: leave --quotes out.")
    return "answers" if answers else "quotes" if quotes else "search"


def read_cases(path: Path, *, strict: bool = False) -> "QuestionSet":
    """Read a question set; tell every malformed question on stderr.

    Raises:
        InputError: nothing can be read, or `strict` and a question is malformed.
    """
    from ragguide.evaluate.formats import read_questions
    from ragguide.evaluate.formats.source import Source, open_source, plain_bytes

    if str(path) == "-":
        source = Source("stdin", path, plain_bytes(sys.stdin.buffer.read()))
    else:
        source = open_source(path)
    questions = read_questions(source)
    for fault in questions.faults:
        print(f"{path}: {fault}", file=sys.stderr)
    if strict and questions.faults:
        raise InputError(
            f"{path} has {len(questions.faults)} faults, told above. Correct them, or leave out "
            "--strict to go on without those questions."
        )
    if not questions.cases:
        raise InputError(f"{path} holds no question that can be asked.")
    return questions


def load_runs(names: "Sequence[str]", settings: "Settings") -> "list[tuple[str, LoadedRun]]":
    """Read finished runs, given by folder or name; with the names of their folders.

    Raises:
        UsageError: one is not there, not finished, damaged, or named twice.
    """
    from ragguide.evaluate.runs import find_run, load_run

    folders = [find_run(name, settings.runs_dir) for name in names]
    titles = [folder.resolve().name for folder in folders]
    if len(set(titles)) < len(titles):  # of one name in two places
        titles = [str(folder) for folder in folders]
    if len(set(titles)) < len(titles):
        twice = next(title for title in titles if titles.count(title) > 1)
        raise UsageError(f"the run {twice} is named twice. Name different runs.")
    return [(title, load_run(folder)) for title, folder in zip(titles, folders, strict=True)]


def read_measures(
    names: "Sequence[str]", runs: "Sequence[tuple[str, LoadedRun]]"
) -> "tuple[Measure, ...]":
    """Find measures by their names, and make sure that all runs can tell them.

    Raises:
        UsageError: there is no such measure, or a run cannot tell it.
    """
    from ragguide.evaluate.measures import find_measure, require_told

    measures = tuple(map(find_measure, names))
    for measure in measures:
        for _, run in runs:
            require_told(measure, run.record)
    return measures
