"""Settings in, one generation of an index in memory out: checked, and ready to be searched."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.abstain import Calibration
from ragguide.calibrations import find_calibration
from ragguide.config import Settings
from ragguide.devices import Fault, choose
from ragguide.encoding import find_exported
from ragguide.errors import DeviceMissing, IndexCorrupt, IndexMismatch
from ragguide.models import find_embedder
from ragguide.types import Chunk, Manifest

if TYPE_CHECKING:
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.lexicon import Lexicon
    from ragguide.searching import Searcher
    from ragguide.types import Embedder


# Vectors, of which a GPU makes a search that takes ten milliseconds or more quicker.
FEWEST_ON_GPU = 200_000
# Searches of an open index before it is copied to a GPU unasked: to begin CUDA takes half a second.
COLD_QUERIES = 16

_log = logging.getLogger(__name__)


class Opened(msgspec.Struct, frozen=True):
    """A generation and what was made of its files."""

    generation: "StoredGeneration"
    chunks: Sequence[Chunk]
    searcher: "Searcher"
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
        ModelError: the reranker that they name is none.
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
    if settings.reranker:
        from ragguide.rerank import check_reranker

        check_reranker(Path(settings.reranker))
    with ThreadPoolExecutor(1) as aside:  # hashing weights and reading an index: a core each
        exported = aside.submit(
            lambda: embedder or find_exported(manifest.embedder, manifest.embedder_sha256, settings)
        )
        from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex
        from ragguide.index.lexicon import LEXICON, Lexicon
        from ragguide.index.vectors import VectorIndex
        from ragguide.searching import Searcher

        chunks = generation.chunks()
        vectors = VectorIndex.load(
            generation.vectors(), manifest.vector_index.parameters, generation.vector_index()
        )
        gpu = search_gpu(settings, vectors.n_rows, vectors.dim)
        if gpu is not None:
            after = COLD_QUERIES if settings.device_of("search") == "auto" else 0
            vectors = vectors.on_gpu(gpu, after=after)
        keywords = KeywordIndex.load(generation.file(VOCABULARY), generation.file(POSTINGS))
        searcher = Searcher(
            chunks,
            manifest.sources,
            vectors,
            generation.statements(),
            keywords,
        )
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
        searcher=searcher,
        lexicon=lexicon,
        rarity=keywords.rarity(),
        embedder=exported.result(),
        calibration=find_calibration(generation.folder.parent, manifest),
    )


def search_gpu(settings: Settings, n_rows: int, dim: int) -> int | None:
    """The number of the card to search `(n_rows, dim)` vectors on; None: the CPU does it.

    That FAISS has no GPU is an error only if `search_device` itself asks for one.

    Raises:
        DeviceMissing: a card is asked for, and is not there or cannot be used.
    """
    asked, own = settings.device_of("search"), settings.search_device
    if asked == "cpu" or (asked == "auto" and n_rows < FEWEST_ON_GPU):
        return None
    chosen = choose("search", asked, library=faiss_fault if own else lambda: None)
    if chosen.card is None:
        return None
    if n_rows < FEWEST_ON_GPU:
        if own:
            _log.info("search on the CPU: so few vectors gain nothing (under %d)", FEWEST_ON_GPU)
        return None
    from ragguide.index.gpu import needed_bytes

    need, free_bytes = needed_bytes(n_rows, dim), chosen.card.free_bytes
    fault = faiss_fault()
    if fault is None and free_bytes is not None and need > free_bytes:
        fault = Fault(
            f"{chosen.card} has {free_bytes / 1e9:.2f} GB free, and {n_rows:,} vectors take "
            f"{need / 1e9:.2f}",
            "End what else uses it",
        )
    if fault is None:
        return chosen.card.number
    if own.startswith("cuda"):
        raise DeviceMissing(f"search is to run on {own}, but {fault.reason}. {fault.mend}.")
    _log.info("search on the CPU: %s", fault.reason)
    return None


def faiss_fault() -> Fault | None:
    """What keeps FAISS from using a card."""
    from ragguide.index.gpu import has_gpu_build

    if has_gpu_build():
        return None
    return Fault(
        "FAISS is a build without GPU",
        "Run `pip uninstall faiss-cpu` and `pip install faiss-gpu`",
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
