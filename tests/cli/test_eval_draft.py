"""`ragguide eval draft`: decisions piped in, resumed, and checked."""

import json
from pathlib import Path

import pytest

from ragguide import Guide
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process

pytestmark = pytest.mark.model


@pytest.fixture
def index(guide: Guide) -> dict[str, str]:
    return {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}


def test_decisions_are_read_line_by_line_and_the_next_call_continues(
    index: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    command = ["eval", "draft", "-o", path, "-n", 4, "--no-llm"]
    first = ragguide_process(*command, stdin="a\ns\nwhat?\ne\nin my own words?\n\n\nq\n", **index)
    assert first.returncode == 0, first.stderr
    assert "'what?' is not one of accept, edit, skip, quit." in first.stdout
    assert first.stdout.endswith(
        f"{path}: 2 questions; 2 to go. Run the same command again to continue.\n"
    )
    shown = [line for line in first.stdout.splitlines() if line.startswith("  question  ")]
    second = ragguide(*command, stdin="accept\na\n", **index)
    assert second.stdout.endswith(f"{path}: 4 questions\n")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert cases[1]["question"] == "in my own words?"
    assert [case["id"] for case in cases] == ["d001", "d002", "d003", "d004"]
    again = [line for line in second.stdout.splitlines() if line.startswith("  question  ")]
    assert again[0] == shown[-1]  # the proposal at which the first call quit
    assert not {*shown[:-1]} & {*again}


def test_facts_that_the_evidence_lacks_are_asked_again(
    index: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    stdin = "e\n\n\na purple hamster\n\n"
    done = ragguide("eval", "draft", "-o", path, "-n", 1, "--no-llm", stdin=stdin, **index)
    assert "the evidence does not contain: a purple hamster" in done.stdout
    (case,) = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert case["facts"] != [["a purple hamster"]]


def test_all_can_be_accepted_as_drafts_without_faults(
    index: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "q.jsonl"
    done = ragguide("eval", "draft", "-o", path, "-n", 20, "--yes", "--no-llm", **index)
    assert (done.returncode, done.stdout) == (0, f"{path}: 20 questions\n")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(case["metadata"]["draft"] for case in cases)
    checked = ragguide("eval", "check", path, "--no-hints", **index)
    assert (checked.returncode, checked.stdout) == (0, "20 questions, 0 with faults\n")


def test_an_empty_stdin_is_one_line(index: dict[str, str], tmp_path: Path) -> None:
    done = ragguide("eval", "draft", "-o", tmp_path / "q.jsonl", "--no-llm", **index)
    assert done.returncode == 2
    assert "Use --yes to accept all questions as drafts" in one_line(done.stderr)
    assert not (tmp_path / "q.jsonl").exists()


def test_a_missing_model_is_a_warning_or_by_name_an_error(
    index: dict[str, str], tmp_path: Path
) -> None:
    bare = index | {"RAGGUIDE_MODELS_DIR": str(tmp_path)}
    command = ["eval", "draft", "-o", tmp_path / "q.jsonl", "-n", 3, "--yes"]
    done = ragguide(*command, **bare)
    assert done.returncode == 0
    assert "making questions by rules only" in one_line(done.stderr)
    named = ragguide(*command, "--llm", "none.gguf", **bare)
    assert named.returncode == 5
