"""The files of a generation in, searches over them out. All of it is in this process."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.closeness import closeness_of
from ragguide.index.filters import allowed_rows
from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex, phrase_pattern
from ragguide.index.stored_chunks import StoredChunks
from ragguide.index.stores.protocols import OnDevice, Passages
from ragguide.index.vectors import VectorIndex
from ragguide.types import Chunk, Filter, SourceRecord

if TYPE_CHECKING:
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.statements import StatementVectors
    from ragguide.types import FloatMatrix, FloatVector

Rows = NDArray[np.int64]


class FileEngine:
    """Searches one generation: FAISS for the vectors, postings in memory for the words."""

    def __init__(
        self,
        chunks: Sequence[Chunk],
        sources: Sequence[SourceRecord],
        vectors: VectorIndex,
        statements: "FloatMatrix | StatementVectors",
        statement_starts: NDArray[np.int64],
        keywords: KeywordIndex,
    ) -> None:
        """Take the parts of one generation.

        Args:
            chunks: in the order of the indexes' rows.
            sources: the documents, for filters.
            vectors: of the chunks.
            statements: (n, dim) vectors of all chunks' statements, in the chunks' order.
            statement_starts: (n_chunks + 1,) first row of each chunk's statements, and the number
                of all.
            keywords: of the chunks.
        """
        self._chunks = chunks
        self._sources = sources
        self._vectors = vectors
        self._statements = statements
        self._starts = statement_starts
        self._keywords = keywords
        self._of_document: dict[str, Sequence[Chunk]] = {}
        self._scored: tuple[Mapping[str, float], FloatVector] | None = None
        self.rarity = keywords.rarity()

    @classmethod
    def load(cls, generation: "StoredGeneration", on_device: OnDevice) -> "FileEngine":
        """Load the verified files of a generation.

        Raises:
            IndexCorrupt: the files do not belong together.
        """
        manifest = generation.manifest
        chunks = generation.stored_chunks()
        vectors = on_device(
            VectorIndex.load(
                generation.vectors(), manifest.vector_index.parameters, generation.vector_index()
            )
        )
        keywords = KeywordIndex.load(generation.file(VOCABULARY), generation.file(POSTINGS))
        _require_equal_counts(generation, chunks, vectors, keywords)
        return cls(
            chunks,
            manifest.sources,
            vectors,
            generation.statements(),
            chunks.statement_starts,
            keywords,
        )

    @cached_property
    def closeness(self) -> float | None:
        return closeness_of(self._vectors.vectors)

    def within(self, where: Filter | None, hidden: Collection[int] = ()) -> "FilePart":
        rows = None if where is None else allowed_rows(self._chunks, self._sources, where)
        if hidden:
            every = np.arange(len(self._chunks)) if rows is None else rows
            rows = np.setdiff1d(every, list(hidden))
        return FilePart(self, rows)

    def passages(self, rows: Sequence[int]) -> Passages:
        starts = self._starts
        spans = [(int(starts[row]), int(starts[row + 1])) for row in rows]
        places = [place for start, end in spans for place in range(start, end)]
        return Passages(
            [self._chunks[row] for row in rows],
            self._vectors.vectors[np.asarray(rows, np.int64)],
            self._statements[places],
        )

    def keyword_scores(self, weights: Mapping[str, float], rows: Sequence[int]) -> "FloatVector":
        return self.all_keyword_scores(weights)[list(rows)]

    def all_keyword_scores(self, weights: Mapping[str, float]) -> "FloatVector":
        """Return `(n_chunks,)` scores. One search asks for them more than once."""
        scored = self._scored
        if scored is None or scored[0] is not weights:
            self._scored = scored = (weights, self._keywords.scores(weights))
        return scored[1]

    def nearest(self, query: "FloatMatrix", k: int, allowed: Rows | None) -> Rows:
        """Return up to `k` of the allowed rows, best first."""
        if allowed is None:
            ((rows, _),) = self._vectors.search_many(query, k)
            return rows
        # Exact: an approximate index cannot search a part of its rows.
        best = np.argsort(-self._vectors.cosines(query, allowed), kind="stable")
        return allowed[best[:k]]

    def chunks(self) -> Sequence[Chunk]:
        return self._chunks

    def chunks_of(self, document: str) -> Sequence[Chunk]:
        if document not in self._places:
            return ()
        if document not in self._of_document:
            # The documents are in order, so this decodes the chunks of one, and few others.
            place, rows = self._places[document], range(len(self._chunks))
            start = bisect_left(rows, place, key=self._document_at)
            end = bisect_left(rows, place + 1, start, key=self._document_at)
            self._of_document[document] = self._chunks[start:end]
        return self._of_document[document]

    @cached_property
    def _places(self) -> dict[str, int]:
        """The place of each document in the order."""
        return {source.name: place for place, source in enumerate(self._sources)}

    def _document_at(self, row: int) -> int:
        return self._places[self._chunks[row].document]

    def has_phrase(self, phrase: str) -> bool:
        pattern = phrase_pattern(phrase)
        return any(pattern.search(chunk.text) for chunk in self._chunks)


class FilePart:
    """Some rows of a generation, or all."""

    def __init__(self, engine: FileEngine, allowed: Rows | None) -> None:
        self._engine = engine
        self._allowed = allowed  # rising; None: all

    def nearest(self, query: "FloatMatrix", k: int) -> Rows:
        return self._engine.nearest(query, k, self._allowed)

    def holding(self, weights: Mapping[str, float], k: int) -> Rows:
        scores = self._engine.all_keyword_scores(weights)
        if self._allowed is None:
            rows = np.argsort(-scores, kind="stable")[:k]
        else:
            best = np.argsort(-scores[self._allowed], kind="stable")
            rows = self._allowed[best[:k]]
        return rows[scores[rows] > 0]


def _require_equal_counts(
    generation: "StoredGeneration",
    chunks: StoredChunks,
    vectors: VectorIndex,
    keywords: KeywordIndex,
) -> None:
    n_statements = int(chunks.statement_starts[-1])
    n_statement_vectors = generation.manifest.n_statements
    if len(chunks) == vectors.n_rows == keywords.n_rows and n_statements == n_statement_vectors:
        return
    from ragguide.index.generation import REBUILD

    raise IndexCorrupt(
        f"{generation.folder} is inconsistent: {len(chunks)} chunks with {n_statements} "
        f"statements, {vectors.n_rows} and {n_statement_vectors} vectors, "
        f"{keywords.n_rows} keyword rows. {REBUILD}"
    )
