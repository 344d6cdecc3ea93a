"""Unit vectors in, an index out; a question's vector in, the nearest rows out, best first.

A back end proposes rows; this module computes their scores from the vectors. So a score is the
exact cosine for every index type, better when higher. No distance of a back end is used.
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
    """The vectors of a generation, and a back end that searches them."""

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
        """Load the output of `save`; `vectors` and `data` are used in place, without a copy.

        The caller must verify them, because FAISS trusts its input.

        Raises:
            IndexCorrupt: `data` has another index type, or other vectors.
        """
        backend: Backend
        if isinstance(parameters, Flat):
            backend = FlatBackend(vectors)
        elif data is None:
            raise IndexCorrupt(
                f"the vector index is {describe(parameters)}, but its file is missing. {REBUILD}"
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
        """Return the same index with another `ef_search` or `nprobe`."""
        return VectorIndex(self.vectors, self._backend, with_effort(self.parameters, effort))

    def on_gpu(self, gpu: int, *, after: int) -> "VectorIndex":
        """Return the same index with exact search on a card, after `after` queries on the CPU.

        Exact search also finds rows that an approximate index misses. A search raises `ModelError`
        if the card fails.
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

        `effort` overrides the `ef_search` or `nprobe` of the parameters.
        """
        queries = np.ascontiguousarray(queries, np.float32)
        effort = effort_of(self.parameters) if effort is None else effort
        found = []
        for query, proposed in zip(queries, self._backend.find(queries, k, effort), strict=True):
            rows = proposed[proposed >= 0]  # FAISS pads missing results with -1
            cosines = self.cosines(query[None], rows)
            best = np.argsort(-cosines, kind="stable")[:k]
            found.append((rows[best], cosines[best]))
        return found

    def cosines(
        self, query: FloatMatrix, rows: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the `(len(rows),)` cosines of the given rows and one `(1, dim)` query."""
        cosines: NDArray[np.float32] = self.vectors[np.asarray(rows, np.int64)] @ query[0]
        return cosines

    def save(self, path: Path) -> None:
        """Write the file that `load` needs besides the vectors; a flat index needs none."""
        self._backend.save(path)
