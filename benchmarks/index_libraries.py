"""ragguide's index types, hnswlib and usearch behind one interface, all on one thread."""

from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from clustered import FloatMatrix
from numpy.typing import NDArray

from ragguide.index.plan import choose, describe, effort_of
from ragguide.index.vectors import VectorIndex
from ragguide.types import IndexRequest

Rows = NDArray[np.int64]

DIM, K = 384, 10
LINKS, CANDIDATES = 32, 200  # of every graph: M or connectivity; efConstruction or expansion_add
MOST_EF = 4096


class Library(Protocol):
    """An index of one library. `effort` is what a search can trade for recall."""

    parameters: str
    reads_vectors: bool  # from their own file, when it searches
    first: int  # least effort
    most: int

    def build(self, vectors: FloatMatrix) -> None: ...

    def save(self, path: Path) -> None:
        """Write what `load` needs, if anything."""
        ...

    def load(self, path: Path, vectors: FloatMatrix) -> None: ...

    def search(self, query: FloatMatrix, effort: int) -> Rows:
        """Return the K nearest rows to one `(1, dim)` query."""
        ...


class Ragguide:
    """An index type of ragguide, as `ingest` builds it and `search` opens it."""

    reads_vectors = True

    def __init__(self, index_type: str, n: int) -> None:
        self.request = msgspec.convert({"index_type": index_type}, IndexRequest)
        self.plan = choose(self.request, n, DIM)
        self.parameters = describe(self.plan.parameters)
        self.first = effort_of(self.plan.parameters)
        self.most = getattr(self.plan.parameters, "nlist", MOST_EF)
        self.index = VectorIndex.build(np.zeros((0, DIM), np.float32))

    def build(self, vectors: FloatMatrix) -> None:
        self.index = VectorIndex.build(vectors, self.plan.parameters)

    def save(self, path: Path) -> None:
        self.index.save(path)

    def load(self, path: Path, vectors: FloatMatrix) -> None:
        data = np.memmap(path, np.uint8, "r") if path.exists() else None
        self.index = VectorIndex.load(vectors, self.plan.parameters, data)

    def search(self, query: FloatMatrix, effort: int) -> Rows:
        ((rows, _),) = self.index.search_many(query, K, effort=effort)
        return rows


class Hnswlib:
    reads_vectors = False
    first, most = K, MOST_EF
    parameters = f"M {LINKS}, ef_construction {CANDIDATES}"

    def __init__(self) -> None:
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=DIM)
        self.index.set_num_threads(1)

    def build(self, vectors: FloatMatrix) -> None:
        self.index.init_index(len(vectors), M=LINKS, ef_construction=CANDIDATES, random_seed=0)
        self.index.add_items(vectors, num_threads=1)

    def save(self, path: Path) -> None:
        self.index.save_index(str(path))

    def load(self, path: Path, vectors: FloatMatrix) -> None:
        self.index.load_index(str(path), max_elements=len(vectors))
        self.index.set_num_threads(1)

    def search(self, query: FloatMatrix, effort: int) -> Rows:
        self.index.set_ef(effort)
        return self.index.knn_query(query, K, num_threads=1)[0][0].astype(np.int64)


class Usearch:
    reads_vectors = False
    first, most = K, MOST_EF
    parameters = f"connectivity {LINKS}, expansion_add {CANDIDATES}"

    def __init__(self) -> None:
        from usearch.index import Index

        self.index = Index(
            ndim=DIM, metric="ip", dtype="f32", connectivity=LINKS, expansion_add=CANDIDATES
        )

    def build(self, vectors: FloatMatrix) -> None:
        self.index.add(np.arange(len(vectors)), vectors, threads=1)

    def save(self, path: Path) -> None:
        self.index.save(str(path))

    def load(self, path: Path, vectors: FloatMatrix) -> None:  # noqa: ARG002
        self.index.view(str(path))

    def search(self, query: FloatMatrix, effort: int) -> Rows:
        self.index.expansion_search = effort
        return self.index.search(query[0], K, threads=1).keys.astype(np.int64)


INDEXES = ("flat", "hnsw", "ivf", "ivfpq", "hnswlib", "usearch")


def library(name: str, n: int) -> Library:
    if name == "hnswlib":
        return Hnswlib()
    return Usearch() if name == "usearch" else Ragguide(name, n)
