"""The record and the questions of a run in, its folder out: an existing one, or a new one.

A new folder appears in one step, with its record and its questions. After that, files are only
appended to, so a run that was killed can resume.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.records import Case, Run, encode_lines
from ragguide.evaluate.run_files import CASES, RUN, storage_errors
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
        again: do not return a finished run.

    Raises:
        UsageError: the name is not allowed, or another run has it.
        StorageError: the folder cannot be written.
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
    folder = runs_dir / _name(runs_dir, record, name)
    with storage_errors(folder):
        _make(folder, record, cases)
    return RunState(folder, read_record(folder), 0)


def _name(runs_dir: Path, record: Run, name: str | None) -> str:
    if name is None:
        stem = _NOT_IN_NAMES.sub("-", record.cases_name).strip("-.")[:60] or "cases"
        base = f"{stem}-{record.mode}-{record.fingerprint[:8]}"
        taken = {path.name for path in runs_dir.glob(f"{base}*")}
        return next(n for n in _numbered(base) if n not in taken)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a valid run name. Use up to 100 letters, digits, '.', '_' and '-'."
        )
    if (runs_dir / name).exists():
        raise UsageError(f"{runs_dir / name} already exists. Choose another --name.")
    return name


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def _make(folder: Path, record: Run, cases: Sequence[Case]) -> None:
    """Make a folder with its record and its cases, in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
        draft = Path(made) / "run"
        draft.mkdir()
        (draft / RUN).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
        (draft / CASES).write_bytes(encode_lines(cases))
        draft.rename(folder)
