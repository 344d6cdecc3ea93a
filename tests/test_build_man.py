"""Man pages: one for each command, with its options, in macros that groff reads."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man") / "man1"
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "build_man.py", folder], check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1767225600"},
    )  # fmt: skip
    return folder


def test_each_command_has_a_page_and_hidden_ones_have_none(pages: Path) -> None:
    names = {page.name for page in pages.iterdir()}
    assert {"ragguide.1", "ragguide-query.1", "ragguide-eval.1", "ragguide-index-show.1"} <= names
    assert not {"ragguide-ask.1", "ragguide-help.1"} & names


def test_a_page_has_the_summary_the_options_and_a_fixed_date(pages: Path) -> None:
    text = (pages / "ragguide-query.1").read_text("ascii")
    assert text.startswith('.TH "RAGGUIDE-QUERY" 1 2026-01-01 "ragguide ')
    assert r"ragguide\-query \- Answer a question from the guide" + "\n" in text
    assert ".TP\n.B \\-k, \\-\\-top\\-k N\nRetrieve this many passages." in text
    assert "[u2026]" in text  # hf:…
    assert ".BR ragguide (1)" in text
    assert ".B ragguide\\-query(1)\nAnswer a question" in (pages / "ragguide.1").read_text()


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_reads_every_page_without_a_warning(pages: Path) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", *sorted(pages.iterdir())],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
