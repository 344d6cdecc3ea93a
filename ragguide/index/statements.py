"""Unit vectors of statements in, one byte per number out, and back.

A row is a float16 scale and `dim` int8 values. A vector that was read and is stored again gives the
same bytes, so an update writes what a fresh ingest writes: the scale has 11 bits and a value 7, so
each product is exact in float32. The cosine of a vector to its stored form is above .9999.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.types import FloatMatrix

_MOST = 127  # the greatest stored value
_ROWS_AT_ONCE = 65_536  # rounded at once: each takes several times its length in memory


def row_type(dim: int) -> np.dtype[Any]:
    """Return the type of one stored row."""
    return np.dtype([("scale", "<f2"), ("values", "i1", (dim,))])


class StatementVectors:
    """The stored vectors of all statements of a generation, in the order of its chunks."""

    def __init__(self, rows: NDArray[Any]) -> None:
        """Take `(n,)` rows of `row_type`, which may be memory-mapped."""
        self.rows = rows

    @classmethod
    def store(cls, vectors: "FloatMatrix") -> "StatementVectors":
        """Round `(n, dim)` vectors to bytes."""
        rows = np.zeros(len(vectors), row_type(vectors.shape[1]))
        for at in range(0, len(rows), _ROWS_AT_ONCE):
            _round(vectors[at : at + _ROWS_AT_ONCE], rows[at : at + _ROWS_AT_ONCE])
        return cls(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: "slice | Sequence[int]") -> "FloatMatrix":
        """Return the `(n, dim)` float32 vectors of some rows."""
        rows = self.rows[places]
        vectors: FloatMatrix = rows["values"] * rows["scale"].astype(np.float32)[:, None]
        return vectors


def _round(vectors: "FloatMatrix", rows: NDArray[Any]) -> None:
    """Write vectors into rows."""
    least = np.abs(vectors).max(axis=1, initial=0) / np.float32(_MOST)  # (n,)
    scales = least.astype(np.float16)
    scales = np.where(scales < least, np.nextafter(scales, np.float16(np.inf)), scales)
    rows["scale"] = scales
    used = np.where(scales > 0, scales, 1).astype(np.float32)
    rows["values"] = np.rint(vectors / used[:, None]).astype(np.int8)
