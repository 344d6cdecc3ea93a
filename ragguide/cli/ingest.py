"""`ragguide ingest`: documents into an index."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.options import AsJson, IndexesDir, IndexName
from ragguide.cli.progress import show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.ingest import IngestReport


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="PDF files to read.")],
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    embedder: Annotated[
        str | None,
        typer.Option(help="Embedder: a known name, or a sentence-transformers folder."),
    ] = None,
    chunk_tokens: Annotated[int | None, typer.Option(help="Size of a chunk in tokens.")] = None,
    chunk_overlap: Annotated[int | None, typer.Option(help="Tokens that chunks share.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make it anew even if nothing has changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read documents into an index. The old index stays in use until the new one is whole."""
    from ragguide.guide import Guide

    settings = load_settings(
        {
            "index": index,
            "indexes_dir": indexes_dir,
            "embedder": embedder,
            "chunk_tokens": chunk_tokens,
            "chunk_overlap": chunk_overlap,
        }
    )
    with show_stages() as tell:
        report = Guide.ingest(*paths, settings=settings, rebuild=rebuild, on_stage=tell)
    for reason in report.skipped.values():
        print(f"skipped: {reason}", file=sys.stderr)
    for source in report.sources:
        for page, reason in source.unreadable.items():
            print(f"skipped: page {page} of {source.path}: {reason}", file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        _print_summary(report)
    if report.skipped:
        raise typer.Exit(2)


def _print_summary(report: IngestReport) -> None:
    names = ", ".join(f"{source.name} ({source.n_pages} pages)" for source in report.sources)
    number = f"{report.index}/{report.generation:06d}"
    if report.unchanged:
        print(f"{number} already holds {names}: nothing to do (--rebuild makes it anew)")
        return
    print(f"{number}: {names}")
    print(
        f"{report.n_chunks} chunks, {report.n_tokens:,} tokens; "
        f"{report.n_embedded} texts embedded, {report.n_chunks - report.n_embedded} known before"
    )
    seconds = ", ".join(f"{stage} {value:.1f}" for stage, value in report.seconds.items())
    print(f"{sum(report.seconds.values()):.1f} s: {seconds}")
