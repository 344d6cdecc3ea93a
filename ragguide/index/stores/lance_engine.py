"""A generation in Lance tables in, searches over it out.

An exact search compares all vectors in this process, which reads them once: Lance would read them
for every search. With a vector index, Lance proposes rows. For words, Lance returns the postings of
the question's terms, and this process adds up BM25.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragguide.base.recent import Recent
from ragguide.errors import UsageError
from ragguide.index.bm25 import gain_of
from ragguide.index.filters import matching_documents, no_document, no_passage
from ragguide.index.keywords import phrase_pattern, terms_of
from ragguide.index.stores.lance_generation import read_statements
from ragguide.index.stores.lance_tables import bytes_of, listed, quoted, vectors_of
from ragguide.index.stores.pieces import gains_of, rarity_in
from ragguide.index.stores.protocols import OnDevice, Passages
from ragguide.types import Chunk, Filter, Flat, Ivf

if TYPE_CHECKING:
    from ragguide.index.stores.lance_generation import LanceGeneration, Placed
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import FloatMatrix, FloatVector

Rows = NDArray[np.int64]

# A filter that leaves so few passages is searched exactly: their vectors are 8 MB.
EXACT_UP_TO = 5_000
# With a filter that leaves more, the nearest are further away, so more lists are searched.
MORE_PROBES = 4
PASSAGES_CACHED = 2048  # of 2 to 10 kB each; a search and its answer ask for the same ones
DOCUMENTS_CACHED = 32  # their passages
PHRASE_ROWS = 200  # passages in which a phrase is looked for: the best by its words


class LanceEngine:
    """Searches one generation."""

    def __init__(self, generation: "LanceGeneration", on_device: OnDevice) -> None:
        self._generation = generation
        self._on_device = on_device
        self.closeness = generation.tables.closeness
        self.rarity = rarity_in(generation.terms, self.n_passages)
        self._first_row_of = {
            each.id: row
            for each, row in zip(
                generation.tables.documents, generation.first_rows[:-1], strict=True
            )
        }
        self._passages: Recent[int, tuple[Chunk, FloatVector, bytes]] = Recent(PASSAGES_CACHED)
        self._documents: Recent[str, Sequence[Chunk]] = Recent(DOCUMENTS_CACHED)
        self._scored: tuple[Mapping[str, float], Rows, FloatVector] | None = None

    @property
    def n_passages(self) -> int:
        return self._generation.first_rows[-1]

    @cached_property
    def vectors(self) -> "VectorIndex | None":
        """All vectors, for an exact search; None: Lance has an index of them."""
        parameters = self._generation.manifest.vector_index.parameters
        if not isinstance(parameters, Flat):
            return None
        from ragguide.index.vectors import VectorIndex

        return self._on_device(VectorIndex.build(self._generation.vectors(), parameters))

    @property
    def n_probes(self) -> int:
        """The number of lists that a search without filter reads."""
        parameters = self._generation.manifest.vector_index.parameters
        assert isinstance(parameters, Ivf)
        return parameters.nprobe

    # ── filters ─────────────────────────────────────────────────────────────────────────────────

    def within(self, where: Filter | None, hidden: Collection[int] = ()) -> "LancePart":
        if where is None:
            return LancePart(self, None, None, hidden)
        sources = self._generation.manifest.sources
        names = matching_documents(sources, where)
        if not names:
            raise UsageError(no_document(sources, where))
        documents = [each for each in self._generation.tables.documents if each.name in names]
        condition = listed("document", (str(each.id) for each in documents))
        if where.page_first == 1 and where.page_last is None and not where.sections:
            rows = self._rows_of(documents)
        else:
            condition = f"{condition} AND {_on_pages(where)} AND {_in_sections(where)}"
            rows = np.sort(self._generation.rows_at(self._generation.passages.matching(condition)))
        if not len(rows):
            raise UsageError(self._why_none(where, [each.id for each in documents]))
        return LancePart(self, rows, condition, hidden)

    def _rows_of(self, documents: Sequence["Placed"]) -> Rows:
        firsts = [(self._first_row_of[each.id], each.n_passages) for each in documents]
        spans = [np.arange(first, first + n_passages) for first, n_passages in firsts]
        return np.concatenate(spans) if spans else np.zeros(0, np.int64)

    def _why_none(self, where: Filter, ids: Sequence[int]) -> str:
        """Say which condition of a filter fails."""
        condition = listed("document", map(str, ids))
        pages = self._generation.passages.scan(["page_first", "page_last"], condition)
        firsts, lasts = pages["page_first"].to_numpy(), pages["page_last"].to_numpy()
        is_on = lasts >= where.page_first
        if where.page_last is not None:
            is_on &= firsts <= where.page_last
        return no_passage(where, has_page=bool(is_on.any()), last_page=int(lasts.max(initial=0)))

    # ── passages ────────────────────────────────────────────────────────────────────────────────

    def passages(self, rows: Sequence[int]) -> Passages:
        found = {row: self._passages.get(row) for row in rows}
        missing = [row for row, each in found.items() if each is None]
        if missing:
            for row, read in zip(missing, self._read(missing), strict=True):
                self._passages.put(row, read)
                found[row] = read
        parts = [each for row in rows if (each := found[row]) is not None]
        assert len(parts) == len(rows)
        dim = self._generation.tables.dim
        vectors = np.array([vector for _, vector, _ in parts], np.float32).reshape(-1, dim)
        statements = read_statements([each for _, _, each in parts], dim)
        return Passages([chunk for chunk, _, _ in parts], vectors, statements[:])

    def _read(self, rows: Sequence[int]) -> "list[tuple[Chunk, FloatVector, bytes]]":
        """Read the chunk, the vector and the statements of some rows."""
        columns = ["chunk", "statements"] if self.vectors else ["chunk", "statements", "vector"]
        found = self._generation.take(rows, columns)
        chunks = [self._generation.decode_chunk(data) for data in bytes_of(found, "chunk")]
        if self.vectors:
            vectors = self.vectors.vectors[np.asarray(rows, np.int64)]
        else:
            vectors = vectors_of(found, self._generation.tables.dim)
        return list(zip(chunks, vectors, bytes_of(found, "statements"), strict=True))

    def vectors_at(self, rows: Rows) -> "FloatMatrix":
        return vectors_of(
            self._generation.take(rows.tolist(), ["vector"]), self._generation.tables.dim
        )

    def chunks(self) -> Sequence[Chunk]:
        return self._all_chunks

    @cached_property
    def _all_chunks(self) -> Sequence[Chunk]:
        return self._generation.chunks()

    def chunks_of(self, document: str) -> Sequence[Chunk]:
        chunks = self._documents.get(document)
        if chunks is None:
            placed = [each for each in self._generation.tables.documents if each.name == document]
            rows = self._rows_of(placed).tolist()
            found = self._generation.take(rows, ["chunk"]) if rows else None
            data = [] if found is None else bytes_of(found, "chunk")
            chunks = tuple(self._generation.decode_chunk(each) for each in data)
            self._documents.put(document, chunks)
        return chunks

    # ── words ───────────────────────────────────────────────────────────────────────────────────

    def keyword_scores(self, weights: Mapping[str, float], rows: Sequence[int]) -> "FloatVector":
        holding, scores = self.scored(weights)
        found = np.zeros(len(rows), np.float32)
        if len(holding):
            wanted = np.asarray(rows, np.int64)
            at = np.minimum(np.searchsorted(holding, wanted), len(holding) - 1)
            found = np.where(holding[at] == wanted, scores[at], found)
        return found

    def scored(self, weights: Mapping[str, float]) -> "tuple[Rows, FloatVector]":
        """Return the rows with any of the terms, rising, and their BM25 scores.

        One search asks for them more than once.
        """
        scored = self._scored
        if scored is None or scored[0] is not weights:
            self._scored = scored = (weights, *self._score(weights))
        return scored[1:]

    def _score(self, weights: Mapping[str, float]) -> "tuple[Rows, FloatVector]":
        gains = gains_of(weights, self.rarity)
        if not gains:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        columns = ["term", "document", "places", "counts", "lengths"]
        condition = listed("term", map(quoted, gains))
        found = self._generation.postings.scan(columns, condition)
        places = found["places"].combine_chunks()
        sizes = np.diff(places.offsets.to_numpy())
        first_rows = [self._first_row_of[each] for each in found["document"].to_pylist()]
        weight = [gains[term] for term in found["term"].to_pylist()]
        rows = np.repeat(np.array(first_rows, np.int64), sizes) + places.flatten().to_numpy()
        counts, lengths = (
            found[name].combine_chunks().flatten().to_numpy() for name in ("counts", "lengths")
        )
        gained = gain_of(counts, lengths, self._generation.tables.mean_length)
        holding, at = np.unique(rows, return_inverse=True)
        scores = np.bincount(at, np.repeat(np.array(weight), sizes) * gained, len(holding))
        return holding, scores.astype(np.float32)

    def has_phrase(self, phrase: str) -> bool:
        weights = dict.fromkeys(terms_of(phrase), 1.0)
        rows = self.within(None).holding(weights, PHRASE_ROWS).tolist()
        pattern = phrase_pattern(phrase)
        return any(pattern.search(chunk.text) for chunk in self.passages(rows).chunks)

    def propose(self, query: "FloatMatrix", k: int, n_probes: int, condition: str | None) -> Rows:
        """Return up to `k` rows that the vector index finds."""
        found = self._generation.passages.nearest(query[0], k, n_probes, condition)
        return self._generation.rows_at(found)


class LancePart:
    """The passages that match a filter."""

    def __init__(
        self,
        engine: LanceEngine,
        rows: Rows | None,
        condition: str | None,
        hidden: Collection[int],
    ) -> None:
        """Take the rows, rising, and their condition in SQL; None: all."""
        self._engine = engine
        self._rows = rows
        self._condition = condition
        self._hidden = np.array(sorted(hidden), np.int64)

    def nearest(self, query: "FloatMatrix", k: int) -> Rows:
        rows = None if self._rows is None else np.setdiff1d(self._rows, self._hidden)
        vectors = self._engine.vectors
        if vectors is not None:
            if rows is None and not len(self._hidden):
                ((found, _),) = vectors.search_many(query, k)
                return found
            if rows is None:
                rows = np.setdiff1d(np.arange(self._engine.n_passages), self._hidden)
            return _best(rows, vectors.cosines(query, rows), k)
        if rows is not None and len(rows) <= EXACT_UP_TO:
            return _best(rows, self._engine.vectors_at(rows) @ query[0], k)
        n_probes = self._engine.n_probes * (1 if rows is None else MORE_PROBES)
        found = self._engine.propose(query, k + len(self._hidden), n_probes, self._condition)
        return found[~np.isin(found, self._hidden)][:k]

    def holding(self, weights: Mapping[str, float], k: int) -> Rows:
        rows, scores = self._engine.scored(weights)
        is_in = (scores > 0) & ~np.isin(rows, self._hidden)
        if self._rows is not None:
            is_in &= np.isin(rows, self._rows)
        return _best(rows[is_in], scores[is_in], k)


def _best(rows: Rows, scores: "FloatVector", k: int) -> Rows:
    """Return the rows with the best scores; of equal ones, the first."""
    return rows[np.argsort(-scores, kind="stable")[:k]]


def _on_pages(where: Filter) -> str:
    last = "" if where.page_last is None else f" AND page_first <= {where.page_last}"
    return f"page_last >= {where.page_first}{last}"


def _in_sections(where: Filter) -> str:
    if not where.sections:
        return "true"
    titled = (f"contains(titles, {quoted(words.casefold())})" for words in where.sections)
    return f"({' OR '.join(titled)})"
