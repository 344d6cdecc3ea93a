"""The record and the questions of a run in, its folder out: an existing one, or a new one.

A new folder appears in one step, with its record and its questions. After that, files are only
appended to, so a run that was killed can resume.
"""

import re
import tempfile
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.records import Case, Run, encode_lines
from ragguide.evaluate.run_files import CASES, RUN, storage_errors
from ragguide.evaluate.run_writer import RunWriter
from ragguide.evaluate.runs import RunState, list_runs, read_record

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")


def find_or_make(
    runs_dir: Path, record: Run, cases: Sequence[Case], *, name: str | None, again: bool
) -> RunState:
    """Return the run with this fingerprint, finished or not; make its folder if there is none.

    A name asks for a run of that name: the same run under another name is not returned.

    Args:
        runs_dir: the folder of all runs.
        record: of the run.
        cases: its questions.
        name: of the folder; by default made of the questions' name, the mode and the fingerprint.
        again: do not return a finished run; rename a run that has the name already.

    Raises:
        UsageError: the name is not allowed, or another run has it and `again` is false.
        StorageError: the folder cannot be written, or a process is writing the run of that name.
    """
    same = [
        state for state in list_runs(runs_dir)
        if state.record.fingerprint == record.fingerprint and name in (None, state.folder.name)
    ]  # fmt: skip
    finished = [state for state in same if state.is_finished]
    if finished and not again:
        return finished[-1]
    for state in same:
        if not state.is_finished:
            return state
    if name is None:
        stem = _NOT_IN_NAMES.sub("-", record.cases_name).strip("-.")[:60] or "cases"
        folder, aside = _free(runs_dir, f"{stem}-{record.mode}-{record.fingerprint[:8]}"), None
    else:
        folder, aside = _of_name(runs_dir, name, again=again)
    with storage_errors(folder):
        _make(folder, record, cases)
    return RunState(folder, read_record(folder), 0, aside)


def _of_name(runs_dir: Path, name: str, *, again: bool) -> tuple[Path, Path | None]:
    """Return the folder for a new run of this name, and where the earlier run of this name is."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a valid run name. Use up to 100 letters, digits, '.', '_' and '-'."
        )
    folder = runs_dir / name
    if not folder.exists():
        return folder, None
    if not again or not (folder / RUN).is_file():
        raise UsageError(
            f"{folder} already exists. Choose another --name; --again repeats a run under its name."
        )
    with RunWriter(folder):  # no process may be writing it
        pass
    aside = _free(runs_dir, name)
    with storage_errors(folder):
        folder.rename(aside)
    return folder, aside


def _free(runs_dir: Path, base: str) -> Path:
    """Return a folder that is free: `base`, else `base-2`, `base-3` and so on."""
    names = chain([base], (f"{base}-{number}" for number in count(2)))
    return next(runs_dir / name for name in names if not (runs_dir / name).exists())


def _make(folder: Path, record: Run, cases: Sequence[Case]) -> None:
    """Make a folder with its record and its cases, in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
        draft = Path(made) / "run"
        draft.mkdir()
        (draft / RUN).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
        (draft / CASES).write_bytes(encode_lines(cases))
        draft.rename(folder)
