"""Outcomes and passages in, lines of a run's files out. One process at a time writes to a run."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from ragguide.errors import StorageError
from ragguide.evaluate.records import Outcome, Passage, encode_lines
from ragguide.evaluate.run_files import (
    LOCK,
    PASSAGES,
    RESULTS,
    by_case,
    complete_lines,
    storage_errors,
)

_T = TypeVar("_T", bound=msgspec.Struct)


class RunWriter:
    """Appends outcomes to a run, under the run's lock.

    with RunWriter(folder) as writer:
        writer.add(outcome, passages)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[str, Outcome] = {}  # by case id, including those of earlier processes

    def __enter__(self) -> "RunWriter":
        """Take the lock, and drop incomplete lines.

        Raises:
            StorageError: another process has the lock, or the folder cannot be written.
            UsageError: a file of the run is damaged.
        """
        import filelock

        with storage_errors(self.folder):
            self._lock = filelock.FileLock(self.folder / LOCK, timeout=0)
            try:
                self._lock.acquire()
            except filelock.Timeout:
                raise StorageError(
                    f"another process is writing the run {self.folder}. Wait until it ends."
                ) from None
            try:
                self._open()
            except BaseException:
                self._lock.release()
                raise
        return self

    def _open(self) -> None:
        outcomes = _drop_incomplete(self.folder / RESULTS, Outcome)
        self.done = by_case(self.folder, outcomes)
        passages = _drop_incomplete(self.folder / PASSAGES, Passage)
        self._written = {passage.chunk_id for passage in passages}
        self._results: BinaryIO = (self.folder / RESULTS).open("ab")
        self._passages: BinaryIO = (self.folder / PASSAGES).open("ab")

    def __exit__(self, *_exc: object) -> None:
        self._results.close()
        self._passages.close()
        self._lock.release()

    def add(self, outcome: Outcome, passages: Iterable[Passage]) -> None:
        """Write an outcome, and the passages of its hits before it.

        Raises:
            StorageError: a file cannot be written; the case then counts as not done.
        """
        assert outcome.case_id not in self.done
        with storage_errors(self.folder):
            new = {p.chunk_id: p for p in passages if p.chunk_id not in self._written}
            if new:
                _append(self._passages, encode_lines(list(new.values())))
                self._written |= new.keys()
            _append(self._results, encode_lines([outcome]))
        self.done[outcome.case_id] = outcome


def _append(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()


def _drop_incomplete(path: Path, kind: type[_T]) -> list[_T]:
    """Cut off an incomplete last line; return the complete ones."""
    values, n_bytes = complete_lines(path, kind)
    if path.exists() and path.stat().st_size != n_bytes:
        os.truncate(path, n_bytes)
    return values
