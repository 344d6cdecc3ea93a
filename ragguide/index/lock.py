"""The folder of an index in, the right to write it out: one writer at a time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.errors import IndexLocked
from ragguide.index.durable import storage_errors
from ragguide.index.stores.protocols import OnWait

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = "write.lock"

_WAIT_S = 0.1  # between two attempts to get the lock


@contextmanager
def write_lock(
    folder: Path, exists: Callable[[], bool], *, on_wait: OnWait | None = None
) -> Iterator[None]:
    """Lock the folder of an index; the system releases the lock of a dead process.

    Args:
        folder: of the index.
        exists: whether the index exists. If not at the end, the folder is removed.
        on_wait: called once if another process has the lock; then this waits for it. None: raise
            an error instead of waiting.

    Raises:
        IndexLocked: another process has the lock, and `on_wait` is None.
        StorageError: the folder cannot be created.
    """
    import filelock

    lock = filelock.FileLock(folder / LOCK)
    is_first = not folder.parent.exists()
    wait_for(partial(_acquire, lock, folder), folder.name, on_wait)
    try:
        yield
    finally:
        if not exists():
            _remove_empty(folder, with_parent=is_first)
        lock.release()


def wait_for(acquire: Callable[[], bool], name: str, on_wait: OnWait | None) -> None:
    """Try to lock an index of this name until it works. Raises `IndexLocked` as `write_lock`."""
    has_reported = False
    while not acquire():
        if on_wait is None:
            raise IndexLocked(
                f"another process is writing the index {name!r}. Try again when it is done."
            )
        if not has_reported:
            has_reported = True
            on_wait()
        time.sleep(_WAIT_S)


def _acquire(lock: "BaseFileLock", folder: Path) -> bool:
    """Take the lock if it is free; else return False."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except (TimeoutError, FileNotFoundError):  # taken, or just removed with its index
            return False
    return True


def _remove_empty(folder: Path, *, with_parent: bool) -> None:
    """Remove the lock and the folders created for it; we have the lock.

    A process that waits for the lock notices that its file is gone, and creates it again.
    """
    with suppress(OSError):
        (folder / LOCK).unlink()
        folder.rmdir()  # fails, as it should, if it has other files
        if with_parent:
            folder.parent.rmdir()
