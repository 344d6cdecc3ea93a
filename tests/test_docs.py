"""What the documentation tells to type can be typed: commands, flags, measures, YAML."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from ragguide.cli.app import app
from ragguide.evaluate.gates import read_thresholds
from tests.conftest import ROOT

PAGES = [
    "README.md",
    "docs/devices.md",
    "docs/evaluation.md",
    "docs/index.md",
    "benchmarks/README.md",
]
COMMAND = typer.main.get_command(app)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_CALL = re.compile(
    r"(?:^|&& |\| |- run: )(ragguide [^&|'\n]*(?:'[^'\n]*'[^&|'\n]*)*)", re.MULTILINE
)


def blocks(path: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(path.read_text("utf-8")) if kind == language]


def calls() -> Iterator[list[str]]:
    for page in PAGES:
        for language in ("sh", "yaml"):
            for block in blocks(ROOT / page, language):
                for call in _CALL.findall(block):
                    yield shlex.split(call, comments=True)


CALLS = list(calls())


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_commands_and_flags_that_are_told_exist(words: list[str]) -> None:
    command, *rest = words
    assert command == "ragguide"
    found = COMMAND
    while rest and rest[0] in getattr(found, "commands", {}):
        found = found.commands[rest.pop(0)]
    assert not hasattr(found, "commands"), f"{words}: no such command"
    known = {flag for parameter in found.params for flag in parameter.opts} | {"--help"}
    assert {word.split("=")[0] for word in rest if word.startswith("-") and word != "-"} <= known


def test_there_are_commands_to_check() -> None:
    assert len(CALLS) > 25
    assert {"compare", "gate", "report", "sweep"} <= {word for call in CALLS for word in call}


def test_yaml_examples_are_yaml_and_their_gates_can_be_read() -> None:
    actions, hooks = map(yaml.safe_load, blocks(ROOT / "docs/evaluation.md", "yaml"))
    steps = actions["jobs"]["evaluate"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    (hook,) = hooks["repos"][0]["hooks"]
    assert re.search(hook["files"], "guide.pdf")
    assert not re.search(hook["files"], "guide.pdf.bak")
    gates = re.findall(r"--fail-under (\S+?=[\d.]+)", " ".join([*runs, hook["entry"]]))
    assert [str(each.limit) for each in read_thresholds(gates, [])] == ["0.95", "0.95"]
