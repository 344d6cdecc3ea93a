"""Each terminal opens its own last answer."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ragguide.cli import last_answer
from ragguide.cli.last_answer import (
    FILE,
    FOLDER,
    MOST_KEPT,
    SavedSource,
    choose_source,
    find_source,
    save_sources,
)
from ragguide.errors import UsageError
from tests.conftest import ROOT

CALL = (
    "from pathlib import Path; from ragguide.cli.last_answer import *; "
    "folder, action = Path({folder!r}), {action!r}\n"
    "if action == 'open': print(find_source(folder, 1)[0].quote)\n"
    "else: save_sources(folder, [SavedSource(1, 'a.pdf', 1, 'p. 1', action)])"
)


def a_source(mark: int, quote: str = "") -> SavedSource:
    return SavedSource(mark, "/guides/guide.pdf", 7, "p. 7", quote)


def as_process(monkeypatch: pytest.MonkeyPatch, *, parent: int, session: int) -> None:
    """Take the place of a process of another shell or terminal session."""
    monkeypatch.setattr(os, "getppid", lambda: parent)
    monkeypatch.setattr(os, "getsid", lambda _: session, raising=False)


def test_a_shell_gets_back_its_own_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_process(monkeypatch, parent=900_001, session=900_001)
    save_sources(tmp_path, [a_source(1, "mine")])
    as_process(monkeypatch, parent=900_002, session=900_002)
    save_sources(tmp_path, [a_source(1, "theirs")])
    as_process(monkeypatch, parent=900_001, session=900_001)
    assert find_source(tmp_path, 1) == (a_source(1, "mine"), True)


def test_a_wrapper_gets_the_answer_of_its_terminal_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_process(monkeypatch, parent=900_003, session=900_001)
    save_sources(tmp_path, [a_source(1, "mine")])
    as_process(monkeypatch, parent=900_005, session=900_002)
    save_sources(tmp_path, [a_source(1, "theirs")])
    as_process(monkeypatch, parent=900_004, session=900_001)  # another wrapper, same terminal
    assert find_source(tmp_path, 1) == (a_source(1, "mine"), True)


def test_a_new_terminal_falls_back_to_the_last_answer_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_process(monkeypatch, parent=900_001, session=900_001)
    save_sources(tmp_path, [a_source(1, "theirs")])
    as_process(monkeypatch, parent=900_002, session=900_002)
    assert find_source(tmp_path, 1) == (a_source(1, "theirs"), False)


@pytest.mark.skipif(sys.platform == "win32", reason="the shells are POSIX shells")
def test_two_shells_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    def call(action: str) -> str:
        code = CALL.format(folder=str(tmp_path), action=action)
        return f'"{sys.executable}" -c "$(cat <<\'END\'\n{code}\nEND\n)"'

    def shell(quote: str) -> "subprocess.Popen[str]":
        script = f"{call(quote)}; echo saved; read line; {call('open')}; true"
        return subprocess.Popen(
            ["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    shells = {quote: shell(quote) for quote in ("first", "second")}
    for each in shells.values():
        assert each.stdout is not None
        assert each.stdout.readline() == "saved\n"
    for quote, each in shells.items():
        assert each.communicate("\n", timeout=60)[0] == f"{quote}\n"


def test_files_are_private_and_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(MOST_KEPT):
        as_process(monkeypatch, parent=900_000 + number, session=900_000 + number)
        save_sources(tmp_path, [a_source(1)])
    kept = [*(tmp_path / FOLDER).glob("*.json"), tmp_path / FILE]
    assert len(kept) == MOST_KEPT + 1
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert find_source(tmp_path, 1)[1]


def test_a_cache_that_cannot_be_written_saves_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    save_sources(tmp_path / "cache", [a_source(1)])
    with pytest.raises(UsageError, match="there is no last answer"):
        find_source(tmp_path / "cache", 1)


def test_the_start_of_a_process_is_part_of_its_name() -> None:
    assert last_answer._started(os.getpid()) == last_answer._started(os.getpid())
    assert last_answer._started(2**31 - 1) == ""


def test_a_source_is_chosen_by_its_mark() -> None:
    assert choose_source([a_source(1), a_source(3, "x")], 3).quote == "x"
    with pytest.raises(UsageError, match=r"has no source 2. Choose one of: 1, 3\.$"):
        choose_source([a_source(1), a_source(3)], 2)
    with pytest.raises(UsageError, match="has no sources"):
        choose_source([], 1)
