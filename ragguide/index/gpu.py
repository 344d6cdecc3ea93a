"""Unit vectors in, the nearest rows out, exactly: every vector is compared, on a GPU.

FAISS has it where it was built so. The vectors lie there in 16 bits, which is enough to propose
rows; `vectors.py` computes their scores from the vectors themselves, as for every other back end.
"""

import logging
from pathlib import Path

import faiss

from ragguide.errors import ModelError
from ragguide.index.backend import METRIC, Backend, FloatMatrix, RowMatrix

MOST_ROWS = 2048  # that FAISS finds for a query on a GPU
SCRATCH_BYTES = 256 << 20  # that it computes in; it would take 1.5 GB
_ADDED_AT_ONCE = 65_536  # rows: their copy in 32 bits is a hundred megabytes

_log = logging.getLogger(__name__)


def has_gpu_build() -> bool:
    """Whether this FAISS can use a card at all."""
    return hasattr(faiss, "StandardGpuResources")


def needed_bytes(n_rows: int, dim: int) -> int:
    """What so many vectors take of a card."""
    return n_rows * dim * 2 + SCRATCH_BYTES


class GpuBackend:
    """Copies the vectors to a card when they are asked for often enough to pay for it."""

    def __init__(self, vectors: FloatMatrix, cpu: Backend, *, gpu: int, after: int) -> None:
        """Take the back end that finds rows meanwhile.

        Args:
            vectors: `(n, dim)`, of the index.
            cpu: over the same vectors.
            gpu: the card's number.
            after: queries that `cpu` answers first.
        """
        self._vectors, self._cpu, self._gpu = vectors, cpu, gpu
        self._n_left = after
        self._index: faiss.Index | None = None

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:
        if self._n_left > 0 or k > MOST_ROWS:
            self._n_left -= len(queries)
            return self._cpu.find(queries, k, effort)
        if self._index is None:
            self._index = self._copied()
        rows: RowMatrix = self._index.search(queries, k)[1]
        return rows

    def save(self, path: Path) -> None:
        self._cpu.save(path)

    def _copied(self) -> faiss.Index:
        """The vectors on the card.

        Raises:
            ModelError: it has no room for them, or fails.
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
                f"cuda:{self._gpu} cannot take {n_rows:,} vectors of {dim} dims "
                f'({" ".join(str(exc).split())[:120]}). Set search_device = "cpu".'
            ) from exc
        _log.info("search on cuda:%d: %s vectors are there", self._gpu, f"{n_rows:,}")
        return index
