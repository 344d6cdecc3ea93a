"""Options that several commands share, and the questions that they read."""

import os
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
Rerank = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Order the best 30 passages anew by this cross-encoder's folder.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON, one object a line.")]


AT_ONCE = 64  # questions; of more, the first answer would be long in coming
_PIPE_BYTES = 65_536  # what a pipe holds on Linux


def read_questions(words: Sequence[str]) -> Iterator[str]:
    """Yield the question on the command line, or each line of stdin that is not blank.

    Raises:
        UsageError: stdin holds no question, or is not UTF-8.
    """
    for arrived in read_arrived(words):
        yield from arrived


def read_arrived(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield questions as `read_questions`, but those that have arrived together.

    A line is yielded as soon as it is there: who writes one and waits for its answer gets it.
    """
    if list(words) != ["-"]:
        yield [" ".join(words)]
        return
    n_lines = n_questions = 0
    for lines in _arriving_lines():
        arrived: list[str] = []
        for line in lines:
            n_lines += 1
            try:
                question = line.decode("utf-8").strip()
            except UnicodeDecodeError as exc:
                if arrived:
                    yield arrived
                raise UsageError(
                    f"line {n_lines} of the questions on stdin is not UTF-8 ({exc.reason}). "
                    "Convert them first."
                ) from exc
            if question:
                arrived.append(question)
        n_questions += len(arrived)
        for at in range(0, len(arrived), AT_ONCE):
            yield arrived[at : at + AT_ONCE]
    if not n_questions:
        raise UsageError("stdin holds no question. Write one a line.")


def _arriving_lines() -> Iterator[list[bytes]]:
    """Yield the whole lines of stdin that are there, waiting for one if there is none."""
    if sys.stdin is None:
        return
    if sys.stdin.isatty():  # where a system may have an encoding of its own
        for line in sys.stdin:
            yield [line.encode("utf-8", "surrogateescape")]
        return
    begun = b""
    # Not by sys.stdin, which does not tell what has arrived from what is still to come.
    while arrived := os.read(sys.stdin.fileno(), _PIPE_BYTES):
        *lines, begun = (begun + arrived).split(b"\n")
        yield lines
    yield [begun]


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
