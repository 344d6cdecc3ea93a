"""`ragguide eval run` as a process: figures, exit codes, and a killed run that loses nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.runs import RESULTS, load_run
from ragguide.evaluate.summary import figures_of
from tests.cli.test_commands import one_line, ragguide
from tests.conftest import ROOT

CASES = ROOT / "data" / "eval" / "guide.jsonl"
N_KILLED = 40

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def index(guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir),
        "RAGGUIDE_GENERATOR": guide.settings.generator,
        "RAGGUIDE_RUNS_DIR": str(tmp_path_factory.mktemp("runs")),
    }


@pytest.fixture(scope="module")
def whole(index: dict[str, str]) -> dict[str, object]:
    """The default guide's questions, run once."""
    done = ragguide("eval", "run", CASES, "--name", "whole", "--json", **index)
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


def figure(shown: dict[str, object], name: str) -> dict[str, float]:
    figures: list[dict[str, float]] = shown["figures"]  # type: ignore[assignment]
    return next(each for each in figures if each["measure"] == name)  # type: ignore[comparison-overlap]


def test_the_default_guide_is_found_as_the_benchmarks_say(whole: dict[str, object]) -> None:
    assert whole["n"] == 120
    for name, least in (("hit@1", 0.85), ("hit@5", 0.95), ("MRR", 0.9), ("hit@5:span", 0.9)):
        found = figure(whole, name)
        assert found["n"] == 102
        assert found["low"] < found["value"] < found["high"]
        assert found["value"] >= least
    run = whole["run"]
    assert isinstance(run, dict)
    assert run["sources"].keys() == {"guide"}
    assert run["packages"]["numpy"]


def test_the_same_run_is_reused(whole: dict[str, object], index: dict[str, str]) -> None:
    done = ragguide("eval", "run", CASES, **index)
    assert done.returncode == 0
    assert "already run" in done.stderr
    assert f"{whole['folder']}\n" in done.stdout
    listed = ragguide("eval", "list", **index)
    assert listed.stdout.count("\n") == 1
    assert "120/120" in listed.stdout


def test_a_run_killed_at_a_random_case_resumes_with_the_same_results(
    whole: dict[str, object], index: dict[str, str], tmp_path: Path
) -> None:
    environ = index | {"RAGGUIDE_RUNS_DIR": str(tmp_path)}
    command = ["eval", "run", CASES, "--name", "killed", "--limit", N_KILLED]
    seed = random.randrange(1000)
    killed_at = random.Random(seed).randrange(1, N_KILLED - 5)
    results = tmp_path / "killed" / RESULTS
    with subprocess.Popen(
        [sys.executable, "-m", "ragguide", *map(str, command)],
        env={**os.environ, **environ}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while process.poll() is None:
            if results.exists() and results.read_bytes().count(b"\n") >= killed_at:
                process.kill()
                break
            time.sleep(0.001)
    n_before = results.read_bytes().count(b"\n")
    assert killed_at <= n_before < N_KILLED, f"seed {seed}"
    done = ragguide(*command, **environ)
    assert done.returncode == 0, done.stderr
    assert f"{n_before} of {N_KILLED}" in done.stderr
    first, second = load_run(Path(str(whole["folder"]))), load_run(results.parent)
    assert len(second.judged) == N_KILLED
    for a, b in zip(first.judged, second.judged, strict=False):
        assert a.case == b.case
        assert a.outcome.hits == b.outcome.hits
        assert a.outcome.gold == b.outcome.gold
    assert second.passages.items() <= first.passages.items()


def test_malformed_lines_are_reported_and_the_others_run(
    index: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"question": "What is Kendra?"}\n{"question": 3}\n{"qestion": "x"}\n')
    strict = ragguide("eval", "run", path, "--strict", **index)
    assert strict.returncode == 2
    assert f"{path}: line 2: question: expected `str`, got `int`\n" in strict.stderr
    assert f"{path}: line 3: unknown key 'qestion'; did you mean 'question'?\n" in strict.stderr
    assert "has 3 errors" in strict.stderr
    done = ragguide("eval", "run", "-", stdin=path.read_text(), **index)
    assert done.returncode == 2
    assert "1 questions" in done.stdout


def test_a_wrong_call_is_one_line(index: dict[str, str], tmp_path: Path) -> None:
    missing = ragguide("eval", "run", tmp_path / "no.jsonl", **index)
    assert (missing.returncode, "cannot read" in one_line(missing.stderr)) == (2, True)
    empty = ragguide("eval", "run", "-", stdin="\n", **index)
    assert (empty.returncode, "has no well-formed questions" in one_line(empty.stderr)) == (2, True)
    kind = ragguide("eval", "run", CASES, "--kind", "tabel", **index)
    assert (kind.returncode, "has the kind 'tabel'" in one_line(kind.stderr)) == (2, True)
    absent = ragguide("eval", "run", CASES, "--index", "absent", **index)
    assert (absent.returncode, "there is no index" in one_line(absent.stderr)) == (3, True)
    model = ragguide("eval", "run", CASES, "--answers", "--llm", "none.gguf", **index)
    assert (model.returncode, "there is no file" in one_line(model.stderr)) == (5, True)


def test_answers_are_judged_by_facts_and_pages(index: dict[str, str]) -> None:
    done = ragguide("eval", "run", CASES, "--answers", "--limit", 2, "--json", **index)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["run"]["generator"]["sha256"]
    assert figure(shown, "facts")["value"] > 0
    assert figure(shown, "hit@10")["n"] == 2  # although an answer uses five passages
    assert figure(shown, "answer-tokens-p50")["value"] > 0
    run = load_run(Path(shown["folder"]))
    assert all(len(each.outcome.hits) == 10 and each.outcome.quotes for each in run.judged)
    assert figures_of(run.judged, [find_measure("facts")])[0].n == 2


def test_questions_to_another_guide_are_reported(index: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    cases = [
        {"id": "a", "question": "What is Kendra?", "evidence": "Never written in this guide."},
        {"id": "b", "question": "What is Glue?", "relevant": {"handbook": 1}},
        {"id": "c", "question": "What is RAG?", "pages": [38]},
    ]
    path.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    done = ragguide("eval", "run", path, **index)
    assert done.returncode == 0
    assert (
        "2 of 3 questions name documents or evidence that this index does not contain (a, b)"
        in (done.stderr)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_an_interrupt_reports_progress_and_how_to_resume(
    index: dict[str, str], tmp_path: Path
) -> None:
    environ = index | {"RAGGUIDE_RUNS_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "ragguide", "eval", "run", str(CASES), "--name", "stopped"],
        env={**os.environ, **environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        results = tmp_path / "stopped" / RESULTS
        while process.poll() is None and not (results.exists() and results.stat().st_size):
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        shown, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert shown == ""
    n_done = results.read_bytes().count(b"\n")
    assert f"stopped after {n_done} of 120 questions. They are saved in {results.parent};" in errors
