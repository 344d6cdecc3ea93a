"""Questions on stdin: those that have arrived together, each as soon as it is there."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest
import typer
from typer.testing import CliRunner

from ragguide.cli.app import app
from ragguide.cli.options import AT_ONCE, read_arrived, read_questions, seconds_of
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
    assert list(read_questions(["what", "is", "-"])) == ["what is -"]


def test_lines_that_arrive_together_are_yielded_together(
    write: Callable[[bytes | None], None],
) -> None:
    arriving = read_arrived(["-"])
    write(b"what is RAG\n\n  what is LoRA \r\nhow mu")
    assert next(arriving) == ["what is RAG", "what is LoRA"]
    write(b"ch\n")
    assert next(arriving) == ["how much"]
    write("naïve".encode() + b"\n last")
    assert next(arriving) == ["naïve"]
    write(None)
    assert list(arriving) == [["last"]]


def test_many_lines_come_in_parts_and_in_order(write: Callable[[bytes | None], None]) -> None:
    questions = [f"question {n}" for n in range(AT_ONCE + 3)]
    write("\n".join(questions).encode())
    write(None)
    parts = list(read_arrived(["-"]))
    assert len(parts[0]) == AT_ONCE
    assert [question for part in parts for question in part] == questions


def test_line_that_is_not_utf8_is_named_after_those_before_it(
    write: Callable[[bytes | None], None],
) -> None:
    write(b"one\n\ncaf\xe9\nfour\n")
    write(None)
    arriving = read_arrived(["-"])
    assert next(arriving) == ["one"]
    with pytest.raises(UsageError, match=r"^line 3 of the questions on stdin is not UTF-8"):
        next(arriving)


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\r\n"])
def test_stdin_without_a_question_is_refused(
    data: bytes, write: Callable[[bytes | None], None]
) -> None:
    write(data)
    write(None)
    with pytest.raises(UsageError, match=r"^stdin holds no question\. Write one a line\.$"):
        list(read_arrived(["-"]))


def test_closed_stdin_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="stdin holds no question"):
        list(read_arrived(["-"]))


def test_help_tells_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = CliRunner().invoke(app, ["search", "--help"])
    assert "Passages to find.  [default: 5]" in shown.output


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5.0), ("800ms", 0.8), ("2m", 120.0), ("1min", 60.0), ("1.5", 1.5), (" 3 s ", 3.0)],
)
def test_a_time_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1s", "0", "5 h", "1e3", "nan"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is no time\. Such as 5s"):
        seconds_of(text)
