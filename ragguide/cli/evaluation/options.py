"""Options that several evaluation commands share, and the questions that they read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.errors import InputError

if TYPE_CHECKING:
    from ragguide.evaluate.cases import QuestionSet

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
Strict = Annotated[bool, typer.Option("--strict", help="Stop if a question is malformed.")]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON.")]

EXIT_MALFORMED = 2  # some questions could not be read; the others were


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
