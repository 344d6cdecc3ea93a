"""`ragguide index`: which indexes there are, what one is made of, and which generation is used."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.options import AsJson, IndexesDir, NoWait
from ragguide.cli.progress import show_stages, tell_waiting
from ragguide.cli.render import count_of, print_json, size_of, vector_index_told
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.index.plan import kind_of
from ragguide.types import Manifest, SourceRecord

if TYPE_CHECKING:
    from ragguide.index.overview import GenerationRow, IndexRow, IndexView, Summary
    from ragguide.index.verify import CheckedGeneration

index_app = typer.Typer(
    rich_markup_mode="markdown",
    help="List the indexes, show and verify what one is made of, go back.",
    no_args_is_help=True,
)

_Name = Annotated[
    str | None, typer.Argument(help="The index.  [default: default]", show_default=False)
]


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
    name: _Name = None,
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


@index_app.command("verify")
def verify_command(
    name: _Name = None, indexes_dir: IndexesDir = None, as_json: AsJson = False
) -> None:
    """Check every byte of every generation, and that its files agree; exit code 3 if not."""
    from ragguide.index.calibration import check_calibration
    from ragguide.index.store import IndexFolder
    from ragguide.index.verify import verify

    settings = load_settings({"index": name, "indexes_dir": indexes_dir})
    found = verify(IndexFolder(settings.indexes_dir, settings.index), [check_calibration])
    if as_json:
        print_json(found)
    else:
        for each in found.generations:
            print("\n".join(_verified_lines(each)))
        print("".join(f"{fault}\n" for fault in found.faults), end="")
    if found.n_faults:
        raise typer.Exit(3)


@index_app.command()
def rollback(
    name: _Name = None,
    to: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="The generation.  [default: the last one before]", show_default=False
        ),
    ] = None,
    indexes_dir: IndexesDir = None,
    no_wait: NoWait = False,
) -> None:
    """Use an older generation again, at once. It is checked first."""
    from ragguide.index.store import IndexFolder

    settings = load_settings({"index": name, "indexes_dir": indexes_dir})
    folder = IndexFolder(settings.indexes_dir, settings.index)
    before = folder.pointer().in_use  # or there is no such index, and no folder for a lock
    with folder.writing(on_wait=tell_waiting(folder.name, no_wait=no_wait)):
        manifest = folder.rollback(to).manifest
    print(
        f"{folder.name}/{manifest.generation:06d} is in use, of {manifest.created}, "
        f"{manifest.n_chunks:,} passages (before: {before:06d})"
    )


@index_app.command()
def prune(
    name: _Name = None,
    keep: Annotated[
        int | None,
        typer.Option(help="How many to keep.  [default: 3]", min=1, show_default=False),
    ] = None,
    indexes_dir: IndexesDir = None,
    no_wait: NoWait = False,
) -> None:
    """Remove old generations; that in use stays."""
    from ragguide.index.store import IndexFolder

    settings = load_settings({"index": name, "indexes_dir": indexes_dir, "keep": keep})
    folder = IndexFolder(settings.indexes_dir, settings.index)
    folder.pointer()  # or there is no such index, and no folder for a lock
    with folder.writing(on_wait=tell_waiting(folder.name, no_wait=no_wait)):
        removed = folder.prune(settings.keep)
    told = ", ".join(f"{number:06d}" for number in removed)
    print(f"{folder.name}: " + (f"removed {told}" if removed else "nothing to remove"))


@index_app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The index.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    indexes_dir: IndexesDir = None,
    no_wait: NoWait = False,
) -> None:
    """Remove an index with all its generations."""
    from ragguide.index.store import IndexFolder

    settings = load_settings({"index": name, "indexes_dir": indexes_dir})
    folder = IndexFolder(settings.indexes_dir, settings.index)
    if not folder.path.is_dir():
        folder.pointer()  # says that there is none
    if not yes:
        if not (sys.stdin and sys.stdin.isatty()):
            raise UsageError(f"nobody can be asked here whether to remove {name!r}. Add --yes.")
        if not typer.confirm(f"Remove the index {name!r} in {folder.path}?", err=True):
            print(f"{name} stays")
            return
    with folder.writing(on_wait=tell_waiting(folder.name, no_wait=no_wait)):
        folder.remove()
    print(f"{name} is removed")


@index_app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(help="The bundle to write.", show_default=False)],
    name: Annotated[
        str | None, typer.Option("--index", "-i", help="The index.", show_default=False)
    ] = None,
    with_models: Annotated[
        bool, typer.Option("--with-models", help="Put the generator and an own embedder in it.")
    ] = False,
    indexes_dir: IndexesDir = None,
) -> None:
    """Write an index into one file, for another machine."""
    from ragguide.index.bundle import export_bundle

    settings = load_settings({"index": name, "indexes_dir": indexes_dir})
    told = export_bundle(settings, file, with_models=with_models)
    print(
        f"{file}: {told.index}, {size_of(file.stat().st_size)}; it needs the embedder "
        f"{told.embedder}, sha256 {told.embedder_sha256[:12]}…"
    )


@index_app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="The bundle.", show_default=False)],
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Name the index so.", show_default=False),
    ] = None,
    indexes_dir: IndexesDir = None,
    no_wait: NoWait = False,
) -> None:
    """Make an index of a bundle, none of whose bytes is trusted. `rollback` undoes it."""
    from ragguide.index.bundle import import_bundle

    settings = load_settings({"indexes_dir": indexes_dir})
    with show_stages() as tell:
        found = import_bundle(
            file,
            settings,
            name=name,
            on_stage=tell,
            on_wait=tell_waiting(name, no_wait=no_wait),
        )
    print(f"{found.index}/{found.manifest.generation:06d}: {found.manifest.n_chunks:,} passages")
    for model in found.models:
        print(f"put {model}")
    if found.embedder != settings.embedder:
        print(f"set embedder = {found.embedder!r} to search it")


def _verified_lines(checked: "CheckedGeneration") -> Iterator[str]:
    mark = "*" if checked.is_in_use else " "
    told = "whole" if not checked.faults else f"faults: {len(checked.faults)}"
    size = size_of(checked.size_bytes)
    yield f"{mark} {checked.generation:06d}  {checked.n_files} files, {size}  {told}"
    for fault in checked.faults:
        yield f"    {fault}"


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
