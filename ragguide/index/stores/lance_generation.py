"""A place and the number of a generation in, its contents out.

    guide/CURRENT                       the active generation, as for files
    guide/000003/manifest.json          a generation's small parts: its manifest,
    guide/000003/tables.json            the versions of its tables and their documents,
    guide/000003/lexicon.json, terms.json    its words
    guide/000003/dropped                written when CURRENT no longer lists it
    guide/tables/000001/*.lance         tables that generation 1 and those after it share
    guide/calibration.json, dates.json  notes

A row of a table keeps its address, the file and the place in it, in all versions. So a document's
first address says where its passages are, and no search looks a passage up.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.generation import REBUILD
from ragguide.index.statements import StatementVectors, row_type
from ragguide.index.stores.lance_place import Place
from ragguide.index.stores.lance_tables import Addresses, Table, bytes_of, vectors_of
from ragguide.index.stores.parts import (
    DOCUMENTS,
    LEXICON,
    TERMS,
    decode_manifest,
    decode_part,
    verify_part,
)
from ragguide.index.stores.protocols import OnDevice
from ragguide.types import Chunk, Document, Manifest

if TYPE_CHECKING:
    import pyarrow as pa

    from ragguide.index.lexicon import Lexicon
    from ragguide.index.stores.lance_engine import LanceEngine
    from ragguide.types import FloatMatrix

FORMAT_VERSION = 1  # of the tables
MANIFEST, DROPPED = "manifest", "dropped"
TABLES, PASSAGES, POSTINGS = "tables", "passages", "postings"
KINDS = (DOCUMENTS, PASSAGES, POSTINGS)
PARTS = (TABLES, LEXICON, TERMS)  # objects whose sha256 the manifest has

Rows = NDArray[np.int64]


class Placed(msgspec.Struct, frozen=True):
    """A document in the tables."""

    id: int  # unique among the tables; none is used twice
    name: str
    sha256: str  # of all that is stored of it
    size_bytes: int  # of the same
    address: int  # of its first passage
    n_passages: int


class TableVersions(msgspec.Struct, frozen=True):
    """The tables of a generation."""

    base: int  # the generation that created them
    versions: dict[str, int]  # of each kind
    documents: tuple[Placed, ...]  # in the order of the manifest
    next_id: int
    dim: int
    n_lists: int  # of the inverted file of the vectors; 0: there is none
    mean_length: float  # of a passage, in terms
    closeness: float | None  # mean cosine of two passages


class LanceGeneration:
    """The contents of one generation, read when asked for."""

    def __init__(self, place: Place, index: str, number: int, sha256: str) -> None:
        """Read and verify the manifest and the small parts.

        Raises:
            IndexCorrupt: the generation is missing or damaged.
            IndexMismatch: another version of ragguide wrote it.
        """
        self._place = place
        self._index = index
        self.place = address_of(place, index, number)
        self.manifest = read_manifest(place, index, number, sha256)
        with ThreadPoolExecutor(len(PARTS)) as readers:  # each read is a round trip
            tables, self._lexicon, self.terms = readers.map(self._part, PARTS)
        self.tables = decode_part(tables, TableVersions, self.place)
        shas = "".join(each.sha256 for each in self.tables.documents)
        verify_part(DOCUMENTS, shas.encode(), self.manifest.files[DOCUMENTS], self.place)
        names = [source.name for source in self.manifest.sources]
        if [each.name for each in self.tables.documents] != names:
            raise IndexCorrupt(f"{self.place}: its documents are not its sources. {REBUILD}")
        sizes = (each.n_passages for each in self.tables.documents)
        self.first_rows = list(accumulate(sizes, initial=0))  # and the number of passages
        self._layout = Layout(self.tables.documents, self.first_rows)

    def _part(self, part: str) -> bytes:
        data = read_part(self._place, self._index, self.manifest.generation, part)
        verify_part(part, data, self.manifest.files[part], self.place)
        return data

    @property
    def notes(self) -> "LanceNotes":
        return LanceNotes(self._place, self._index)

    # ── tables ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def passages(self) -> Table:
        return self.table(PASSAGES)

    @cached_property
    def postings(self) -> Table:
        return self.table(POSTINGS)

    def table(self, kind: str) -> Table:
        version = self.tables.versions[kind]
        return Table.open(self._place, table_key(self._index, self.tables.base, kind), version)

    def rows_at(self, addresses: Addresses) -> Rows:
        return self._layout.rows_at(addresses)

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> "pa.Table":
        """Return the columns of some passages, in the order of `rows`."""
        return self.passages.take(self._layout.offsets[list(rows)].tolist(), columns)

    def _scan(self, column: str) -> "pa.Table":
        """Return a column of all passages, in the order of the rows of the generation."""
        found = self.passages.scan([column])
        offsets = self._layout.offsets
        if len(found) != len(offsets):
            raise IndexCorrupt(
                f"{self.place} has {len(found):,} passages, but should have {len(offsets):,}. "
                f"{REBUILD}"
            )
        in_order = bool((offsets == np.arange(len(offsets))).all())
        return found if in_order else found.take(offsets)

    # ── contents ────────────────────────────────────────────────────────────────────────────────

    def decode_chunk(self, data: bytes) -> Chunk:
        return decode_part(data, Chunk, self.place)

    def chunks(self) -> list[Chunk]:
        return [self.decode_chunk(data) for data in bytes_of(self._scan("chunk"), "chunk")]

    def documents(self) -> list[Document]:
        found = self.table(DOCUMENTS).scan(["id", "document"])
        data = dict(zip(found["id"].to_pylist(), bytes_of(found, "document"), strict=True))
        missing = [each.name for each in self.tables.documents if each.id not in data]
        if missing:
            raise IndexCorrupt(f"{self.place}: the document {missing[0]} is missing. {REBUILD}")
        return [decode_part(data[each.id], Document, self.place) for each in self.tables.documents]

    def vectors(self) -> "FloatMatrix":
        return self._vectors

    @cached_property
    def _vectors(self) -> "FloatMatrix":
        return vectors_of(self._scan("vector"), self.tables.dim)

    def statements(self) -> StatementVectors:
        return read_statements(bytes_of(self._scan("statements"), "statements"), self.tables.dim)

    def lexicon(self) -> "Lexicon":
        from ragguide.index.lexicon import Lexicon

        return Lexicon.load(np.frombuffer(self._lexicon, np.uint8))

    def engine(self, on_device: OnDevice) -> "LanceEngine":
        from ragguide.index.stores.lance_engine import LanceEngine

        return LanceEngine(self, on_device)


class Layout:
    """Where the passages of a generation are in the table: its rows to addresses, and back."""

    def __init__(self, documents: Sequence[Placed], first_rows: Sequence[int]) -> None:
        n = first_rows[-1]
        starts = np.array([each.address for each in documents if each.n_passages], np.uint64)
        sizes = np.array([each.n_passages for each in documents if each.n_passages], np.int64)
        within = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        addresses = np.repeat(starts, sizes) + within.astype(np.uint64)  # (n,)
        self._order = np.argsort(addresses)  # rows in the order of the table
        self._sorted = addresses[self._order]
        self.offsets = np.empty(n, np.int64)  # of each row in the table, without deleted rows
        self.offsets[self._order] = np.arange(n)

    def rows_at(self, addresses: Addresses) -> Rows:
        rows: Rows = self._order[np.searchsorted(self._sorted, addresses)]
        return rows


def read_statements(stored: Sequence[bytes], dim: int) -> StatementVectors:
    """Return the statements of some passages, in order."""
    return StatementVectors(np.frombuffer(b"".join(stored), row_type(dim)))


# ── small objects ───────────────────────────────────────────────────────────────────────────────


class LanceNotes:
    """The notes of an index as small objects."""

    def __init__(self, place: Place, index: str) -> None:
        self._place = place
        self._index = index

    def read(self, name: str) -> bytes | None:
        found = self._place.read(f"{self._index}/{name}")
        return None if found is None else found.data

    def write(self, name: str, data: bytes) -> None:
        self._place.write(f"{self._index}/{name}", data)

    def place_of(self, name: str) -> str:
        return f"{self._place.address}/{self._index}/{name}"


def address_of(place: Place, index: str, number: int) -> str:
    """Return where a generation is, for messages."""
    return f"{place.address}/{index}, generation {number}"


def folder_of(index: str, number: int) -> str:
    """Return the key of the small parts of a generation."""
    return f"{index}/{number:06d}"


def part_key(index: str, number: int, part: str) -> str:
    return f"{folder_of(index, number)}/{part}.json"


def tables_key(index: str, base: int) -> str:
    return f"{index}/{TABLES}/{base:06d}"


def table_key(index: str, base: int, kind: str) -> str:
    return f"{tables_key(index, base)}/{kind}.lance"


def read_part(place: Place, index: str, number: int, part: str) -> bytes:
    """Raises `IndexCorrupt` if it is missing."""
    found = place.read(part_key(index, number, part))
    if found is None:
        where = address_of(place, index, number)
        raise IndexCorrupt(f"{where} is missing or incomplete. {REBUILD}")
    return found.data


def read_manifest(place: Place, index: str, number: int, sha256: str) -> Manifest:
    """Verify the manifest of a generation, and nothing else. Raises as `LanceGeneration`."""
    data = read_part(place, index, number, MANIFEST)
    return decode_manifest(data, sha256, FORMAT_VERSION, address_of(place, index, number))
