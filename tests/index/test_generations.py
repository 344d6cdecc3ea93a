"""Short runs of the proofs in benchmarks/generations.py; run them longer by hand."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    ("proof", "n", "told"),
    [
        ("kills", 3, "next runs, no stray left"),
        ("full-disk", 3, "one line, exit code 3, old index whole"),
        ("readers", 1, "answers of one whole generation"),
        ("corruptions", 8, "refused by name"),
    ],
)
def test_a_damaged_index_still_answers_from_one_generation(proof: str, n: int, told: str) -> None:
    command = [sys.executable, "benchmarks/generations.py", proof, "--n", str(n), "--seed", "7"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert told in done.stdout
    assert "FAILED" not in done.stdout
