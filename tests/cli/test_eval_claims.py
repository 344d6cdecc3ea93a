"""`ragguide eval claims` as a process."""

import json
from pathlib import Path

import pytest

from ragguide import Guide
from tests.cli.test_commands import one_line, ragguide

PAIRS = [
    {
        "id": "a",
        "kind": "unit",
        "evidence": ["The film runs for 95 minutes."],
        "claim": "The film runs for 95 hours.",
        "supported": False,
    },
    {
        "id": "b",
        "kind": "unit",
        "evidence": ["The film runs for 95 minutes."],
        "claim": "The film runs for 1 hour 35 minutes.",
        "supported": True,
    },
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, PAIRS)), encoding="utf-8")
    return path


def test_each_pair_has_a_line_and_the_errors_are_counted(path: Path, tmp_path: Path) -> None:
    done = ragguide("eval", "claims", path, cwd=tmp_path)  # no index is there
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "schema_version": 1,
            "supported": False,
            "reason": "the evidence says minutes, the claim says hours",
            "marks": [],
            "claim": "The film runs for 95 hours.",
            "id": "a",
            "kind": "unit",
            "expected": False,
        },
        {
            "schema_version": 1,
            "supported": True,
            "reason": "the evidence says so",
            "marks": [1],
            "claim": "The film runs for 1 hour 35 minutes.",
            "id": "b",
            "kind": "unit",
            "expected": True,
        },
    ]
    assert done.stderr.splitlines()[1:] == [
        "unit         0 of 1         0 of 1",
        "all          0 of 1         0 of 1",
    ]


def test_the_errors_are_told_as_json_too(path: Path) -> None:
    done = ragguide("eval", "claims", "-", "--json", stdin=path.read_text("utf-8"))
    assert done.returncode == 0
    counts = {"n_true": 1, "n_refused": 0, "n_false": 1, "n_marked": 0}
    assert json.loads(done.stderr)["errors"] == [
        {"kind": "unit", **counts},
        {"kind": "all", **counts},
    ]


def test_without_labels_nothing_is_counted() -> None:
    done = ragguide("eval", "claims", "-", stdin='{"evidence": [], "claim": "It rains today."}')
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["reason"] == "there is no evidence"


def test_bad_input_is_one_line_with_its_place(path: Path) -> None:
    path.write_text(path.read_text("utf-8") + "\n{}", encoding="utf-8")
    done = ragguide("eval", "claims", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}, line 3: missing required field `evidence`" in one_line(done.stderr)
    gone = ragguide("eval", "claims", path.with_name("gone.jsonl"))
    assert gone.returncode == 2
    assert "gone.jsonl" in one_line(gone.stderr)


@pytest.mark.model
def test_words_may_be_weighed_by_an_index(path: Path, guide: Guide) -> None:
    environ = {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}
    done = ragguide("eval", "claims", path, "--index", guide.settings.index, **environ)
    assert [json.loads(line)["supported"] for line in done.stdout.splitlines()] == [False, True]
    missing = ragguide("eval", "claims", path, "--index", "nowhere", **environ)
    assert missing.returncode == 7
    assert "nowhere" in one_line(missing.stderr)
