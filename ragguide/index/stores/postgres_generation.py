"""A connection and the number of a generation in, its contents out."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from ragguide.base.groups import EVERYONE, Groups
from ragguide.errors import IndexCorrupt, StoreDown
from ragguide.index.generation import REBUILD
from ragguide.index.notes import Notes
from ragguide.index.rights import is_part
from ragguide.index.stores.parts import (
    DOCUMENTS,
    LEXICON,
    TERMS,
    decode_manifest,
    decode_part,
    verify_part,
)
from ragguide.index.stores.postgres_connection import SCHEMA, Database
from ragguide.index.stores.protocols import OnDevice
from ragguide.types import Chunk, Document, Manifest

if TYPE_CHECKING:
    from psycopg import Connection

    from ragguide.index.lexicon import Lexicon
    from ragguide.index.stores.postgres_engine import PostgresEngine
    from ragguide.types import FloatMatrix

FORMAT_VERSION = 1  # of the tables
HALF = np.dtype("<f2")  # of the vectors of statements
_SENT = np.dtype(">f2")  # of the elements that `halfvec_send` returns, after a header
_HEADER_BYTES = 4

Rows = list[tuple[Any, ...]]
Fetch = Callable[[str, Mapping[str, object]], Rows]


class Reader:
    """A connection of its own for one generation, which no writer deletes meanwhile.

    If the server closed the connection, for example because it restarted, the next statement
    connects again.
    """

    def __init__(self, database: Database, number: int, groups: Groups | None = None) -> None:
        """Connect; if a writer is deleting the generation, wait until it has.

        With `groups`, the server shows no document that is for other groups only.
        """
        self._database = database
        self._number = number
        self._groups = "" if groups is None else ",".join(sorted({EVERYONE, *groups}))
        self._open: list[Connection[Any]] = []
        self._reconnecting = Lock()
        weakref.finalize(self, _close_all, self._open)
        self._connect()

    def _connect(self) -> "Connection[Any]":
        connection = self._database.connect()
        self._open[:] = [connection]
        with self._database.faults():
            connection.execute(
                "SELECT set_config('ragguide.groups', %s, false), "
                "pg_advisory_lock_shared(hashtext(%s), %s)",
                (self._groups, SCHEMA + self._database.index, self._number),
            )
        return connection

    def _connect_again(self, lost: "Connection[Any]") -> "Connection[Any]":
        """Replace a lost connection, once for all threads.

        Raises:
            StoreDown: the server does not answer.
            IndexCorrupt: a writer has deleted the generation meanwhile.
        """
        with self._reconnecting:
            if self._open[0] is lost:
                connection = self._connect()
                reads = partial(fetch, self._database, connection)
                if not (reads(_MANIFEST, {"g": self._number}) or outline_of(reads, self._number)):
                    raise IndexCorrupt(
                        f"{self._database.place}: generation {self._number} was deleted while the "
                        "server was away. Open the index again."
                    )
            return self._open[0]

    def fetch(self, statement: str, values: Mapping[str, object]) -> Rows:
        """Return the rows of a statement.

        Raises:
            StoreDown: the server does not answer.
        """
        connection = self._open[0]
        try:
            return fetch(self._database, connection, statement, values)
        except StoreDown:
            if not connection.closed:
                raise
        return fetch(self._database, self._connect_again(connection), statement, values)


def has_rights_tables(fetch: Fetch) -> bool:
    """Whether the index has the tables of access rights."""
    return fetch(_HAS_RIGHTS, {}) == [(True,)]


def outline_of(fetch: Fetch, number: int) -> bytes | None:
    """Return the manifest of a generation with rights, as if it had no documents; None: it has no.

    Who may read some documents only cannot read more of the manifest.
    """
    if not has_rights_tables(fetch):
        return None
    found = fetch(_OUTLINE, {"g": number})
    return found[0][0] if found else None


def _close_all(connections: "list[Connection[Any]]") -> None:
    while connections:
        connections.pop().close()


def fetch(
    database: Database,
    connection: "Connection[Any]",
    statement: str,
    values: Mapping[str, object],
) -> Rows:
    """Return the rows of a statement; vectors and other bytes as bytes."""
    with database.faults():
        return connection.execute(statement.encode(), values, binary=True).fetchall()


class PostgresGeneration:
    """The contents of one generation, read when asked for."""

    def __init__(self, database: Database, fetch: Fetch, number: int, sha256: str) -> None:
        """Read the manifest and the list of documents, and verify them.

        Raises:
            IndexCorrupt: the generation is missing or damaged.
            IndexMismatch: another version of ragguide wrote it.
        """
        self._database = database
        self.fetch = fetch
        self.place = place_of(database, number)
        self.terms: bytes
        self.mean_length: float
        self.closeness: float | None
        manifest, self._lexicon, self.terms, self.mean_length, self.closeness = _row(
            fetch(_GENERATION, {"g": number}), self.place
        )
        self.manifest = decode_manifest(manifest, sha256, FORMAT_VERSION, self.place)
        for part, data in ((LEXICON, self._lexicon), (TERMS, self.terms)):
            verify_part(part, data, self.manifest.files[part], self.place)
        self._list_documents()

    def _list_documents(self) -> None:
        """Order the documents as the manifest does: passages are numbered through."""
        rows = {name: rest for name, *rest in self.fetch(_DOCUMENTS, self.number)}
        names = [source.name for source in self.manifest.sources]
        shas = "".join(rows[name][2] for name in names if name in rows)
        if not is_part(self.manifest):
            verify_part(DOCUMENTS, shas.encode(), self.manifest.files[DOCUMENTS], self.place)
        self.names = names
        self.ids: list[int] = [rows[name][0] for name in names]
        sizes: list[int] = [rows[name][1] for name in names]
        self.first_rows = list(accumulate(sizes, initial=0))  # and the number of passages

    @property
    def searched(self) -> list[int] | None:
        """The ids of the documents that a search may find; None: all of the generation."""
        return None

    @property
    def number(self) -> dict[str, object]:
        """The parameter that every statement needs."""
        return {"g": self.manifest.generation}

    @property
    def notes(self) -> Notes:
        return PostgresNotes(self._database, self.fetch)

    def decode_chunk(self, data: bytes) -> Chunk:
        return decode_part(data, Chunk, self.place)

    def chunks(self) -> list[Chunk]:
        by_id: dict[int, list[Chunk]] = {}
        for document, data in self.fetch(_CHUNKS, self.number):
            by_id.setdefault(document, []).append(self.decode_chunk(data))
        return [chunk for id_ in self.ids for chunk in by_id.get(id_, [])]

    def chunks_of(self, id_: int) -> list[Chunk]:
        """Return the passages of one document."""
        return [self.decode_chunk(data) for (data,) in self.fetch(_CHUNKS_OF, {"id": id_})]

    def documents(self) -> list[Document]:
        found: dict[int, bytes] = dict(self.fetch(_TEXTS, self.number))
        return [decode_part(found[id_], Document, self.place) for id_ in self.ids]

    def vectors(self) -> "FloatMatrix":
        return self._all_vectors[0]

    def statements(self) -> "FloatMatrix":
        return self._all_vectors[1]

    @cached_property
    def _all_vectors(self) -> "tuple[FloatMatrix, FloatMatrix]":
        by_id: dict[int, list[tuple[bytes, bytes]]] = {}
        for document, vector, statements in self.fetch(_VECTORS, self.number):
            by_id.setdefault(document, []).append((vector, statements))
        rows = [row for id_ in self.ids for row in by_id.get(id_, [])]
        dim = self.manifest.dim
        return (
            read_vectors([vector for vector, _ in rows], dim),
            read_statements([statements for _, statements in rows], dim),
        )

    def lexicon(self) -> "Lexicon":
        from ragguide.index.lexicon import Lexicon

        return Lexicon.load(np.frombuffer(self._lexicon, np.uint8))

    def engine(self, on_device: OnDevice) -> "PostgresEngine":  # noqa: ARG002  the server searches
        from ragguide.index.stores.postgres_engine import PostgresEngine

        return PostgresEngine(self)


class PostgresNotes:
    """The notes of an index as rows."""

    def __init__(self, database: Database, fetch: Fetch) -> None:
        self._database = database
        self._fetch = fetch

    def read(self, name: str) -> bytes | None:
        found = self._fetch("SELECT value FROM notes WHERE name = %(name)s", {"name": name})
        return found[0][0] if found else None

    def write(self, name: str, data: bytes) -> None:
        with self._database.connected() as connection:
            connection.execute(
                "INSERT INTO notes VALUES (%s, %s) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, data),
            )

    def place_of(self, name: str) -> str:
        return f"{name} of {self._database.place}"


# ── verify ──────────────────────────────────────────────────────────────────────────────────────


def read_manifest(database: Database, fetch: Fetch, number: int, sha256: str) -> Manifest:
    """Verify the manifest of a generation, and nothing else. Raises as `PostgresGeneration`."""
    place = place_of(database, number)
    (manifest,) = _row(fetch(_MANIFEST, {"g": number}), place)
    return decode_manifest(manifest, sha256, FORMAT_VERSION, place)


def place_of(database: Database, number: int) -> str:
    return f"{database.place}, generation {number}"


def _row(found: Rows, place: str) -> tuple[Any, ...]:
    if not found:
        raise IndexCorrupt(f"{place} is missing. {REBUILD}")
    return found[0]


# ── vectors as stored ───────────────────────────────────────────────────────────────────────────


def read_vectors(sent: Sequence[bytes], dim: int) -> "FloatMatrix":
    """Return `(n, dim)` float32 of what `halfvec_send` returned for n vectors."""
    rows = b"".join(each[_HEADER_BYTES:] for each in sent)
    return np.frombuffer(rows, _SENT).reshape(len(sent), dim).astype(np.float32)


def read_statements(stored: Sequence[bytes], dim: int) -> "FloatMatrix":
    """Return `(m, dim)` float32 of the statements of some passages, in order."""
    return np.frombuffer(b"".join(stored), HALF).reshape(-1, dim).astype(np.float32)


_GENERATION = """
SELECT manifest, lexicon, terms, mean_length, closeness FROM generations WHERE number = %(g)s
"""
_MANIFEST = "SELECT manifest FROM generations WHERE number = %(g)s"
# Of the index's own schema: the search path has other ones, too.
_HAS_RIGHTS = "SELECT to_regclass(quote_ident(current_schema()) || '.outlines') IS NOT NULL"
_OUTLINE = "SELECT manifest FROM outlines WHERE generation = %(g)s"
_DOCUMENTS = """
SELECT name, id, n_passages, sha256 FROM documents WHERE born <= %(g)s AND %(g)s < died
"""
_TEXTS = "SELECT id, document FROM documents WHERE born <= %(g)s AND %(g)s < died"
_CHUNKS = """
SELECT document, chunk FROM passages WHERE born <= %(g)s AND %(g)s < died
ORDER BY document, place
"""
_CHUNKS_OF = "SELECT chunk FROM passages WHERE document = %(id)s ORDER BY place"
_VECTORS = """
SELECT document, halfvec_send(vector), statements FROM passages
WHERE born <= %(g)s AND %(g)s < died ORDER BY document, place
"""
