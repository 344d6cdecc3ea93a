"""Documents in, their chunks out; chunks that an index already has are not cut again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.types import (
    Chunk,
    Document,
    ReadRequest,
    SourceRecord,
)

if TYPE_CHECKING:
    from ragguide.embed.tokens import TokenCounter
from ragguide.embed.weights import Weights
from ragguide.index.build import Contents


class Known(msgspec.Struct, frozen=True):
    """Chunks of a generation, of which those of some documents would be cut just so again."""

    chunks: Sequence[Chunk]  # of all documents
    documents: frozenset[str]  # those
    n_tokens: int  # of all chunks

    def by_document(self) -> dict[str, list[Chunk]]:
        """Return the chunks of those documents by its name."""
        found: dict[str, list[Chunk]] = defaultdict(list)
        for chunk in self.chunks:
            if chunk.document in self.documents:
                found[chunk.document].append(chunk)
        return found

    def count_tokens(self, count: Callable[[Iterable[Chunk]], int]) -> int:
        """Count the tokens of those chunks, or of the others if these are fewer."""
        those = [chunk for chunk in self.chunks if chunk.document in self.documents]
        if len(those) <= len(self.chunks) / 2:
            return count(those)
        others = (chunk for chunk in self.chunks if chunk.document not in self.documents)
        return self.n_tokens - count(others)


# ── cut ─────────────────────────────────────────────────────────────────────────────────────────


def cut(
    request: ReadRequest,
    records: Sequence[SourceRecord],
    documents: Sequence[Document],
    weights: Weights,
    settings: Settings,
    clock: Clock,
    *,
    known: Known | None = None,
) -> Contents:
    """Cut documents into chunks, but for those of which they are known."""
    from ragguide.embed.tokens import TokenCounter

    with clock.stage("chunk", len(documents)):
        count_tokens = TokenCounter(weights.files.folder)

        def count(some: Iterable[Chunk]) -> int:
            return sum(count_tokens([chunk.embedded_text for chunk in some]))

        chunks: list[Chunk] = []
        new: list[Chunk] = []
        of_known = known.by_document() if known else {}
        for document in documents:
            if document.name in of_known:
                chunks += of_known[document.name]
            else:
                made = split([document], count_tokens, settings)
                chunks += made
                new += made
        n_tokens = count(new) + (known.count_tokens(count) if known else 0)
    return Contents(
        request=request, records=records, documents=documents, chunks=chunks, n_tokens=n_tokens
    )


def split(
    documents: Sequence[Document], count_tokens: "TokenCounter", settings: Settings
) -> list[Chunk]:
    """Cut documents into chunks that the embedder can read whole."""
    from ragguide.create.chunks import split_document

    return [
        chunk
        for document in documents
        for chunk in split_document(
            document,
            count_tokens=count_tokens,
            chunk_tokens=settings.chunk_tokens,
            chunk_overlap=settings.chunk_overlap,
            max_tokens=count_tokens.max_tokens,
            strategy=settings.chunk_strategy,
        )
    ]
