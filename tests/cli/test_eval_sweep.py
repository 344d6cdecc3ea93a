"""`ragguide eval sweep`, its table and its page."""

import json
import tomllib
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.evaluate import drawing
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.conftest import ROOT

CASES = ROOT / "data" / "eval" / "guide.jsonl"

pytestmark = pytest.mark.model


@pytest.fixture
def places(guide: Guide, tmp_path: Path) -> dict[str, str]:
    return {
        "RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir),
        "RAGGUIDE_RUNS_DIR": str(tmp_path),
    }


def test_sweep_writes_table_page_and_the_settings_of_the_winner(
    places: dict[str, str], tmp_path: Path
) -> None:
    page = tmp_path / "sweep.html"
    command = ["eval", "sweep", CASES, "--grid", "dense_weight=0.3,0.5,1", "--name", "weights"]
    done = ragguide(*command, "--measure", "hit@1", "-o", page, **places)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("t00")]
    assert len(rows) == 3
    assert sum("chosen" in row for row in rows) == 1
    assert rows[-1].split()[1] == "1.0"  # no keywords: the worst
    winner = tmp_path / "weights" / "winner.toml"
    assert done.stdout.endswith(f"\n{winner}\n")
    assert tomllib.loads(winner.read_text())["dense_weight"] in (0.3, 0.5)
    assert "<h1>weights</h1>" in page.read_text(encoding="utf-8")
    # Another measure needs no new answers.
    again = ragguide_process(*command, "--json", **places)
    shown = json.loads(again.stdout)
    assert shown["measure"] == "MRR"
    assert shown["choice"]["optimism"] >= 0
    assert "ask" not in again.stderr


def test_a_missing_matplotlib_is_found_before_any_question_is_asked(
    places: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "find_spec", lambda _name: None)
    command = ["eval", "sweep", CASES, "--grid", "dense_weight=0.3,0.5"]
    failed = ragguide(*command, "-o", tmp_path / "sweep.html", **places)
    assert failed.returncode == 2
    told = one_line(failed.stderr)
    assert told.endswith("pip install 'ragguide[report]', or leave --output out.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--grid", "dens_weight=1"], 3, "Did you mean 'dense_weight'?"),
        (["--grid", "dense_weight=7"], 3, "dense_weight = '7'"),
        (["--grid", "dense_weight=0..1"], 2, "Add --random N"),
        (["--grid", "top_k=3", "--measure", "hti@1"], 2, "Did you mean hit@1?"),
        (
            ["--grid", "top_k=3", "--measure", "facts"],
            2,
            "this run has no facts: its mode is search",
        ),
    ],
)
def test_a_wrong_sweep_is_one_line(
    places: dict[str, str], arguments: list[str], code: int, message: str
) -> None:
    done = ragguide("eval", "sweep", CASES, *arguments, **places)
    assert done.returncode == code
    assert message in one_line(done.stderr)
