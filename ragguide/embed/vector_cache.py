"""Keys in, the vectors that were kept under them out: one SQLite file for all indexes.

A vector is kept by all that it was made of, so nothing here can become stale. What was used longest
ago goes when the file grows too large. Processes may share the file, and be killed at any time:
SQLite's write-ahead log holds a batch whole or not at all. (diskcache does the same, but unpickles
what it reads.)
"""

import logging
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float32]

BUSY_S = 30.0  # to wait while another process writes a batch, which takes milliseconds
EVICTED_SHARE = 0.1  # of all, beyond what is too much: so that it is seldom done
NOTED_S = 86_400  # a use is written down once a day
_AT_ONCE = 500  # keys in one statement, of which old builds of SQLite take 999

_SETTINGS = """
    PRAGMA page_size = 16384;  -- ten vectors of 384 dims; the usual 4,096 would waste a quarter
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
"""
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS vectors (
        key BLOB PRIMARY KEY,
        vector BLOB NOT NULL,  -- float32, little-endian
        crc INTEGER NOT NULL,  -- of the vector, since SQLite does not notice a flipped bit
        used INTEGER NOT NULL  -- when last, in seconds since 1970
    );
    CREATE INDEX IF NOT EXISTS by_use ON vectors (used);
"""

_log = logging.getLogger(__name__)


def key_of(*parts: str) -> bytes:
    """The key of what is made of these parts: 32 bytes."""
    return sha256("\0".join(parts).encode()).digest()


class VectorCache:
    """Vectors of former runs. What it cannot keep, or find again, costs time but no result.

    A file that is damaged is told of in the log and begun anew; one that cannot be read or written
    (no room, no permission) is told of and done without.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        """Open the file, or make it. With room for nothing there is none."""
        self._path = path
        self._max_bytes = max_bytes
        self._database: sqlite3.Connection | None = None
        if max_bytes:
            with self._faults_told():
                self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _exc: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, FloatVector]:
        """Return the vectors of those keys that have one."""
        found: dict[bytes, FloatVector] = {}
        with self._faults_told():
            for at in range(0, len(keys), _AT_ONCE):
                found |= self._get(keys[at : at + _AT_ONCE])
        return found

    def put(self, vectors: Mapping[bytes, FloatVector]) -> None:
        """Keep vectors; they then outlive this process, however it ends."""
        with self._faults_told():
            self._put(vectors)

    # ── the file ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.OperationalError) as exc:
            reason = f"{exc.filename}: {exc.strerror}" if isinstance(exc, OSError) else exc
            _log.warning("%s cannot be used (%s), so texts are embedded anew.", self._path, reason)
            self._close()
        except sqlite3.DatabaseError as exc:
            _log.warning("%s is damaged (%s). It is begun anew.", self._path, exc)
            self._close()
            with self._faults_told():
                for suffix in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                self._open()

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        self._database.executescript(_SETTINGS + _SCHEMA)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    @contextmanager
    def _transaction(self, database: sqlite3.Connection) -> Iterator[None]:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if database.in_transaction:  # SQLite has ended it already if the disk is full
                database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    def _get(self, keys: Sequence[bytes]) -> dict[bytes, FloatVector]:
        if self._database is None:
            return {}
        marks = ",".join("?" * len(keys))
        rows = self._database.execute(
            f"SELECT key, vector, crc, used FROM vectors WHERE key IN ({marks})",  # noqa: S608
            keys,
        ).fetchall()
        whole = [row for row in rows if zlib.crc32(row[1]) == row[2]]
        if len(whole) < len(rows):
            raise sqlite3.DatabaseError(f"{len(rows) - len(whole)} vectors are not what they were")
        now = int(time.time())
        stale = [(now, key) for key, _, _, used in whole if now - used > NOTED_S]
        if stale:
            with self._transaction(self._database):
                self._database.executemany("UPDATE vectors SET used = ? WHERE key = ?", stale)
        return {key: np.frombuffer(vector, "<f4") for key, vector, _, _ in whole}

    def _put(self, vectors: Mapping[bytes, FloatVector]) -> None:
        if self._database is None:
            return
        now = int(time.time())
        rows = []
        for key, vector in vectors.items():
            data = vector.astype("<f4").tobytes()
            rows.append((key, data, zlib.crc32(data), now))
        with self._transaction(self._database):
            self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?,?,?,?)", rows)
        self._evict(self._database)

    def _evict(self, database: sqlite3.Connection) -> None:
        """Drop what was used longest ago, if the file has become too large."""
        (n_pages,), (page_bytes,) = (
            database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
        )
        excess = n_pages * page_bytes - self._max_bytes
        if excess <= 0:
            return
        with self._transaction(database):
            (n_rows,) = database.execute("SELECT count(*) FROM vectors").fetchone()
            share = excess / (n_pages * page_bytes) + EVICTED_SHARE
            database.execute(
                "DELETE FROM vectors WHERE key IN (SELECT key FROM vectors ORDER BY used LIMIT ?)",
                (int(n_rows * share) + 1,),
            )
        database.executescript("PRAGMA incremental_vacuum")  # a page a step: `execute` takes one
