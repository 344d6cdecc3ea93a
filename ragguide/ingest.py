"""Paths in, a new generation of an index out: reads, chunks, embeds, writes, switches.

This is `create/` and `index/` wired together. `Guide.ingest` is its public face.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.config import Settings
from ragguide.errors import IndexFault, InputError, UsageError
from ragguide.models import EmbedderFiles, embedder_sha256, find_embedder
from ragguide.types import (
    Chunk,
    Document,
    Flat,
    IndexRequest,
    Manifest,
    SourceRecord,
    VectorIndexRecord,
)

if TYPE_CHECKING:
    from ragguide.create.documents import Limits
    from ragguide.create.tokens import TokenCounter
    from ragguide.index.store import IndexFolder, StoredGeneration
    from ragguide.index.vectors import VectorIndex
    from ragguide.types import FloatMatrix

TEXT_VERSION = 2  # raise it when cleaning or chunking changes what it makes of a document

OnStage = Callable[[str, int, int], None]  # stage, done, in all


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How documents are read, and what is noted of them."""

    tags: dict[str, str] = {}
    password: str | None = None
    ocr: bool = False  # read pages without a text layer from their image


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an ingest did."""

    index: str
    generation: int
    unchanged: bool  # the index in use was already made of just this, and stays
    sources: tuple[SourceRecord, ...]
    skipped: dict[str, str]  # path → why the document could not be read
    n_pages: int
    n_chunks: int
    n_tokens: int
    n_texts: int  # chunks and their statements, which are embedded too
    n_embedded: int  # those that had not been embedded before, for any index
    vector_index: VectorIndexRecord
    seconds: dict[str, float]  # stage → wall time


class _Clock:
    """Wall time of each stage, and the progress of the one that runs."""

    def __init__(self, on_stage: OnStage | None) -> None:
        self.seconds: dict[str, float] = {}
        self._on_stage = on_stage or (lambda _stage, _done, _total: None)

    @contextmanager
    def stage(self, name: str, total: int, *, of: str = "") -> Iterator[Callable[[int, int], None]]:
        """Time a stage; `of` is the document that it is at. The body tells (done, in all)."""
        started = time.perf_counter()
        shown = f"{name} {of}".rstrip()
        self._on_stage(shown, 0, total)
        totals = [total]

        def tell(done: int, total: int) -> None:
            totals[0] = total
            self._on_stage(shown, done, total)

        yield tell
        self._on_stage(shown, totals[0], totals[0])
        seconds = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.seconds[name] = round(seconds, 3)


def ingest(
    paths: Sequence[Path],
    settings: Settings,
    *,
    options: ReadOptions | None = None,
    rebuild: bool = False,
    on_stage: OnStage | None = None,
) -> IngestReport:
    """Make a generation out of documents and switch the index to it.

    Documents that cannot be read are skipped and reported, unless none can be read. An index that
    is already made of just these documents, by the same settings, is left as it is, unless
    `rebuild`.

    Raises:
        InputError: no document could be read.
        IndexLocked, StorageError: the index cannot be written.
        ModelError: the embedder is missing.
    """
    from ragguide.index.plan import check

    check(_index_request(settings))
    clock = _Clock(on_stage)
    documents, records, skipped = _read(paths, options or ReadOptions(), settings, clock)
    return _make(documents, records, skipped, settings, clock, rebuild=rebuild)


def recut(
    generation: "StoredGeneration", settings: Settings, *, on_stage: OnStage | None = None
) -> IngestReport:
    """Make an index by other settings of the documents that a generation holds.

    No document is read again.

    Raises:
        IndexLocked, StorageError: the index cannot be written.
        ModelError: the embedder is missing.
        SettingsError, RecallTooLow: what the settings say of the vector index does not fit.
    """
    from ragguide.index.plan import check

    check(_index_request(settings))
    records = generation.manifest.sources
    return _make(generation.documents(), records, {}, settings, _Clock(on_stage))


def _make(
    documents: Sequence[Document],
    records: Sequence[SourceRecord],
    skipped: dict[str, str],
    settings: Settings,
    clock: _Clock,
    *,
    rebuild: bool = False,
) -> IngestReport:
    """Make a generation of documents that are read."""
    from ragguide.create.tokens import TokenCounter
    from ragguide.index.store import IndexFolder

    folder = IndexFolder(settings.indexes_dir, settings.index)
    files = find_embedder(settings.embedder)
    sha256 = embedder_sha256(files)
    with folder.writing():
        old = None if rebuild else _usable(folder)
        if old is not None and _is_made_of(old.manifest, records, (files.name, sha256), settings):
            return _report(settings.index, old.manifest, skipped, 0, clock, unchanged=True)
        with clock.stage("chunk", len(documents)):
            count_tokens = TokenCounter(files.folder)
            chunks = split(documents, count_tokens, settings)
            n_tokens = sum(count_tokens([chunk.embedded_text for chunk in chunks]))
        known = _known_vectors(old, files.name, sha256)
        texts = [*(chunk.embedded_text for chunk in chunks), *_statement_texts(chunks)]
        vectors, n_embedded = _embed(texts, known, files, sha256, settings, clock)
        statements = vectors[len(chunks) :]
        vector_index, record = _index(vectors[: len(chunks)], _index_request(settings), clock)
        with clock.stage("write", 1):
            manifest = partial(
                _manifest,
                records=records,
                settings=settings,
                embedder=files.name,
                sha256=sha256,
                vector_index=record,
                dim=vector_index.dim,
                n_chunks=len(chunks),
                n_statements=len(statements),
                n_tokens=n_tokens,
            )
            new = folder.write(
                partial(_fill, documents, chunks, vector_index, statements), manifest
            )
    return _report(settings.index, new.manifest, skipped, n_embedded, clock, unchanged=False)


def _read(
    paths: Sequence[Path], options: ReadOptions, settings: Settings, clock: _Clock
) -> tuple[list[Document], list[SourceRecord], dict[str, str]]:
    """Read all documents; names are made unique by the order in which they come."""
    from ragguide.create.documents import find_documents, name_of, parse

    if not paths:
        raise UsageError("no document was named. Name the files or folders to read.")
    limits = limits_of(settings, options)
    documents: list[Document] = []
    records: list[SourceRecord] = []
    skipped: dict[str, str] = {}
    first_error: InputError | None = None
    for path in find_documents(paths):
        try:
            with clock.stage("read", 0, of=Path(name_of(path)).name) as tell:
                parsed = parse(path, limits, on_page=tell)
            taken = {other.name for other in documents}
            document = msgspec.structs.replace(
                parsed.document, name=_unique(parsed.document.name, taken)
            )
            record = _record(document, parsed.ocr_pages, options.tags)
        except InputError as exc:
            first_error = first_error or exc
            skipped[name_of(path)] = str(exc)
        else:
            if record.path not in {other.path for other in records}:  # named twice
                documents.append(document)
                records.append(record)
    if not documents and first_error:
        raise first_error
    return documents, records, skipped


def limits_of(settings: Settings, options: ReadOptions) -> "Limits":
    """What one document may cost, and how it may be read."""
    from ragguide.create.documents import Limits

    return Limits(
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
        password=options.password,
        ocr_languages=settings.ocr_languages if options.ocr else None,
    )


def _record(
    document: Document, ocr_pages: tuple[int, ...], tags: Mapping[str, str]
) -> SourceRecord:
    try:
        status = Path(document.path).stat()
    except OSError as exc:
        raise InputError(f"{document.path} vanished while it was read: {exc.strerror}.") from exc
    return SourceRecord(
        name=document.name,
        path=document.path,
        title=document.title,
        sha256=document.sha256,
        size_bytes=status.st_size,
        modified=datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds"),
        n_pages=len(document.page_starts),
        unit=document.unit,
        unreadable=document.unreadable,
        ocr_pages=ocr_pages,
        tags=dict(tags),
    )


def _unique(name: str, taken: set[str]) -> str:
    """The name, or `name-2`, `name-3`, … if it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def _usable(folder: "IndexFolder") -> "StoredGeneration | None":
    """The generation in use, if there is one that can be opened; a broken one is replaced."""
    try:
        return folder.open()
    except IndexFault:
        return None


