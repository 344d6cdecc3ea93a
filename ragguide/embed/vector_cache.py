"""Keys in, cached vectors out: one SQLite file for all indexes.

A key covers everything that a vector depends on, so no entry can become stale. When the file grows
too large, the least recently used vectors go. Processes may share the file and be killed at any
time: SQLite's write-ahead log stores each batch completely or not at all. (diskcache does the same,
but unpickles its data.)
"""

import logging
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float32]

BUSY_S = 30.0  # longest wait for another process, whose batch takes milliseconds
EVICTED_SHARE = 0.1  # of all vectors, beyond the excess, so that evictions are rare
NOTED_S = 86_400  # record a use at most once a day
_AT_ONCE = 500  # keys in one statement; old builds of SQLite allow 999

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
        crc INTEGER NOT NULL,  -- of the vector: SQLite does not detect flipped bits
        used INTEGER NOT NULL  -- last use, in seconds since 1970
    );
    CREATE INDEX IF NOT EXISTS by_use ON vectors (used);
"""

_log = logging.getLogger(__name__)


def key_of(*parts: str) -> bytes:
    """Return the key of these parts, in order: 32 bytes."""
    return sha256("\0".join(parts).encode()).digest()


class VectorCache:
    """Vectors of earlier runs. A miss costs time, never a result.

    It logs a damaged file and starts a new one. It logs a file that cannot be read or written (disk
    full, no permission) and then runs without a cache.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        """Open or create the file; `max_bytes` 0 disables the cache."""
        self._path = path
        self._max_bytes = max_bytes
        self._database: sqlite3.Connection | None = None
        if max_bytes:
            with self._log_faults():
                self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, FloatVector]:
        """Return the cached vectors by key; keys without one are left out."""
        found: dict[bytes, FloatVector] = {}
        with self._log_faults():
            for at in range(0, len(keys), _AT_ONCE):
                found |= self._get(keys[at : at + _AT_ONCE])
        return found

    def put(self, vectors: Mapping[bytes, FloatVector]) -> None:
        """Store vectors; they survive any end of this process."""
        with self._log_faults():
            self._put(vectors)

    # ── the file ────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _log_faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.OperationalError) as exc:
            reason = f"{exc.filename}: {exc.strerror}" if isinstance(exc, OSError) else exc
            _log.warning("cannot use %s (%s), so no vectors are cached.", self._path, reason)
            self._close()
        except sqlite3.DatabaseError as exc:
            _log.warning("%s is damaged (%s). Starting a new cache.", self._path, exc)
            self._close()
            with self._log_faults():
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
            if database.in_transaction:  # SQLite has already ended it if the disk is full
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
            raise sqlite3.DatabaseError(f"{len(rows) - len(whole)} vectors have a wrong checksum")
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
        """Delete the least recently used vectors if the file is too large."""
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
        database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page only
