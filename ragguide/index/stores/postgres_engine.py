"""A generation in a database in, searches over it out. The server proposes passages.

The server adds up BM25 and compares vectors to propose rows. Vectors and counts of the proposed
passages come back, and this process computes their scores from them.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragguide.base.recent import Recent
from ragguide.errors import UsageError
from ragguide.index.bm25 import K1, B, gain_of
from ragguide.index.filters import matching_documents, no_document, no_passage
from ragguide.index.keywords import phrase_pattern, terms_of
from ragguide.index.stores.pieces import gains_of, rarity_in
from ragguide.index.stores.postgres_generation import read_statements, read_vectors
from ragguide.index.stores.protocols import Passages
from ragguide.types import Chunk, Filter, Flat

if TYPE_CHECKING:
    from ragguide.index.stores.postgres_generation import PostgresGeneration
    from ragguide.types import FloatMatrix, FloatVector

Rows = NDArray[np.int64]

# A filter that leaves so few passages is searched exactly, which takes milliseconds; the graph
# would look at many passages that the filter rejects.
EXACT_UP_TO = 20_000
PASSAGES_CACHED = 2048  # of 2 to 10 kB each; a search and its answer ask for the same ones
DOCUMENTS_CACHED = 32  # their passages
PHRASE_ROWS = 200  # passages in which a phrase is looked for: the best by its words
_LAST_PAGE = 2**31 - 1


class PostgresEngine:
    """Searches one generation."""

    def __init__(self, generation: "PostgresGeneration") -> None:
        self._generation = generation
        self.closeness = generation.closeness
        self.rarity = rarity_in(generation.terms, self.n_passages)
        self._first_rows = np.array(generation.first_rows, np.int64)
        self._row_of = dict(zip(generation.ids, generation.first_rows, strict=False))
        self._passages: Recent[int, tuple[Chunk, bytes, bytes]] = Recent(PASSAGES_CACHED)
        self._documents: Recent[str, Sequence[Chunk]] = Recent(DOCUMENTS_CACHED)

    @property
    def n_passages(self) -> int:
        return self._generation.first_rows[-1]

    def within(self, where: Filter | None, hidden: Collection[int] = ()) -> "PostgresPart":
        values = self._conditions(where, hidden)
        exact = isinstance(self._generation.manifest.vector_index.parameters, Flat)
        if where is not None:
            ((n_matching,),) = self._generation.fetch(_COUNT, values)
            if n_matching == 0:
                self._refuse(where, values)
            exact = exact or n_matching <= EXACT_UP_TO
        return PostgresPart(self, values, exact=exact, placed=where is not None)

    def _conditions(self, where: Filter | None, hidden: Collection[int]) -> dict[str, object]:
        """Return the parameters of `_PASSES`."""
        places = zip(*self._places(sorted(hidden)), strict=True)
        found: dict[str, object] = self._generation.number | {
            "documents": self._generation.searched,
            "page_first": 1,
            "page_last": _LAST_PAGE,
            "sections": None,
            "hidden": [(document << 32) + place for document, place in places],
        }
        if where is None:
            return found
        sources = self._generation.manifest.sources
        names = matching_documents(sources, where)
        if not names:
            raise UsageError(no_document(sources, where))
        ids = zip(self._generation.names, self._generation.ids, strict=True)
        return found | {
            "documents": [id_ for name, id_ in ids if name in names],
            "page_first": where.page_first,
            "page_last": _LAST_PAGE if where.page_last is None else where.page_last,
            "sections": [each.casefold() for each in where.sections] or None,
        }

    def _refuse(self, where: Filter, values: dict[str, object]) -> None:
        """Say which condition of a filter fails."""
        ((n_on_pages, last_page),) = self._generation.fetch(_ON_PAGES, values)
        raise UsageError(no_passage(where, has_page=n_on_pages > 0, last_page=last_page or 0))

    def passages(self, rows: Sequence[int]) -> Passages:
        found = {row: self._passages.get(row) for row in rows}
        missing = [row for row, each in found.items() if each is None]
        if missing:
            documents, places = self._places(missing)
            values = {"documents": documents, "places": places}
            for document, place, chunk, vector, statements in self._generation.fetch(_ROWS, values):
                row = self._row_of[document] + place
                read = (self._generation.decode_chunk(chunk), vector, statements)
                self._passages.put(row, read)
                found[row] = read
        parts = [each for row in rows if (each := found[row]) is not None]
        assert len(parts) == len(rows)
        dim = self._generation.manifest.dim
        return Passages(
            [chunk for chunk, _, _ in parts],
            read_vectors([vector for _, vector, _ in parts], dim),
            read_statements([statements for _, _, statements in parts], dim),
        )

    def keyword_scores(self, weights: Mapping[str, float], rows: Sequence[int]) -> "FloatVector":
        gains = self.gains(weights)
        documents, places = self._places(rows)
        at = {row: i for i, row in enumerate(rows)}
        scores = np.zeros(len(rows), np.float64)
        values = {"terms": list(gains), "documents": documents, "places": places}
        found = self._generation.fetch(_COUNTS, values)
        if found:
            terms, ids, in_document, counts, lengths = zip(*found, strict=True)
            gain = gain_of(np.array(counts), np.array(lengths), self._generation.mean_length)
            for term, id_, place, value in zip(terms, ids, in_document, gain, strict=True):
                scores[at[self._row_of[id_] + place]] += gains[term] * value
        return scores.astype(np.float32)

    def gains(self, weights: Mapping[str, float]) -> dict[str, float]:
        return gains_of(weights, self.rarity)

    def chunks(self) -> Sequence[Chunk]:
        return self._all_chunks

    @cached_property
    def _all_chunks(self) -> Sequence[Chunk]:
        return self._generation.chunks()

    def chunks_of(self, document: str) -> Sequence[Chunk]:
        if document not in self._generation.names:
            return ()
        chunks = self._documents.get(document)
        if chunks is None:
            at = self._generation.names.index(document)
            chunks = self._generation.chunks_of(self._generation.ids[at])
            self._documents.put(document, chunks)
        return chunks

    def has_phrase(self, phrase: str) -> bool:
        weights = dict.fromkeys(terms_of(phrase), 1.0)
        rows = self.within(None).holding(weights, PHRASE_ROWS).tolist()
        pattern = phrase_pattern(phrase)
        return any(pattern.search(chunk.text) for chunk in self.passages(rows).chunks)

    def propose(self, statement: str, values: Mapping[str, object]) -> Rows:
        """Return the rows of a statement that returns documents and places."""
        found = self._generation.fetch(statement, values)
        return np.array([self._row_of[document] + place for document, place in found], np.int64)

    @property
    def dim(self) -> int:
        return self._generation.manifest.dim

    @property
    def mean_length(self) -> float:
        return self._generation.mean_length

    def _places(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the document's id, and the place in the document, of each row."""
        at = np.searchsorted(self._first_rows, np.asarray(rows, np.int64), side="right") - 1
        ids = [self._generation.ids[i] for i in at.tolist()]
        return ids, (np.asarray(rows, np.int64) - self._first_rows[at]).tolist()


