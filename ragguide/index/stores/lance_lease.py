"""An index on S3 in, the right to write it out: an object that its writer renews.

S3 does not notice that a writer has died. So the lock `.locks/<index>` counts as free when nobody
has renewed it for `STALE_S`. On the machine of the dead writer it is free at once: a writer also
locks a file of its machine, which the system releases, and notes there which lease it took.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import platformdirs

from ragguide.errors import RagguideError
from ragguide.index.durable import storage_errors
from ragguide.index.lock import wait_for
from ragguide.index.stores.lance_place import Found, Place
from ragguide.index.stores.protocols import OnWait

if TYPE_CHECKING:
    from filelock import BaseFileLock

RENEW_S = 20
STALE_S = 120


class Lease(msgspec.Struct, frozen=True):
    """The contents of the object."""

    owner: str | None  # None: it is free
    n_renewed: int = 0  # so that its ETag changes


@contextmanager
def lease(place: Place, index: str, *, on_wait: OnWait | None) -> Iterator[None]:
    """Lock an index for writing.

    Raises:
        IndexLocked: another process has the lock, and `on_wait` is None.
        StoreDown: the server does not answer.
    """
    import filelock

    file = _file_of(place, index)
    with storage_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    here = filelock.FileLock(file.with_suffix(".lock"))
    wait_for(partial(_acquire_here, here), index, on_wait)
    try:
        taken = _Taken(place, f".locks/{index}", file)
        wait_for(taken.acquire, index, on_wait)
        with taken.renewed():
            yield
    finally:
        here.release()


def _acquire_here(lock: "BaseFileLock") -> bool:
    with suppress(TimeoutError):
        lock.acquire(timeout=0)
        return True
    return False


def _file_of(place: Place, index: str) -> Path:
    """Return the file of this machine that notes the leases of its writers."""
    name = hashlib.sha256(f"{place.uri(index)} {place.options}".encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("ragguide") / "locks" / name


class _Taken:
    """One attempt to take a lease, and the lease if it succeeds."""

    def __init__(self, place: Place, key: str, file: Path) -> None:
        self._place = place
        self._key = key
        self._file = file
        self._owner = uuid4().hex
        self._found: Found | None = None  # the lease as we wrote it last
        self._n_renewed = 0
        self._is_over = threading.Event()

    def acquire(self) -> bool:
        """Take the lease if it is free, stale, or of a process of this machine that has died."""
        found = self._place.read(self._key)
        ours = self._file.read_text("utf-8").split() if self._file.exists() else []
        if found is not None and found.age_s < STALE_S:
            owner = msgspec.json.decode(found.data, type=Lease).owner
            if owner is not None and owner not in ours:
                return False
        # Noted first, or a writer killed in between would be unknown here.
        with storage_errors(self._file):
            self._file.write_text("\n".join([*ours[-8:], self._owner]), "utf-8")
        self._found = self._place.swap(self._key, self._data(), found)
        return self._found is not None

    def _data(self) -> bytes:
        return msgspec.json.encode(Lease(self._owner, self._n_renewed))

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew the lease in another thread until the end, then free it."""
        renewer = threading.Thread(target=self._renew, name="ragguide-lease", daemon=True)
        renewer.start()
        try:
            yield
        finally:
            self._is_over.set()
            renewer.join()
            if self._found is not None:
                with suppress(RagguideError):  # it will be stale
                    free = msgspec.json.encode(Lease(None, self._n_renewed))
                    self._place.swap(self._key, free, self._found)

    def _renew(self) -> None:
        """If another writer took the lease, the swap of the pointer refuses one of the two."""
        while self._found is not None and not self._is_over.wait(RENEW_S):
            self._n_renewed += 1
            with suppress(RagguideError):  # the next time may work
                self._found = self._place.swap(self._key, self._data(), self._found)
