"""Options that several evaluation commands share, and functions that read them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.wrap import print_wrapped
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
        help="Read questions from this file (JSON lines, CSV, SQuAD, RAGAS) or BEIR folder; "
        "`-` means stdin.",
        show_default=False,
    ),
]
RunsDir = Annotated[
    Path | None,
    typer.Option("--runs-dir", help="Folder of all runs.  [default: runs]", show_default=False),
]
WithAnswers = Annotated[
    bool, typer.Option("--answers", help="Also measure the model's answers (slow).")
]
WithQuotes = Annotated[
    bool, typer.Option("--quotes", help="Also measure quotes and refusals (no model needed).")
]
Depth = Annotated[
    int, typer.Option(min=1, max=100, help="Rank this many passages for each question.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop if any question is malformed.")]
MeasureNames = Annotated[
    list[str] | None,
    typer.Option(
        "--measure", metavar="NAME", help="Compare by this measure, e.g. hit@5; repeatable."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON.")]


def mode_of(*, answers: bool, quotes: bool) -> "Mode":
    """Return the mode that the flags select.

    Raises:
        UsageError: both flags are set.
    """
    if answers and quotes:
        raise UsageError("--answers includes the quotes. Leave --quotes out.")
    if answers:
        return "answers"
    return "quotes" if quotes else "search"


def read_cases(path: Path, *, strict: bool = False) -> "QuestionSet":
    """Read a question set; report malformed questions on stderr.

    Raises:
        InputError: there are no questions, or a question is malformed and `strict` is set.
    """
    from ragguide.evaluate.formats import read_questions
    from ragguide.evaluate.formats.source import Source, open_source, plain_bytes

    if str(path) == "-":
        source = Source("stdin", path, plain_bytes(sys.stdin.buffer.read()))
    else:
        source = open_source(path)
    questions = read_questions(source)
    for fault in questions.faults:
        print_wrapped(f"{path}: {fault}", file=sys.stderr)
    if strict and questions.faults:
        raise InputError(
            f"{path} has {len(questions.faults)} errors, listed above. Fix them, or leave out "
            "--strict to skip those questions."
        )
    if not questions.cases:
        raise InputError(f"{path} has no well-formed questions.")
    return questions


def load_runs(names: "Sequence[str]", settings: "Settings") -> "list[tuple[str, LoadedRun]]":
    """Read finished runs, given as folders or names; return them with their folders' names.

    Raises:
        UsageError: one does not exist, is not finished, is damaged, or is named twice.
    """
    from ragguide.evaluate.runs import find_run, load_run

    folders = [find_run(name, settings.runs_dir) for name in names]
    titles = [folder.resolve().name for folder in folders]
    if len(set(titles)) < len(titles):  # two folders may have the same name
        titles = [str(folder) for folder in folders]
    if len(set(titles)) < len(titles):
        twice = next(title for title in titles if titles.count(title) > 1)
        raise UsageError(f"the run {twice} is named twice. Choose different runs.")
    return [(title, load_run(folder)) for title, folder in zip(titles, folders, strict=True)]


def read_measures(
    names: "Sequence[str]", runs: "Sequence[tuple[str, LoadedRun]]"
) -> "tuple[Measure, ...]":
    """Find measures by their names, and make sure that all runs give them.

    Raises:
        UsageError: a measure is unknown, or a run does not give it.
    """
    from ragguide.evaluate.measures import find_measure, require_measurable

    measures = tuple(map(find_measure, names))
    for measure in measures:
        for _, run in runs:
            require_measurable(measure, run.record)
    return measures
