"""Folders of runs appear in one step, resume, and are never mixed up."""

import multiprocessing
import random
from pathlib import Path

import msgspec
import pytest

from ragguide.errors import StorageError, UsageError
from ragguide.evaluate.provenance import fingerprint_of
from ragguide.evaluate.records import Case, Machine, ModelRecord, Outcome, Passage, Run
from ragguide.evaluate.run_files import PASSAGES, RESULTS
from ragguide.evaluate.run_folder import find_or_make
from ragguide.evaluate.run_writer import RunWriter
from ragguide.evaluate.runs import list_runs, load_run
from tests.evaluate.made import a_case, a_hit

CASES = tuple(a_case(f"q{number}", pages=(number,)) for number in range(1, 9))


def a_run(**fields: object) -> Run:
    run = Run(
        schema_version=1,
        fingerprint="",
        created="2026-01-02T03:04:05+00:00",
        machine=Machine(system="s", processor="p", n_cores=2, memory_gb=8.0, python="3.11"),
        ragguide_version="1",
        code_sha256="c",
        packages={},
        mode="search",
        depth=10,
        cases_name="cases",
        cases_sha256="s",
        n_cases=len(CASES),
        index="default",
        generation=1,
        index_sha256="i",
        sources={"guide": "x"},
        embedder=ModelRecord(name="e", sha256="e"),
        generator=None,
        prompt_version="1",
        seed=0,
        settings={"top_k": 5},
    )
    run = msgspec.structs.replace(run, **fields)
    return msgspec.structs.replace(run, fingerprint=fingerprint_of(run))


def outcome_of(case: Case) -> tuple[Outcome, list[Passage]]:
    """Two hits for each case; the next case shares one of them."""
    hits = (a_hit(case.pages[0]), a_hit(case.pages[0] + 1))
    passages = [Passage(chunk_id=h.chunk_id, section=("One",), text="é" * 40) for h in hits]
    return Outcome(case_id=case.id, hits=hits), passages


def finish(folder: Path, cases: tuple[Case, ...] = CASES) -> None:
    with RunWriter(folder) as writer:
        for case in cases:
            if case.id not in writer.done:
                writer.add(*outcome_of(case))


def make(runs_dir: Path, run: Run | None = None, *, name: str | None = None, again: bool = False):  # type: ignore[no-untyped-def]
    return find_or_make(runs_dir, run or a_run(), CASES, name=name, again=again)


