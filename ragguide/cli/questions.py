"""The words of a command line or the lines of stdin in, questions out.

A line of stdin that is no question is reported, and the next one follows.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragguide.base.asked import check_question
from ragguide.cli.notes import say
from ragguide.cli.render import print_json
from ragguide.errors import UsageError

BATCH = 64  # questions searched together; with more, the first answer would take long
_PIPE_BYTES = 65_536  # capacity of a pipe on Linux
_BOM = "\ufeff"  # some editors write it before the first line


class Line(NamedTuple):
    """A question. Bytes that are not UTF-8 are lone surrogates, which `Guide` refuses."""

    text: str
    number: int | None  # of a line on stdin; None: it comes from the command line

    @property
    def is_piped(self) -> bool:
        """Whether it comes from a pipe or file, so that nobody has seen it on the screen."""
        return self.number is not None and not sys.stdin.isatty()

    @property
    def fault(self) -> UsageError | None:
        """Why this is no question; None if it is one."""
        try:
            check_question(self.text)
        except UsageError as exc:
            return exc
        return None


def read_questions(words: Sequence[str]) -> Iterator[Line]:
    """Yield the question on the command line, or each line of stdin that is not blank.

    Raises:
        UsageError: stdin contains no question.
    """
    for batch in read_batches(words):
        yield from batch


def read_batches(words: Sequence[str]) -> Iterator[list[Line]]:
    """Yield the same questions as `read_questions`, grouped by arrival.

    A line is yielded as soon as it arrives, so a program can write one question and wait for its
    answer.
    """
    if list(words) != ["-"]:
        yield [Line(" ".join(words).lstrip(_BOM), None)]
        return
    n_lines = n_questions = 0
    for lines in _arriving_lines():
        texts = (line.decode("utf-8", "surrogateescape").lstrip(_BOM).strip() for line in lines)
        numbered = [Line(text, number) for number, text in enumerate(texts, start=n_lines + 1)]
        questions = [line for line in numbered if line.text]
        n_lines += len(lines)
        n_questions += len(questions)
        for at in range(0, len(questions), BATCH):
            yield questions[at : at + BATCH]
    if not n_questions:
        raise UsageError("no question on stdin. Write one question per line.")


def report_fault(line: Line, *, as_json: bool) -> None:
    """Report why a line of stdin is no question; raise the fault of a command line's question."""
    fault = line.fault
    assert fault is not None
    if line.number is None:
        raise fault
    say(f"line {line.number} on stdin: {fault}")
    if as_json:  # a program that waits for an answer gets this one
        question = line.text.encode("utf-8", "backslashreplace").decode()
        print_json({"question": question, "error": str(fault)})


def _arriving_lines() -> Iterator[list[bytes]]:
    """Yield the complete lines that have arrived on stdin; wait if there are none yet."""
    if sys.stdin is None:
        return
    if sys.stdin.isatty():  # a terminal may use another encoding
        for line in sys.stdin:
            yield [line.encode("utf-8", "surrogateescape")]
        return
    rest = b""
    # Read the descriptor: sys.stdin would block until its buffer is full.
    while arrived := os.read(sys.stdin.fileno(), _PIPE_BYTES):
        *lines, rest = (rest + arrived).split(b"\n")
        yield lines
    yield [rest]
