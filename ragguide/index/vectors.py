"""Unit vectors in, an index out; a question's vector in, the nearest rows out, best first.

A back end proposes rows, and their scores are computed here from the vectors themselves. So a score
is the exact cosine, better when higher, whatever the index type; no back end's distance is used.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.backend import Backend, FloatMatrix, OnDone
from ragguide.index.flat import FlatBackend
from ragguide.index.generation import REBUILD, Bytes
from ragguide.index.gpu import GpuBackend
from ragguide.index.hnsw import HnswBackend
from ragguide.index.ivf import IvfBackend
from ragguide.index.plan import describe, effort_of, with_effort
from ragguide.types import Flat, Hnsw, IndexParameters


class VectorIndex:
    """The vectors of a generation, and a back end that finds the near ones of them."""

    def __init__(self, vectors: FloatMatrix, backend: Backend, parameters: IndexParameters) -> None:
        """Use `build` or `load`."""
        self.vectors = vectors
        self._backend = backend
        self.parameters = parameters

    @classmethod
    def build(
        cls,
        vectors: FloatMatrix,
        parameters: IndexParameters = Flat(),  # noqa: B008  frozen
        *,
        on_done: OnDone = lambda _n_rows: None,
    ) -> "VectorIndex":
        """Index `(n, dim)` float32 rows of length 1."""
        vectors = np.ascontiguousarray(vectors, np.float32)
        backend: Backend
        if isinstance(parameters, Flat):
            backend = FlatBackend(vectors)
        elif isinstance(parameters, Hnsw):
            backend = HnswBackend.build(vectors, parameters, on_done)
        else:
            backend = IvfBackend.build(vectors, parameters, on_done)
        return cls(vectors, backend, parameters)

    @classmethod
    def load(
        cls, vectors: FloatMatrix, parameters: IndexParameters, data: Bytes | None
    ) -> "VectorIndex":
        """Use what `save` wrote; `vectors` and `data` are kept and read where they lie.

        The caller has verified them, for FAISS trusts its input.

        Raises:
            IndexCorrupt: `data` is of another index type, or of other vectors.
        """
        backend: Backend
        if isinstance(parameters, Flat):
            backend = FlatBackend(vectors)
        elif data is None:
            raise IndexCorrupt(
                f"the vector index is {describe(parameters)}, and has no file of it. {REBUILD}"
            )
        elif isinstance(parameters, Hnsw):
            backend = HnswBackend.load(vectors, data)
        else:
            backend = IvfBackend.load(vectors, parameters, data)
        return cls(vectors, backend, parameters)

    @property
    def n_rows(self) -> int:
        return len(self.vectors)

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])

    def with_effort(self, effort: int) -> "VectorIndex":
        """The same index, to be searched with this `ef_search` or `nprobe`."""
        return VectorIndex(self.vectors, self._backend, with_effort(self.parameters, effort))

    def on_gpu(self, gpu: int, *, after: int) -> "VectorIndex":
        """The same index, searched by comparing all vectors on a card after so many queries.

        So it finds what an approximate index misses. What the card cannot do is a `ModelError` of
        that search.
        """
        backend = GpuBackend(self.vectors, self._backend, gpu=gpu, after=after)
        return VectorIndex(self.vectors, backend, self.parameters)

    def search(self, query: FloatMatrix, k: int) -> list[tuple[int, float]]:
        """Return up to `k` (row, cosine), best first, for one `(1, dim)` query."""
        ((rows, cosines),) = self.search_many(query, k)
        return list(zip(rows.tolist(), cosines.tolist(), strict=True))

    def search_many(
        self, queries: FloatMatrix, k: int, *, effort: int | None = None
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Return up to `k` rows and their cosines, best first, for each of `(q, dim)` queries.

        `effort` is tried in place of the `ef_search` or `nprobe` of the parameters.
        """
        queries = np.ascontiguousarray(queries, np.float32)
        effort = effort_of(self.parameters) if effort is None else effort
        found = []
        for query, proposed in zip(queries, self._backend.find(queries, k, effort), strict=True):
            rows = proposed[proposed >= 0]  # FAISS pads with -1 what it did not find
            cosines = self.cosines(query[None], rows)
            best = np.argsort(-cosines, kind="stable")[:k]
            found.append((rows[best], cosines[best]))
        return found

    def cosines(
        self, query: FloatMatrix, rows: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the `(len(rows),)` cosines of given rows to one `(1, dim)` query."""
        cosines: NDArray[np.float32] = self.vectors[np.asarray(rows, np.int64)] @ query[0]
        return cosines

    def save(self, path: Path) -> None:
        """Write what `load` needs beside the vectors; a flat index needs nothing."""
        self._backend.save(path)
