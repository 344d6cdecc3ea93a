"""Documents and chunks in, a new generation of their index out, in any store."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.index.recipe import TEXT_VERSION, index_request
from ragguide.types import (
    Chunk,
    Document,
    Manifest,
    ReadRequest,
    SourceRecord,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    from ragguide.index.stores.protocols import Draft, Generation, Judge, Store
    from ragguide.types import FloatMatrix


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a generation."""

    request: ReadRequest
    records: Sequence[SourceRecord]
    documents: Sequence[Document]
    chunks: Sequence[Chunk]  # in the order of the documents
    n_tokens: int  # of all chunks


def texts_of(chunks: Sequence[Chunk]) -> list[str]:
    """Return the texts to embed: those of all chunks, then those of all statements, in order."""
    return [
        *(chunk.embedded_text for chunk in chunks),
        *(chunk.statement_text(each) for chunk in chunks for each in chunk.statements),
    ]


def sha256_of(text: str) -> str:
    """For a chunk's embedded text this is `Chunk.text_sha`."""
    return hashlib.sha256(text.encode()).hexdigest()


# ── embed, write ────────────────────────────────────────────────────────────────────────────────


def write_generation(
    store: "Store",
    old: "Generation | None",
    contents: Contents,
    weights: Weights,
    settings: Settings,
    clock: Clock,
    *,
    judge: "Judge | None" = None,
) -> tuple[Manifest, int]:
    """Write a generation and switch to it; return its manifest and the number of embedded texts.

    Call it within `store.writing()`.

    Args:
        store: of the index.
        old: the active generation; its vectors are reused if they come from the same weights.
        contents: of the new generation.
        weights: the embedder.
        settings: name the index type, the vector cache and the number of generations to keep.
        clock: reports each stage.
        judge: as in `Store.add`.

    Raises:
        StorageError: the index cannot be written.
        ModelError: the embedder cannot be loaded.
        SettingsError, RecallTooLow: the vector index cannot be built with these settings.
    """
    from ragguide.index.stores.protocols import Draft

    n_chunks = len(contents.chunks)
    known = _known_vectors(old, weights)
    vectors, n_embedded = _embed(texts_of(contents.chunks), known, weights, settings, clock)
    draft = Draft(
        documents=contents.documents,
        chunks=contents.chunks,
        vectors=vectors[:n_chunks],
        statements=vectors[n_chunks:],
        request=index_request(settings),
    )
    describe = partial(
        _manifest, contents=contents, weights=weights, settings=settings, draft=draft
    )
    manifest = store.add(draft, describe, keep=settings.keep, clock=clock, judge=judge)
    return manifest, n_embedded


def _known_vectors(old: "Generation | None", weights: Weights) -> "dict[str, FloatMatrix]":
    """Return the old vectors by their text's sha256, if they come from the same weights."""
    if old is None or not weights.built(old.manifest):
        return {}
    shas = map(sha256_of, texts_of(old.chunks()))
    return dict(zip(shas, [*old.vectors(), *old.statements()], strict=True))


def _embed(
    texts: Sequence[str],
    known: "dict[str, FloatMatrix]",
    weights: Weights,
    settings: Settings,
    clock: Clock,
) -> "tuple[FloatMatrix, int]":
    """Return `(len(texts), dim)` vectors, and the number of newly embedded texts."""
    import numpy as np

    shas = list(map(sha256_of, texts))
    new = {sha: text for sha, text in zip(shas, texts, strict=True) if sha not in known}
    n_embedded = 0
    if new:
        from ragguide.embed.passages import embed_passages

        embedded, n_embedded = embed_passages(
            new, weights.files, weights.sha256, settings, stage=clock.stage
        )
        known = known | embedded
    return np.stack([known[sha] for sha in shas]).astype(np.float32), n_embedded


def _manifest(
    number: int,
    vector_index: VectorIndexRecord,
    files: dict[str, str],
    *,
    contents: Contents,
    weights: Weights,
    settings: Settings,
    draft: "Draft",
) -> Manifest:
    from ragguide import __version__
    from ragguide.index.generation import FORMAT_VERSION

    return Manifest(
        format_version=FORMAT_VERSION,
        text_version=TEXT_VERSION,
        generation=number,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ragguide_version=__version__,
        request=contents.request,
        sources=tuple(contents.records),
        embedder=weights.files.name,
        embedder_sha256=weights.sha256,
        dim=draft.vectors.shape[1],
        metric="inner product",
        vector_index=vector_index,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        chunk_strategy=settings.chunk_strategy,
        n_chunks=len(contents.chunks),
        n_statements=len(draft.statements),
        n_tokens=contents.n_tokens,
        files=files,
    )
