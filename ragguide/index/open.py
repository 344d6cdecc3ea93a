"""Settings in, one verified generation of an index in memory out, ready for searches."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from ragguide.config import Settings
from ragguide.embed.load import find_exported
from ragguide.errors import IndexCorrupt, IndexMismatch
from ragguide.index.calibration import Calibration, find_calibration
from ragguide.index.search_device import COLD_QUERIES, search_gpu
from ragguide.models.find import find_embedder
from ragguide.types import Chunk, Manifest

if TYPE_CHECKING:
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.lexicon import Lexicon
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import Embedder, FloatMatrix

_log = logging.getLogger(__name__)


class Opened(msgspec.Struct, frozen=True):
    """A generation and its loaded files."""

    generation: "StoredGeneration"
    chunks: Sequence[Chunk]
    vectors: "VectorIndex"  # of the chunks
    statements: "FloatMatrix"  # (n, dim), of all chunks' statements, in order
    keywords: "KeywordIndex"  # of the chunks
    lexicon: "Lexicon"
    rarity: Mapping[str, float]  # inverse document frequency of the guide's terms
    embedder: "Embedder | None"  # None: not yet exported on this machine
    calibration: Calibration | None  # of refusals; None: none fits the embedder

    def label(self, index: str) -> str:
        """Return name and generation, such as "default/000003"."""
        return f"{index}/{self.generation.manifest.generation:06d}"


def open_index(
    settings: Settings, index: str | None = None, *, embedder: "Embedder | None" = None
) -> Opened:
    """Open the active generation after verifying every file.

    Args:
        settings: name the index and its embedder.
        index: name of another index.
        embedder: the embedder, if it is loaded already.

    Raises:
        IndexMissing, IndexCorrupt: there is no such index, or a file is damaged.
        IndexMismatch: another embedder than the settings' built the index.
    """
    from ragguide.index import store

    folder = store.IndexFolder(settings.indexes_dir, index or settings.index)
    return open_generation(folder.open(), settings, embedder=embedder)


def open_generation(
    generation: "StoredGeneration", settings: Settings, *, embedder: "Embedder | None" = None
) -> Opened:
    """Open a verified generation, active or not. Raises as `open_index`."""
    manifest = generation.manifest
    require_embedder(manifest, settings)
    with ThreadPoolExecutor(1) as aside:  # one core hashes weights, another reads the index
        exported = aside.submit(
            lambda: embedder or find_exported(manifest.embedder, manifest.embedder_sha256, settings)
        )
        from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex
        from ragguide.index.lexicon import LEXICON, Lexicon
        from ragguide.index.vectors import VectorIndex

        chunks = generation.chunks()
        vectors = _on_device(
            VectorIndex.load(
                generation.vectors(), manifest.vector_index.parameters, generation.vector_index()
            ),
            settings,
        )
        keywords = KeywordIndex.load(generation.file(VOCABULARY), generation.file(POSTINGS))
        lexicon = Lexicon.load(generation.file(LEXICON))
    _require_equal_counts(generation, chunks, vectors, keywords)
    _log.debug("opened %s: %d passages", generation.folder, len(chunks))
    return Opened(
        generation=generation,
        chunks=chunks,
        vectors=vectors,
        statements=generation.statements(),
        keywords=keywords,
        lexicon=lexicon,
        rarity=keywords.rarity(),
        embedder=exported.result(),
        calibration=find_calibration(generation.folder.parent, manifest),
    )


def _on_device(vectors: "VectorIndex", settings: Settings) -> "VectorIndex":
    """Move the search to a GPU if the settings and the number of vectors call for it."""
    gpu = search_gpu(settings, vectors.n_rows, vectors.dim)
    if gpu is None:
        return vectors
    return vectors.on_gpu(gpu, after=COLD_QUERIES if settings.device_of("search") == "auto" else 0)


def _require_equal_counts(
    generation: "StoredGeneration",
    chunks: Sequence[Chunk],
    vectors: "VectorIndex",
    keywords: "KeywordIndex",
) -> None:
    n_statements = sum(len(chunk.statements) for chunk in chunks)
    n_statement_vectors = generation.manifest.n_statements
    if len(chunks) == vectors.n_rows == keywords.n_rows and n_statements == n_statement_vectors:
        return
    from ragguide.index.generation import REBUILD

    raise IndexCorrupt(
        f"{generation.folder} is inconsistent: {len(chunks)} chunks with {n_statements} "
        f"statements, {vectors.n_rows} and {n_statement_vectors} vectors, "
        f"{keywords.n_rows} keyword rows. {REBUILD}"
    )


def require_embedder(manifest: Manifest, settings: Settings) -> None:
    """Check that the settings' embedder built the index.

    Raises:
        IndexMismatch: another one did.
        ModelError: the settings' embedder is missing.
    """
    if manifest.embedder != (wanted := find_embedder(settings.embedder).name):
        raise IndexMismatch(
            f"the index {settings.index!r} has vectors of {manifest.embedder} "
            f"({manifest.dim} dims), but the settings name {wanted}. "
            f"Run `ragguide ingest --rebuild`, or set embedder = {manifest.embedder!r}."
        )
