"""Documents in, their chunks out; reuses chunks that an index already has."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.index.build import Contents
from ragguide.types import Chunk, Document, ReadRequest, SourceRecord

if TYPE_CHECKING:
    from ragguide.embed.tokens import TokenCounter


class Known(msgspec.Struct, frozen=True):
    """Chunks of an existing generation, and the documents whose chunks can be reused."""

    chunks: Sequence[Chunk]  # of all documents
    documents: frozenset[str]  # names of the unchanged documents
    n_tokens: int  # of all chunks

    def by_document(self) -> dict[str, list[Chunk]]:
        """Return the reusable chunks: document name → its chunks."""
        found: dict[str, list[Chunk]] = defaultdict(list)
        for chunk in self.chunks:
            if chunk.document in self.documents:
                found[chunk.document].append(chunk)
        return found

    def count_tokens(self, count: Callable[[Iterable[Chunk]], int]) -> int:
        """Return the tokens of the reusable chunks; counts whichever side has fewer chunks."""
        reused = [chunk for chunk in self.chunks if chunk.document in self.documents]
        if len(reused) <= len(self.chunks) / 2:
            return count(reused)
        others = (chunk for chunk in self.chunks if chunk.document not in self.documents)
        return self.n_tokens - count(others)


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
    """Split documents into chunks; take the chunks of unchanged documents from `known`."""
    from ragguide.embed.tokens import TokenCounter

    n_tokens_of: dict[str, int] = {}
    with clock.stage("chunk", len(documents)):
        count_tokens = TokenCounter(weights.files.folder)

        def count(chunks: Iterable[Chunk]) -> int:
            return sum(count_tokens([chunk.embedded_text for chunk in chunks]))

        chunks: list[Chunk] = []
        new: list[Chunk] = []
        reusable = known.by_document() if known else {}
        for document in documents:
            made = reusable.get(document.name)
            if made is None:
                made = split([document], count_tokens, settings)
                new += made
            chunks += made
            if request.allow:
                n_tokens_of[document.name] = count(made)
        if request.allow:
            n_tokens = sum(n_tokens_of.values())
        else:
            n_tokens = count(new) + (known.count_tokens(count) if known else 0)
    return Contents(
        request=request,
        records=records,
        documents=documents,
        chunks=chunks,
        n_tokens=n_tokens,
        n_tokens_of=n_tokens_of,
    )


def split(
    documents: Sequence[Document], count_tokens: "TokenCounter", settings: Settings
) -> list[Chunk]:
    """Split documents into chunks that fit into the embedder's window."""
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
