"""A guide, questions and trials in, the plan of a sweep and its folder out.

runs/<sweep>/
sweep.json       the plan: all trials, and the record of the current settings
trials/t000/     an ordinary run with the current settings; t001, … with others
indexes/         a temporary index, while trials need another index than the guide's
winner.toml      the chosen settings
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragguide.errors import StorageError, UsageError
from ragguide.evaluate.provenance import record_of
from ragguide.evaluate.records import Case, Mode, Run
from ragguide.evaluate.run_files import RUN
from ragguide.evaluate.runs import state_of
from ragguide.evaluate.space import Trial
from ragguide.guide import Guide
from ragguide.index.recipe import as_made

SWEEP, TRIALS, INDEXES, WINNER = "sweep.json", "trials", "indexes", "winner.toml"


class Sweep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan of a sweep."""

    fingerprint: str  # of the record `present`, and of all trials
    present: Run  # the record of a run with the current settings
    trials: tuple[Trial, ...]


def as_indexed(guide: Guide) -> Guide:
    """Return the guide with the settings of its index, whatever the settings are now."""
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
    """Return the plan of a sweep.

    Raises:
        ModelError: the mode is "answers" and the generator is not installed.
    """
    present = record_of(guide, cases, cases_name=cases_name, mode=mode, depth=depth)
    data = msgspec.json.encode([present.fingerprint, [trial.values for trial in trials]])
    fingerprint = hashlib.sha256(data).hexdigest()
    return Sweep(fingerprint=fingerprint, present=present, trials=tuple(trials))


def find_or_make_sweep(runs_dir: Path, sweep: Sweep, *, name: str | None) -> Path:
    """Return the folder of a sweep; make it if there is none.

    Raises:
        UsageError: something else has the name.
        StorageError: the folder cannot be written.
    """
    name = name or f"sweep-{sweep.present.cases_name.split('.')[0]}-{sweep.fingerprint[:8]}"
    folder = runs_dir / name
    path = folder / SWEEP
    try:
        if path.is_file():
            if _read_sweep(path).fingerprint != sweep.fingerprint:
                raise UsageError(f"{folder} already has another sweep. Choose another --name.")
            return folder
        if folder.exists():
            raise UsageError(f"{folder} exists and is not a sweep. Choose another --name.")
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
            f"{path} is damaged, or from another version of ragguide: {exc}. Choose another --name."
        ) from exc


def trial_folder(folder: Path, trial: Trial) -> Path:
    return folder / TRIALS / trial.name


def is_finished(run: Path) -> bool:
    return (run / RUN).is_file() and state_of(run).is_finished
