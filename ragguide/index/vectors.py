"""Unit vectors in, a FAISS index out; a question's vector in, the nearest rows out.

FAISS is asked for inner products, which are cosines since all vectors have length 1: a score is
better when higher. Its padding of missing hits (row -1) is dropped here.
"""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

FloatMatrix = NDArray[np.float32]

METRIC = faiss.METRIC_INNER_PRODUCT


class VectorIndex:
    """An exact index. At the size of one guide it is also the fastest."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: FloatMatrix) -> "VectorIndex":
        """Index `(n, dim)` float32 rows of length 1."""
        index = faiss.IndexFlat(vectors.shape[1], METRIC)
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @property
    def n_rows(self) -> int:
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        return int(self._index.d)

    def search(self, query: FloatMatrix, k: int) -> list[tuple[int, float]]:
        """Return up to `k` (row, cosine), best first, for one `(1, dim)` query."""
        scores, rows = self._index.search(np.ascontiguousarray(query, np.float32), k)
        return [
            (int(row), float(score))
            for row, score in zip(rows[0], scores[0], strict=True)
            if row >= 0
        ]

    def cosines(self, query: FloatMatrix, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the `(len(rows),)` cosines of given rows to one `(1, dim)` query."""
        if not rows:
            return np.zeros(0, np.float32)
        vectors = self._index.reconstruct_batch(np.asarray(rows, np.int64))  # (n, dim)
        cosines: NDArray[np.float32] = vectors @ query[0]
        return cosines

    def save(self, path: Path) -> None:
        # Not by faiss.write_index: on a full disk it can leave a short file and report success.
        path.write_bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def load(cls, path: Path) -> "VectorIndex":
        """Read what `save` wrote. The caller has verified the file: FAISS trusts its input."""
        return cls(faiss.deserialize_index(np.fromfile(path, np.uint8)))
