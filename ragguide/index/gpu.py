"""Unit vectors in, the nearest rows out, by exact search on a GPU.

It needs a FAISS build with GPU support. The GPU has the vectors in 16 bits, which is enough to
propose rows; `vectors.py` computes their scores from the float32 vectors, as for every back end.
"""

import logging
from pathlib import Path

import faiss

from ragguide.errors import ModelError
from ragguide.index.backend import METRIC, Backend, FloatMatrix, RowMatrix

MOST_ROWS = 2048  # limit of FAISS for one query on a GPU
SCRATCH_BYTES = 256 << 20  # working memory; FAISS would take 1.5 GB
_ADDED_AT_ONCE = 65_536  # rows; their copy in 32 bits takes a hundred megabytes

_log = logging.getLogger(__name__)


def has_gpu_build() -> bool:
    """Whether this FAISS build supports GPUs."""
    return hasattr(faiss, "StandardGpuResources")


def needed_bytes(n_rows: int, dim: int) -> int:
    """Return the GPU memory that the vectors need."""
    return n_rows * dim * 2 + SCRATCH_BYTES


class GpuBackend:
    """Copies the vectors to a card after enough queries to pay for the copy."""

    def __init__(self, vectors: FloatMatrix, cpu: Backend, *, gpu: int, after: int) -> None:
        """Remember the vectors and the back end for the first queries.

        Args:
            vectors: `(n, dim)` rows of the index.
            cpu: a back end over the same vectors.
            gpu: number of the card.
            after: number of queries that `cpu` answers first.
        """
        self._vectors, self._cpu, self._gpu = vectors, cpu, gpu
        self._n_left = after
        self._index: faiss.Index | None = None

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:
        if self._n_left > 0 or k > MOST_ROWS:
            self._n_left -= len(queries)
            return self._cpu.find(queries, k, effort)
        if self._index is None:
            self._index = self._copy()
        rows: RowMatrix = self._index.search(queries, k)[1]
        return rows

    def save(self, path: Path) -> None:
        self._cpu.save(path)

    def _copy(self) -> faiss.Index:
        """Copy the vectors to the card.

        Raises:
            ModelError: the card has too little memory, or fails.
        """
        n_rows, dim = self._vectors.shape
        try:
            resources = faiss.StandardGpuResources()
            resources.setTempMemory(SCRATCH_BYTES)
            config = faiss.GpuIndexFlatConfig()
            config.device, config.useFloat16 = self._gpu, True
            index = faiss.GpuIndexFlat(resources, dim, METRIC, config)
            for at in range(0, n_rows, _ADDED_AT_ONCE):
                index.add(self._vectors[at : at + _ADDED_AT_ONCE])
        except RuntimeError as exc:
            raise ModelError(
                f"cuda:{self._gpu} cannot load {n_rows:,} vectors of {dim} dims "
                f'({" ".join(str(exc).split())[:120]}). Set search_device = "cpu".'
            ) from exc
        _log.info("search on cuda:%d: loaded %s vectors", self._gpu, f"{n_rows:,}")
        return index
