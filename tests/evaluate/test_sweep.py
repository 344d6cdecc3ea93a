"""Sweeps of a small index with the real embedder: what is tried, resumed and chosen."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide, Settings
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.evaluate.pages import sweep_to_html
from ragguide.evaluate.records import Case
from ragguide.evaluate.runs import load_run
from ragguide.evaluate.space import read_axes, trials_of
from ragguide.evaluate.sweep import Sweep, as_indexed, find_or_make_sweep, plan_sweep
from ragguide.evaluate.sweep_result import SweepResult, best_first, result_of, winner_toml
from ragguide.evaluate.sweep_trials import run_trials
from ragguide.evaluate.wording import choice_in_words
from tests.pdfs import write_pdf

pytestmark = pytest.mark.model

ANIMALS = {
    "heron": "The grey heron stands still in shallow water and waits for fish.",
    "badger": "The badger digs a sett with many rooms and sleeps in it by day.",
    "otter": "The otter swims upstream at night and keeps its fur dry with oil.",
    "kestrel": "The kestrel hovers over a field and sees the traces of voles.",
    "hedgehog": "The hedgehog rolls up when it is afraid and sleeps all winter.",
    "salamander": "The salamander hides under leaves and comes out when it rains.",
}
CASES = [
    Case(id=name, question=f"what does the {name} do", pages=(page,), evidence=text)
    for page, (name, text) in enumerate(ANIMALS.items(), start=1)
]


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    folder = tmp_path_factory.mktemp("animals")
    pdf = write_pdf(folder / "animals.pdf", list(ANIMALS.values()))
    settings = load_settings({"indexes_dir": folder / "indexes"}, environ={}, cwd=folder)
    Guide.ingest(pdf, settings=settings)
    return as_indexed(Guide.open(settings=settings))


def plan(guide: Guide, *texts: str) -> Sweep:
    trials = trials_of(read_axes(texts), guide.settings).trials
    return plan_sweep(guide, CASES, trials, cases_name="animals", mode="search", depth=5)


def silent(_stage: str, _done: int, _total: int) -> None:
    pass


GRID = ("dense_weight=0,0.5,1", "chunk_tokens=64,160", "chunk_strategy=tokens,sections")


@pytest.fixture(scope="module")
def swept(animals: Guide, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sweep]:
    runs_dir = tmp_path_factory.mktemp("runs")
    sweep = plan(animals, *GRID)
    folder = find_or_make_sweep(runs_dir, sweep, name=None)
    assert run_trials(animals, CASES, sweep, folder, on_stage=silent) == {}
    return folder, sweep


@pytest.fixture(scope="module")
def result(swept: tuple[Path, Sweep]) -> SweepResult:
    folder, sweep = swept
    return result_of(folder, sweep, {}, measure="MRR", n_folds=3)


def test_each_trial_is_a_run_under_its_own_settings(swept: tuple[Path, Sweep]) -> None:
    folder, sweep = swept
    assert len(sweep.trials) == 12
    for trial in sweep.trials:
        run = load_run(folder / "trials" / trial.name)
        assert trial.values.items() <= run.record.settings.items()
        assert len(run.judged) == len(CASES)
    assert not (folder / "indexes").exists()


def test_a_trial_gives_the_hits_of_its_settings(animals: Guide, swept: tuple[Path, Sweep]) -> None:
    """An index built outside the sweep with a trial's settings gives the same hits."""
    folder, sweep = swept
    trial = next(t for t in sweep.trials if t.n_changed == 3)
    settings = msgspec.structs.replace(
        animals.settings, indexes_dir=folder.parent / "alone", **trial.values
    )
    animals.recut(settings)
    alone = Guide.open(settings=settings)
    for judged in load_run(folder / "trials" / trial.name).judged:
        hits = alone.search(judged.case.question, top_k=5)
        assert [hit.chunk.id for hit in hits] == [hit.chunk_id for hit in judged.outcome.hits]
        assert [hit.score for hit in hits] == pytest.approx([h.score for h in judged.outcome.hits])


def test_a_stopped_sweep_resumes_with_the_same_results(
    animals: Guide, swept: tuple[Path, Sweep], tmp_path: Path
) -> None:
    whole, sweep = swept
    folder = find_or_make_sweep(tmp_path, sweep, name="stopped")

    def stop(stage: str, done: int, _total: int) -> None:
        if stage == "ask" and done == 5 * len(CASES) + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trials(animals, CASES, sweep, folder, on_stage=stop)
    first = (folder / "trials" / "t000" / "results.jsonl").stat().st_mtime_ns
    totals = set()

    def count(stage: str, _done: int, total: int) -> None:
        if stage == "ask":
            totals.add(total)

    assert find_or_make_sweep(tmp_path, sweep, name="stopped") == folder
    run_trials(animals, CASES, sweep, folder, on_stage=count)
    assert totals == {7 * len(CASES)}  # five of twelve trials were finished
    assert (folder / "trials" / "t000" / "results.jsonl").stat().st_mtime_ns == first
    for trial in sweep.trials:
        a, b = (load_run(place / "trials" / trial.name) for place in (whole, folder))
        assert a.record.fingerprint == b.record.fingerprint
        assert [j.outcome.hits for j in a.judged] == [j.outcome.hits for j in b.judged]


def test_another_sweep_does_not_take_the_name(animals: Guide, swept: tuple[Path, Sweep]) -> None:
    folder, _ = swept
    other = plan(animals, "top_k=3,5")
    with pytest.raises(UsageError, match="already has another sweep"):
        find_or_make_sweep(folder.parent, other, name=folder.name)


def test_an_impossible_index_is_left_out_with_the_reason(animals: Guide, tmp_path: Path) -> None:
    sweep = plan(animals, "index_type=flat,ivf", "nlist=0,500")
    folder = find_or_make_sweep(tmp_path, sweep, name=None)
    left_out = run_trials(animals, CASES, sweep, folder, on_stage=silent)
    assert "index_type ivf, nlist 500" in left_out
    assert "index_type flat, nlist 500" in left_out
    found = result_of(folder, sweep, left_out, measure="hit@1", n_folds=2)
    assert {r.trial.values["nlist"] for r in found.results} == {0}


def test_winner_is_a_settings_file(result: SweepResult) -> None:
    read = tomllib.loads(winner_toml(result))
    assert read == result.winner.values
    assert msgspec.convert(read, Settings).dense_weight == result.winner.values["dense_weight"]
    assert best_first(result)[0].trial == result.winner


def test_a_sweep_is_summarised_in_words_and_on_a_page(result: SweepResult) -> None:
    words = choice_in_words(result)
    assert words[0].startswith(f"Best of 12 by MRR: {result.winner}")
    assert words[2].endswith("not statistically significant.")  # with six questions
    html = sweep_to_html(result)
    assert html.count("<svg ") == 3  # one for each setting
    assert "dense_weight" in html
    assert "<script" not in html


def test_a_measure_that_the_trials_lack_is_rejected(swept: tuple[Path, Sweep]) -> None:
    folder, sweep = swept
    with pytest.raises(UsageError, match="this run has no facts: its mode is search"):
        result_of(folder, sweep, {}, measure="facts", n_folds=2)
    with pytest.raises(UsageError, match="too few for 7 folds"):
        result_of(folder, sweep, {}, measure="MRR", n_folds=7)
