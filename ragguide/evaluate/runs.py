"""Runs on disk: made, gone on with, listed, read.

    runs/<name>/
        run.json        what was asked, and all that the results hang on
        cases.jsonl     the questions, as they were read
        results.jsonl   one outcome a line, each written as its case finished
        passages.jsonl  the text of what was found, each passage before the first outcome with it
        write.lock      held by the one process that adds to it

A folder appears whole, with its first two files, and is then only added to. So a run that was
killed goes on where it was: a line that was not written to its end is dropped.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import msgspec

from ragguide.errors import StorageError, UsageError
from ragguide.evaluate.records import Case, Judged, Outcome, Passage, Run, encode_lines

if TYPE_CHECKING:
    from types import TracebackType

RUN = "run.json"
CASES = "cases.jsonl"
RESULTS = "results.jsonl"
PASSAGES = "passages.jsonl"
LOCK = "write.lock"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")
_T = TypeVar("_T", bound=msgspec.Struct)


class LoadedRun(msgspec.Struct, frozen=True):
    """A finished run."""

    record: Run
    judged: tuple[Judged, ...]  # in the order of its cases
    passages: dict[str, Passage]  # by chunk id


class RunState(msgspec.Struct, frozen=True):
    """A run's folder, and how far it is."""

    folder: Path
    record: Run
    n_done: int

    @property
    def is_finished(self) -> bool:
        return self.n_done == self.record.n_cases


# ── read ────────────────────────────────────────────────────────────────────────────────────────


def load_run(folder: Path) -> LoadedRun:
    """Read a run that is finished.

    Raises:
        UsageError: there is none in the folder, it is not finished, or a file of it is damaged.
    """
    record = read_record(folder)
    cases = _read_lines(folder / CASES, Case)
    outcomes = _by_case(folder, _read_lines(folder / RESULTS, Outcome))
    missing = [case.id for case in cases if case.id not in outcomes]
    if missing:
        raise UsageError(
            f"the run {folder} is not finished: {len(missing)} of {len(cases)} questions are "
            "still to be asked. Give the same command again, and it goes on."
        )
    return LoadedRun(
        record,
        tuple(Judged(case=case, outcome=outcomes[case.id]) for case in cases),
        {passage.chunk_id: passage for passage in _read_lines(folder / PASSAGES, Passage)},
    )


def find_run(text: str, runs_dir: Path) -> Path:
    """The folder of a run that is given by its folder or its name.

    Raises:
        UsageError: there is none.
    """
    for folder in (Path(text), runs_dir / text):
        if (folder / RUN).is_file():
            return folder
    near = get_close_matches(
        Path(text).name, [path.parent.name for path in runs_dir.glob(f"*/{RUN}")], n=1
    )
    hint = f"Did you mean {near[0]}?" if near else "List them: ragguide eval list"
    raise UsageError(f"there is no run {text!r}, here or in {runs_dir}. {hint}")


def read_record(folder: Path) -> Run:
    """Read what a run was asked.

    Raises:
        UsageError: there is no run in the folder, or its record is damaged.
    """
    path = folder / RUN
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"there is no run in {folder}. List them: ragguide eval list") from None
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.") from exc
    except msgspec.DecodeError as exc:
        raise UsageError(f"{path} is no record of a run that this ragguide reads: {exc}.") from exc


def list_runs(runs_dir: Path) -> Iterator[RunState]:
    """Yield all runs in a folder, by when they were begun.

    Raises:
        UsageError: one is damaged.
    """
    folders = sorted(
        path.parent for path in runs_dir.glob(f"*/{RUN}") if path.parent.name[0] != "."
    )
    yield from sorted(map(state_of, folders), key=lambda state: state.record.created)


def state_of(folder: Path) -> RunState:
    """How far a run is.

    Raises:
        UsageError: there is none in the folder, or it is damaged.
    """
    return RunState(folder, read_record(folder), len(_ids_done(folder)))


def _ids_done(folder: Path) -> set[str]:
    lines, _ = _whole_lines(folder / RESULTS, Outcome)
    return {outcome.case_id for outcome in lines}


