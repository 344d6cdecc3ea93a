"""The engine of a generation and a question's vector in, hits out.

This connects `index/` and `retrieve/`. Users call `Guide.search`.
"""

from collections.abc import Callable, Collection
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec

from ragguide.index.keywords import matched_words
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
from ragguide.types import Chunk, Confidence, Filter, Hit, Why

if TYPE_CHECKING:
    from ragguide.index.stores.protocols import Engine, Part, Passages
    from ragguide.types import FloatMatrix, FloatVector


class Asked(msgspec.Struct, frozen=True):
    """A question as the search uses it, with its vector."""

    reading: Reading
    query: "FloatMatrix"  # (1, dim)


class Searcher:
    """Finds passages in one generation."""

    def __init__(self, engine: "Engine") -> None:
        """Take the engine of an open generation; it proposes, and this class scores."""
        self._engine = engine

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
        passages = self._passages(
            asked,
            max(top_k, 2),
            self._engine.within(where, hidden),
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
        part: "Part",
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
            rows = _proposed(asked, n_candidates, part)
            if seen.issuperset(rows):
                break
            found = self._engine.passages(rows)
            chunks = dict(zip(rows, found.chunks, strict=True))
            new = [
                each
                for each in fuse(self._candidates(asked, rows, found))
                if each.row not in seen and folded(chunks[each.row].text) not in texts
            ]
            passages += merge(new, chunks, question_terms=asked.reading.weights)
            seen.update(rows)
            texts.update(folded(chunk.text) for chunk in found.chunks)
            n_candidates *= 2
        return passages

    def statement_cosines(self, hit: Hit, query: "FloatMatrix") -> dict[int, float]:
        """Return the stretched cosine of each statement of a hit, by its offset in the document."""
        found = self._engine.passages(hit.rows)
        values = iter(stretch(found.statements @ query[0], self._stretch).tolist())
        return {
            chunk.start + statement.start: cosine
            for chunk in found.chunks
            for statement, cosine in zip(chunk.statements, values, strict=False)
        }

    @cached_property
    def _stretch(self) -> float:
        return stretch_of(self._engine.closeness)

    def _candidates(self, asked: Asked, rows: tuple[int, ...], found: "Passages") -> Candidates:
        query = asked.query
        cosines = found.vectors @ query[0]  # (n,)
        return Candidates(
            rows=rows,
            cosines=stretch(cosines, self._stretch),
            statement_cosines=stretch(_best_statements(query, found, cosines), self._stretch),
            keyword_scores=self._engine.keyword_scores(asked.reading.weights, rows),
        )

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
                matched=matched_words(chunk.embedded_text, reading.weights, self._engine.rarity),
            ),
            chunk=chunk,
            rows=tuple(each.row for each in passage.ranked),
            copies=tuple(_place(copy) for copy in passage.copies),
        )


def _proposed(asked: Asked, n_candidates: int, part: "Part") -> tuple[int, ...]:
    """Return the rows that either search proposes, rising."""
    by_meaning = part.nearest(asked.query, n_candidates)
    by_words = part.holding(asked.reading.weights, n_candidates)
    return tuple(sorted({*by_meaning.tolist(), *by_words.tolist()}))


def _best_statements(
    query: "FloatMatrix", found: "Passages", cosines: "FloatVector"
) -> "FloatVector":
    """Return `(n,)` cosines of the best statements, or of a chunk without any."""
    values = found.statements @ query[0]  # (n_statements,)
    return best_in_groups(values, [len(chunk.statements) for chunk in found.chunks], empty=cosines)


def _place(chunk: Chunk) -> str:
    return f"{chunk.document}, {chunk.locator}" if chunk.locator else chunk.document
