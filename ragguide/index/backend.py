"""Shared by the vector back ends: their Protocol, and FAISS indexes as views and as files.

Files are memory-mapped, which avoids a copy and lets the disk cache share the pages. The caller
must verify the mapped bytes, because FAISS trusts its input.
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

METRIC = faiss.METRIC_INNER_PRODUCT  # cosine, for unit vectors
ADDED_AT_ONCE = 1024  # rows between two progress reports; the HNSW graph depends on it


class Backend(Protocol):
    """Proposes rows near a query; `VectorIndex` computes their scores from the vectors.

    A back end is built or loaded over the `(n, dim)` float32 vectors of a generation, n > 0.
    """

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:
        """Return `(n_queries, k or more)` rows in any order, padded with -1.

        More `effort` (ef_search or nprobe) finds more of the k nearest.
        """
        ...

    def save(self, path: Path) -> None:
        """Write the file that `load` needs besides the vectors, if any. Raises `OSError`."""
        ...


def flat_view(vectors: FloatMatrix) -> faiss.IndexFlat:
    """Return a FAISS index that reads the rows in place. Keep `vectors` alive with it.

    `IndexFlat.add` would copy the rows.
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

    `faiss.write_index(index, path)` is unsafe: on a full disk it can truncate the file silently.
    """
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write), flags)


def read(data: Bytes, kind: type[faiss.Index], vectors: FloatMatrix) -> faiss.Index:
    """Read the output of `write` without a copy. Keep `data` alive with the index.

    Raises:
        IndexCorrupt: the data are not an index of that kind and of the vectors' shape.
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
