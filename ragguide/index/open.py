"""Settings in, one verified generation of an index in memory out, ready for searches."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ragguide.config import Settings
from ragguide.embed.load import find_exported
from ragguide.errors import IndexMismatch, UsageError
from ragguide.index.calibration import Calibration, find_calibration
from ragguide.index.search_device import COLD_QUERIES, search_gpu
from ragguide.models.find import find_embedder
from ragguide.types import Manifest

if TYPE_CHECKING:
    from ragguide.index.lexicon import Lexicon
    from ragguide.index.stores.protocols import Engine, Generation
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import Embedder

_log = logging.getLogger(__name__)


class Opened(msgspec.Struct, frozen=True):
    """A generation, ready for searches."""

    generation: "Generation"
    engine: "Engine"
    lexicon: "Lexicon"
    embedder: "Embedder | None"  # None: not yet exported on this machine
    calibration: Calibration | None  # of refusals; None: none fits the embedder

    def label(self, index: str) -> str:
        """Return name and generation, such as "default/000003"."""
        return f"{index}/{self.generation.manifest.generation:06d}"


def open_index(
    settings: Settings, index: str | None = None, *, embedder: "Embedder | None" = None
) -> Opened:
    """Open the active generation after verifying it.

    Args:
        settings: name the index, its embedder and the reader's groups.
        index: name of another index.
        embedder: the embedder, if it is loaded already.

    Raises:
        IndexMissing, IndexCorrupt: there is no such index, or it is damaged.
        IndexMismatch: another embedder than the settings' built the index.
        UsageError: the reader's groups may read none of its documents.
    """
    from ragguide.index.stores.choose import store_of

    generation = store_of(settings, index).open_for(settings.reader)
    if not generation.manifest.sources:
        yours = f"your groups ({settings.groups})" if settings.groups else "you, without a group,"
        raise UsageError(
            f"{yours} may read none of the documents of the index {index or settings.index!r}. "
            "Set your groups: RAGGUIDE_GROUPS=NAME,NAME."
        )
    return open_generation(generation, settings, embedder=embedder)


def open_generation(
    generation: "Generation", settings: Settings, *, embedder: "Embedder | None" = None
) -> Opened:
    """Open a verified generation, active or not. Raises as `open_index`."""
    manifest = generation.manifest
    require_embedder(manifest, settings)
    with ThreadPoolExecutor(1) as aside:  # one core hashes weights, another reads the index
        exported = aside.submit(
            lambda: embedder or find_exported(manifest.embedder, manifest.embedder_sha256, settings)
        )
        engine = generation.engine(partial(_on_device, settings=settings))
        lexicon = generation.lexicon()
    _log.debug("opened %s: %d passages", generation.place, manifest.n_chunks)
    return Opened(
        generation=generation,
        engine=engine,
        lexicon=lexicon,
        embedder=exported.result(),
        calibration=find_calibration(generation.notes, manifest),
    )


def _on_device(vectors: "VectorIndex", *, settings: Settings) -> "VectorIndex":
    """Move the search to a GPU if the settings and the number of vectors call for it."""
    gpu = search_gpu(settings, vectors.n_rows, vectors.dim)
    if gpu is None:
        return vectors
    return vectors.on_gpu(gpu, after=COLD_QUERIES if settings.device_of("search") == "auto" else 0)


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
