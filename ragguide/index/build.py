"""Documents and chunks in, a new generation of their index out, in any store."""

import hashlib
import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.errors import IndexFault
from ragguide.index.recipe import TEXT_VERSION, index_request
from ragguide.index.rights import require_rules, with_rights, without_readers
from ragguide.types import (
    Chunk,
    Document,
    Manifest,
    ReadRequest,
    SourceRecord,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    from ragguide.base.workers import Workers
    from ragguide.index.statements import StatementVectors
    from ragguide.index.stores.protocols import Draft, Generation, Judge, Store
    from ragguide.types import FloatMatrix


_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 65_536  # of old vectors that are copied at once


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a generation."""

    request: ReadRequest
    records: Sequence[SourceRecord]
    documents: Sequence[Document]
    chunks: Sequence[Chunk]  # in the order of the documents
    n_tokens: int  # of all chunks
    n_tokens_of: Mapping[str, int] = {}  # of those of a document; only of an index with rights


def texts_of(chunks: Sequence[Chunk]) -> list[str]:
    """Return the texts to embed: those of all chunks, then those of all statements, in order."""
    return [*(chunk.embedded_text for chunk in chunks), *_statements_of(chunks)]


def _statements_of(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.statement_text(each) for chunk in chunks for each in chunk.statements]


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
    workers: "Workers | None" = None,
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
        workers: that embed; None: this process does.

    Raises:
        UsageError: the index would lose its access rights.
        StorageError: the index cannot be written.
        ModelError: the embedder cannot be loaded.
        SettingsError, RecallTooLow: the vector index cannot be built with these settings.
    """
    from ragguide.index.stores.protocols import Draft

    with suppress(IndexFault):  # there is no index, or it is broken and is replaced
        require_rules(contents.request, store.manifest())
    known = _known_vectors(old, weights)
    vectors, statements, n_embedded = _embed(
        contents.chunks, known, weights, settings, clock, workers
    )
    draft = Draft(
        documents=contents.documents,
        chunks=contents.chunks,
        vectors=vectors,
        statements=statements,
        request=index_request(settings),
    )
    describe = partial(
        _manifest, contents=contents, weights=weights, settings=settings, draft=draft
    )
    manifest = store.add(draft, describe, keep=settings.keep, clock=clock, judge=judge)
    if names := without_readers(manifest.sources):
        _log.warning("nobody may read %s, because no --allow of the ingest names it.", names)
    return manifest, n_embedded


class _Known(msgspec.Struct, frozen=True):
    """Vectors of an earlier generation."""

    places: Mapping[str, int]  # row of each text, by its sha256
    vectors: "FloatMatrix | StatementVectors"  # (n, dim)


def _known_vectors(old: "Generation | None", weights: Weights) -> tuple[_Known, _Known]:
    """Return the old vectors of chunks and of statements; none if they have other weights.

    They are apart, because a store may round those of statements.
    """
    import numpy as np

    if old is None or not weights.built(old.manifest):
        none = _Known({}, np.empty((0, 0), np.float32))
        return none, none
    chunks = old.chunks()
    return (
        _Known(_places(chunk.embedded_text for chunk in chunks), old.vectors()),
        _Known(_places(_statements_of(chunks)), old.statements()),
    )


def _places(texts: Iterable[str]) -> dict[str, int]:
    return {sha256_of(text): row for row, text in enumerate(texts)}


def _embed(
    chunks: Sequence[Chunk],
    known: tuple[_Known, _Known],
    weights: Weights,
    settings: Settings,
    clock: Clock,
    workers: "Workers | None",
) -> "tuple[FloatMatrix, FloatMatrix, int]":
    """Return the vectors of chunks and of statements, and the number of newly embedded texts."""
    texts = [chunk.embedded_text for chunk in chunks], _statements_of(chunks)
    shas = [[sha256_of(text) for text in of_kind] for of_kind in texts]
    new = {
        sha: text
        for of_kind, its_shas, of_old in zip(texts, shas, known, strict=True)
        for sha, text in zip(its_shas, of_kind, strict=True)
        if sha not in of_old.places
    }
    made = [_Rows(its_shas, new, of_old) for its_shas, of_old in zip(shas, known, strict=True)]
    n_embedded = 0
    if new:
        from ragguide.embed.passages import embed_passages

        def take(names: Sequence[str], vectors: "FloatMatrix") -> None:
            for rows in made:
                rows.put(names, vectors)

        n_embedded = embed_passages(
            new, weights, settings, take=take, stage=clock.stage, workers=workers
        )
    dim = next((rows.dim for rows in made if rows.dim), known[0].vectors[:0].shape[1])
    vectors, statements = (rows.filled(dim) for rows in made)
    return vectors, statements, n_embedded


class _Rows:
    """The vectors of texts. Each is put into its row when it comes, so none is in memory twice."""

    def __init__(self, shas: Sequence[str], new: Container[str], old: _Known) -> None:
        """Take the sha256 of the text of each row, those to embed, and the vectors of others."""
        self._shas = shas
        self._old = old
        self._first: dict[str, int] = {}  # row of each new text
        for row, sha in enumerate(shas):
            if sha in new:
                self._first.setdefault(sha, row)
        self._vectors: FloatMatrix | None = None

    @property
    def dim(self) -> int:
        """Of the vectors that came; 0: none came."""
        return 0 if self._vectors is None else self._vectors.shape[1]

    def put(self, names: Sequence[str], vectors: "FloatMatrix") -> None:
        at = [at for at, name in enumerate(names) if name in self._first]
        self._allocated(vectors.shape[1])[[self._first[names[each]] for each in at]] = vectors[at]

    def filled(self, dim: int) -> "FloatMatrix":
        """Copy old vectors and those of equal texts; return all, `(len(shas), dim)`."""
        vectors = self._allocated(dim)
        old_rows = [row for row, sha in enumerate(self._shas) if sha not in self._first]
        for at in range(0, len(old_rows), _ROWS_AT_ONCE):
            rows = old_rows[at : at + _ROWS_AT_ONCE]
            vectors[rows] = self._old.vectors[[self._old.places[self._shas[row]] for row in rows]]
        for row, sha in enumerate(self._shas):
            if (first := self._first.get(sha, row)) != row:
                vectors[row] = vectors[first]
        return vectors

    def _allocated(self, dim: int) -> "FloatMatrix":
        import numpy as np

        if self._vectors is None:
            self._vectors = np.empty((len(self._shas), dim), np.float32)
        return self._vectors


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
        sources=with_rights(
            contents.request, contents.records, contents.chunks, contents.n_tokens_of
        ),
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
