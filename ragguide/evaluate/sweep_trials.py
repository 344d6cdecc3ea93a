"""The plan of a sweep in, one finished run for each trial out.

Trials that share an index are run together, so each index is built and opened once. Documents are
not read again. A machine embeds each passage once, a sweep each question and sentence once. A sweep
that was stopped resumes at the question where it stopped.
"""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.config import Settings, change_settings
from ragguide.errors import RecallTooLow, SettingsError
from ragguide.evaluate.asking import run_cases
from ragguide.evaluate.provenance import record_of
from ragguide.evaluate.records import Case
from ragguide.evaluate.run_files import RUN
from ragguide.evaluate.run_folder import find_or_make
from ragguide.evaluate.run_writer import RunWriter
from ragguide.evaluate.runs import state_of
from ragguide.evaluate.space import CHUNKING, INDEXING, Trial, index_key
from ragguide.evaluate.sweep import INDEXES, Sweep, is_finished, trial_folder
from ragguide.guide import Guide
from ragguide.types import TextKind

if TYPE_CHECKING:
    from ragguide.types import Embedder, FloatMatrix

_OF_INDEX = (*CHUNKING, *INDEXING)  # settings that an index depends on
_INDEX = "sweep"  # name of the temporary index

OnStage = Callable[[str, int, int], None]  # stage, n_done, n_total


def run_trials(
    guide: Guide, cases: Sequence[Case], sweep: Sweep, folder: Path, *, on_stage: OnStage
) -> dict[str, str]:
    """Run the trials that are not finished; return those whose index cannot be built, and why.

    Raises:
        ModelError: a model is not installed or does not load.
        StorageError: an outcome or index cannot be written.
    """
    left = [trial for trial in sweep.trials if not is_finished(trial_folder(folder, trial))]
    n_left, n_asked = len(left) * len(cases), 0
    left_out: dict[str, str] = {}
    shared = _CachingEmbedder(guide.embedder)
    for _, group in groupby(left, key=index_key):
        trials = list(group)
        settings = change_settings(guide.settings, trials[0].values, where=folder.name)
        try:
            opened = _open(guide, settings, folder / INDEXES, shared, on_stage)
        except (SettingsError, RecallTooLow) as exc:  # this guide cannot have such an index
            left_out |= {str(trial): str(exc) for trial in trials}
            n_left -= len(trials) * len(cases)
            continue
        for trial in trials:
            under = opened.under(_other_settings(opened, trial))
            on_case = partial(_report, on_stage, n_asked, n_left)
            _run_trial(under, cases, sweep, trial_folder(folder, trial), on_case)
            n_asked += len(cases)
    shutil.rmtree(folder / INDEXES, ignore_errors=True)
    return left_out


def _report(on_stage: OnStage, n_before: int, n_total: int, n_done: int, _n_of_trial: int) -> None:
    on_stage("ask", n_before + n_done, n_total)


def _open(
    guide: Guide, settings: Settings, scratch: Path, embedder: "Embedder", on_stage: OnStage
) -> Guide:
    """Open an index with these settings: the guide's own if it fits, else a new one.

    Raises:
        SettingsError, RecallTooLow: the index cannot be built.
    """
    if all(getattr(settings, name) == getattr(guide.settings, name) for name in _OF_INDEX):
        return guide.under(guide.settings, embedder=embedder)
    settings = msgspec.structs.replace(settings, store="", indexes_dir=scratch, index=_INDEX)
    guide.recut(settings, on_stage=on_stage)
    return Guide.open(settings=settings, embedder=embedder)


def _other_settings(opened: Guide, trial: Trial) -> Settings:
    values = {name: value for name, value in trial.values.items() if name not in _OF_INDEX}
    return msgspec.structs.replace(opened.settings, **values)


def _run_trial(
    guide: Guide,
    cases: Sequence[Case],
    sweep: Sweep,
    run_folder: Path,
    on_case: Callable[[int, int], None],
) -> None:
    """Run the rest of a trial; start over if it began on an index that is now different."""
    present = sweep.present
    record = record_of(
        guide, cases, cases_name=present.cases_name, mode=present.mode, depth=present.depth
    )
    has_run = (run_folder / RUN).is_file()
    if has_run and state_of(run_folder).record.fingerprint != record.fingerprint:
        shutil.rmtree(run_folder)
    state = find_or_make(run_folder.parent, record, cases, name=run_folder.name, again=False)
    with RunWriter(state.folder) as writer:
        run_cases(guide, cases, writer, mode=present.mode, depth=present.depth, on_case=on_case)


class _CachingEmbedder:
    """An embedder that embeds each text once, for all trials."""

    def __init__(self, embedder: "Embedder") -> None:
        self._embedder = embedder
        self._known: dict[tuple[TextKind, str], FloatMatrix] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dim(self) -> int:
        return self._embedder.dim

    def embed(self, texts: Sequence[str], *, kind: TextKind = "passage") -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1; no texts give `(0, dim)`."""
        new = [text for text in dict.fromkeys(texts) if (kind, text) not in self._known]
        vectors = self._embedder.embed(new, kind=kind)
        self._known |= {(kind, text): row for text, row in zip(new, vectors, strict=True)}
        if not texts:
            return vectors
        return np.stack([self._known[kind, text] for text in texts])
