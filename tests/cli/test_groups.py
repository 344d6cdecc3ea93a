"""Groups of commands: their tables agree with the commands, and listing them imports no command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ragguide.cli.app import app
from ragguide.cli.groups import Entry


def entries(group: Any, words: str = "ragguide") -> Iterator[tuple[str, Entry, Any]]:
    for name, entry in group.entries.items():
        command = group.commands[name]
        yield f"{words} {name}", entry, command
        if hasattr(command, "entries"):
            yield from entries(command, f"{words} {name}")


@pytest.mark.parametrize(("entry", "command"), [
    pytest.param(entry, command, id=words) for words, entry, command in entries(app)
])  # fmt: skip
def test_a_table_says_of_a_command_what_its_help_says(entry: Entry, command: Any) -> None:
    assert entry.summary == " ".join(command.help.split("\n\n")[0].split())
    assert entry.is_hidden == command.hidden


def modules_after(*words: str, **environ: str) -> set[str]:
    code = (
        "import sys\n"
        "from ragguide.cli.app import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True, text=True, env={**os.environ, **environ}, check=False,
    )  # fmt: skip
    return set(done.stderr.split())


def of_ragguide(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("ragguide.")}


STARTING = {
    "ragguide.cli", "ragguide.errors",
    *(f"ragguide.cli.{name}" for name in
      ("app", "exit_codes", "general", "groups", "interrupt", "notes", "output")),
}  # fmt: skip


def test_listing_commands_imports_none_of_them() -> None:
    assert of_ragguide(modules_after("--help")) == STARTING
    group = {"ragguide.cli.evaluation"}
    assert of_ragguide(modules_after("eval", "--help")) == STARTING | group


def complete(words: str) -> set[str]:
    return modules_after(
        _RAGGUIDE_COMPLETE="complete_bash", COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
    )  # fmt: skip


def test_completion_imports_the_command_typed_and_nothing_heavy() -> None:
    assert of_ragguide(complete("ragguide se")) == STARTING
    after_query = complete("ragguide query -i x")
    assert "ragguide.cli.query" in after_query
    assert "ragguide.index.names" in after_query
    assert "ragguide.index.store" not in after_query
    assert not after_query & {"numpy", "rich.console", "ragguide.cli.ingest", "ragguide.guide"}
