"""A guide, questions and trials in, a run of each trial and the best settings out.

    runs/<sweep>/
        sweep.json       what is tried
        trials/t000/     a run like any other: the settings as they are; then t001, …
        indexes/         the index of the trials that are being run, where it is another one

Trials of one index follow each other, so an index is made and opened once. The documents are not
read again, a passage is embedded once on a machine, and a question or sentence once in a sweep. A
sweep that was stopped goes on with the trials, and the question, that it was at.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.config import Settings, change_settings
from ragguide.errors import RecallTooLow, SettingsError, StorageError, UsageError
from ragguide.evaluate.asking import run_cases
from ragguide.evaluate.measures import find_measure, measures_of, require_told
from ragguide.evaluate.provenance import record_of
from ragguide.evaluate.records import Case, Mode, Run
from ragguide.evaluate.runs import RUN, LoadedRun, RunWriter, find_or_make, load_run, state_of
from ragguide.evaluate.selection import Choice, choose
from ragguide.evaluate.space import CHUNKING, INDEXING, Trial, Value, index_key
from ragguide.evaluate.statistics import rows_of
from ragguide.evaluate.summary import SEED, Figure, figures_of, headlines
from ragguide.guide import Guide
from ragguide.index.recipe import as_made

if TYPE_CHECKING:
    from ragguide.types import Embedder, FloatMatrix

SWEEP, TRIALS, INDEXES, WINNER = "sweep.json", "trials", "indexes", "winner.toml"
_OF_INDEX = (*CHUNKING, *INDEXING)
_INDEX = "sweep"  # name of the index of the trials that are being run

OnStage = Callable[[str, int, int], None]  # stage, done, in all


class Sweep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tried, on what."""

    fingerprint: str  # of the present settings' run, and of all trials
    present: Run  # what the settings as they are would be recorded as
    trials: tuple[Trial, ...]


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial came to, over all questions."""

    trial: Trial
    figure: Figure  # by which trials are chosen
    others: tuple[Figure, ...]  # what else tells much of a run


class SweepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep came to."""

    name: str
    sweep: Sweep
    measure: str
    results: tuple[TrialResult, ...]  # in the order of the trials
    choice: Choice
    left_out: dict[str, str]  # a combination → why it was not tried

    @property
    def winner(self) -> Trial:
        return self.results[self.choice.chosen].trial


def as_indexed(guide: Guide) -> Guide:
    """The guide under the settings that its index was made by, whatever is set now."""
    return guide.under(as_made(guide.manifest, guide.settings))


def plan_sweep(
    guide: Guide,
    cases: Sequence[Case],
    trials: Sequence[Trial],
    *,
    cases_name: str,
    mode: Mode,
    depth: int,
) -> Sweep:
    """Say what a sweep is, before it is run.

    Raises:
        ModelError: answers are asked for, and the generator is not on this machine.
    """
    present = record_of(guide, cases, cases_name=cases_name, mode=mode, depth=depth)
    data = msgspec.json.encode([present.fingerprint, [trial.values for trial in trials]])
    fingerprint = hashlib.sha256(data).hexdigest()
    return Sweep(fingerprint=fingerprint, present=present, trials=tuple(trials))


def find_or_make_sweep(runs_dir: Path, sweep: Sweep, *, name: str | None) -> Path:
    """The folder of a sweep, made if it is not there.

    Raises:
        UsageError: another sweep has the name.
        StorageError: the folder cannot be written.
    """
    name = name or f"sweep-{sweep.present.cases_name.split('.')[0]}-{sweep.fingerprint[:8]}"
    folder = runs_dir / name
    path = folder / SWEEP
    try:
        if path.is_file():
            if _read_sweep(path).fingerprint != sweep.fingerprint:
                raise UsageError(f"{folder} already holds another sweep. Choose another --name.")
            return folder
        if folder.exists():
            raise UsageError(f"{folder} is already there, and no sweep. Choose another --name.")
        folder.mkdir(parents=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(sweep), indent=2))
    except OSError as exc:
        raise StorageError(f"cannot write {folder}: {exc.strerror or exc}.") from exc
    return folder


def _read_sweep(path: Path) -> Sweep:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Sweep)
    except msgspec.DecodeError as exc:
        raise UsageError(
            f"{path} is no sweep that this ragguide reads: {exc}. Choose another --name."
        ) from exc


def run_trials(
    guide: Guide, cases: Sequence[Case], sweep: Sweep, folder: Path, *, on_stage: OnStage
) -> dict[str, str]:
    """Run what is left of a sweep; return what could not be tried, and why.

    Raises:
        ModelError: a model is not on this machine, or does not load.
        StorageError: an outcome or index cannot be written.
    """
    left = [trial for trial in sweep.trials if not _is_finished(_home(folder, trial))]
    n_left, n_asked = len(left) * len(cases), 0
    left_out: dict[str, str] = {}
    shared = _Remembering(guide.embedder)
    for _, group in groupby(left, key=index_key):
        trials = list(group)
        settings = change_settings(guide.settings, trials[0].values, where=folder.name)
        try:
            opened = _open(guide, settings, folder / INDEXES, shared, on_stage)
        except (SettingsError, RecallTooLow) as exc:  # such an index cannot be made of this guide
            left_out |= {str(trial): str(exc) for trial in trials}
            n_left -= len(trials) * len(cases)
            continue
        for trial in trials:
            under = opened.under(_other_settings(opened, trial))
            tell = partial(_tell, on_stage, n_asked, n_left)
            _run_trial(under, cases, sweep, _home(folder, trial), tell)
            n_asked += len(cases)
    shutil.rmtree(folder / INDEXES, ignore_errors=True)
    return left_out


