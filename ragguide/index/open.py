"""Settings in, one generation of an index in memory out: checked, and ready to be searched."""

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
    """A generation and what was made of its files."""

    generation: "StoredGeneration"
    chunks: Sequence[Chunk]
    vectors: "VectorIndex"  # of the chunks
    statements: "FloatMatrix"  # (n, dim), of all chunks' statements in their order
    keywords: "KeywordIndex"  # of the chunks
    lexicon: "Lexicon"
    rarity: Mapping[str, float]  # inverse document frequency of the guide's terms
    embedder: "Embedder | None"  # None: it has not been exported on this machine
    calibration: Calibration | None  # of refusals; None: there is none for the embedder

    def label(self, index: str) -> str:
        """Name and generation: "default/000003"."""
        return f"{index}/{self.generation.manifest.generation:06d}"


def open_index(
    settings: Settings, index: str | None = None, *, embedder: "Embedder | None" = None
) -> Opened:
    """Open the generation in use; every file is checked first.

    Args:
        settings: name the index, and what it must have been made with.
        index: another one than they name.
        embedder: one that is loaded already.

    Raises:
        IndexMissing, IndexCorrupt: there is no such index, or a file of it is damaged.
        IndexMismatch: it was built by another embedder than the settings name.
    """
    from ragguide.index import store

    folder = store.IndexFolder(settings.indexes_dir, index or settings.index)
    return open_generation(folder.open(), settings, embedder=embedder)


def open_generation(
    generation: "StoredGeneration", settings: Settings, *, embedder: "Embedder | None" = None
) -> Opened:
    """Open a generation that was checked, in use or not. Raises as `open_index`."""
    manifest = generation.manifest
    require_embedder(manifest, settings)
    with ThreadPoolExecutor(1) as aside:  # hashing weights and reading an index: a core each
        exported = aside.submit(
            lambda: embedder or find_exported(manifest.embedder, manifest.embedder_sha256, settings)
        )
        from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex
        from ragguide.index.lexicon import LEXICON, Lexicon
        from ragguide.index.vectors import VectorIndex

        chunks = generation.chunks()
        vectors = VectorIndex.load(
            generation.vectors(), manifest.vector_index.parameters, generation.vector_index()
        )
        gpu = search_gpu(settings, vectors.n_rows, vectors.dim)
        if gpu is not None:
            after = COLD_QUERIES if settings.device_of("search") == "auto" else 0
            vectors = vectors.on_gpu(gpu, after=after)
        keywords = KeywordIndex.load(generation.file(VOCABULARY), generation.file(POSTINGS))
        lexicon = Lexicon.load(generation.file(LEXICON))
    n_statements = sum(len(chunk.statements) for chunk in chunks)
    if (
        not len(chunks) == vectors.n_rows == keywords.n_rows
        or n_statements != manifest.n_statements
    ):
        raise IndexCorrupt(
            f"{generation.folder} contradicts itself: {len(chunks)} chunks of {n_statements} "
            f"statements, {vectors.n_rows} and {manifest.n_statements} vectors, "
            f"{keywords.n_rows} keyword rows. Run `ragguide ingest --rebuild`."
        )
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


def require_embedder(manifest: Manifest, settings: Settings) -> None:
    """Make sure that an index was made by the embedder that the settings name.

    Raises:
        IndexMismatch: it was another one.
        ModelError: that one is missing.
    """
    if manifest.embedder != (wanted := find_embedder(settings.embedder).name):
        raise IndexMismatch(
            f"the index {settings.index!r} holds {manifest.embedder} vectors "
            f"({manifest.dim} dims); settings ask for {wanted}. "
            f"Run `ragguide ingest --rebuild` with it, or set embedder = {manifest.embedder!r}."
        )
