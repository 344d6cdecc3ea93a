"""Options that several commands share: defaults in the help, and durations."""

import os
import sys
from pathlib import Path

import pytest
import typer

from ragguide.cli.options import seconds_of, stdout_to, write_text
from ragguide.errors import StorageError
from tests.cli.inside import ragguide


def test_help_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = ragguide("search", "--help")
    assert "Retrieve this many passages.  [default: 5]" in shown.stdout


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5.0), ("800ms", 0.8), ("2m", 120.0), ("1min", 60.0), ("1.5", 1.5), (" 3 s ", 3.0)],
)
def test_a_duration_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1s", "0", "5 h", "1e3", "nan"])
def test_a_malformed_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a duration; use e\.g\. 5s"):
        seconds_of(text)


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "real.txt").chmod(0o640)
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "real.txt"]


def test_a_failed_write_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "answers.txt"
    file.write_text("old")

    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=r"cannot write .*answers.txt: No space left on device"):
        write_text(file, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [
        ("answers.txt", "old")
    ]


def test_stdout_reaches_the_file_only_if_the_block_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answers.txt"

    def print_half() -> None:
        with stdout_to(file):
            sys.stdout.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_half()
    assert not file.exists()
    with stdout_to(file):
        sys.stdout.write("whole")
    assert file.read_text() == "whole"
    with stdout_to(None):
        sys.stdout.write("shown")
    assert capsys.readouterr().out == "shown"
    with (
        pytest.raises(StorageError, match=r"the folder .*none does not exist"),
        stdout_to(tmp_path / "none" / "x"),
    ):
        pass
