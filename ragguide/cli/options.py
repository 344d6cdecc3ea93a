"""Options that several commands share, and the questions that they read."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ragguide.errors import StorageError, UsageError
from ragguide.types import Filter

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
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        "-f",
        metavar="NAME=VALUE",
        help="Look only where this holds: document=NAME, section=WORDS, or a tag; repeatable.",
        show_default=False,
    ),
]
Pages = Annotated[
    str | None,
    typer.Option("--pages", help="Look only on these, such as 3 or 20-40.", show_default=False),
]
Explain = Annotated[bool, typer.Option("--explain", help="Show how each passage came to its rank.")]
Rerank = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Order the best 30 passages anew by this cross-encoder's folder.",
        show_default=False,
    ),
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        "-m",
        metavar="NAME|FILE|hf:…|URL",
        help="Generator: a known name, a .gguf file, hf:owner/repo/file, or a server's http://…/v1.",
        show_default=False,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="DEVICE",
        help="auto, cpu, cuda or cuda:N: where the models run.  [default: auto]",
        show_default=False,
    ),
]
Quotes = Annotated[bool, typer.Option("--quotes", "-q", help="Only quote the guide; ask no model.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Leave out what the guide does not support.")
]
ContextTokens = Annotated[
    int | None,
    typer.Option(
        "--context-tokens",
        min=0,
        help="Tokens of evidence put before the model.  [default: what it reads in 3.4 s]",
        show_default=False,
    ),
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Fail if another process writes the index.")
]


def seconds_of(text: str) -> float:
    """Read "5s", "800ms", "2m", or seconds without a unit."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min)?", text.strip())
    if match is None or not float(match[1]):
        raise typer.BadParameter(f"{text!r} is no time. Such as 5s, 800ms or 2m.")
    return float(match[1]) * {"ms": 0.001, "m": 60.0, "min": 60.0}.get(match[2], 1.0)


DeadlineOption = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        metavar="TIME",
        parser=seconds_of,
        help="Answer by then, such as 5s: shorter, or with the quotes alone.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", "-j", help="Print JSON, one object a line.")]


EXIT_TOO_LATE = 124  # as timeout(1) says it
EXIT_INTERRUPTED = 130

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


def read_filter(pairs: Sequence[str], pages: str | None) -> Filter | None:
    """Take `--filter` and `--pages` apart; None if there are none.

    Raises:
        UsageError: one is not of its form.
    """
    if not pairs and pages is None:
        return None
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not (sign and name and value):
            raise UsageError(
                f"--filter {pair!r} is not of the form name=value, such as document=guide, "
                "section=security or team=ml."
            )
        values.setdefault(name, []).append(value)
    first, last = read_range(pages)
    return Filter(
        documents=tuple(values.pop("document", ())),
        sections=tuple(values.pop("section", ())),
        tags={name: tuple(each) for name, each in values.items()},
        page_first=first,
        page_last=last,
    )


def read_range(pages: str | None) -> tuple[int, int | None]:
    """First and last page, from 1; None: to the end.

    Raises:
        UsageError: it is no page or range.
    """
    if pages is None:
        return 1, None
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", pages.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last:
        raise UsageError(f"--pages {pages!r} is no page or range such as 3-5.")
    return first, last


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


def write_text(path: Path, text: str) -> None:
    """Write a file that a flag names.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise StorageError(f"cannot write {path}: {exc.strerror or exc}.") from exc
