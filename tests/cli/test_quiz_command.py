"""`ragguide quiz`: answers from a pipe, the score, what comes again, cards for Anki."""

import json
from pathlib import Path

import pytest

from tests.cli.inside import ragguide

ROWS = [
    {"id": "a", "question": "How long does the lamp burn?", "facts": [["12 hours"], ["oil"]],
     "answer": "12 hours on oil.", "pages": [3], "evidence": "The lamp burns for 12 hours on oil."},
    {"id": "b", "question": "Does mint need sun?", "verdict": "no", "pages": [4]},
    {"id": "c", "question": "Why?", "answer": "For reasons that nobody can put into six words."},
    {"id": "d", "question": "Who paints it?", "kind": "unanswerable"},
]  # fmt: skip


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAGGUIDE_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "lamps.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_answers_of_a_pipe_are_judged_and_right_ones_wait(cases: Path) -> None:
    asked = ragguide("quiz", cases, stdin="12 hours\nno\n")
    assert asked.returncode == 0
    first, second = asked.stdout.strip().split("\n\n")[:2]
    assert first.splitlines()[:-1] == [
        "[1 of 2] How long does the lamp burn?",
        "> 12 hours", "Partly right; missing: oil.", "  12 hours on oil.", "  p. 3",
        '    "The lamp burns for 12 hours on oil."',
    ]  # fmt: skip
    assert second.splitlines()[:3] == ["[2 of 2] Does mint need sun?", "> no", "Right."]
    assert asked.stdout.endswith("\n1 of 2 right.\n")
    assert "2 of 4 questions have no facts" in asked.stderr
    later = ragguide("quiz", cases, stdin="x\n")
    assert later.stdout.startswith("No question is due. The next is due on ")
    early = ragguide("quiz", cases, "--early", "-n", 1, stdin="12 hours of oil\n")
    assert "[1 of 1] How long" in early.stdout  # was only partly right
    assert early.stdout.endswith("1 of 1 right.\n")


def test_the_end_of_the_input_ends_the_session(cases: Path) -> None:
    asked = ragguide("quiz", cases, stdin="")
    assert (asked.returncode, asked.stdout.count("right")) == (0, 0)
    assert ragguide("quiz", cases, stdin="yes\n").stdout.count("[1 of 2]") == 1


def test_cards_are_printed_or_written(cases: Path, tmp_path: Path) -> None:
    deck = tmp_path / "deck.txt"
    assert ragguide("quiz", cases, "--export", "anki", "-o", deck).stdout == ""
    assert deck.read_text() == ragguide("quiz", cases, "--export", "anki").stdout
    assert deck.read_text().splitlines()[3] == "#deck:lamps"
    assert len(deck.read_text().splitlines()) == 6 + 2


def test_faults_say_what_to_do(cases: Path, tmp_path: Path) -> None:
    refused = ragguide("quiz", cases, "-o", tmp_path / "x")
    assert refused.returncode == 2
    assert "--output applies to --export only" in refused.stderr
    cases.write_text(json.dumps(ROWS[2]))
    assert "no question with `facts`" in ragguide("quiz", cases).stderr


@pytest.mark.model
def test_without_a_file_questions_are_made_from_the_index(tmp_path: Path) -> None:
    text = "# Garden\n\nThe red lamp burns for 12 hours. Mint is a herb that grows in shade.\n"
    (tmp_path / "garden.md").write_text(text)
    env = {"RAGGUIDE_INDEXES_DIR": str(tmp_path / "indexes")}
    assert ragguide("ingest", tmp_path / "garden.md", **env).returncode == 0
    asked = ragguide("quiz", "-n", 1, stdin="I do not know\n", **env)
    assert asked.returncode == 0
    assert "[1 of 1]" in asked.stdout
    assert "The red lamp burns for 12 hours" in asked.stdout or "Mint is a herb" in asked.stdout
    assert asked.stdout.endswith("0 of 1 right.\n")
