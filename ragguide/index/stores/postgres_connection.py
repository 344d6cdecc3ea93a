"""The URL of a database and the name of an index in, connections to its tables out.

Each index has a schema of its own, `ragguide:<name>`, which the search path of a connection names.
So no statement needs a name that is put together. The password comes from PGPASSWORD or PGPASSFILE,
which libpq reads itself, so it appears in no message.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString

from ragguide.errors import SettingsError, StorageError, StoreDown

if TYPE_CHECKING:
    from psycopg import Connection

    Rows = list[tuple[Any, ...]]

SCHEMA = "ragguide:"
CONNECT_S = 10  # to wait for a server
SILENT_S = 60  # without a sign of life, after which the connection counts as lost
LEAST_PGVECTOR = (0, 8)  # the first that searches on if a filter rejects what it found
# Candidates that a graph keeps while it searches; at least as many as a search asks for.
EF_SEARCH = 100


class Database:
    """Connects to the tables of one index."""

    def __init__(self, url: str, index: str) -> None:
        self.url = url
        self.index = index

    @property
    def place(self) -> str:
        """The address of the index, for messages."""
        return f"{address_of(self.url)}/{self.index}"

    def connect(self) -> "Connection[Any]":
        """Return a connection that commits each statement, unless a transaction has begun.

        Raises:
            StoreDown: the server does not answer, or refuses the user.
            SettingsError: the package psycopg is missing.
        """
        try:
            import psycopg
        except ModuleNotFoundError as exc:
            if exc.name != "psycopg":
                raise
            raise SettingsError(
                "the package psycopg is missing. Install it: `pip install 'ragguide[postgres]'`."
            ) from None
        with self.faults():
            connection = psycopg.connect(
                self.url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                tcp_user_timeout=1000 * SILENT_S,
                application_name="ragguide",
                prepare_threshold=None,  # poolers such as pgbouncer lose prepared statements
            )
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _prepare(self, connection: "Connection[Any]") -> None:
        """Set the search path, and the filter settings of pgvector, on a new connection."""
        connection.execute(
            """
            SELECT set_config('search_path', concat_ws(', ', quote_ident(%s), coalesce(
                       (SELECT quote_ident(nspname) FROM pg_extension
                        JOIN pg_namespace ON pg_namespace.oid = extnamespace
                        WHERE extname = 'vector'), 'public')), false),
                   set_config('hnsw.iterative_scan', 'strict_order', false),
                   set_config('hnsw.ef_search', %s, false),
                   set_config('idle_in_transaction_session_timeout', '0', false)
            """,
            (SCHEMA + self.index, str(EF_SEARCH)),
        )

    @contextmanager
    def connected(self) -> Iterator["Connection[Any]"]:
        """Connect for a few statements."""
        connection = self.connect()
        try:
            with self.faults():
                yield connection
        finally:
            connection.close()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn an error of the server into one line.

        Raises:
            StoreDown: the server does not answer, or went away.
            StorageError: the server refused a statement.
        """
        import psycopg

        try:
            yield
        except psycopg.errors.InsufficientPrivilege as exc:
            raise StorageError(
                f"{self.place}: {first_line(exc)}. Grant this user the rights to this index."
            ) from exc
        except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
            if isinstance(exc, psycopg.errors.DiskFull | psycopg.errors.OutOfMemory):
                raise StorageError(f"cannot write {self.place}: {first_line(exc)}.") from exc
            raise StoreDown(
                f"cannot reach {self.place}: {first_line(exc)}. Check the server and its address."
            ) from exc
        except psycopg.Error as exc:
            raise StorageError(f"{self.place}: {first_line(exc)}.") from exc

    def create(self, connection: "Connection[Any]") -> None:
        """Create the schema and its tables, if they are missing. Call it in a transaction.

        Raises:
            StorageError: the database has no pgvector, or an old one.
        """
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('ragguide: create'))")
        self._require_pgvector(connection)
        self._prepare(connection)  # the extension may be new
        name = f'"{SCHEMA}{self.index}"'  # `IndexFolder` allows no quotes in names
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}".encode())
        found = connection.execute("SELECT to_regclass(%s)", (f"{name}.pointer",)).fetchone()
        if found == (None,):
            connection.execute(TABLES)

    def _require_pgvector(self, connection: "Connection[Any]") -> None:
        import psycopg

        asked = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        found = connection.execute(asked).fetchone()
        if found is None:
            try:
                with connection.transaction():
                    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            except psycopg.Error as exc:
                raise StorageError(
                    f"{self.place} needs the extension pgvector: {first_line(exc)}. "
                    "Ask the administrator of the database for `CREATE EXTENSION vector`."
                ) from exc
            found = connection.execute(asked).fetchone()
        assert found is not None
        if tuple(map(int, found[0].split(".")[:2])) < LEAST_PGVECTOR:
            raise StorageError(
                f"{self.place} has pgvector {found[0]}, but ragguide needs 0.8 or newer. "
                "Ask the administrator of the database for `ALTER EXTENSION vector UPDATE`."
            )


