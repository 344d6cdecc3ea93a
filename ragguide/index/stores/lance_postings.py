"""Documents in, their words out as batches of a table, by term.

So what one search reads lies together. The postings are sorted on the disk: in memory, those of 100
million passages would take a terabyte.
"""

import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import IO, TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from ragguide.index.stores.pieces import Piece, Posting, postings_of

if TYPE_CHECKING:
    import pyarrow as pa

NUMBERS_IN_MEMORY = 8 << 20  # of 4 bytes; then they go to the disk
TERM_NUMBERS = 64  # a term takes as much memory as so many numbers
TERMS_AT_ONCE = 64  # that are read from the disk
VALUES_AT_ONCE = 1 << 18  # rows and passages of a batch

Numbers: TypeAlias = "array[int]"
# A term and its rows, each: document, number of passages n, n places, n counts, n lengths.
Rows: TypeAlias = "tuple[str, Numbers]"


def posting_batches(pieces: Sequence[Piece], first_id: int) -> "Iterator[pa.RecordBatch]":
    """Yield the postings of documents by term and document; the first batch is empty."""
    import pyarrow as pa

    numbers = pa.list_(pa.int32())
    schema = pa.schema(
        {
            "term": pa.string(),
            "document": pa.int64(),
            "places": numbers,
            "counts": numbers,
            "lengths": numbers,
        }
    )
    yield pa.RecordBatch.from_pylist([], schema=schema)
    with tempfile.TemporaryFile(prefix="ragguide-") as file:
        by_term = _ByTerm(file)
        for number, piece in enumerate(pieces):
            by_term.add(number, postings_of(piece.terms()))
        for columns in _columns(by_term.read()):
            starts, *lists = (np.frombuffer(each, np.int32) for each in columns.numbers())
            documents = np.frombuffer(columns.documents, np.int64) + first_id
            yield pa.RecordBatch.from_arrays(
                [
                    pa.array(columns.terms, pa.string()),
                    pa.array(documents),
                    *(pa.ListArray.from_arrays(starts, each) for each in lists),
                ],
                schema=schema,
            )


class _ByTerm:
    """Sorts postings: runs of them in memory, which are then merged from a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._spans: list[tuple[int, int]] = []  # of the runs in the file
        self._run: defaultdict[str, Numbers] = defaultdict(_no_numbers)
        self._n_numbers = 0  # in the run

    def add(self, number: int, postings: Iterable[Posting]) -> None:
        """Add a document, after those with smaller numbers."""
        for term, places, counts, lengths in postings:
            self._run[term].extend((number, len(places), *places, *counts, *lengths))
            self._n_numbers += 2 + 3 * len(places)
        if self._n_numbers + TERM_NUMBERS * len(self._run) >= NUMBERS_IN_MEMORY:
            self._end_run()

    def read(self) -> Iterator[Rows]:
        """Yield the rows by term; a term may come several times, its documents in order."""
        self._end_run()
        return merge(*map(self._read_run, self._spans), key=itemgetter(0))

    def _end_run(self) -> None:
        start = self._file.seek(0, 2)
        terms = sorted(self._run)
        for at in range(0, len(terms), TERMS_AT_ONCE):
            some = [(term, self._run[term].tobytes()) for term in terms[at : at + TERMS_AT_ONCE]]
            data = msgspec.msgpack.encode(some)
            self._file.write(len(data).to_bytes(8, "little") + data)
        self._spans.append((start, self._file.tell()))
        self._run.clear()
        self._n_numbers = 0

    def _read_run(self, span: tuple[int, int]) -> Iterator[Rows]:
        at, end = span
        while at < end:
            self._file.seek(at)
            data = self._file.read(int.from_bytes(self._file.read(8), "little"))
            at = self._file.tell()
            for term, numbers in msgspec.msgpack.decode(data, type=list[tuple[str, bytes]]):
                yield term, array("i", numbers)


def _no_numbers() -> Numbers:
    return array("i")


class _Columns:
    """Rows of the table."""

    def __init__(self) -> None:
        self.terms: list[str] = []
        self.documents = array("q")
        self._starts = array("i", [0])  # in each of the lists
        self._lists = [array("i") for _ in range(3)]  # places, counts, lengths

    def numbers(self) -> tuple[Numbers, ...]:
        """Return where the lists of each row start and end, and the three columns of lists."""
        return self._starts, *self._lists

    @property
    def is_full(self) -> bool:
        return len(self.terms) + self._starts[-1] >= VALUES_AT_ONCE

    def add(self, term: str, numbers: Numbers) -> None:
        at = 0
        while at < len(numbers):
            document, n = numbers[at : at + 2]
            at += 2
            for each in self._lists:
                each.extend(numbers[at : at + n])
                at += n
            self.terms.append(term)
            self.documents.append(document)
            self._starts.append(self._starts[-1] + n)


def _columns(by_term: Iterable[Rows]) -> Iterator[_Columns]:
    """Yield the rows, some at a time."""
    columns = _Columns()
    for term, numbers in by_term:
        columns.add(term, numbers)
        if columns.is_full:
            yield columns
            columns = _Columns()
    if columns.terms:
        yield columns
