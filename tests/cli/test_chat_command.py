"""`ragguide chat`: lines in, from a pipe and from a terminal that prompt_toolkit plays."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from ragguide import Guide
from ragguide.chat import REPLIES, Chat
from ragguide.cli.chat.session import Session
from ragguide.cli.chat.terminal import read_lines
from ragguide.cli.last_answer import FILE, SavedSource, save_sources
from ragguide.retrieve.turns import Turn
from ragguide.types import Answer, Found, Piece
from tests.cli.test_commands import KENDRA, KENDRA_PAGE, ragguide
from tests.conftest import GUIDE_PDF


@pytest.fixture
def session(guide: Guide, tmp_path: Path) -> Session:
    return Session(Chat(guide), tmp_path, quotes_only=True)


def test_a_chat_continues_after_an_error_until_quit(guide: Guide, tmp_path: Path) -> None:
    saved = tmp_path / "chat.md"
    lines = [
        "/sources", KENDRA, "", "/nothing", "and what does it read?", "/open 99", "/open one",
        f"/save {saved}", f"/save {saved}", "/quit", "what is RAG?",
    ]  # fmt: skip
    environ = {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}
    done = ragguide("chat", "--quotes", stdin="\n".join(lines), **environ)
    assert done.returncode == 0
    errors = done.stderr.splitlines()
    assert errors[0] == "ragguide: there is no answer yet. Ask a question first."
    assert errors[1].startswith("ragguide: unknown command /nothing. Use one of: /sources, /open,")
    assert errors[2] == 'ragguide: Read as "what does Amazon Kendra read?"'
    assert errors[3].startswith("ragguide: the last answer has no source 99. Choose one of: 1")
    assert errors[4] == "ragguide: /open needs the number of a source, e.g. /open 1."
    assert errors[5] == f"ragguide: {saved} already exists. Choose another name."
    assert len(errors) == 6
    text = saved.read_text("utf-8")
    assert text.startswith(f"## {KENDRA}\n")
    assert "\n## and what does it read?\n" in text
    assert "- [1] guide, p. 41" in text
    assert "RAG?" not in text


def test_a_chat_goes_on_after_a_line_that_is_not_utf8(guide: Guide) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ragguide", "chat", "--quotes"],
        input=b"\xef\xbb\xbf/sources\ncaf\xe9?\nwhat is RAG?\n",
        capture_output=True,
        env={**os.environ, "RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)},
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "ragguide: there is no answer yet. Ask a question first.",
        "ragguide: the question is not UTF-8: caf\\udce9?. Convert it to UTF-8.",
    ]
    assert "RAG" in done.stdout.decode()


def test_small_talk_gets_one_line_and_keeps_the_sources(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session.run(KENDRA)
    saved = (tmp_path / FILE).read_bytes()
    capsys.readouterr()
    assert session.run("thanks!")
    shown = capsys.readouterr()
    assert shown.out.strip() == REPLIES[Turn.THANKS]
    assert shown.err == ""
    assert (tmp_path / FILE).read_bytes() == saved
    session.run("/sources")
    assert "100 passages" in capsys.readouterr().out


def test_a_farewell_says_how_to_leave_on_this_terminal_only(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert session.run("bye")
    shown = capsys.readouterr()
    assert shown.out.strip() == REPLIES[Turn.FAREWELL]
    assert "Ctrl-D" not in shown.out  # `ragguide serve` sends this reply to browsers
    assert shown.err == "press Ctrl-D to leave\n"


def test_open_shows_a_source_of_this_session_and_not_of_another(
    session: Session,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: bool(opened.append(url) or True))
    session.run(KENDRA)
    save_sources(tmp_path, [SavedSource(1, str(GUIDE_PDF), 1, "p. 1", "of another session")])
    capsys.readouterr()
    session.run("/open 1")
    shown = capsys.readouterr()
    assert (shown.err, "100 passages" in shown.out) == ("", True)
    assert opened == [f"{GUIDE_PDF.absolute().as_uri()}#page={KENDRA_PAGE}"]


def test_ctrl_c_stops_an_answer_and_not_the_session(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = session._chat.ask

    def interrupted(question: str, **options: bool) -> Iterator[Found | Piece | Answer]:
        yield next(ask(question, **options))
        raise KeyboardInterrupt

    monkeypatch.setattr(session._chat, "ask", interrupted)
    assert session.run(KENDRA)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "stopped; press Ctrl-D to leave\n"
    monkeypatch.undo()
    assert session.run("and what does it read?")
    assert 'Read as "what does Amazon Kendra read?"' in capsys.readouterr().err


def test_on_a_terminal_lines_are_edited_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    history = tmp_path / "cache" / "history"
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("what is RAH\x7fG?\r")  # a letter taken back
        keys.send_text("never mind\x03")  # Ctrl-C drops the line
        keys.send_text("why?\r\x04")  # Ctrl-D
        assert list(read_lines(history, ["/help"])) == ["what is RAG?", "why?"]
    lines = [line for line in history.read_text().splitlines() if line.startswith("+")]
    assert lines == ["+what is RAG?", "+why?"]
    assert history.stat().st_mode & 0o077 == 0


def test_chat_works_without_a_history_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    (tmp_path / "cache").write_text("a file in the way")
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("what is RAG?\r\x04")
        assert list(read_lines(tmp_path / "cache" / "history", [])) == ["what is RAG?"]
