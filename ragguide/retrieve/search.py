"""One generation's indexes and a question's vector in, hits out.

This connects `index/` and `retrieve/`. Users call `Guide.search`.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property, partial
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.retrieve.filters import allowed_rows
from ragguide.retrieve.fuse import (
    CANDIDATES,
    Candidates,
    Ranked,
    best_in_groups,
    confidences,
    fuse,
)
from ragguide.retrieve.merge import Passage, folded, merge
from ragguide.retrieve.question import Reading
from ragguide.retrieve.stretch import stretch, stretch_of
from ragguide.types import Chunk, Confidence, Filter, Hit, SourceRecord, Why

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import FloatMatrix


class Asked(msgspec.Struct, frozen=True):
    """A question as the search uses it, with its vector."""

    reading: Reading
    query: "FloatMatrix"  # (1, dim)


class Searcher:
    """Finds passages in one generation."""

    def __init__(
        self,
        chunks: Sequence[Chunk],
        sources: Sequence[SourceRecord],
        vectors: "VectorIndex",
        statements: "FloatMatrix",
        keywords: "KeywordIndex",
    ) -> None:
        """Take the parts of one generation.

        Args:
            chunks: in the order of the indexes' rows.
            sources: the documents, for filters.
            vectors: of the chunks.
            statements: (n, dim) vectors of all chunks' statements, in the chunks' order.
            keywords: of the chunks.
        """
        self._chunks = chunks
        self._sources = sources
        self._vectors = vectors
        self._statements = statements
        self._keywords = keywords

    def search(
        self,
        asked: Asked,
        *,
        top_k: int,
        where: Filter | None = None,
        dense_weight: float,
        statement_weight: float,
        hidden: Collection[int] = (),
    ) -> list[Hit]:
        """Return the passages that are relevant to a question, best first.

        Args:
            asked: the question.
            top_k: most to return. The first passages are the same for any number.
            where: restricts the search; None: search everywhere.
            dense_weight: as for `fuse`.
            statement_weight: as for `fuse`.
            hidden: rows of chunks to exclude.

        Raises:
            UsageError: nothing matches the filter.
        """
        rows = None if where is None else allowed_rows(self._chunks, self._sources, where)
        if hidden:
            every = np.arange(len(self._chunks)) if rows is None else rows
            rows = np.setdiff1d(every, list(hidden))
        passages = self._passages(
            asked,
            max(top_k, 2),
            rows,
            partial(fuse, dense_weight=dense_weight, statement_weight=statement_weight),
        )  # at least two, so that the first one's lead does not depend on `top_k`
        words = confidences([passage.best.score for passage in passages])
        return [
            self._hit(rank, passage, word, asked.reading)
            for rank, (passage, word) in enumerate(
                zip(passages[:top_k], words[:top_k], strict=True), start=1
            )
        ]

    def _passages(
        self,
        asked: Asked,
        n_passages: int,
        allowed: "NDArray[np.int64] | None",
        fuse: Callable[[Candidates], list[Ranked]],
    ) -> list[Passage]:
        """Return at least `n_passages`, best first, or all that there are.

        The first passages come from `CANDIDATES` of each search. If they are too few, those of
        twice as many follow, and so on. So more passages never change the first ones.
        """
        passages: list[Passage] = []
        seen: set[int] = set()
        texts: set[str] = set()
        n_candidates = CANDIDATES
        while len(passages) < n_passages:
            found = self._candidates(asked, n_candidates, allowed)
            if seen.issuperset(found.rows):
                break
            new = [
                each
                for each in fuse(found)
                if each.row not in seen and folded(self._chunks[each.row].text) not in texts
            ]
            passages += merge(new, self._chunks, question_terms=asked.reading.weights)
            seen.update(found.rows)
            texts.update(folded(self._chunks[row].text) for row in found.rows)
            n_candidates *= 2
        return passages

    def statement_cosines(self, hit: Hit, query: "FloatMatrix") -> dict[int, float]:
        """Return the stretched cosine of each statement of a hit, by its offset in the document."""
        cosines = {}
        for row in hit.rows:
            chunk = self._chunks[row]
            at = slice(self._starts[row], self._starts[row + 1])
            values = stretch(self._statements[at] @ query[0], self._stretch)
            for statement, cosine in zip(chunk.statements, values.tolist(), strict=True):
                cosines[chunk.start + statement.start] = cosine
        return cosines

    @cached_property
    def _stretch(self) -> float:
        return stretch_of(self._vectors.vectors)

    @cached_property
    def _starts(self) -> list[int]:
        """First row of each chunk's statements, and the number of all."""
        return list(accumulate((len(chunk.statements) for chunk in self._chunks), initial=0))

    def _candidates(
        self,
        asked: Asked,
        n_candidates: int,
        allowed: "NDArray[np.int64] | None",
    ) -> Candidates:
        query = asked.query
        keyword_scores = self._keywords.scores(asked.reading.weights)  # (n_chunks,)
        if allowed is None:
            by_meaning = [row for row, _ in self._vectors.search(query, n_candidates)]
            by_words = np.argsort(-keyword_scores, kind="stable")[:n_candidates]
        else:  # exact: an approximate index cannot search a part of its rows
            nearest = np.argsort(-self._vectors.cosines(query, allowed.tolist()), kind="stable")
            by_meaning = allowed[nearest[:n_candidates]].tolist()
            best = np.argsort(-keyword_scores[allowed], kind="stable")
            by_words = allowed[best[:n_candidates]]
        with_words = [row for row in by_words.tolist() if keyword_scores[row] > 0]
        rows = tuple(sorted({*by_meaning, *with_words}))
        cosines = self._vectors.cosines(query, rows)
        return Candidates(
            rows=rows,
            cosines=stretch(cosines, self._stretch),
            statement_cosines=stretch(self._best_statements(query, rows, cosines), self._stretch),
            keyword_scores=keyword_scores[list(rows)],
        )

    def _best_statements(
        self, query: "FloatMatrix", rows: Sequence[int], cosines: "NDArray[np.float32]"
    ) -> "NDArray[np.float32]":
        """Return `(len(rows),)` cosines of the best statements, or of a chunk without any."""
        spans = [(self._starts[row], self._starts[row + 1]) for row in rows]
        places = [place for start, end in spans for place in range(start, end)]
        values = self._statements[places] @ query[0]  # (n_statements,)
        return best_in_groups(values, [end - start for start, end in spans], empty=cosines)

    def _hit(self, rank: int, passage: Passage, confidence: Confidence, reading: Reading) -> Hit:
        best, chunk = passage.ranked[0], passage.chunk
        return Hit(
            rank=rank,
            score=passage.best.score,
            confidence=confidence,
            why=Why(
                cosine=best.cosine,
                cosine_rank=best.cosine_rank,
                statement_cosine=best.statement_cosine,
                keyword_score=best.keyword_score,
                keyword_rank=best.keyword_rank,
                matched=self._keywords.matched_words(chunk.embedded_text, reading.weights),
            ),
            chunk=chunk,
            rows=tuple(each.row for each in passage.ranked),
            copies=tuple(_place(copy) for copy in passage.copies),
        )


def _place(chunk: Chunk) -> str:
    return f"{chunk.document}, {chunk.locator}" if chunk.locator else chunk.document