def _by_case(folder: Path, outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.case_id in found:
            raise UsageError(f"{folder / RESULTS} holds the case {outcome.case_id!r} twice.")
        found[outcome.case_id] = outcome
    return found


def _read_lines(path: Path, kind: type[_T]) -> list[_T]:
    values, _ = _whole_lines(path, kind)
    return values


def _whole_lines(path: Path, kind: type[_T]) -> tuple[list[_T], int]:
    """Decode the lines that were written to their end; tell how many bytes they take.

    A file that is not there yet has none.

    Raises:
        UsageError: the file cannot be read, or a line before its last is damaged.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], 0
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}.") from exc
    decoder = msgspec.json.Decoder(kind)
    values: list[_T] = []
    n_bytes = 0
    for number, line in enumerate(lines[:-1], start=1):  # after the last end of line: torn, or ""
        try:
            values.append(decoder.decode(line))
        except msgspec.DecodeError as exc:
            if number == len(lines) - 1:  # a power cut may leave the length without the bytes
                break
            raise UsageError(
                f"{path}, line {number}: {exc}. Remove the run's folder, and run it again."
            ) from exc
        n_bytes += len(line) + 1
    return values, n_bytes


# ── make, or find ───────────────────────────────────────────────────────────────────────────────


def find_or_make(
    runs_dir: Path, record: Run, cases: Sequence[Case], *, name: str | None, again: bool
) -> RunState:
    """Find the run of this fingerprint, finished or not, or make its folder.

    Args:
        runs_dir: where runs are kept.
        record: what is to be run.
        cases: its questions.
        name: of a new folder; else it is made of the questions' name, mode and fingerprint.
        again: take no finished one.

    Raises:
        UsageError: the name cannot be used, or another run has it.
        StorageError: the folder cannot be written.
    """
    alike = [s for s in list_runs(runs_dir) if s.record.fingerprint == record.fingerprint]
    finished = [state for state in alike if state.is_finished]
    if finished and not again:
        return finished[-1]
    for state in alike:
        if not state.is_finished:
            return state
    folder = runs_dir / _name(runs_dir, record, name)
    with _storage_errors(folder):
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
            f"{name!r} cannot name a run: use up to 100 letters, digits, '.', '_' and '-'."
        )
    if (runs_dir / name).exists():
        raise UsageError(f"{runs_dir / name} already holds another run. Choose another --name.")
    return name


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def _make(folder: Path, record: Run, cases: Sequence[Case]) -> None:
    """Make a folder appear with its record and its cases inside."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
        draft = Path(made) / "run"
        draft.mkdir()
        (draft / RUN).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
        (draft / CASES).write_bytes(encode_lines(cases))
        draft.rename(folder)


# ── add to ──────────────────────────────────────────────────────────────────────────────────────


class RunWriter:
    """Adds outcomes to a run while it holds the run's lock.

    with RunWriter(folder) as writer:
        writer.add(outcome, passages)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[str, Outcome] = {}  # by case id; those of an earlier process too

    def __enter__(self) -> "RunWriter":
        """Take the lock, drop what was not written to its end.

        Raises:
            StorageError: another process holds it, or the folder cannot be written.
            UsageError: a file of the run is damaged.
        """
        import filelock

        with _storage_errors(self.folder):
            self._lock = filelock.FileLock(self.folder / LOCK, timeout=0)
            try:
                self._lock.acquire()
            except filelock.Timeout:
                raise StorageError(
                    f"another process is adding to the run {self.folder}. Wait until it ends."
                ) from None
            try:
                outcomes = _mended(self.folder / RESULTS, Outcome)
                self.done = _by_case(self.folder, outcomes)
                passages = _mended(self.folder / PASSAGES, Passage)
                self._known = {passage.chunk_id for passage in passages}
                self._results: BinaryIO = (self.folder / RESULTS).open("ab")
                self._passages: BinaryIO = (self.folder / PASSAGES).open("ab")
            except BaseException:
                self._lock.release()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        self._results.close()
        self._passages.close()
        self._lock.release()

    def add(self, outcome: Outcome, passages: Iterable[Passage]) -> None:
        """Write an outcome, and the passages of its hits before it.

        Raises:
            StorageError: the disk is full, or the like; the outcome is then as if never made.
        """
        assert outcome.case_id not in self.done
        with _storage_errors(self.folder):
            new = {p.chunk_id: p for p in passages if p.chunk_id not in self._known}
            if new:
                _append(self._passages, encode_lines(list(new.values())))
                self._known |= new.keys()
            _append(self._results, encode_lines([outcome]))
        self.done[outcome.case_id] = outcome


def _append(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()


def _mended(path: Path, kind: type[_T]) -> list[_T]:
    """Cut off what was not written to its end; return the rest."""
    values, n_bytes = _whole_lines(path, kind)
    if path.exists() and path.stat().st_size != n_bytes:
        os.truncate(path, n_bytes)
    return values


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageError(
            f"cannot write {folder}: {exc.strerror or exc}. What is done is kept: mend that, and "
            "give the same command again."
        ) from exc
