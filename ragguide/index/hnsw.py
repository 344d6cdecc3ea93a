"""Unit vectors in, a graph of near neighbours for approximate search out.

The file has only the graph; searches read the vectors in `vectors.npy`. FAISS cannot delete from
this graph, so an update rebuilds it, without embedding anything again.
"""

from pathlib import Path

import faiss

from ragguide.index.backend import (
    ADDED_AT_ONCE,
    METRIC,
    FloatMatrix,
    OnDone,
    RowMatrix,
    flat_view,
    read,
    write,
)
from ragguide.index.generation import Bytes
from ragguide.types import Hnsw


class HnswBackend:
    """An HNSW graph. It depends on the vectors only, not on the number of threads."""

    def __init__(
        self, vectors: FloatMatrix, index: faiss.IndexHNSWFlat, data: Bytes | None
    ) -> None:
        self._keep = (vectors, flat_view(vectors), data)  # FAISS reads them here
        self._index = index
        if index.storage is None:
            index.storage, index.own_fields = self._keep[1], False

    @classmethod
    def build(cls, vectors: FloatMatrix, parameters: Hnsw, on_done: OnDone) -> "HnswBackend":
        index = faiss.IndexHNSWFlat(vectors.shape[1], parameters.hnsw_m, METRIC)
        index.hnsw.efConstruction = parameters.ef_construction
        for start in range(0, len(vectors), ADDED_AT_ONCE):
            index.add(vectors[start : start + ADDED_AT_ONCE])
            on_done(index.ntotal)
        return cls(vectors, index, None)

    @classmethod
    def load(cls, vectors: FloatMatrix, data: Bytes) -> "HnswBackend":
        return cls(vectors, read(data, faiss.IndexHNSWFlat, vectors), data)

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:
        asked = faiss.SearchParametersHNSW(efSearch=max(effort, k))
        rows: RowMatrix = self._index.search(queries, k, params=asked)[1]
        return rows

    def save(self, path: Path) -> None:
        write(self._index, path, flags=faiss.IO_FLAG_SKIP_STORAGE)
