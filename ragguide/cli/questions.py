"""The words of a command line or the lines of stdin in, questions out."""

import os
import sys
from collections.abc import Iterator, Sequence

from ragguide.errors import UsageError

BATCH = 64  # questions searched together; with more, the first answer would take long
_PIPE_BYTES = 65_536  # capacity of a pipe on Linux


def read_questions(words: Sequence[str]) -> Iterator[str]:
    """Yield the question on the command line, or each line of stdin that is not blank.

    Raises:
        UsageError: stdin contains no question, or is not UTF-8.
    """
    for batch in read_batches(words):
        yield from batch


def read_batches(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the same questions as `read_questions`, grouped by arrival.

    A line is yielded as soon as it arrives, so a program can write one question and wait for its
    answer.
    """
    if list(words) != ["-"]:
        yield [" ".join(words)]
        return
    n_lines = n_questions = 0
    for lines in _arriving_lines():
        questions: list[str] = []
        for line in lines:
            n_lines += 1
            try:
                question = line.decode("utf-8").strip()
            except UnicodeDecodeError as exc:
                if questions:
                    yield questions
                raise UsageError(
                    f"line {n_lines} on stdin is not UTF-8 ({exc.reason}). Convert the questions "
                    "to UTF-8 first."
                ) from exc
            if question:
                questions.append(question)
        n_questions += len(questions)
        for at in range(0, len(questions), BATCH):
            yield questions[at : at + BATCH]
    if not n_questions:
        raise UsageError("no question on stdin. Write one question per line.")


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
