"""Each script in findings/ can stand alone: its head is complete, its packages are pinned."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPTS = sorted((ROOT / "findings").glob("*.sh"))
FIELDS = (
    "# Versions: ",
    "# Date: ",
    "# One would guess: ",
    "# What happens: ",
    "# Output seen:",
    "# For a user: ",
)
_INSTALL = re.compile(r'/bin/pip" install --quiet (.+)')
_PINNED = re.compile(r"[\w.-]+==[\w.]+")
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def head(script: Path) -> list[str]:
    """The comment lines between the interpreter's line and the first command."""
    lines = script.read_text("utf-8").splitlines()
    return lines[1 : lines.index("set -euo pipefail")]


@each_script
def test_head_states_every_field_once_and_in_order(script: Path) -> None:
    lines = head(script)
    assert all(line == "#" or line.startswith("# ") for line in lines)
    found = [field for line in lines for field in FIELDS if line.startswith(field)]
    assert found == list(FIELDS)
    assert lines[0] not in ("#", found[0])
    seen = lines.index("# Output seen:")
    user = next(i for i, line in enumerate(lines) if line.startswith("# For a user: "))
    assert user - seen > 1, "the output is missing"
    assert all(line.startswith("#   ") for line in lines[seen + 1 : user])
    assert re.fullmatch(r"# Date: 20\d\d-\d\d-\d\d", next(x for x in lines if "# Date" in x))


@each_script
def test_every_installed_package_is_pinned_and_named_in_the_head(script: Path) -> None:
    text = script.read_text("utf-8").replace("\\\n", " ")
    installs = [
        word
        for words in _INSTALL.findall(text)
        for word in words.split()
        if not word.startswith("--")
    ]
    assert installs
    (versions,) = re.findall(r"# Versions: (.+?)\n# Date", text, re.DOTALL)
    for package in installs:
        assert _PINNED.fullmatch(package), package
        assert package.partition("==")[2] in versions, f"{package} is not in the head"
    assert text.count("bin/pip") == len(_INSTALL.findall(text))


@each_script
def test_script_is_bash_that_can_be_run_and_cleans_up(script: Path) -> None:
    text = script.read_text("utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert os.access(script, os.X_OK)
    assert "dir=$(mktemp -d)\ntrap 'rm -rf \"$dir\"' EXIT\n" in text
    assert not re.search(
        r"^\s*(import|from) ragguide|-m ragguide|\bragguide \w", text, re.MULTILINE
    )
    bash = shutil.which("bash")
    assert bash is not None
    subprocess.run([bash, "-n", script], check=True)


def test_readme_lists_every_script() -> None:
    readme = (ROOT / "findings" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(.+?)\]\((.+?)\) \| .+ \|$", readme, re.MULTILINE)
    names = [script.name for script in SCRIPTS]
    assert len(names) >= 8
    assert rows == [(name, name) for name in names]
