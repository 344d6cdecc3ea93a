"""The documentation agrees with the code: commands, flags, settings, JSON fields, YAML, links."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from ragguide import __version__
from ragguide.cli.app import app
from ragguide.config import Settings
from ragguide.errors import RagguideError
from ragguide.evaluate.gates import read_thresholds
from ragguide.types import Answer, Citation
from tests.conftest import ROOT

PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md")
    for page in ROOT.glob(pattern)
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SETTING = re.compile(r"^\| `(\w+)` \| `(.+?)` \|", re.MULTILINE)
_FIELD = re.compile(r"`(\w+)`")
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
def test_documented_commands_and_flags_exist(words: list[str]) -> None:
    command, *rest = words
    assert command == "ragguide"
    found: Any = app
    while rest and rest[0] in getattr(found, "commands", {}):
        found = found.commands[rest.pop(0)]
    assert not hasattr(found, "commands"), f"{words}: no such command"
    known = {flag for parameter in found.params for flag in parameter.opts} | {"--help"}
    assert {word.split("=")[0] for word in rest if word.startswith("-") and word != "-"} <= known


def test_there_are_commands_to_check() -> None:
    assert len(CALLS) > 25
    assert {"compare", "gate", "report", "sweep"} <= {word for call in CALLS for word in call}


def test_yaml_examples_are_yaml_and_their_gates_can_be_read() -> None:
    actions, hooks = map(yaml.safe_load, blocks(ROOT / "docs/gates.md", "yaml"))
    steps = actions["jobs"]["evaluate"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    (hook,) = hooks["repos"][0]["hooks"]
    assert re.search(hook["files"], "guide.pdf")
    assert not re.search(hook["files"], "guide.pdf.bak")
    gates = re.findall(r"--fail-under (\S+?=[\d.]+)", " ".join([*runs, hook["entry"]]))
    assert [str(each.limit) for each in read_thresholds(gates, [])] == ["0.95", "0.95"]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_pages_and_headings_that_exist(page: str) -> None:
    for link in _LINK.findall((ROOT / page).read_text("utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in map(slug, _HEADING.findall(target.read_text("utf-8"))), link


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_settings_page_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    listed = dict(_SETTING.findall(page))
    on_each_machine = {"models_dir", "cache_dir", "data_dir"}
    for name, value in msgspec.structs.asdict(Settings()).items():
        if name in on_each_machine:
            assert f"| `{name}` |" in page
        else:
            text = str(value) if isinstance(value, Path) else value
            assert msgspec.json.decode(listed.pop(name)) == text, name
    assert not listed


def test_scripts_page_lists_the_fields_of_an_answer_in_their_order() -> None:
    page = (ROOT / "docs/scripts.md").read_text("utf-8")
    assert table_fields(page, "### `query --json`") == list(Answer.__struct_fields__)
    quote = table_fields(page, "Each quote and citation")
    assert quote == [*Citation.__struct_fields__, "printed"]


def table_fields(page: str, before: str) -> list[str]:
    """The names in the first column of the first table after a text."""
    rows = page.partition(before)[2].partition("\n| ")[2].split("\n\n")[0].splitlines()[2:]
    return [field for row in rows for field in _FIELD.findall(row.split("|")[1])]


def test_scripts_page_lists_the_exit_code_of_every_error() -> None:
    table = (ROOT / "docs/scripts.md").read_text("utf-8").partition("## Exit codes")[2]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    kinds, codes = [RagguideError], set()
    while kinds:
        kind = kinds.pop()
        codes.add(kind.exit_code)
        kinds += kind.__subclasses__()
    assert codes | {0, 4, 124, 130} == listed


def test_the_changelog_names_this_version_after_what_is_not_released() -> None:
    log = (ROOT / "CHANGELOG.md").read_text("utf-8")
    unreleased, newest = re.findall(r"^## (.*)$", log, re.MULTILINE)[:2]
    assert unreleased == "Unreleased"
    assert re.fullmatch(rf"{re.escape(__version__)} - \d{{4}}-\d\d-\d\d", newest)


@pytest.mark.parametrize("script", ["list_errors.py", "list_api.py"])
def test_generated_pages_are_what_the_source_says(script: str) -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, "--check"], check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_release_leaves_the_page_of_errors_as_it_is() -> None:
    assert __version__ not in (ROOT / "docs/errors.md").read_text("utf-8")
