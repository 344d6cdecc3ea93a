"""Unit vectors in, the nearest rows out, by exact search over all vectors."""

from pathlib import Path

from ragguide.index.backend import FloatMatrix, RowMatrix, flat_view


class FlatBackend:
    """Exact search on the CPU. It needs no file besides the vectors."""

    def __init__(self, vectors: FloatMatrix) -> None:
        self._vectors = vectors  # FAISS reads them here
        self._index = flat_view(vectors)

    def find(self, queries: FloatMatrix, k: int, effort: int) -> RowMatrix:  # noqa: ARG002
        rows: RowMatrix = self._index.search(queries, k)[1]
        return rows

    def save(self, path: Path) -> None:
        pass
