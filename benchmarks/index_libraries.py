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
MOST_EF = 4096


class Graph(msgspec.Struct, frozen=True):
    """What every graph is built with, whosever it is."""

    links: int = 32  # M, or connectivity
    candidates: int = 200  # efConstruction, or expansion_add


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

    def __init__(self, index_type: str, n: int, graph: Graph) -> None:
        asked = {"index_type": index_type}
        if index_type == "hnsw":
            asked |= {"hnsw_m": graph.links, "ef_construction": graph.candidates}
        self.request = msgspec.convert(asked, IndexRequest)
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

    def __init__(self, graph: Graph) -> None:
        import hnswlib

        self.graph = graph
        self.parameters = f"M {graph.links}, ef_construction {graph.candidates}"
        self.index = hnswlib.Index(space="ip", dim=DIM)
        self.index.set_num_threads(1)

    def build(self, vectors: FloatMatrix) -> None:
        self.index.init_index(
            len(vectors),
            M=self.graph.links,
            ef_construction=self.graph.candidates,
            random_seed=0,
        )
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

    def __init__(self, graph: Graph) -> None:
        from usearch.index import Index

        self.parameters = f"connectivity {graph.links}, expansion_add {graph.candidates}"
        self.index = Index(
            ndim=DIM,
            metric="ip",
            dtype="f32",
            connectivity=graph.links,
            expansion_add=graph.candidates,
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


def library(name: str, n: int, graph: Graph) -> Library:
    if name == "hnswlib":
        return Hnswlib(graph)
    return Usearch(graph) if name == "usearch" else Ragguide(name, n, graph)
