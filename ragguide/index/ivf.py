"""Unit vectors in, lists of them by nearest centre out; a search compares a few lists.

`Ivf` lists contain copies of the vectors. `IvfPq` lists contain a short code for each vector, so a
search fetches extra candidates (`CODES_PER_HIT`), and the exact vectors rank them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss

from ragguide.index.backend import (
    ADDED_AT_ONCE,
    METRIC,
    FloatMatrix,
    OnDone,
    RowMatrix,
    read,
    write,
)
from ragguide.index.generation import Bytes
from ragguide.types import Ivf, IvfPq

CODES_PER_HIT = 20  # candidates for each requested hit
TRAINED_ON = 64  # most training vectors per centre; FAISS advises 39 or more
SEED = 1234  # FAISS's default


class IvfBackend:
    """An inverted file. The same vectors give the same lists."""

    def __init__(self, index: faiss.IndexIVF, data: Bytes | None) -> None:
        self._data = data  # FAISS reads it here
        self._index = index

    @classmethod
    def build(cls, vectors: FloatMatrix, parameters: Ivf | IvfPq, on_done: OnDone) -> "IvfBackend":
        index = _empty(vectors.shape[1], parameters)
        index.cp.seed = SEED
        index.cp.min_points_per_centroid = 1  # or FAISS writes to stderr; `plan` warns already
        index.cp.max_points_per_centroid = TRAINED_ON
        with _one_thread():
            index.train(vectors)
        for start in range(0, len(vectors), ADDED_AT_ONCE):
            index.add(vectors[start : start + ADDED_AT_ONCE])
            on_done(index.ntotal)
        return cls(index, None)

    @classmethod
    def load(cls, vectors: FloatMatrix, parameters: Ivf | IvfPq, data: Bytes) -> "IvfBackend":
        kind = faiss.IndexIVFFlat if isinstance(parameters, Ivf) else faiss.IndexIVFPQ
        return cls(read(data, kind, vectors), data)

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:
        asked = faiss.SearchParametersIVF(nprobe=effort)
        n_found = k * CODES_PER_HIT if isinstance(self._index, faiss.IndexIVFPQ) else k
        rows: RowMatrix = self._index.search(queries, n_found, params=asked)[1]
        return rows

    def save(self, path: Path) -> None:
        write(self._index, path)


def _empty(dim: int, parameters: Ivf | IvfPq) -> faiss.IndexIVF:
    centres = faiss.IndexFlat(dim, METRIC)
    if isinstance(parameters, Ivf):
        return faiss.IndexIVFFlat(centres, dim, parameters.nlist, METRIC)
    index = faiss.IndexIVFPQ(
        centres, dim, parameters.nlist, parameters.pq_m, parameters.pq_bits, METRIC
    )
    index.pq.cp.seed = SEED
    index.pq.cp.min_points_per_centroid = 1
    index.pq.cp.max_points_per_centroid = TRAINED_ON
    return index


@contextmanager
def _one_thread() -> Iterator[None]:
    """Train on one thread: training runs thousands of tiny loops, whose threads mostly wait. On a
    busy machine two threads took seven times as long as one.
    """
    n_threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(n_threads)
