"""A text for people in, lines out that break between words where the terminal ends."""

import shutil
import sys
import textwrap


def columns() -> int | None:
    """The width of the terminal that stdout is; None off a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_wrapped(text: str, *, indent: str = "") -> None:
    """Print a paragraph; off a terminal it stays one line."""
    width = columns()
    if width is None:
        print(f"{indent}{text}")
        return
    lines = textwrap.wrap(
        text, width - 1, initial_indent=indent,
        subsequent_indent=indent, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    print("\n".join(lines))
