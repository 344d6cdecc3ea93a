"""The place of a table in, its rows out; rows in, a new version of it out. Lance's only adapter."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt, SettingsError, StorageError
from ragguide.index.generation import REBUILD
from ragguide.index.stores.lance_place import Place

if TYPE_CHECKING:
    import pyarrow as pa
    from lance import LanceDataset

    from ragguide.types import FloatMatrix, FloatVector

Addresses = NDArray[np.uint64]
CACHE_BYTES = 2**30  # of the partitions of a vector index that a process keeps in memory
METRIC = "l2"  # of vectors of length 1, in the order of their cosines


class Table:
    """One version of a table. It never changes; a write gives another one."""

    def __init__(self, place: Place, key: str, dataset: "LanceDataset") -> None:
        self._place = place
        self._key = key
        self._dataset = dataset

    @classmethod
    def open(cls, place: Place, key: str, version: int | None) -> "Table":
        """Open a version of a table, or the latest if it is None.

        Raises:
            IndexCorrupt: it is missing.
            StoreDown: the server does not answer.
        """
        lance = _lance()
        with _reading(place, key):
            dataset = lance.dataset(
                place.uri(key),
                version=version,
                storage_options=place.options,
                index_cache_size_bytes=CACHE_BYTES,
            )
        return cls(place, key, dataset)

    @property
    def version(self) -> int:
        return int(self._dataset.version)

    @property
    def n_rows(self) -> int:
        with _reading(self._place, self._key):
            return int(self._dataset.count_rows())

    @property
    def fragments(self) -> list[tuple[int, int]]:
        """The number of each file of rows, and its rows, deleted ones too, in their order."""
        return [(each.fragment_id, each.physical_rows) for each in self._dataset.get_fragments()]

    # ── read ────────────────────────────────────────────────────────────────────────────────────

    def scan(self, columns: Sequence[str], where: str | None = None) -> "pa.Table":
        """Return the columns of all rows that meet a condition in SQL, in the order of the rows."""
        with _reading(self._place, self._key):
            return self._dataset.to_table(
                columns=list(columns), filter=where, prefilter=True, scan_in_order=True
            )

    def take(self, offsets: Sequence[int], columns: Sequence[str]) -> "pa.Table":
        """Return the columns of some rows, counted without the deleted ones."""
        with _reading(self._place, self._key):
            return self._dataset.take(list(offsets), columns=list(columns))

    def matching(self, where: str) -> Addresses:
        """Return the addresses of the rows that meet a condition."""
        with _reading(self._place, self._key):
            found = self._dataset.to_table(columns=[], filter=where, with_row_id=True)
        return _addresses(found)

    def nearest(
        self, query: "FloatVector", k: int, n_probes: int, where: str | None = None
    ) -> Addresses:
        """Return the addresses of up to `k` rows that a vector index finds, best first."""
        with _reading(self._place, self._key):
            found = self._dataset.to_table(
                columns=["_distance"],
                nearest={
                    "column": "vector",
                    "q": query,
                    "k": k,
                    "metric": METRIC,
                    "nprobes": n_probes,
                },
                filter=where,
                prefilter=where is not None,
                with_row_id=True,
            )
        return _addresses(found)

    # ── write ───────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def create(cls, place: Place, key: str, batches: "Iterable[pa.RecordBatch]") -> "Table":
        """Write a new table. The first batch has its schema."""
        with _writing(place):
            return cls(place, key, _written(place, batches, place.uri(key), "create"))

    def latest_as_this(self) -> "Table":
        """Make this the latest version, if a killed writer left others."""
        with _writing(self._place):
            if self._dataset.latest_version != self._dataset.version:
                self._dataset.restore()  # type: ignore[no-untyped-call]
        return self

    def append(self, batches: "Iterable[pa.RecordBatch]") -> "Table":
        with _writing(self._place):
            dataset = _written(self._place, batches, self._dataset, "append")
        return Table(self._place, self._key, dataset)

    def delete(self, where: str) -> "Table":
        with _writing(self._place):
            self._dataset.delete(where)
        return self

    def index_words(self, column: str) -> None:
        with _writing(self._place):
            self._dataset.create_scalar_index(column, "BTREE")

    def index_vectors(self, n_lists: int) -> None:
        """Build an inverted file over the vectors."""
        with _writing(self._place):
            self._dataset.create_index(
                "vector", "IVF_FLAT", metric=METRIC, num_partitions=n_lists, replace=True
            )

    def extend_indexes(self) -> None:
        """Add the rows that were appended to all indexes."""
        with _writing(self._place):
            self._dataset.optimize.optimize_indices()

    def tag(self, name: str) -> None:
        """Keep this version until `keep_tags` is called without its tag."""
        with _writing(self._place):
            if name in self._dataset.tags.list():
                self._dataset.tags.delete(name)
            self._dataset.tags.create(name, self._dataset.version)

    def keep_tags(self, names: Iterable[str]) -> None:
        """Delete all versions but the tagged ones and this one, which must be the latest."""
        with _writing(self._place):
            for name in self._dataset.tags.list().keys() - set(names):
                self._dataset.tags.delete(name)
            self._dataset.cleanup_old_versions(
                older_than=timedelta(0),
                delete_unverified=True,  # of a killed writer; we have the lock
                error_if_tagged_old_versions=False,
            )


def _addresses(found: "pa.Table") -> Addresses:
    addresses: Addresses = found["_rowid"].to_numpy()
    return addresses


def vectors_of(found: "pa.Table", dim: int) -> "FloatMatrix":
    """Return `(n, dim)` of the column `vector`."""
    column = found["vector"].combine_chunks()
    rows: FloatMatrix = column.flatten().to_numpy().reshape(-1, dim)
    return rows


def bytes_of(found: "pa.Table", column: str) -> list[bytes]:
    values: list[bytes] = found[column].to_pylist()
    return values


def quoted(value: str) -> str:
    """Return a string as SQL has it."""
    return "'" + value.replace("'", "''") + "'"


def listed(column: str, values: Iterable[str]) -> str:
    """Return the condition that a column has one of some values, as SQL has it."""
    return f"{column} IN ({', '.join(values)})"


def _lance() -> Any:
    """Import the package. Raises `SettingsError` if it is missing."""
    try:
        import lance
    except ModuleNotFoundError as exc:
        if exc.name != "lance":
            raise
        raise SettingsError(
            "the package pylance is missing. Install it: `pip install 'ragguide[lance]'`."
        ) from None
    return lance


def _written(place: Place, batches: "Iterable[pa.RecordBatch]", target: Any, mode: str) -> Any:
    import pyarrow as pa

    lance = _lance()
    stream = iter(batches)
    first = next(stream)

    def every() -> "Iterator[pa.RecordBatch]":
        yield first
        yield from stream

    reader = pa.RecordBatchReader.from_batches(first.schema, every())
    return lance.write_dataset(
        reader,
        target,
        mode=mode,
        storage_options=place.options,
        data_storage_version="2.1",
        enable_stable_row_ids=False,  # so a row's id says in which file and where it is
    )


@contextmanager
def _reading(place: Place, key: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError) as exc:
        raise (
            place.fault(exc)
            or IndexCorrupt(f"{place.address}/{key} cannot be read: {_first_line(exc)}. {REBUILD}")
        ) from exc


@contextmanager
def _writing(place: Place) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError) as exc:
        raise (
            place.fault(exc)
            or StorageError(
                f"cannot write {place.address}: {_first_line(exc)}. "
                "The active generation is unchanged."
            )
        ) from exc


def _first_line(exc: Exception) -> str:
    """Return the first line of a message, without its period."""
    lines = str(exc).strip().splitlines() or [type(exc).__name__]
    return lines[0][:200].rstrip(". ")
