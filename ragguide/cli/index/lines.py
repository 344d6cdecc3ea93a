"""Indexes, generations and manifests in, lines for people out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ragguide.cli.render import count_of, counted, describe_vector_index, size_of, time_of
from ragguide.index.plan import kind_of
from ragguide.types import Manifest, Rights, SourceRecord

if TYPE_CHECKING:
    from ragguide.index.overview import GenerationRow, IndexRow, IndexView, Summary

SHA_SHOWN = 12  # digits of a sha256: enough to compare by eye


def index_line(row: "IndexRow") -> str:
    """An index on one line; if it is damaged, with the fault."""
    summary = _summary(row.in_use) if row.in_use else row.fault
    documents = f"  {', '.join(row.in_use.documents)}" if row.in_use else ""
    return f"{row.name:<16} {_size(row.size_bytes):>9}  {summary}{documents}"


def view_lines(seen: "IndexView") -> Iterator[str]:
    """Yield all that `index show` prints."""
    manifest = seen.manifest
    yield f"{seen.name}: {seen.path}"
    yield "generations (* = in use)"
    yield from map(_generation_line, seen.generations)
    yield "documents"
    yield from map(_source_line, manifest.sources)
    yield from _manifest_lines(manifest)
    if seen.sizes_bytes:
        yield f"files of {manifest.generation:06d}"
    for file, size in seen.sizes_bytes.items():
        yield f"  {file:<16} " + ("missing" if size is None else f"{size:>13,} bytes")


def _manifest_lines(manifest: Manifest) -> Iterator[str]:
    index = manifest.vector_index
    weights = manifest.embedder_sha256[:SHA_SHOWN]
    yield f"created by: ragguide {manifest.ragguide_version}, format {manifest.format_version}"
    yield f"embedder: {manifest.embedder}, {manifest.dim} dimensions, sha256 {weights}…"
    yield (
        f"passages: {manifest.n_chunks:,} of up to {manifest.chunk_tokens} tokens, overlap "
        f"{manifest.chunk_overlap}, strategy {manifest.chunk_strategy}; "
        f"{manifest.n_tokens:,} tokens in total"
    )
    yield f"vectors: {describe_vector_index(index)}"
    yield f"  why: {index.why}"
    if (recall := index.recall) is not None:
        effort = "tuned" if recall.is_tuned else "set by hand"
        yield (
            f"  recall: measured against exact search with {recall.n_queries:,} queries; "
            f"target {index.asked.target_recall:g}, search effort {effort}"
        )


def _generation_line(row: "GenerationRow") -> str:
    mark = "*" if row.is_in_use else " "
    text = _summary(row.made_of) if row.made_of else f"{row.generation:06d}  {row.fault}"
    return f"{mark} {_size(row.size_bytes):>9}  {text}"


def _size(size_bytes: int | None) -> str:
    """A size; "part" where a reader may not read everything."""
    return "part" if size_bytes is None else size_of(size_bytes)


def _summary(summary: "Summary") -> str:
    created, kind = time_of(summary.created), kind_of(summary.vector_index)
    return f"{summary.generation:06d}  {created}  {kind:<5}  {counted(summary.n_chunks, 'passage')}"


def _source_line(source: SourceRecord) -> str:
    tags = "".join(f", {name}={value}" for name, value in source.tags.items())
    lost = f", {len(source.unreadable)} unreadable" if source.unreadable else ""
    readers = f", for {readers_of(source)}" if source.rights else ""
    modified = time_of(source.modified)
    return (
        f"  {source.name}: {count_of(source.unit, source.n_pages)}{lost}, "
        f"{size_of(source.size_bytes)}, modified {modified}{tags}{readers}, {source.path}"
    )


def readers_of(source: SourceRecord) -> str:
    """The groups that may read a document of an index with rights."""
    groups = source.rights.groups if isinstance(source.rights, Rights) else ()
    return ", ".join(groups) or "nobody"
