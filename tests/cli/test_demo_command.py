"""`ragguide demo`: the default guide becomes an index, and a question is answered."""

from pathlib import Path

import pytest

from ragguide.create.ingest import IngestReport
from tests.cli.inside import ragguide

pytestmark = pytest.mark.model


def test_the_demo_reads_the_guide_and_answers(guide_report: IngestReport, tmp_path: Path) -> None:
    assert guide_report.generation == 1  # its vectors are cached
    shown = ragguide("demo", "--quotes", "--indexes-dir", tmp_path / "indexes")
    assert shown.returncode == 0
    first, rest = shown.stdout.split("\n", 1)
    assert first.startswith("$ ragguide query -i demo ")
    assert f"--indexes-dir {tmp_path / 'indexes'} --quotes " in first  # so that it can be copied
    assert "returns up to 100 passages for a query" in rest
    assert "p. 41 (printed 37)" in rest
    again = ragguide("search", "-i", "demo", "--indexes-dir", tmp_path / "indexes", "Kendra")
    assert again.returncode == 0