def _is_made_of(
    manifest: Manifest,
    records: Sequence[SourceRecord],
    embedder: tuple[str, str],
    settings: Settings,
) -> bool:
    return (
        [_identity(record) for record in manifest.sources] == [_identity(r) for r in records]
        and manifest.text_version == TEXT_VERSION
        and (manifest.embedder, manifest.embedder_sha256) == embedder
        and manifest.chunk_tokens == settings.chunk_tokens
        and manifest.chunk_overlap == settings.chunk_overlap
        and manifest.chunk_strategy == settings.chunk_strategy
        and manifest.vector_index.asked == _index_request(settings)
    )


def _identity(record: SourceRecord) -> tuple[object, ...]:
    return record.path, record.sha256, record.tags, record.ocr_pages, record.unreadable


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


def _known_vectors(
    old: "StoredGeneration | None", embedder: str, sha256: str
) -> "dict[str, FloatMatrix]":
    """Vectors of the generation in use by their text's sha256, if the same weights made them."""
    if old is None or (old.manifest.embedder, old.manifest.embedder_sha256) != (embedder, sha256):
        return {}
    chunks = old.chunks()
    texts = [*(chunk.embedded_text for chunk in chunks), *_statement_texts(chunks)]
    return dict(zip(map(_sha256, texts), [*old.vectors(), *old.statements()], strict=True))


