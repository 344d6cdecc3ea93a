"""The options of every command: --quiet, --verbose, --no-color; and -q of `query` for a release."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ragguide.cli.app import app
from tests.cli.inside import ragguide


def commands(group: Any, words: str = "ragguide") -> dict[str, Any]:
    found = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, f"{words} {name}")
        else:
            found[f"{words} {name}"] = command
    return found


COMMANDS = commands(app)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_the_general_options(words: str) -> None:
    flags = [flag for parameter in COMMANDS[words].params for flag in parameter.opts]
    assert {"--quiet", "-q", "--verbose", "-v", "--no-color"} <= set(flags)
    assert len(set(flags)) == len(flags)


@pytest.fixture
def garden(tmp_path: Path) -> dict[str, str]:
    """A folder with an index of one document, `docs/garden.md`."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "garden.md").write_text("# Garden\n\nTomatoes get 12 litres a day.\n")
    env = {"RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes")}
    assert ragguide("ingest", tmp_path / "docs", **env).returncode == 0
    return env


@pytest.mark.model
@pytest.mark.parametrize("words", [["-q", "update"], ["update", "-q"], ["update", "--quiet"]])
def test_a_quiet_update_prints_only_what_changed(
    words: list[str], garden: dict[str, str], tmp_path: Path
) -> None:
    idle = ragguide(*words, **garden)
    assert (idle.returncode, idle.stdout, idle.stderr) == (0, "", "")
    loud = ragguide("update", **garden)
    assert (loud.stdout, loud.stderr) == ("default/000001 is up to date\n", "compare …\n")
    (tmp_path / "docs" / "garden.md").write_text("# Garden\n\nTomatoes get 15 litres a day.\n")
    done = ragguide(*words, **garden)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 → 15" in done.stdout


@pytest.mark.model
def test_a_quiet_ingest_still_names_what_it_skipped(garden: dict[str, str], tmp_path: Path) -> None:
    idle = ragguide("ingest", "-q", tmp_path / "docs", **garden)
    assert (idle.returncode, idle.stdout, idle.stderr) == (0, "", "")
    (tmp_path / "docs" / "empty.md").write_text("")
    partial = ragguide("ingest", "-q", tmp_path / "docs", **garden)
    assert (partial.returncode, partial.stdout) == (2, "")
    assert [line.partition(" ")[0] for line in partial.stderr.splitlines()] == ["skipped:"]


@pytest.mark.model
def test_quiet_drops_the_note_about_changed_sources(garden: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "docs" / "garden.md").write_text("# Garden\n\nTomatoes get 15 litres a day.\n")
    question = ("search", "how much do tomatoes get")
    assert "garden.md has changed" in ragguide(*question, **garden).stderr
    assert ragguide(*question, "--quiet", **garden).stderr == ""


@pytest.mark.model
def test_verbose_names_files_and_times(garden: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ragguide.toml").write_text("top_k = 3\n")
    asked = ("query", "--quotes", "How many litres do tomatoes get?")
    shown = ragguide("-v", *asked, cwd=tmp_path, **garden)
    settings, opened, times = shown.stderr.splitlines()
    assert settings.startswith("ragguide: settings files: ")
    assert settings.endswith(str(tmp_path / "ragguide.toml"))
    assert opened == f"ragguide: opened {tmp_path / 'indexes' / 'default' / '000001'}: 1 passages"
    assert times.startswith("ragguide: default/000001, ")
    assert ragguide(*asked, cwd=tmp_path, **garden).stderr == ""


@pytest.mark.model
def test_q_of_query_still_means_quotes_and_says_so(garden: dict[str, str]) -> None:
    shown = ragguide("query", "-q", "How many litres do tomatoes get?", **garden)
    assert shown.returncode == 0
    assert shown.stdout.startswith("[1] garden, ")
    assert shown.stderr == (
        "ragguide: -q will mean --quiet in the next release. Use --quotes instead.\n"
    )


def test_very_verbose_adds_the_traceback_of_an_error(tmp_path: Path) -> None:
    command = ("index", "show", "art", "--indexes-dir", tmp_path)
    assert "Traceback" not in ragguide(*command, "-v").stderr
    failed = ragguide(*command, "-vv")
    assert failed.returncode == ragguide(*command).returncode
    assert "Traceback" in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("ragguide: there is no index 'art'")


@pytest.mark.parametrize(("level", "shown"), [(0, ""), (1, ""), (2, "matplotlib: be patient\n")])
def test_what_libraries_log_is_printed_if_very_verbose(level: int, shown: str) -> None:
    code = (
        "import logging; from ragguide.cli.notes import set_verbosity, show_log; "
        f"set_verbosity({level}); show_log(); "
        "logging.getLogger('matplotlib').warning('be patient')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", shown)


def test_no_color_holds_for_the_process_and_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")  # restored afterwards
    code = "import os; print(os.environ['NO_COLOR'])"
    assert ragguide("config", "path", "--no-color").returncode == 0
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "1\n"


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version_has_a_short_form(flag: str) -> None:
    assert ragguide(flag).stdout == "ragguide 0.2.0\n"
