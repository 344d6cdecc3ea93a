"""`ragguide eval compare`, `gate` and `report` on runs of the default guide."""

import json
from pathlib import Path

import pytest

from ragguide import Guide
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.conftest import ROOT

CASES = ROOT / "data" / "eval" / "guide.jsonl"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def runs(guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Three runs: the default, the same with another seed, and without keywords."""
    environ = {
        "RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir),
        "RAGGUIDE_RUNS_DIR": str(tmp_path_factory.mktemp("runs")),
    }
    for name, more in (
        ("main", {}),
        ("reseeded", {"RAGGUIDE_SEED": "7"}),
        ("dense-only", {"RAGGUIDE_DENSE_WEIGHT": "1"}),
    ):
        done = ragguide("eval", "run", CASES, "--name", name, **environ, **more)
        assert done.returncode == 0, done.stderr
    return environ


def test_a_planted_regression_is_called_worse_and_its_questions_listed(
    runs: dict[str, str],
) -> None:
    done = ragguide("eval", "compare", "main", "dense-only", **runs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("dense-only against main: 120 questions in both runs.\n")
    assert "  dense_weight: 0.5 → 1.0\n" in done.stdout
    (hit,) = (line for line in done.stdout.splitlines() if line.startswith("hit@1 "))
    assert hit.endswith("worse")
    assert "\nworse questions: " in done.stdout
    assert "rank 1 → " in done.stdout


def test_equal_runs_with_another_seed_are_not_called_different(runs: dict[str, str]) -> None:
    done = ragguide_process("eval", "compare", "main", "reseeded", "--json", **runs)
    found = json.loads(done.stdout)
    assert found["schema_version"] == 1
    assert {each["call"] for each in found["differences"]} == {"no call"}
    assert found["flips"] == []


def test_more_than_two_are_each_compared_with_the_first(runs: dict[str, str]) -> None:
    done = ragguide(
        "eval", "compare", "main", "dense-only", "reseeded", "--markdown", "--measure", "hit@1",
        **runs,
    )  # fmt: skip
    assert done.stdout.count("## ") == 2
    assert "## dense-only against main" in done.stdout
    assert done.stdout.count("| hit@1 | ") == 1  # the other run is equal


def test_gates_stop_a_script(runs: dict[str, str]) -> None:
    asked = ["--fail-under", "hit@1=.92", "--fail-over", "failed=0"]
    met = ragguide_process("eval", "gate", "main", *asked, "--baseline", "reseeded", **runs)
    assert met.returncode == 0, met.stdout
    assert met.stdout.count("met      ") == 3
    worse = ragguide("eval", "gate", "dense-only", *asked, "--baseline", "main", "--json", **runs)
    assert worse.returncode == 6
    shown = json.loads(worse.stdout)
    assert shown["is_met"] is False
    failed = [each["name"] for each in shown["gates"] if not each["is_met"]]
    assert "hit@1 ≥ 0.92" in failed
    assert "hit@1 not worse than main" in failed
    bound = ["--fail-under", "hit@1=.92", "--by"]
    assert ragguide("eval", "gate", "main", *bound, "value", **runs).returncode == 0
    assert ragguide("eval", "gate", "main", *bound, "lower-bound", **runs).returncode == 6


def test_gates_stop_a_run_too(runs: dict[str, str]) -> None:
    """The run is finished, so no question is asked again."""
    planted = runs | {"RAGGUIDE_DENSE_WEIGHT": "1"}
    done = ragguide("eval", "run", CASES, "--baseline", "main", "--json", **planted)
    assert done.returncode == 6
    assert json.loads(done.stdout)["n"] == 120
    assert "NOT MET  hit@1 not worse than main: 0.9" in done.stderr
    again = ragguide("eval", "run", CASES, "--fail-under", "hit@5=.9", **runs)
    assert (again.returncode, "met      hit@5 ≥ 0.9: " in again.stderr) == (0, True)


def test_report_is_written_in_each_format(runs: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = ragguide_process("eval", "report", "main", "dense-only", "-o", page, **runs)
    assert (done.returncode, done.stdout) == (0, f"{page}\n"), done.stderr
    html = page.read_text(encoding="utf-8")
    assert "<h1>main and dense-only</h1>" in html
    assert html.count("<svg ") > 5
    assert "SageMaker" in html  # in a passage that was found
    shown = ragguide("eval", "report", "main", "--format", "json", **runs)
    assert json.loads(shown.stdout)["runs"][0]["ranks"]["1"] >= 85
    text = tmp_path / "report.md"
    assert ragguide("eval", "report", "main", "-o", text, **runs).returncode == 0
    assert text.read_text(encoding="utf-8").startswith("# main\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "main"], "a comparison needs at least two runs"),
        (["compare", "main", "mian"], "no run 'mian', neither as a folder nor in "),
        (["compare", "main", "main"], "main is named twice"),
        (
            ["compare", "main", "dense-only", "--measure", "hit@20"],
            "this run has no hit@20: it ranked only 10",
        ),
        (["gate", "main"], "nothing to check the run against"),
        (["gate", "main", "--fail-under", "hti@5=.9"], "Did you mean hit@5?"),
        (["gate", "main", "--fail-under", "hit@5=.9", "--by", "bound"], "choose value or lower-"),
        (["report", "main", "--format", "pdf"], "choose html, markdown or json"),
    ],
)
def test_a_wrong_call_is_one_line(runs: dict[str, str], arguments: list[str], message: str) -> None:
    done = ragguide("eval", *arguments, **runs)
    assert done.returncode == 2
    assert message in one_line(done.stderr)


def test_run_is_found_by_its_folder_too(runs: dict[str, str]) -> None:
    folder = Path(runs["RAGGUIDE_RUNS_DIR"]) / "main"
    done = ragguide("eval", "compare", folder, folder.parent / "reseeded", RAGGUIDE_RUNS_DIR="none")
    assert done.stdout.startswith("reseeded against main: 120 questions in both runs.\n")
    assert "Equal in every question: " in done.stdout