def _sha256(text: str) -> str:
    """Of a chunk's embedded text it is `Chunk.text_sha`."""
    return hashlib.sha256(text.encode()).hexdigest()


def _statement_texts(chunks: Sequence[Chunk]) -> list[str]:
    """What the embedder reads of each statement, in order."""
    return [chunk.statement_text(each) for chunk in chunks for each in chunk.statements]


def _embed(
    texts: Sequence[str],
    known: "dict[str, FloatMatrix]",
    files: EmbedderFiles,
    sha256: str,
    settings: Settings,
    clock: _Clock,
) -> "tuple[FloatMatrix, int]":
    """Return `(len(texts), dim)` vectors, and how many texts had to be embedded."""
    import numpy as np

    shas = list(map(_sha256, texts))
    new = {sha: text for sha, text in zip(shas, texts, strict=True) if sha not in known}
    n_embedded = 0
    if new:
        from ragguide.encoding import embed_passages

        embedded, n_embedded = embed_passages(new, files, sha256, settings, stage=clock.stage)
        known = known | embedded
    return np.stack([known[sha] for sha in shas]).astype(np.float32), n_embedded


def _index_request(settings: Settings) -> IndexRequest:
    """What the settings say about the vector index."""
    names = IndexRequest.__struct_fields__
    return IndexRequest(**{name: getattr(settings, name) for name in names})


def _index(
    vectors: "FloatMatrix", request: IndexRequest, clock: _Clock
) -> "tuple[VectorIndex, VectorIndexRecord]":
    """Build the vector index and measure it.

    Raises:
        SettingsError: what is asked for does not fit these vectors.
        RecallTooLow: it would miss too much.
    """
    from ragguide.index.plan import choose
    from ragguide.index.tuning import tune
    from ragguide.index.vectors import VectorIndex

    plan = choose(request, *vectors.shape)
    with clock.stage("index", len(vectors)) as tell:
        index = VectorIndex.build(
            vectors, plan.parameters, on_done=lambda n_done: tell(n_done, len(vectors))
        )
    if isinstance(plan.parameters, Flat):
        return tune(index, plan, request)  # at once: it is exact
    with clock.stage("tune", 1):
        return tune(index, plan, request)


def _fill(
    documents: Sequence[Document],
    chunks: Sequence[Chunk],
    vector_index: "VectorIndex",
    statements: "FloatMatrix",
    folder: Path,
) -> None:
    """Write a generation's files."""
    import numpy as np

    from ragguide.index import store
    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.lexicon import Lexicon

    texts = [chunk.embedded_text for chunk in chunks]
    store.write_lines(folder / store.DOCUMENTS, documents)
    store.write_lines(folder / store.CHUNKS, chunks)
    np.save(folder / store.VECTORS, vector_index.vectors)
    np.save(folder / store.STATEMENTS, statements)
    vector_index.save(folder / store.FAISS)
    KeywordIndex.build(texts).save(folder)
    Lexicon.build(texts).save(folder)


def _manifest(
    number: int,
    files: dict[str, str],
    *,
    records: Sequence[SourceRecord],
    settings: Settings,
    embedder: str,
    sha256: str,
    vector_index: VectorIndexRecord,
    dim: int,
    n_chunks: int,
    n_statements: int,
    n_tokens: int,
) -> Manifest:
    from ragguide import __version__
    from ragguide.index.store import FORMAT_VERSION

    return Manifest(
        format_version=FORMAT_VERSION,
        text_version=TEXT_VERSION,
        generation=number,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ragguide_version=__version__,
        sources=tuple(records),
        embedder=embedder,
        embedder_sha256=sha256,
        dim=dim,
        metric="inner product",
        vector_index=vector_index,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        chunk_strategy=settings.chunk_strategy,
        n_chunks=n_chunks,
        n_statements=n_statements,
        n_tokens=n_tokens,
        files=files,
    )


def _report(
    index: str,
    manifest: Manifest,
    skipped: dict[str, str],
    n_embedded: int,
    clock: _Clock,
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
