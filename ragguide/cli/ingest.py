"""`ragguide ingest`: documents into an index."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.options import AsJson, Device, IndexesDir, IndexName, NoWait, read_tags
from ragguide.cli.progress import show_log, show_stages, tell_waiting, told_if_stopped
from ragguide.cli.render import count_of, print_json, vector_index_told
from ragguide.config import load_settings
from ragguide.create.ingest import IngestReport
from ragguide.create.read import ReadOptions

_PANEL = "Vector index (0: chosen from the number of vectors)"


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders or patterns.")
    ],
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    embedder: Annotated[
        str | None,
        typer.Option(help="Embedder: a known name, or a sentence-transformers folder."),
    ] = None,
    chunk_tokens: Annotated[int | None, typer.Option(help="Size of a chunk in tokens.")] = None,
    chunk_overlap: Annotated[int | None, typer.Option(help="Tokens that chunks share.")] = None,
    chunk_strategy: Annotated[
        str | None, typer.Option(help="Where a chunk may end early: sections, pages or tokens.")
    ] = None,
    index_type: Annotated[
        str | None,
        typer.Option(help="auto, flat, hnsw, ivf or ivfpq.", rich_help_panel=_PANEL),
    ] = None,
    target_recall: Annotated[
        float | None,
        typer.Option(help="Share of the nearest that must be found.", rich_help_panel=_PANEL),
    ] = None,
    hnsw_m: Annotated[
        int | None, typer.Option(help="hnsw: links of a vector.", rich_help_panel=_PANEL)
    ] = None,
    ef_construction: Annotated[
        int | None,
        typer.Option(help="hnsw: candidates while linking.", rich_help_panel=_PANEL),
    ] = None,
    ef_search: Annotated[
        int | None,
        typer.Option(help="hnsw: candidates while searching.", rich_help_panel=_PANEL),
    ] = None,
    nlist: Annotated[
        int | None, typer.Option(help="ivf, ivfpq: lists of vectors.", rich_help_panel=_PANEL)
    ] = None,
    nprobe: Annotated[
        int | None,
        typer.Option(help="ivf, ivfpq: lists compared in a search.", rich_help_panel=_PANEL),
    ] = None,
    pq_m: Annotated[
        int | None, typer.Option(help="ivfpq: pieces of a vector.", rich_help_panel=_PANEL)
    ] = None,
    pq_bits: Annotated[
        int | None, typer.Option(help="ivfpq: bits of a piece.", rich_help_panel=_PANEL)
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Note this of the documents; repeatable."),
    ] = None,
    ocr: Annotated[
        bool, typer.Option("--ocr", help="Read scanned pages with Tesseract, if installed.")
    ] = False,
    password: Annotated[
        str | None,
        typer.Option(envvar="RAGGUIDE_PASSWORD", help="Opens encrypted PDFs.", show_default=False),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make it anew even if nothing has changed.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(help="Generations to keep, to go back to.  [default: 3]", show_default=False),
    ] = None,
    device: Device = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Read documents into an index. The old index stays in use until the new one is whole."""
    from ragguide.guide import Guide

    show_log()
    settings = load_settings(
        {
            "index": index,
            "indexes_dir": indexes_dir,
            "embedder": embedder,
            "chunk_tokens": chunk_tokens,
            "chunk_overlap": chunk_overlap,
            "chunk_strategy": chunk_strategy,
            "index_type": index_type,
            "target_recall": target_recall,
            "hnsw_m": hnsw_m,
            "ef_construction": ef_construction,
            "ef_search": ef_search,
            "nlist": nlist,
            "nprobe": nprobe,
            "pq_m": pq_m,
            "pq_bits": pq_bits,
            "keep": keep,
            "device": device,
        }
    )
    options = ReadOptions(tags=read_tags(tag or []), password=password, ocr=ocr)
    with told_if_stopped(), show_stages() as tell:
        report = Guide.ingest(
            *paths,
            settings=settings,
            options=options,
            rebuild=rebuild,
            on_stage=tell,
            on_wait=tell_waiting(settings.index, no_wait=no_wait),
        )
    for reason in report.skipped.values():
        print(f"skipped: {reason}", file=sys.stderr)
    for source in report.sources:
        for page, reason in source.unreadable.items():
            print(f"skipped: {source.unit} {page} of {source.path} {reason}", file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        _print_summary(report)
    if report.skipped:
        raise typer.Exit(2)


def _print_summary(report: IngestReport) -> None:
    names = ", ".join(
        f"{source.name} ({count_of(source.unit, source.n_pages)})" for source in report.sources
    )
    number = f"{report.index}/{report.generation:06d}"
    if report.unchanged:
        print(f"{number} already holds {names}: nothing to do (--rebuild makes it anew)")
        _print_left_out(report)
        return
    print(f"{number}: {names}")
    _print_left_out(report)
    print(
        f"{report.n_chunks} chunks, {report.n_tokens:,} tokens; "
        f"{report.n_embedded:,} of {report.n_texts:,} texts embedded, the others known or repeated"
    )
    print(f"vectors: {vector_index_told(report.vector_index)} ({report.vector_index.why})")
    seconds = ", ".join(f"{stage} {value:.1f}" for stage, value in report.seconds.items())
    print(f"{sum(report.seconds.values()):.1f} s: {seconds}")


def _print_left_out(report: IngestReport) -> None:
    """Say that something was left out; stderr names it."""
    counts: Counter[str] = Counter({"document": len(report.skipped)})
    for source in report.sources:
        counts[source.unit] += len(source.unreadable)
    told = [f"{n} {unit}{'s' * (n != 1)}" for unit, n in counts.items() if n]
    if told:
        print(f"left out, as it could not be read: {', '.join(told)}")
