"""What the vector back ends share: their contract, and FAISS indexes as views and as files.

A file is mapped, not read: it costs no copy, and its pages belong to the disk cache. The caller has
verified the mapped bytes, for FAISS trusts its input.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.generation import REBUILD, Bytes

FloatMatrix = NDArray[np.float32]
RowMatrix = NDArray[np.int64]
OnDone = Callable[[int], None]  # rows done

METRIC = faiss.METRIC_INNER_PRODUCT  # of unit vectors: their cosine
ADDED_AT_ONCE = 1024  # rows, between two words of progress; HNSW's graph depends on it


class Backend(Protocol):
    """Finds rows near a query. How near they are is computed from the vectors, not taken from it.

    It is built or loaded over the `(n, dim)` float32 vectors of its generation, n > 0.
    """

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:
        """Return `(n_queries, k or more)` rows in no certain order, -1 where none was found.

        More `effort` finds more of the k nearest: ef_search, or nprobe.
        """
        ...

    def save(self, path: Path) -> None:
        """Write what `load` needs beside the vectors, if anything. Raises `OSError`."""
        ...


def flat_view(vectors: FloatMatrix) -> faiss.IndexFlat:
    """Let FAISS see the rows where they lie. Keep `vectors` alive beside the index.

    `IndexFlat.add` would copy them.
    """
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    index = faiss.IndexFlat(vectors.shape[1], METRIC)
    if not len(vectors):
        return index
    no_owner = faiss.MaybeOwnedVectorUInt8().owner
    index.codes = faiss.MaybeOwnedVectorUInt8.create_view(
        faiss.swig_ptr(vectors), vectors.nbytes, no_owner
    )
    index.ntotal = len(vectors)
    return index


def write(index: faiss.Index, path: Path, *, flags: int = 0) -> None:
    """Write an index. Raises `OSError`.

    Not by `faiss.write_index(index, path)`: on a full disk it can leave a short file and report
    success.
    """
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write), flags)


def read(data: Bytes, kind: type[faiss.Index], vectors: FloatMatrix) -> faiss.Index:
    """Read what `write` wrote, without a copy. Keep `data` alive beside the index.

    Raises:
        IndexCorrupt: it is no index of that kind over as many vectors.
    """
    try:
        index = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(data), data.nbytes))
    except RuntimeError as exc:
        raise IndexCorrupt(f"FAISS cannot read the vector index: {exc}. {REBUILD}") from exc
    found = (type(index), index.metric_type, index.ntotal, index.d)
    if found != (kind, METRIC, *vectors.shape):
        raise IndexCorrupt(
            f"the vector index is {type(index).__name__} of {index.ntotal:,} x {index.d}; the "
            f"manifest and the vectors say {kind.__name__} of {len(vectors):,} x "
            f"{vectors.shape[1]}. {REBUILD}"
        )
    return index