class PostgresPart:
    """The passages that meet some conditions."""

    def __init__(
        self, engine: PostgresEngine, values: Mapping[str, object], *, exact: bool, placed: bool
    ) -> None:
        """Take the parameters of `_PASSES`.

        Args:
            engine: of the generation.
            values: the parameters.
            exact: whether to compare every passage.
            placed: whether pages or sections matter.
        """
        self._engine = engine
        self._values = values
        self._exact = exact
        self._placed = placed

    def nearest(self, query: "FloatMatrix", k: int) -> Rows:
        statement = _NEAREST_EXACT if self._exact else sized(_NEAREST, self._engine.dim)
        values = {"query": vector_text(query[0]), "k": k}
        return self._engine.propose(statement, {**self._values, **values})

    def holding(self, weights: Mapping[str, float], k: int) -> Rows:
        gains = self._engine.gains(weights)
        values = {
            "terms": list(gains), "gains": list(gains.values()), "k": k, "k1": K1, "b": B,
            "mean": self._engine.mean_length,
        }  # fmt: skip
        statement = _HOLDING_PLACED if self._placed else _HOLDING_ALL
        return self._engine.propose(statement, {**self._values, **values})


def vector_text(vector: "FloatVector") -> str:
    """Return a vector as PostgreSQL reads it."""
    return f"[{','.join(map(str, vector.tolist()))}]"