def result_of(
    folder: Path,
    sweep: Sweep,
    left_out: dict[str, str],
    *,
    measure: str,
    n_folds: int,
    seed: int = SEED,
) -> SweepResult:
    """Judge the trials by a measure, and choose one.

    Raises:
        UsageError: the measure is not known, or the trials cannot tell it, or have too few cases.
    """
    criterion = find_measure(measure)
    require_told(criterion, sweep.present)
    runs = [
        (trial, load_run(_home(folder, trial)))
        for trial in sweep.trials
        if _is_finished(_home(folder, trial))
    ]
    choice = choose(
        criterion,
        [rows_of(criterion, run.judged) for _, run in runs],
        [trial.n_changed for trial, _ in runs],
        n_folds=n_folds,
        seed=seed,
    )
    return SweepResult(
        name=folder.name,
        sweep=sweep,
        measure=measure,
        results=tuple(_result(trial, run, measure, seed) for trial, run in runs),
        choice=choice,
        left_out=left_out,
    )


def best_first(result: SweepResult) -> list[TrialResult]:
    """The trials by their figure; the chosen one before those that are as good."""
    sign = -1 if result.results[0].figure.higher_is_better else 1
    return sorted(
        result.results,
        key=lambda each: (
            each.figure.value != each.figure.value,  # NaN last
            round(sign * each.figure.value, 9),
            each.trial.n_changed,
            each.trial.number,
        ),
    )


def winner_toml(result: SweepResult) -> str:
    """The winner's settings as a file that ragguide reads, with what is known of them."""
    choice = result.choice
    lines = [
        f"# Chosen among {len(result.results)} settings by {choice.measure} over {choice.n} "
        f"questions of {result.sweep.present.cases_name}.",
        f"# {choice.measure}: {choice.value:.3f} over the questions that it was chosen by,",
        f"# {choice.held_out:.3f} over questions not chosen by; {choice.present:.3f} before",
        f"# (p of that difference: {choice.p:.3f}).",
        *(f"{name} = {_toml(value)}" for name, value in result.winner.values.items()),
    ]
    return "\n".join(lines) + "\n"


def _toml(value: Value) -> str:
    return msgspec.json.encode(value).decode()  # strings of letters, and numbers, look alike


def _result(trial: Trial, run: LoadedRun, measure: str, seed: int) -> TrialResult:
    heads = [m for m in headlines(run.judged, measures_of(run.record)) if m.name != measure]
    figure, *others = figures_of(run.judged, [find_measure(measure), *heads], seed=seed)
    return TrialResult(trial=trial, figure=figure, others=tuple(others))


def _home(folder: Path, trial: Trial) -> Path:
    return folder / TRIALS / trial.name


def _is_finished(run: Path) -> bool:
    return (run / RUN).is_file() and state_of(run).is_finished


def _tell(on_stage: OnStage, n_before: int, n_in_all: int, n_done: int, _n_of_trial: int) -> None:
    on_stage("ask", n_before + n_done, n_in_all)


def _open(
    guide: Guide, settings: Settings, scratch: Path, embedder: "Embedder", on_stage: OnStage
) -> Guide:
    """The index that the settings ask for: the guide's own, if it is that; else made of it.

    Raises:
        SettingsError, RecallTooLow: it cannot be made.
    """
    if all(getattr(settings, name) == getattr(guide.settings, name) for name in _OF_INDEX):
        return guide.under(guide.settings, embedder=embedder)
    settings = msgspec.structs.replace(settings, indexes_dir=scratch, index=_INDEX)
    guide.recut(settings, on_stage=on_stage)
    return Guide.open(settings=settings, embedder=embedder)


def _other_settings(opened: Guide, trial: Trial) -> Settings:
    values = {name: value for name, value in trial.values.items() if name not in _OF_INDEX}
    return msgspec.structs.replace(opened.settings, **values)


def _run_trial(
    guide: Guide,
    cases: Sequence[Case],
    sweep: Sweep,
    home: Path,
    on_case: Callable[[int, int], None],
) -> None:
    """Run a trial, or what is left of it; one begun on an index that came out otherwise, anew."""
    present = sweep.present
    record = record_of(
        guide, cases, cases_name=present.cases_name, mode=present.mode, depth=present.depth
    )
    if (home / RUN).is_file() and state_of(home).record.fingerprint != record.fingerprint:
        shutil.rmtree(home)
    state = find_or_make(home.parent, record, cases, name=home.name, again=False)
    with RunWriter(state.folder) as writer:
        run_cases(guide, cases, writer, mode=present.mode, depth=present.depth, on_case=on_case)


class _Remembering:
    """An embedder that embeds a text once, however many trials ask for it."""

    def __init__(self, embedder: "Embedder") -> None:
        self._embedder = embedder
        self._known: dict[str, FloatMatrix] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dim(self) -> int:
        return self._embedder.dim

    def embed(self, texts: Sequence[str]) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1; no texts give `(0, dim)`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= dict(zip(new, self._embedder.embed(new), strict=True))
        if not texts:
            return self._embedder.embed([])
        return np.stack([self._known[text] for text in texts])
