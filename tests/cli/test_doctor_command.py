"""`ragguide doctor`, run as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model


def run(*words: str, folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ragguide", "doctor", *words],
        capture_output=True, text=True, cwd=folder, check=False, env=os.environ | environ,
    )  # fmt: skip


def test_doctor_prints_lines_or_json_and_exits_with_0_if_all_works(
    tmp_path: Path,
) -> None:
    shown = run(folder=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "ok   ragguide     0.2.0 on Python 3." in shown.stdout
    assert "note index        none in " in shown.stdout
    as_json = json.loads(run("--json", folder=tmp_path).stdout)
    assert as_json["schema_version"] == 1
    assert as_json["works"] is True
    names = {check["name"]: check for check in as_json["checks"]}
    assert set(names["index"]) == {"name", "told", "state", "mend"}
    assert names["index"]["mend"] == "Run `ragguide ingest FILE…`"


def test_broken_settings_are_reported_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "ragguide.toml").write_text("top_k = \n")
    shown = run(folder=tmp_path)
    assert shown.returncode == 3
    assert f"FAIL settings     {tmp_path / 'ragguide.toml'} is not valid TOML" in shown.stdout
    assert "ok   processor" in shown.stdout
    assert shown.stderr == "1 problem found\n"
    assert run(folder=tmp_path.parent, RAGGUIDE_DEVICE="gpu").returncode == 3
