"""An index in a PostgreSQL database with pgvector, for a library that many machines read.

A generation is written in one transaction, so a killed writer leaves nothing. Readers hold a shared
advisory lock on their generation, and the writer holds one on the index. A server releases both if
a process dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ragguide.base.clock import Clock
from ragguide.base.groups import Groups
from ragguide.errors import IndexCorrupt, IndexFault, IndexMissing, UsageError
from ragguide.index.generation import REBUILD
from ragguide.index.lock import wait_for
from ragguide.index.plan import DATABASE_TYPES
from ragguide.index.pointer import Pointer, decode, encode, open_active
from ragguide.index.store import check_name, why_missing
from ragguide.index.stores.parts import DOCUMENTS, LEXICON, TERMS
from ragguide.index.stores.postgres_connection import SCHEMA, Database
from ragguide.index.stores.postgres_generation import (
    Fetch,
    PostgresGeneration,
    PostgresNotes,
    Reader,
    fetch,
    read_manifest,
)
from ragguide.index.stores.postgres_part import PostgresPart, outlined_part, part_for
from ragguide.index.stores.protocols import (
    Checked,
    Describe,
    Draft,
    Judge,
    Kept,
    OnWait,
)
from ragguide.types import Manifest

if TYPE_CHECKING:
    from psycopg import Connection

LONGEST_NAME = 63 - len(SCHEMA)  # of PostgreSQL's names
_WRITER = 0  # the lock of writers; those of readers are the numbers of generations


class PostgresStore:
    """One named index in a database."""

    index_types = DATABASE_TYPES

    def __init__(self, url: str, name: str) -> None:
        """Connect later. Raises `UsageError` for an invalid name."""
        check_name(name)
        if len(name) > LONGEST_NAME:
            raise UsageError(
                f"the index name {name!r} is too long for a database: use up to "
                f"{LONGEST_NAME} characters."
            )
        self.name = name
        self._database = Database(url, name)
        self._writer: Connection[Any] | None = None  # within `writing`

    @property
    def place(self) -> str:
        return self._database.place

    @property
    def notes(self) -> PostgresNotes:
        return PostgresNotes(self._database, self._fetch_once)

    # ── read ────────────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        with self._connected() as connection:
            return _read_pointer(connection, self.name) is not None

    def has_data(self) -> bool:
        with self._connected() as connection:
            found = connection.execute("SELECT to_regnamespace(%s)", (_quoted(self.name),))
            return found.fetchone() != (None,)

    def pointer(self) -> Pointer:
        with self._connected() as connection:
            data = _read_pointer(connection, self.name)
            if data is None:
                place = self.place.rpartition("/")[0]
                why = why_missing(self.name, _names(connection), place)
                raise IndexMissing(why, name=None)
        pointer = decode(data)
        if pointer is None:
            raise IndexCorrupt(f"{self.place}: its pointer is damaged. {REBUILD}")
        return pointer

    def manifest(self) -> Manifest:
        read = partial(read_manifest, self._database, self._fetch_once)
        return open_active(self.pointer, read)

    def manifest_for(self, groups: Groups) -> Manifest:
        return open_active(self.pointer, partial(self._manifest_for, groups=groups))

    def _manifest_for(self, number: int, sha256: str, *, groups: Groups) -> Manifest:
        try:
            whole = read_manifest(self._database, self._fetch_once, number, sha256)
        except IndexCorrupt:
            part = outlined_part(self._fetch_once, number, groups)
            if part is None:
                raise
            return part
        return part_for(whole, groups)

    def open_for(self, groups: Groups) -> PostgresGeneration:
        return open_active(self.pointer, partial(self._open_for, groups=groups))

    def _open_for(self, number: int, sha256: str, *, groups: Groups) -> PostgresGeneration:
        reads = Reader(self._database, number, groups).fetch
        try:
            whole = PostgresGeneration(self._database, reads, number, sha256)
        except IndexCorrupt:
            part = outlined_part(reads, number, groups)
            if part is None:
                raise
        else:
            part = part_for(whole.manifest, groups)
            if part is whole.manifest:
                return whole
        return PostgresPart(self._database, reads, part)

    def open(self) -> PostgresGeneration:
        return open_active(self.pointer, self._open)

    def _open(self, number: int, sha256: str) -> PostgresGeneration:
        """Open a generation by a connection that keeps it alive."""
        reads = Reader(self._database, number).fetch
        return PostgresGeneration(self._database, reads, number, sha256)

    @contextmanager
    def _connected(self) -> "Iterator[Connection[Any]]":
        """Use the writer's connection, if there is one, or one for a few statements."""
        if self._writer is None:
            with self._database.connected() as connection:
                yield connection
        else:
            with self._database.faults():
                yield self._writer

    def _fetch_once(self, statement: str, values: Any) -> Any:
        with self._connected() as connection:
            return fetch(self._database, connection, statement, values)

    # ── write ───────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self, *, on_wait: OnWait | None = None) -> Iterator[None]:
        with self._database.connected() as connection:
            wait_for(partial(self._lock, connection), self.name, on_wait)
            self._writer = connection
            try:
                yield
            finally:
                self._writer = None
                self._unlock(connection)

    def _lock(self, connection: "Connection[Any]") -> bool:
        found = connection.execute(
            "SELECT pg_try_advisory_lock(hashtext(%s), %s)", (SCHEMA + self.name, _WRITER)
        ).fetchone()
        return found == (True,)

    def _unlock(self, connection: "Connection[Any]") -> None:
        """Release the lock now: the server ends a connection some time after its client."""
        from psycopg import Error

        with suppress(Error):  # then the lock ends with the connection
            connection.execute(
                "SELECT pg_advisory_unlock(hashtext(%s), %s)", (SCHEMA + self.name, _WRITER)
            )

    def add(
        self,
        draft: Draft,
        describe: Describe,
        *,
        keep: int,
        clock: Clock,
        judge: Judge | None = None,
    ) -> Manifest:
        from ragguide.index.stores.postgres_write import set_rights, write

        with self._transaction() as connection:
            self._database.create(connection)
            old = self._pointer_if_valid(connection)
            number = old.next_number
            manifest, sha256 = write(connection, number, draft, describe, clock)
            reads = partial(fetch, self._database, connection)
            set_rights(connection, reads, manifest)
            if judge is not None:
                judge(PostgresGeneration(self._database, reads, number, sha256))
            self._point(connection, old.with_new(number, sha256, keep=keep))
        return manifest

    def rollback(self, to: int | None = None) -> PostgresGeneration:
        from ragguide.index.stores.postgres_write import set_rights

        with self._transaction() as connection:
            pointer = self.pointer()
            number = pointer.target_of_rollback(to, self.name)
            checked = self._open(number, pointer.manifests[number])
            if number != pointer.in_use:
                reads = partial(fetch, self._database, connection)
                set_rights(connection, reads, checked.manifest)
                self._point(connection, pointer.with_active(number))
        return checked

    def prune(self, keep: int) -> list[int]:
        with self._transaction() as connection:
            pointer = self.pointer()
            left = pointer.pruned(keep)
            self._point(connection, left)
        return sorted(pointer.manifests.keys() - left.manifests.keys())

    def remove(self) -> None:
        with self._transaction() as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {_quoted(self.name)} CASCADE".encode())

    @contextmanager
    def _transaction(self) -> "Iterator[Connection[Any]]":
        assert self._writer is not None, "call it within `writing`"
        with self._database.faults(), self._writer.transaction():
            yield self._writer

    def _pointer_if_valid(self, connection: "Connection[Any]") -> Pointer:
        """Return the pointer, or an empty one if it is missing or damaged."""
        data = _read_pointer(connection, self.name)
        pointer = decode(data) if data is not None else None
        found = connection.execute("SELECT coalesce(max(number), 0) FROM generations").fetchone()
        assert found is not None
        manifests = pointer.manifests if pointer else {}
        return Pointer(manifests, max(pointer.next_number if pointer else 1, found[0] + 1))

    def _point(self, connection: "Connection[Any]", pointer: Pointer) -> None:
        """Replace the pointer, and delete the generations that it does not list."""
        connection.execute(
            "INSERT INTO pointer (value) VALUES (%s) "
            "ON CONFLICT (is_it) DO UPDATE SET value = excluded.value",
            (encode(pointer),),
        )
        found = connection.execute(
            "SELECT number FROM generations WHERE number <> ALL (%s::int[])",
            (list(pointer.manifests),),
        ).fetchall()
        for (number,) in found:  # one that a reader has open stays until the next writer
            connection.execute(
                "DELETE FROM generations WHERE number = %s "
                "AND pg_try_advisory_xact_lock(hashtext(%s), number)",
                (number, SCHEMA + self.name),
            )
        connection.execute(
            "DELETE FROM documents WHERE NOT EXISTS ("
            "SELECT FROM generations WHERE born <= number AND number < died)"
        )

    # ── list and verify ─────────────────────────────────────────────────────────────────────────

    def kept(self) -> list[Kept]:
        manifests = sorted(self.pointer().manifests.items())
        with self._connected() as connection:
            reads = partial(fetch, self._database, connection)
            return [self._kept(reads, *each) for each in manifests]

    def _kept(self, fetch: Fetch, number: int, sha256: str) -> Kept:
        manifest, fault = None, None
        try:
            manifest = read_manifest(self._database, fetch, number, sha256)
        except IndexFault as exc:
            fault = str(exc)
        size_bytes = sum(_part_sizes(fetch, number).values())
        return Kept(number=number, size_bytes=size_bytes, manifest=manifest, fault=fault)

    def sizes(self, manifest: Manifest) -> dict[str, int | None]:
        return dict(_part_sizes(self._fetch_once, manifest.generation))

    def check(self, number: int, sha256: str) -> Checked:
        from ragguide.index.stores.postgres_check import faults_of

        try:
            faults = faults_of(self._open(number, sha256))
        except IndexFault as exc:
            return Checked(n_parts=0, size_bytes=0, faults=(str(exc),))
        sizes = _part_sizes(self._fetch_once, number)
        return Checked(n_parts=len(sizes), size_bytes=sum(sizes.values()), faults=tuple(faults))


