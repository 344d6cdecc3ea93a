"""Nothing breaks inside a word on a narrow terminal."""

import fcntl
import os
import struct
import sys
import termios
from pathlib import Path

import msgspec
import pytest

from ragguide.cli import wrap
from ragguide.cli.chat import session
from ragguide.cli.evaluation import render
from ragguide.evaluate.records import encode_lines
from ragguide.evaluate.run_files import CASES, RESULTS, RUN
from tests.evaluate.made import a_case, a_hit, a_run, judged


@pytest.fixture(params=[40, 80])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    for module in (wrap, render):
        monkeypatch.setattr(module, "columns", lambda _=None: request.param)
    return int(request.param)


def test_a_paragraph_breaks_between_words_and_keeps_its_indent(
    width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "The well-known lamp in the lighthouse of the northern harbour burns for 12 hours. " * 2
    wrap.print_wrapped(text.strip(), indent="    ")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1
    assert all(len(line) < width and line.startswith("    ") for line in lines)
    assert " ".join(line.strip() for line in lines) == text.strip()


@pytest.mark.usefixtures("width")
def test_a_space_that_must_not_break_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    wrap.print_wrapped("The tram needs 12\N{NO-BREAK SPACE}minutes.")
    assert "12\N{NO-BREAK SPACE}minutes" in capsys.readouterr().out


def test_off_a_terminal_a_paragraph_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    wrap.print_wrapped("word " * 60)
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.usefixtures("width")
def test_a_command_in_backticks_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = "`ragguide ingest --index manuals FILE`"
    wrap.print_wrapped(f"There is no index in this folder. Create one: {command}.", file=sys.stderr)
    lines = capsys.readouterr().err.splitlines()
    assert f"{command}." in lines
    assert len(lines) > 1


@pytest.mark.parametrize("asked", ["", "0", "wide"])
def test_the_width_is_that_of_the_terminal_which_the_stream_is(
    asked: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", asked)
    ours, theirs = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 57, 0, 0))
    with os.fdopen(theirs, "w") as terminal, (tmp_path / "file").open("w") as file:
        assert wrap.columns(terminal) == 57
        assert wrap.columns(file) is None
    os.close(ours)


def test_the_help_of_a_chat_breaks_between_words(
    width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    session.print_help()
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < width
    assert " ".join(" ".join(lines).split()) == " ".join(session.HELP.split())
    at = lines.index(next(line for line in lines if "/open N" in line))
    assert lines[at].index("open source") == 15
    if width == 40:
        assert lines[at + 1] == " " * 15 + "last answer"


def test_figures_of_a_run_fit_a_narrow_terminal(
    width: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [a_case(f"q{n}", kind="factoid", pages=(n + 1,)) for n in range(6)]
    run = a_run(*(judged(case, a_hit(1), a_hit(3)) for case in cases))
    (tmp_path / RUN).write_bytes(msgspec.json.encode(run.record))
    (tmp_path / CASES).write_bytes(encode_lines(cases))
    (tmp_path / RESULTS).write_bytes(encode_lines(each.outcome for each in run.judged))
    render.print_run(tmp_path, as_json=False)
    head, _, figures = capsys.readouterr().out.partition("\n\n")
    assert str(tmp_path) in head
    assert [line for line in figures.splitlines() if len(line) > width] == []
    assert "factoid, n 6\n  hit@1 " in figures
    assert "AUROC" not in figures  # undefined without unanswerable questions
    line = next(line for line in figures.splitlines() if line.startswith("hit@1 "))
    assert (" to " in line) == (width == 80)  # the interval