def address_of(url: str) -> str:
    """Return a database's URL for messages: without options, which may be private."""
    return url.partition("?")[0].rstrip("/")


def first_line(exc: Exception) -> str:
    """Return the first line of a server's message."""
    lines = str(exc).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(exc).__name__


# A document is in the generations from `born` to `died`, exclusive. Its passages and postings never
# change, so a new generation writes the documents that differ, and no others.
FOREVER = 2**31 - 1
TABLES: LiteralString = """
CREATE TABLE pointer (
    is_it boolean PRIMARY KEY DEFAULT true CHECK (is_it),   -- one row
    value bytea NOT NULL                                    -- as the file CURRENT
);
CREATE TABLE notes (name text PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE generations (
    number int PRIMARY KEY,
    manifest bytea NOT NULL,            -- JSON; the pointer has its sha256
    lexicon bytea NOT NULL,             -- JSON
    terms bytea NOT NULL,               -- JSON: the number of passages with each term
    mean_length float8 NOT NULL,        -- of a passage, in terms
    closeness float8                    -- mean cosine of two passages
);
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    born int NOT NULL,
    died int NOT NULL DEFAULT 2147483647,
    name text NOT NULL,
    n_passages int NOT NULL,
    sha256 text NOT NULL,               -- of the document, its passages and words
    size_bytes bigint NOT NULL,         -- of the same
    document bytea NOT NULL             -- JSON
);
CREATE TABLE passages (
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    place int NOT NULL,                 -- in the document, from 0
    born int NOT NULL,                  -- as the document's
    died int NOT NULL DEFAULT 2147483647,
    page_first int NOT NULL,
    page_last int NOT NULL,
    titles text NOT NULL,               -- in small letters, one path a line
    chunk bytea NOT NULL,               -- JSON
    vector halfvec NOT NULL,
    statements bytea NOT NULL,          -- float16, little-endian, one vector after the other
    PRIMARY KEY (document, place)
) WITH (fillfactor = 90,                -- so that a new `died` needs no new entry in an index
        toast_tuple_target = 128);
-- An exact search reads all vectors, so they are in the row, and what is large is not.
ALTER TABLE passages ALTER vector SET STORAGE MAIN;
CREATE TABLE postings (
    term text NOT NULL,
    document bigint NOT NULL REFERENCES documents ON DELETE CASCADE,
    places int[] NOT NULL,              -- of the passages with the term
    counts int[] NOT NULL,              -- of the term in each
    lengths int[] NOT NULL,             -- of each passage, in terms
    PRIMARY KEY (term, document)
);
CREATE INDEX postings_document ON postings (document);
"""
# Only an index with rights has these. The owner of the tables, who writes them, reads everything.
# Others need a role for a group, and read its documents; nobody else's names, words or counts are
# in a row that they can read. `ragguide.groups` narrows that further for a connection.
RIGHTS: LiteralString = """
CREATE TABLE rights (
    document bigint PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    groups text[] NOT NULL,             -- a reader needs one of them
    place int NOT NULL,                 -- in the manifest
    record bytea NOT NULL               -- JSON: its record in the manifest
);
CREATE TABLE outlines (
    generation int PRIMARY KEY REFERENCES generations ON DELETE CASCADE,
    manifest bytea NOT NULL             -- JSON: as if there were no documents
);
ALTER TABLE generations ENABLE ROW LEVEL SECURITY;      -- no policy: for the owner
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE rights ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE passages ENABLE ROW LEVEL SECURITY;
ALTER TABLE postings ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON rights FOR SELECT USING (EXISTS (
    SELECT FROM unnest(groups) AS name
    WHERE (name = 'everyone'
           OR pg_has_role(to_regrole(quote_ident('ragguide:' || name)), 'USAGE'))
      AND (coalesce(current_setting('ragguide.groups', true), '') = ''
           OR name = ANY (string_to_array(current_setting('ragguide.groups', true), ',')))));
CREATE POLICY readers ON documents FOR SELECT USING (id IN (SELECT document FROM rights));
CREATE POLICY readers ON passages FOR SELECT USING (document IN (SELECT document FROM rights));
CREATE POLICY readers ON postings FOR SELECT USING (document IN (SELECT document FROM rights));
"""