def _part_sizes(fetch: Fetch, number: int) -> dict[str, int]:
    found = fetch(_SIZES, {"g": number})
    return dict(zip((DOCUMENTS, LEXICON, TERMS), found[0], strict=True)) if found else {}


def list_names(url: str) -> list[str]:
    """Return the names of all indexes in a database."""
    with Database(url, "").connected() as connection:
        return _names(connection)


def _names(connection: "Connection[Any]") -> list[str]:
    found = connection.execute(
        "SELECT substr(nspname::text, %s) FROM pg_namespace n "
        "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'pointer' "
        "WHERE starts_with(nspname::text, %s) ORDER BY nspname",
        (len(SCHEMA) + 1, SCHEMA),
    )
    return [name for (name,) in found]


def _read_pointer(connection: "Connection[Any]", index: str) -> bytes | None:
    """Return the pointer's bytes; None if there is no such index."""
    # The search path has other schemas, too, so look before reading.
    table = connection.execute("SELECT to_regclass(%s)", (f"{_quoted(index)}.pointer",)).fetchone()
    if table == (None,):
        return None
    found = connection.execute("SELECT value FROM pointer").fetchone()
    return bytes(found[0]) if found else None


def _quoted(index: str) -> str:
    return f'"{SCHEMA}{index}"'  # no valid name has a quote


_SIZES = """
SELECT coalesce((SELECT sum(size_bytes) FROM documents WHERE born <= %(g)s AND %(g)s < died),
                0)::bigint,
       octet_length(lexicon), octet_length(terms)
FROM generations WHERE number = %(g)s
"""
