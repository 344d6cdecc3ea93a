"""Paths in, a new generation of an index out: reads, chunks, embeds, writes, switches.

This is `create/` and `index/` wired together. `Guide.ingest` is its public face.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide import __version__
from ragguide.config import Settings
from ragguide.errors import IndexFault, InputError, RagguideError, UsageError
from ragguide.models import find_embedder, verify_embedder
from ragguide.types import Chunk, Document, Manifest, Source, SourceRecord

if TYPE_CHECKING:
    from ragguide.create.embed import SentenceTransformerEmbedder
    from ragguide.index.store import IndexFolder, StoredGeneration
    from ragguide.types import FloatMatrix

TEXT_VERSION = 1  # raise it when cleaning or chunking changes what it makes of a document

OnStage = Callable[[str, int, int], None]  # stage, done, in all


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
    n_embedded: int  # chunks whose text was new
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
        yield lambda done, total: self._on_stage(shown, done, total)
        seconds = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.seconds[name] = round(seconds, 3)


def ingest(
    paths: Sequence[Path],
    settings: Settings,
    *,
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
    from ragguide.index.store import IndexFolder

    folder = IndexFolder(settings.indexes_dir, settings.index)
    files = find_embedder(settings.embedder)
    clock = _Clock(on_stage)
    sources, skipped = _read(paths, settings, clock)
    with folder.writing():
        old = None if rebuild else _usable(folder)
        if old is not None and _is_made_of(old.manifest, sources, files.name, settings):
            return _report(settings.index, old.manifest, skipped, 0, clock, unchanged=True)
        with clock.stage("clean", len(sources)) as tell:
            documents = []
            for n_done, source in enumerate(sources, start=1):
                documents.append(to_document(source))
                tell(n_done, len(sources))
        with clock.stage("load", 1, of="embedder"):
            from ragguide.create.embed import SentenceTransformerEmbedder

            embedder = SentenceTransformerEmbedder(files.name, files.folder)
            sha256 = verify_embedder(settings.embedder).sha256
        with clock.stage("chunk", len(documents)):
            chunks = _chunk(documents, embedder, settings)
            n_tokens = sum(embedder.count_tokens([chunk.embedded_text for chunk in chunks]))
        known = _known_vectors(old, files.name, sha256)
        vectors, n_embedded = _embed(chunks, known, embedder, clock)
        with clock.stage("write", 1):
            manifest = partial(
                _manifest,
                sources=sources,
                settings=settings,
                embedder=files.name,
                sha256=sha256,
                dim=embedder.dim,
                n_chunks=len(chunks),
                n_tokens=n_tokens,
            )
            new = folder.write(partial(_fill, documents, chunks, vectors), manifest)
    return _report(settings.index, new.manifest, skipped, n_embedded, clock, unchanged=False)


def _read(
    paths: Sequence[Path], settings: Settings, clock: _Clock
) -> tuple[list[Source], dict[str, str]]:
    """Read all documents; names are made unique by the order in which they come."""
    from ragguide.create.pages import read_pdf

    if not paths:
        raise UsageError("no document was named. Name the PDF files to read.")
    sources: list[Source] = []
    skipped: dict[str, str] = {}
    first_error: RagguideError | None = None
    for path in dict.fromkeys(path.resolve() for path in paths):
        try:
            with clock.stage("read", 0, of=path.name) as tell:
                source = read_pdf(
                    path,
                    timeout_s=settings.parse_timeout_s,
                    memory_mb=settings.parse_memory_mb,
                    on_page=tell,
                )
        except InputError as exc:
            first_error = first_error or exc
            skipped[str(path)] = str(exc)
        else:
            taken = {other.name for other in sources}
            sources.append(msgspec.structs.replace(source, name=_unique(source.name, taken)))
    if not sources and first_error:
        raise first_error
    return sources, skipped


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
    manifest: Manifest, sources: Sequence[Source], embedder: str, settings: Settings
) -> bool:
    return (
        [(s.path, s.sha256) for s in manifest.sources] == [(s.path, s.sha256) for s in sources]
        and manifest.text_version == TEXT_VERSION
        and manifest.embedder == embedder
        and manifest.chunk_tokens == settings.chunk_tokens
        and manifest.chunk_overlap == settings.chunk_overlap
    )


def to_document(source: Source) -> Document:
    from ragguide.create.blocks import join_lines
    from ragguide.create.clean import clean_pages
    from ragguide.create.outline import find_sections

    lines = clean_pages(source.pages, source.bookmarks).lines
    body = join_lines(lines, n_pages=len(source.pages), bookmarks=source.bookmarks)
    return Document(
        name=source.name,
        path=source.path,
        title=source.title,
        sha256=source.sha256,
        text=body.text,
        page_starts=body.page_starts,
        page_labels=tuple(page.label for page in source.pages),
        blocks=body.blocks,
        sections=find_sections(body, source.bookmarks),
        unreadable=source.unreadable,
        raw_pages=tuple(page.text for page in source.pages),
        lines=body.lines,
    )


def _chunk(
    documents: Sequence[Document], embedder: "SentenceTransformerEmbedder", settings: Settings
) -> list[Chunk]:
    from ragguide.create.chunks import split_document

    return [
        chunk
        for document in documents
        for chunk in split_document(
            document,
            count_tokens=embedder.count_tokens,
            chunk_tokens=settings.chunk_tokens,
            chunk_overlap=settings.chunk_overlap,
            max_tokens=embedder.max_tokens,
        )
    ]


def _known_vectors(
    old: "StoredGeneration | None", embedder: str, sha256: str
) -> "dict[str, FloatMatrix]":
    """Vectors of the generation in use by the hash of their text, if the same weights made them."""
    if old is None or (old.manifest.embedder, old.manifest.embedder_sha256) != (embedder, sha256):
        return {}
    vectors = old.vectors()
    return {chunk.text_sha: vectors[row] for row, chunk in enumerate(old.chunks())}


def _embed(
    chunks: Sequence[Chunk],
    known: "dict[str, FloatMatrix]",
    embedder: "SentenceTransformerEmbedder",
    clock: _Clock,
) -> "tuple[FloatMatrix, int]":
    """Return `(n_chunks, dim)` vectors, and how many texts had to be embedded."""
    import numpy as np

    new = {chunk.text_sha: chunk.embedded_text for chunk in chunks if chunk.text_sha not in known}
    with clock.stage("embed", len(new)) as tell:
        embedded = embedder.embed(list(new.values()), on_done=lambda n_done: tell(n_done, len(new)))
    by_sha = known | dict(zip(new, embedded, strict=True))
    vectors = np.zeros((len(chunks), embedder.dim), np.float32)
    for row, chunk in enumerate(chunks):
        vectors[row] = by_sha[chunk.text_sha]
    return vectors, len(new)


def _fill(
    documents: Sequence[Document], chunks: Sequence[Chunk], vectors: "FloatMatrix", folder: Path
) -> None:
    """Write a generation's files."""
    import numpy as np

    from ragguide.index import store
    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.vectors import VectorIndex

    store.write_lines(folder / store.DOCUMENTS, documents)
    store.write_lines(folder / store.CHUNKS, chunks)
    np.save(folder / store.VECTORS, vectors)
    VectorIndex.build(vectors).save(folder / store.FAISS)
    KeywordIndex.build([chunk.embedded_text for chunk in chunks]).save(folder)


def _manifest(
    number: int,
    files: dict[str, str],
    *,
    sources: Sequence[Source],
    settings: Settings,
    embedder: str,
    sha256: str,
    dim: int,
    n_chunks: int,
    n_tokens: int,
) -> Manifest:
    from ragguide.index.store import FORMAT_VERSION

    return Manifest(
        format_version=FORMAT_VERSION,
        text_version=TEXT_VERSION,
        generation=number,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        ragguide_version=__version__,
        sources=tuple(
            SourceRecord(
                name=source.name,
                path=source.path,
                title=source.title,
                sha256=source.sha256,
                size_bytes=source.size_bytes,
                n_pages=len(source.pages),
                unreadable=source.unreadable,
            )
            for source in sources
        ),
        embedder=embedder,
        embedder_sha256=sha256,
        dim=dim,
        metric="inner product",
        index_type="flat",
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        n_chunks=n_chunks,
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
        n_embedded=n_embedded,
        seconds=clock.seconds,
    )
