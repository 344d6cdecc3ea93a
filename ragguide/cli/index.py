"""`ragguide index`: which indexes there are, and what one is made of."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.options import AsJson, IndexesDir
from ragguide.cli.render import count_of, print_json, size_of, vector_index_told
from ragguide.config import load_settings
from ragguide.index.plan import kind_of
from ragguide.types import Manifest, SourceRecord

if TYPE_CHECKING:
    from ragguide.index.overview import GenerationRow, IndexRow, IndexView, Summary

index_app = typer.Typer(
    help="List the indexes, and show what one is made of.", no_args_is_help=True
)


@index_app.command("list")
def list_command(indexes_dir: IndexesDir = None, as_json: AsJson = False) -> None:
    """List the indexes, one a line."""
    from ragguide.index.overview import list_rows

    folder = load_settings({"indexes_dir": indexes_dir}).indexes_dir
    rows = list_rows(folder)
    if not rows and not as_json:
        print(f"there is no index in {folder}. Make one: ragguide ingest YOUR.pdf")
    for row in rows:
        if as_json:
            print_json(row)
        else:
            print(_index_line(row))


@index_app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(help="The index.  [default: default]", show_default=False)
    ] = None,
    indexes_dir: IndexesDir = None,
    as_json: AsJson = False,
) -> None:
    """Show an index: its generations, documents, embedder, vector index and files."""
    from ragguide.index.overview import view

    settings = load_settings({"index": name, "indexes_dir": indexes_dir})
    seen = view(settings.indexes_dir, settings.index)
    if as_json:
        print_json(seen)
        return
    print("\n".join(_lines(seen)))


def _index_line(row: "IndexRow") -> str:
    told = _summary_told(row.in_use) if row.in_use else row.fault
    documents = f"  {', '.join(row.in_use.documents)}" if row.in_use else ""
    return f"{row.name:<16} {size_of(row.size_bytes):>9}  {told}{documents}"


def _lines(seen: "IndexView") -> Iterator[str]:
    manifest = seen.manifest
    yield f"{seen.name}: {seen.path}"
    yield "generations (* in use)"
    yield from map(_generation_line, seen.generations)
    yield "documents"
    yield from map(_source_line, manifest.sources)
    yield from _made_of(manifest)
    yield f"files of {manifest.generation:06d}"
    for file, size in seen.sizes_bytes.items():
        yield f"  {file:<16} " + ("is gone" if size is None else f"{size:>13,} bytes")


def _made_of(manifest: Manifest) -> Iterator[str]:
    index = manifest.vector_index
    weights = manifest.embedder_sha256[:12]
    yield f"made: by ragguide {manifest.ragguide_version}, format {manifest.format_version}"
    yield f"embedder: {manifest.embedder}, {manifest.dim} dimensions, sha256 {weights}…"
    yield (
        f"passages: {manifest.n_chunks:,} of up to {manifest.chunk_tokens} tokens, "
        f"{manifest.chunk_overlap} shared ({manifest.chunk_strategy}); "
        f"{manifest.n_tokens:,} tokens in all"
    )
    yield f"vectors: {vector_index_told(index)}"
    yield f"  why: {index.why}"
    if (recall := index.recall) is not None:
        tuned = "tuned to" if recall.is_tuned else "given, not tuned to"
        yield (
            f"  recall: measured when built, by {recall.n_queries:,} queries against the exact "
            f"search; effort {tuned} {index.asked.target_recall:g}"
        )


def _generation_line(row: "GenerationRow") -> str:
    mark = "*" if row.is_in_use else " "
    told = _summary_told(row.made_of) if row.made_of else f"{row.generation:06d}  {row.fault}"
    return f"{mark} {size_of(row.size_bytes):>9}  {told}"


def _summary_told(summary: "Summary") -> str:
    return (
        f"{summary.generation:06d}  {summary.created}  {kind_of(summary.vector_index):<5}  "
        f"{summary.n_chunks:,} passages"
    )


def _source_line(source: SourceRecord) -> str:
    tags = "".join(f", {name}={value}" for name, value in source.tags.items())
    lost = f", {len(source.unreadable)} unreadable" if source.unreadable else ""
    return (
        f"  {source.name}: {count_of(source.unit, source.n_pages)}{lost}, "
        f"{size_of(source.size_bytes)}, modified {source.modified}{tags}, {source.path}"
    )
