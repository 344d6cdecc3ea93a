"""Questions on stdin: batches of lines that arrive together, without delay."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from ragguide.cli.questions import BATCH, Line, read_batches, read_questions
from ragguide.errors import UsageError


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes | None], None]]:
    """Write to the pipe that stdin reads; None closes it."""
    read_end, write_end = os.pipe()
    pipe = os.fdopen(write_end, "wb", buffering=0)

    def to_pipe(data: bytes | None) -> None:
        if data is None:
            pipe.close()
        else:
            pipe.write(data)

    with pipe, os.fdopen(read_end) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield to_pipe


def test_words_of_the_command_line_are_one_question() -> None:
    assert list(read_questions(["\ufeffwhat", "is", "-"])) == [Line("what is -", None)]


def test_lines_that_arrive_together_are_yielded_together(
    write: Callable[[bytes | None], None],
) -> None:
    arriving = read_batches(["-"])
    write(b"\xef\xbb\xbfwhat is RAG\n\n  what is LoRA \r\nhow mu")
    assert next(arriving) == [Line("what is RAG", 1), Line("what is LoRA", 3)]
    write(b"ch\n")
    assert next(arriving) == [Line("how much", 4)]
    write("naïve".encode() + b"\n last")
    assert next(arriving) == [Line("naïve", 5)]
    write(None)
    assert list(arriving) == [[Line("last", 6)]]


def test_many_lines_come_in_parts_and_in_order(write: Callable[[bytes | None], None]) -> None:
    questions = [f"question {n}" for n in range(BATCH + 3)]
    write("\n".join(questions).encode())
    write(None)
    parts = list(read_batches(["-"]))
    assert len(parts[0]) == BATCH
    assert [line.text for part in parts for line in part] == questions


def test_bytes_that_are_not_utf8_are_lone_surrogates(
    write: Callable[[bytes | None], None],
) -> None:
    write(b"one\n\ncaf\xe9\nfour\n")
    write(None)
    lines = [line for batch in read_batches(["-"]) for line in batch]
    assert lines == [Line("one", 1), Line("caf\udce9", 3), Line("four", 4)]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\r\n"])
def test_stdin_without_a_question_is_refused(
    data: bytes, write: Callable[[bytes | None], None]
) -> None:
    write(data)
    write(None)
    with pytest.raises(UsageError, match=r"^no question on stdin\. Write one question per line\.$"):
        list(read_batches(["-"]))


def test_closed_stdin_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="no question on stdin"):
        list(read_batches(["-"]))
