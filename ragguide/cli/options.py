"""Options that several commands share, and the questions that they read."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ragguide.errors import UsageError

QuestionWords = Annotated[
    list[str],
    typer.Argument(
        metavar="QUESTION",
        help="The question, or - for one question a line on stdin.",
        show_default=False,
    ),
]
IndexName = Annotated[
    str | None,
    typer.Option("--index", "-i", help="Index to use.  [default: default]", show_default=False),
]
IndexesDir = Annotated[
    Path | None,
    typer.Option(
        "--indexes-dir", help="Folder of all indexes.  [default: indexes]", show_default=False
    ),
]
TopK = Annotated[
    int | None,
    typer.Option(
        "--top-k", "-k", min=1, max=100, help="Passages to find.  [default: 5]", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON, one object a line.")]


def read_questions(words: Sequence[str]) -> Iterator[str]:
    """Yield the question on the command line, or each line of stdin that is not blank.

    Raises:
        UsageError: stdin holds no question, or is not UTF-8.
    """
    if list(words) != ["-"]:
        yield " ".join(words)
        return
    n_questions = 0
    try:
        for line in sys.stdin:
            if line.strip():
                n_questions += 1
                yield line.strip()
    except UnicodeDecodeError as exc:
        raise UsageError(
            f"line {n_questions + 1} of the questions on stdin is not UTF-8 ({exc.reason}). "
            "Convert them first."
        ) from exc
    if not n_questions:
        raise UsageError("stdin holds no question. Write one a line.")


def read_tags(pairs: Sequence[str]) -> dict[str, str]:
    """Take `name=value` pairs apart.

    Raises:
        UsageError: one has no `=`, no name before it, or characters that cannot be printed.
    """
    tags = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (sign and name.strip()):
            raise UsageError(f"--tag {pair!r} is not of the form name=value.")
        if not pair.isprintable():
            raise UsageError(f"--tag {pair!r} holds characters that cannot be printed.")
        tags[name.strip()] = value.strip()
    return tags
