"""`ragguide eval run`: figures, exit codes, and a killed run that loses nothing."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.runs import RESULTS, load_run
from ragguide.evaluate.summary import figures_of
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.conftest import ROOT

CASES = ROOT / "data" / "eval" / "guide.jsonl"
N_KILLED = 40
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the second, which kills too

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
    listed = ragguide_process("eval", "list", **index)
    assert listed.stdout.count("\n") == 1
    assert "120/120" in listed.stdout


# Starts the command line in a process that sends itself a signal after `n_done` outcomes.
SIGNALLED = """
import os
from ragguide.cli.app import main
from ragguide.evaluate.run_writer import RunWriter

add = RunWriter.add

def add_and_signal(writer, *given):
    add(writer, *given)
    if len(writer.done) == {n_done}:
        os.kill(os.getpid(), {number})

RunWriter.add = add_and_signal
main()
"""


def ragguide_signalled(
    number: int, n_done: int, command: list[object], environ: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    program = SIGNALLED.format(number=int(number), n_done=n_done)
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, command)],
        capture_output=True, text=True, env={**os.environ, **environ}, check=False,
    )  # fmt: skip


def test_a_run_killed_at_a_random_case_resumes_with_the_same_results(
    whole: dict[str, object], index: dict[str, str], tmp_path: Path
) -> None:
    environ = index | {"RAGGUIDE_RUNS_DIR": str(tmp_path)}
    command: list[object] = ["eval", "run", CASES, "--name", "killed", "--limit", N_KILLED]
    seed = random.randrange(1000)
    n_before = random.Random(seed).randrange(1, N_KILLED)
    results = tmp_path / "killed" / RESULTS
    killed = ragguide_signalled(KILL, n_before, command, environ)
    assert abs(killed.returncode) == KILL, f"seed {seed}: {killed.stderr}"
    assert results.read_bytes().count(b"\n") == n_before, f"seed {seed}"
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
    assert "1 question, search only" in done.stdout


def test_a_wrong_call_is_one_line(index: dict[str, str], tmp_path: Path) -> None:
    missing = ragguide("eval", "run", tmp_path / "no.jsonl", **index)
    assert (missing.returncode, "cannot read" in one_line(missing.stderr)) == (2, True)
    empty = ragguide("eval", "run", "-", stdin="\n", **index)
    assert (empty.returncode, "has no well-formed questions" in one_line(empty.stderr)) == (2, True)
    kind = ragguide("eval", "run", CASES, "--kind", "tabel", **index)
    assert (kind.returncode, "has the kind 'tabel'" in one_line(kind.stderr)) == (2, True)
    absent = ragguide("eval", "run", CASES, "--index", "absent", **index)
    assert (absent.returncode, "there is no index" in one_line(absent.stderr)) == (7, True)
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a process")
def test_an_interrupt_reports_progress_and_how_to_resume(
    index: dict[str, str], tmp_path: Path
) -> None:
    environ = index | {"RAGGUIDE_RUNS_DIR": str(tmp_path)}
    command: list[object] = ["eval", "run", CASES, "--name", "stopped"]
    stopped = ragguide_signalled(signal.SIGINT, 3, command, environ)
    assert stopped.returncode == -signal.SIGINT, stopped.stderr
    assert stopped.stdout == ""
    results = tmp_path / "stopped" / RESULTS
    assert results.read_bytes().count(b"\n") == 3
    saved = f"stopped after 3 of 120 questions. They are saved in {results.parent};"
    assert saved in stopped.stderr
