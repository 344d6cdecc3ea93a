"""The lines of a generation's chunks in, each chunk on first use out.

`places.npy` has one row for each chunk: where its line ends, and how many statements all chunks up
to it have. So an index opens without reading its chunks.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.types import Chunk

Bytes = NDArray[np.uint8]

PLACES = "places.npy"

Places = NDArray[np.int64]  # (n_chunks, 2): end of the line in bytes; statements up to here


def places_of(chunks: Sequence[Chunk], line_sizes: Iterable[int]) -> Places:
    """Return the places of chunks whose lines have these sizes in bytes."""
    rows = [(size, len(chunk.statements)) for chunk, size in zip(chunks, line_sizes, strict=True)]
    return np.cumsum(np.array(rows, np.int64).reshape(-1, 2), axis=0)


def statement_starts(chunks: Iterable[Chunk]) -> NDArray[np.int64]:
    """Return the first row of each chunk's statements, and the number of all: `(n + 1,)`."""
    return np.cumsum([0, *(len(chunk.statements) for chunk in chunks)], dtype=np.int64)


class StoredChunks(Sequence[Chunk]):
    """The chunks of an open generation; each is decoded once."""

    def __init__(self, lines: "Bytes", places: Places, path: str) -> None:
        """Take the verified files; `path` is for errors."""
        self._lines = lines
        self._ends = places[:, 0]
        self._path = path
        self._decode = msgspec.json.Decoder(Chunk).decode
        self._decoded: dict[int, Chunk] = {}
        self.statement_starts = np.concatenate([np.zeros(1, np.int64), places[:, 1]])
        """`(n_chunks + 1,)` first row of each chunk's statements, and the number of all."""

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, row: int) -> Chunk: ...
    @overload
    def __getitem__(self, row: slice) -> list[Chunk]: ...
    def __getitem__(self, row: int | slice) -> Chunk | list[Chunk]:
        """Raises `IndexCorrupt` if a line is no chunk."""
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        row = range(len(self))[row]
        chunk = self._decoded.get(row)
        if chunk is None:
            chunk = self._decoded[row] = self._read(row)
        return chunk

    def __iter__(self) -> Iterator[Chunk]:
        return (self[row] for row in range(len(self)))

    def _read(self, row: int) -> Chunk:
        start = int(self._ends[row - 1]) if row else 0
        line = self._lines[start : int(self._ends[row])]
        try:
            return self._decode(line.data)
        except msgspec.DecodeError as exc:
            from ragguide.index.generation import REBUILD

            raise IndexCorrupt(f"{self._path} has no chunk {row}: {exc}. {REBUILD}") from exc
