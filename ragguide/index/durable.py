"""Bytes in, files that survive a crash out: synced, and replaced completely or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragguide.errors import StorageError

WRITING = ".writing-"  # prefix of unfinished files; the next writer deletes them


def sync(path: Path) -> None:
    """Make sure that a file or folder is on the disk before the next step."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    # Windows writes out what a handle may write only; elsewhere a folder can be opened for reading.
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_synced(path: Path, data: bytes) -> None:
    """Replace a file atomically, after everything else in its folder is on the disk."""
    draft = path.with_name(f"{WRITING}{path.name}")
    draft.write_bytes(data)
    sync(draft)
    sync(path.parent)  # what the file refers to must be on the disk first
    os.replace(draft, path)  # noqa: PTH105  the name says that it is atomic
    sync(path.parent)


def write_note(index: Path, name: str, data: bytes) -> Path:
    """Write a note of an index, completely or not at all; return its path. Raises `OSError`."""
    draft = index / f"{WRITING}{name}"
    draft.write_bytes(data)
    return draft.replace(index / name)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` into a `StorageError` about `path`."""
    try:
        yield
    except OSError as exc:
        raise StorageError(
            # numpy reports a short write without an errno.
            f"cannot write {path}: {exc.strerror or f'the disk may be full ({exc})'}. "
            "The active generation is unchanged."
        ) from exc