def test_a_finished_run_is_read_in_the_order_of_its_cases(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    finish(folder, tuple(reversed(CASES)))
    run = load_run(folder)
    assert run.record == a_run()
    assert [each.case for each in run.judged] == list(CASES)
    assert all(each.outcome == outcome_of(each.case)[0] for each in run.judged)
    assert sorted(run.passages) == [f"guide/p{page:04d}-01" for page in range(1, 10)]


def test_an_unfinished_run_is_rejected_with_the_way_to_resume(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    finish(folder, CASES[:3])
    with pytest.raises(UsageError, match="5 of 8 questions are left"):
        load_run(folder)


def test_a_run_is_found_by_everything_its_results_depend_on(tmp_path: Path) -> None:
    first = make(tmp_path)
    moved = a_run(created="2027-01-01", machine=msgspec.structs.replace(a_run().machine, n_cores=1))
    assert make(tmp_path, moved).folder == first.folder
    for change in ({"seed": 1}, {"depth": 5}, {"code_sha256": "d"}, {"settings": {"top_k": 6}}):
        assert make(tmp_path, a_run(**change)).folder != first.folder


def test_a_finished_run_is_repeated_only_on_request(tmp_path: Path) -> None:
    first = make(tmp_path)
    assert not first.is_finished
    finish(first.folder)
    found = make(tmp_path)
    assert (found.folder, found.is_finished) == (first.folder, True)
    again = make(tmp_path, again=True)
    assert again.folder.name == f"{first.folder.name}-2"
    assert again.n_done == 0
    finish(again.folder, CASES[:2])
    assert make(tmp_path, again=True).folder == again.folder  # an unfinished run comes first
    assert make(tmp_path).folder == first.folder


def test_a_name_becomes_the_folder_of_one_run(tmp_path: Path) -> None:
    assert make(tmp_path, name="before").folder == tmp_path / "before"
    with pytest.raises(UsageError, match="before already exists"):
        make(tmp_path, a_run(seed=1), name="before")
    with pytest.raises(UsageError, match=r"'\.\./x' is not a valid run name"):
        make(tmp_path, a_run(seed=1), name="../x")


def test_a_name_is_used_again_on_request_and_the_earlier_run_is_kept(tmp_path: Path) -> None:
    first = make(tmp_path, name="nightly")
    assert first.aside is None
    finish(first.folder)
    second = make(tmp_path, a_run(seed=1), name="nightly", again=True)
    assert (second.folder, second.aside) == (tmp_path / "nightly", tmp_path / "nightly-2")
    assert (second.record.seed, second.n_done) == (1, 0)
    assert load_run(tmp_path / "nightly-2").record == a_run()
    resumed = make(tmp_path, a_run(seed=1), name="nightly", again=True)
    assert (resumed.folder, resumed.aside) == (second.folder, None)  # an unfinished run comes first
    finish(second.folder, CASES[:2])
    third = make(tmp_path, name="nightly", again=True)
    assert third.aside == tmp_path / "nightly-3"
    with (
        RunWriter(third.folder),
        pytest.raises(StorageError, match="another process is writing the run"),
    ):
        make(tmp_path, a_run(seed=2), name="nightly", again=True)
    (tmp_path / "notes").mkdir()
    with pytest.raises(UsageError, match="notes already exists"):
        make(tmp_path, name="notes", again=True)


def test_a_name_asks_for_a_run_of_that_name(tmp_path: Path) -> None:
    other = make(tmp_path).folder
    named = make(tmp_path, name="nightly")
    assert (named.folder.name, named.n_done) == ("nightly", 0)
    finish(other)
    finish(named.folder, CASES[:2])
    resumed = make(tmp_path, name="nightly")
    assert (resumed.folder, resumed.n_done) == (named.folder, 2)
    finish(named.folder)
    assert make(tmp_path, name="nightly").is_finished
    assert not make(tmp_path, name="weekly").is_finished


def test_any_name_of_questions_makes_a_valid_folder(tmp_path: Path) -> None:
    folder = make(tmp_path, a_run(cases_name="my /../ cases!")).folder
    assert folder.parent == tmp_path
    assert folder.name.startswith("my-..-cases-search-")


def test_runs_are_listed_in_the_order_of_their_start(tmp_path: Path) -> None:
    late = make(tmp_path, a_run(seed=1, created="2026-03-01")).folder
    early = make(tmp_path, a_run(seed=2, created="2026-02-01")).folder
    finish(early, CASES[:1])
    (tmp_path / "notes").mkdir()
    assert [(state.folder, state.n_done) for state in list_runs(tmp_path)] == [
        (early, 1),
        (late, 0),
    ]
    assert list(list_runs(tmp_path / "nowhere")) == []


def test_a_cut_off_line_is_dropped_and_its_case_asked_again(tmp_path: Path) -> None:
    """Both files are cut at random bytes, as a kill or a full disk may leave them."""
    whole = make(tmp_path / "whole").folder
    finish(whole)
    expected = load_run(whole)
    rng = random.Random(0)
    for number in range(40):
        folder = make(tmp_path / str(number)).folder
        finish(folder)
        for name in (RESULTS, PASSAGES):
            data = (folder / name).read_bytes()
            # Passages are written first, so they are never behind the outcomes.
            cut = (
                rng.randrange(len(data))
                if name == RESULTS
                else rng.choice([len(data) - 1, len(data)])
            )
            (folder / name).write_bytes(data[:cut])
        finish(folder)
        assert load_run(folder) == expected
        assert sorted((folder / RESULTS).read_bytes().splitlines()) == sorted(
            (whole / RESULTS).read_bytes().splitlines()
        )


def test_a_damaged_line_before_the_last_is_an_error_with_its_number(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    finish(folder)
    lines = (folder / RESULTS).read_bytes().splitlines(keepends=True)
    (folder / RESULTS).write_bytes(b"".join([*lines[:2], b"\0\0\n", *lines[3:]]))
    with pytest.raises(UsageError, match=r"results.jsonl, line 3: .* run it again"):
        load_run(folder)


def test_a_repeated_case_is_an_error(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    finish(folder)
    data = (folder / RESULTS).read_bytes()
    (folder / RESULTS).write_bytes(data + data.splitlines(keepends=True)[0])
    with pytest.raises(UsageError, match="has two outcomes of case 'q1'"):
        load_run(folder)


def hold(
    folder: Path,
    held: "multiprocessing.synchronize.Event",
    done: "multiprocessing.synchronize.Event",
) -> None:
    with RunWriter(folder):
        held.set()
        done.wait(60)


def test_two_processes_never_write_one_run(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(folder, held, done))
    other.start()
    try:
        assert held.wait(60)
        with pytest.raises(StorageError, match="another process is writing the run"):
            RunWriter(folder).__enter__()
    finally:
        done.set()
        other.join()
    finish(folder)
    assert len(load_run(folder).judged) == len(CASES)


def test_a_folder_without_a_run_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no run in .* List all runs: ragguide eval list"):
        load_run(tmp_path)
