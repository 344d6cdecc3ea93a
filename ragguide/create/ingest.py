"""Paths in, a new generation of an index out. `Guide.ingest` is the public way to call it."""

from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock, OnStage
from ragguide.config import Settings
from ragguide.create.cut import cut
from ragguide.create.read import ReadOptions, ReadResult, read_documents, request_of
from ragguide.embed.weights import weights_of
from ragguide.errors import IndexFault
from ragguide.index.build import write_generation
from ragguide.index.recipe import index_request, is_made_of
from ragguide.index.rights import check_rules
from ragguide.types import Manifest, ReadRequest, SourceRecord, VectorIndexRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ragguide.base.workers import Workers
    from ragguide.index.stores.protocols import Generation, OnWait, Store


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an ingest."""

    index: str
    generation: int
    unchanged: bool  # the active generation has this content already and was kept
    sources: tuple[SourceRecord, ...]
    skipped: dict[str, str]  # path → why the document could not be read
    n_pages: int
    n_chunks: int
    n_tokens: int
    n_texts: int  # chunks and statements; both are embedded
    n_embedded: int  # of these, the texts that no cache had
    vector_index: VectorIndexRecord
    seconds: dict[str, float]  # stage → wall time


def ingest(
    paths: "Sequence[Path | str]",
    settings: Settings,
    *,
    options: ReadOptions | None = None,
    rebuild: bool = False,
    on_stage: OnStage | None = None,
    on_wait: "OnWait | None" = None,
) -> IngestReport:
    """Build a generation from documents and switch the index to it.

    Paths that are text are URLs.

    Documents that cannot be read are skipped and reported, unless none can be read. An index of
    exactly these documents and settings is kept unchanged, unless `rebuild`.

    Raises:
        InputError: no document could be read.
        UsageError: the index would lose its rights, or a rule is about no document.
        IndexLocked, StorageError: the index cannot be written.
        ModelError: the embedder is missing.
        WorkersDown: the scheduler of the settings does not answer, or workers end.
    """
    from ragguide.create.workers import workers_of
    from ragguide.index.plan import check
    from ragguide.index.stores.choose import store_of

    check(index_request(settings))
    store = store_of(settings)
    clock = Clock(on_stage)
    options = options or ReadOptions()
    request = request_of(paths, options, settings)
    # Lock before reading: text read while another process writes the index could be outdated.
    with workers_of(settings) as workers, store.writing(on_wait=on_wait):
        old = None if rebuild else _usable(store)
        known = {record.path: record.name for record in old.manifest.sources} if old else {}
        read = read_documents(paths, options, settings, clock, known, workers)
        check_rules(request, read.records, read.skipped)
        return _make(store, request, read, old, settings, clock, workers)


def recut(
    generation: "Generation", settings: Settings, *, on_stage: OnStage | None = None
) -> IngestReport:
    """Build an index with other settings from the documents stored in a generation.

    The source files are not read again.

    Raises:
        IndexLocked, StorageError: the index cannot be written.
        ModelError: the embedder is missing.
        SettingsError, RecallTooLow: the settings of the vector index do not fit the documents.
    """
    from ragguide.index.plan import check
    from ragguide.index.stores.choose import store_of

    check(index_request(settings))
    store = store_of(settings)
    manifest = generation.manifest
    read = ReadResult(tuple(generation.documents()), manifest.sources, {})
    with store.writing():
        return _make(store, manifest.request, read, _usable(store), settings, Clock(on_stage))


def _make(
    store: "Store",
    request: ReadRequest,
    read: ReadResult,
    old: "Generation | None",
    settings: Settings,
    clock: Clock,
    workers: "Workers | None" = None,
) -> IngestReport:
    """Build a generation from documents already read; the caller has the lock.

    `old` gives its vectors, and stays active if the new one would equal it.
    """
    weights = weights_of(settings)
    if old is not None and is_made_of(old.manifest, request, read.records, weights, settings):
        return _report(settings.index, old.manifest, read.skipped, 0, clock, unchanged=True)
    contents = cut(request, read.records, read.documents, weights, settings, clock)
    new, n_embedded = write_generation(
        store, old, contents, weights, settings, clock, workers=workers
    )
    return _report(settings.index, new, read.skipped, n_embedded, clock, unchanged=False)


def _usable(store: "Store") -> "Generation | None":
    """Return the active generation; None if there is none, or if it is broken and is replaced."""
    try:
        return store.open()
    except IndexFault:
        return None


def _report(
    index: str,
    manifest: Manifest,
    skipped: dict[str, str],
    n_embedded: int,
    clock: Clock,
    *,
    unchanged: bool,
) -> IngestReport:
    return IngestReport(
        index=index,
        generation=manifest.generation,
        unchanged=unchanged,
        sources=manifest.sources,
        skipped=skipped,
        n_pages=sum(source.n_pages for source in manifest.sources),
        n_chunks=manifest.n_chunks,
        n_tokens=manifest.n_tokens,
        n_texts=manifest.n_chunks + manifest.n_statements,
        n_embedded=n_embedded,
        vector_index=manifest.vector_index,
        seconds=clock.seconds,
    )
