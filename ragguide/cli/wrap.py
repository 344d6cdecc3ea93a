"""A text for people in, lines out that break between words where the terminal ends."""

import os
import sys
from typing import TextIO

_SPACE_INSIDE = "\0"  # a space of a command while lines are broken


def columns(stream: TextIO | None = None) -> int | None:
    """The width of the terminal that a stream (stdout) is; None off a terminal."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return None
    if (asked := os.environ.get("COLUMNS", "")).isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:  # also for a stream without a descriptor
        return None


def print_wrapped(
    text: str, *, indent: str = "", hang: str = "", file: TextIO | None = None
) -> None:
    """Print a paragraph; off a terminal it stays one line.

    A command in backticks stays on one line, so that it can be copied.

    Args:
        text: the paragraph.
        indent: begins each line.
        hang: begins each line but the first, after `indent`.
        file: stdout by default.
    """
    width = columns(file)
    if width is None:
        print(f"{indent}{text}", file=file, flush=True)
        return
    import textwrap

    command, *rest = text.split("`")  # every second part is a command
    kept = [part.replace(" ", _SPACE_INSIDE) if n % 2 == 0 else part for n, part in enumerate(rest)]
    lines = textwrap.wrap(
        "`".join([command, *kept]), width - 1, initial_indent=indent,
        subsequent_indent=indent + hang, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    print("\n".join(lines).replace(_SPACE_INSIDE, " "), file=file, flush=True)
