"""Documents and chunks in, a new generation of their index on disk out."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.index.recipe import TEXT_VERSION, index_request
from ragguide.types import (
    Chunk,
    Document,
    Flat,
    IndexRequest,
    Manifest,
    ReadRequest,
    SourceRecord,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.store import IndexFolder
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import FloatMatrix

Judge = Callable[["StoredGeneration"], None]


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


# ── embed, index, write ─────────────────────────────────────────────────────────────────────────


def write_generation(
    folder: "IndexFolder",
    old: "StoredGeneration | None",
    contents: Contents,
    weights: Weights,
    settings: Settings,
    clock: Clock,
    *,
    judge: Judge | None = None,
) -> tuple[Manifest, int]:
    """Write a generation and switch to it; return its manifest and the number of embedded texts.

    Call it within `folder.writing()`.

    Args:
        folder: of the index.
        old: the active generation; its vectors are reused if they come from the same weights.
        contents: of the new generation.
        weights: the embedder.
        settings: name the index type, the vector cache and the number of generations to keep.
        clock: reports each stage.
        judge: as in `IndexFolder.write`.

    Raises:
        StorageError: the index cannot be written.
        ModelError: the embedder cannot be loaded.
        SettingsError, RecallTooLow: the vector index cannot be built with these settings.
    """
    n_chunks = len(contents.chunks)
    known = _known_vectors(old, weights)
    vectors, n_embedded = _embed(texts_of(contents.chunks), known, weights, settings, clock)
    statements = vectors[n_chunks:]
    vector_index, record = _index(vectors[:n_chunks], index_request(settings), clock)
    with clock.stage("write", 1):
        new = folder.write(
            partial(_fill, contents, vector_index, statements),
            partial(
                _manifest,
                contents=contents,
                weights=weights,
                settings=settings,
                vector_index=record,
                dim=vector_index.dim,
                n_statements=len(statements),
            ),
            keep=settings.keep,
            judge=judge,
        )
    return new.manifest, n_embedded


def _known_vectors(old: "StoredGeneration | None", weights: Weights) -> "dict[str, FloatMatrix]":
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


def _index(
    vectors: "FloatMatrix", request: IndexRequest, clock: Clock
) -> "tuple[VectorIndex, VectorIndexRecord]":
    """Build the vector index and measure its recall.

    Raises:
        SettingsError: these vectors do not allow the requested parameters.
        RecallTooLow: the index would miss too many near vectors.
    """
    from ragguide.index.plan import choose
    from ragguide.index.tuning import tune
    from ragguide.index.vectors import VectorIndex

    plan = choose(request, *vectors.shape)
    with clock.stage("index", len(vectors)) as report:
        index = VectorIndex.build(
            vectors, plan.parameters, on_done=lambda n_done: report(n_done, len(vectors))
        )
    if isinstance(plan.parameters, Flat):
        return tune(index, plan, request)  # takes no time, since the search is exact
    with clock.stage("tune", 1):
        return tune(index, plan, request)


def _fill(
    contents: Contents, vector_index: "VectorIndex", statements: "FloatMatrix", folder: Path
) -> None:
    """Write the files of a generation."""
    import numpy as np

    from ragguide.index import generation
    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.lexicon import Lexicon

    texts = [chunk.embedded_text for chunk in contents.chunks]
    generation.write_lines(folder / generation.DOCUMENTS, contents.documents)
    generation.write_lines(folder / generation.CHUNKS, contents.chunks)
    np.save(folder / generation.VECTORS, vector_index.vectors)
    np.save(folder / generation.STATEMENTS, statements)
    vector_index.save(folder / generation.FAISS)
    KeywordIndex.build(texts).save(folder)
    Lexicon.build(texts).save(folder)


def _manifest(
    number: int,
    files: dict[str, str],
    *,
    contents: Contents,
    weights: Weights,
    settings: Settings,
    vector_index: VectorIndexRecord,
    dim: int,
    n_statements: int,
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
        dim=dim,
        metric="inner product",
        vector_index=vector_index,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        chunk_strategy=settings.chunk_strategy,
        n_chunks=len(contents.chunks),
        n_statements=n_statements,
        n_tokens=contents.n_tokens,
        files=files,
    )
