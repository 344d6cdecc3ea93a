"""`ragguide eval rate`: answers of finished runs, and grades from a pipe."""

import json
from pathlib import Path

import msgspec
import pytest

from ragguide.evaluate.records import encode_lines
from ragguide.evaluate.run_files import CASES, RESULTS, RUN
from tests.cli.inside import ragguide
from tests.evaluate.made import a_case, a_run, judged


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name, answers in {"dawn": ("Red.", "One."), "dusk": ("Red.", "Two.")}.items():
        made = a_run(
            *(
                judged(a_case(f"q{n}", answer="Gold."), answer=text)
                for n, text in enumerate(answers)
            ),
            mode="answers",
        )
        folder = tmp_path / name
        folder.mkdir()
        (folder / RUN).write_bytes(msgspec.json.encode(made.record))
        (folder / CASES).write_bytes(encode_lines(each.case for each in made.judged))
        (folder / RESULTS).write_bytes(encode_lines(each.outcome for each in made.judged))
    return tmp_path


def test_grades_are_asked_blind_kept_and_summed_up(runs: Path) -> None:
    rate = ("eval", "rate", "dawn", "dusk", "--runs-dir", runs)
    first = ragguide(*rate, stdin="4\nx\n9\ns\nq\n")
    assert first.returncode == 0
    shown, _, result = first.stdout.rpartition("> q\n")
    assert "dawn" not in shown
    assert "dusk" not in shown
    assert "reference: Gold." in shown
    assert "'x' is not a grade from 1 to 5, s or q." in shown
    assert result.count(", n 1") >= 1
    second = ragguide(*rate, stdin="3\n3\n3\n")
    assert "[1 of 2]" in second.stdout  # one was graded, one skipped, one not shown
    third = ragguide(*rate)
    assert "[1 of" not in third.stdout
    rows = [json.loads(line) for line in ragguide(*rate, "--json").stdout.splitlines()]
    assert [(row["run"], row["n"]) for row in rows] == [("dawn", 2), ("dusk", 2)]
    assert rows[1]["n_shared"] == 2
    assert "difference" in third.stdout.splitlines()[1]


def test_without_grades_it_says_so(runs: Path) -> None:
    ended = ragguide("eval", "rate", "dawn", "--runs-dir", runs, stdin="")
    assert ended.stdout.endswith("No answer has a grade yet.\n")