def sized(statement: str, dim: int) -> str:
    """Return a statement for vectors of one dimension, as its graph needs it."""
    return statement.replace("DIM", str(dim))


# The planner drops a condition whose parameter is NULL.
_PASSES = """
    p.born <= %(g)s AND %(g)s < p.died
    AND (%(documents)s::bigint[] IS NULL OR p.document = ANY (%(documents)s::bigint[]))
    AND p.page_last >= %(page_first)s AND p.page_first <= %(page_last)s
    AND (%(sections)s::text[] IS NULL OR EXISTS (
        SELECT FROM unnest(%(sections)s::text[]) AS words WHERE position(words IN p.titles) > 0))
    AND (p.document << 32) + p.place <> ALL (%(hidden)s::bigint[])
"""
_COUNT = f"SELECT count(*) FROM passages p WHERE {_PASSES}"  # noqa: S608  constants
_ON_PAGES = """
SELECT count(*) FILTER (WHERE page_last >= %(page_first)s AND page_first <= %(page_last)s),
       max(page_last)
FROM passages WHERE born <= %(g)s AND %(g)s < died AND document = ANY (%(documents)s::bigint[])
"""
# The graph is on the cast, so this is exact: it compares every passage that passes.
_NEAREST_EXACT = f"""
SELECT p.document, p.place FROM passages p WHERE {_PASSES}
ORDER BY p.vector <#> %(query)s::halfvec LIMIT %(k)s
"""  # noqa: S608
_NEAREST = f"""
SELECT p.document, p.place FROM passages p
WHERE vector_dims(p.vector) = DIM AND {_PASSES}
ORDER BY p.vector::halfvec(DIM) <#> %(query)s::halfvec(DIM) LIMIT %(k)s
"""  # noqa: S608
_HOLDING = """
SELECT document, place
FROM unnest(%(terms)s::text[], %(gains)s::float8[]) AS asked (term, gain)
JOIN postings USING (term)
CROSS JOIN LATERAL unnest(places, counts, lengths) AS held (place, count, length)
WHERE document IN (
        SELECT id FROM documents WHERE born <= %(g)s AND %(g)s < died
        AND (%(documents)s::bigint[] IS NULL OR id = ANY (%(documents)s::bigint[])))
    AND (document << 32) + place <> ALL (%(hidden)s::bigint[]) AND PLACED
GROUP BY document, place
ORDER BY sum(gain * count / (count + %(k1)s::float8 * (
    1 - %(b)s::float8 + %(b)s::float8 * length / %(mean)s::float8))) DESC, document, place
LIMIT %(k)s
"""
# Pages and sections are looked up for each passage, so only if the filter has some.
_HOLDING_ALL = _HOLDING.replace("PLACED", "true")
_HOLDING_PLACED = _HOLDING.replace(
    "PLACED",
    f"""EXISTS (SELECT FROM passages p WHERE (p.document, p.place) = (postings.document, held.place)
    AND {_PASSES})""",
)
_ROWS = """
SELECT p.document, p.place, chunk, halfvec_send(vector), statements
FROM unnest(%(documents)s::bigint[], %(places)s::int[]) AS wanted (document, place)
JOIN passages p ON (p.document, p.place) = (wanted.document, wanted.place)
"""
_COUNTS = """
SELECT term, document, place, count, length
FROM postings
CROSS JOIN LATERAL unnest(places, counts, lengths) AS held (place, count, length)
JOIN unnest(%(documents)s::bigint[], %(places)s::int[]) AS wanted (document, place)
    USING (document, place)
WHERE term = ANY (%(terms)s::text[])
"""
