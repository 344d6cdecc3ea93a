"""`ragguide ingest`: documents in, an index out."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ragguide.cli.elsewhere import flags_of, remember_place
from ragguide.cli.exit_codes import EXIT_INCOMPLETE
from ragguide.cli.filters import read_allow, read_tags
from ragguide.cli.ingest_options import (
    Allow,
    ChunkOverlap,
    ChunkStrategy,
    ChunkTokens,
    EfConstruction,
    EfSearch,
    EmbedderName,
    HnswM,
    IndexType,
    Keep,
    Nlist,
    Nprobe,
    Paths,
    PqBits,
    PqM,
    Rebuild,
    Tags,
    TargetRecall,
)
from ragguide.cli.notes import is_quiet
from ragguide.cli.options import (
    AllowPrivate,
    AsJson,
    Device,
    IndexesDir,
    IndexName,
    NoWait,
    Ocr,
    Password,
    Scheduler,
    StoreUrl,
    Workers,
)
from ragguide.cli.progress import report_interrupt, show_stages, waiting_notice
from ragguide.cli.render import count_of, counted, describe_vector_index, print_json, seconds_line
from ragguide.cli.wrap import print_wrapped
from ragguide.config import load_settings

if TYPE_CHECKING:
    from ragguide.create.ingest import IngestReport
    from ragguide.create.read import ReadOptions


def ingest(
    paths: Paths,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    embedder: EmbedderName = None,
    chunk_tokens: ChunkTokens = None,
    chunk_overlap: ChunkOverlap = None,
    chunk_strategy: ChunkStrategy = None,
    index_type: IndexType = None,
    target_recall: TargetRecall = None,
    hnsw_m: HnswM = None,
    ef_construction: EfConstruction = None,
    ef_search: EfSearch = None,
    nlist: Nlist = None,
    nprobe: Nprobe = None,
    pq_m: PqM = None,
    pq_bits: PqBits = None,
    tag: Tags = None,
    allow: Allow = None,
    ocr: Ocr = False,
    password: Password = None,
    rebuild: Rebuild = False,
    keep: Keep = None,
    allow_private: AllowPrivate = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    device: Device = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Read documents into an index.

    The previous generation of the index stays in use until the new one is complete. Exit code 2:
    some documents could not be read and were skipped.
    """
    from ragguide.guide import Guide

    settings = load_settings({
        "index": index, "indexes_dir": indexes_dir, "store": store, "keep": keep, "device": device,
        "embedder": embedder, "chunk_tokens": chunk_tokens, "chunk_overlap": chunk_overlap,
        "chunk_strategy": chunk_strategy, "index_type": index_type, "target_recall": target_recall,
        "hnsw_m": hnsw_m, "ef_construction": ef_construction, "ef_search": ef_search,
        "nlist": nlist, "nprobe": nprobe, "pq_m": pq_m, "pq_bits": pq_bits, "workers": workers,
        "scheduler": scheduler, "private_addresses": allow_private,
    })  # fmt: skip
    with report_interrupt(), show_stages() as on_stage:
        report = Guide.ingest(
            *paths,
            settings=settings,
            options=_options(tag or [], allow or [], password=password, ocr=ocr),
            rebuild=rebuild,
            on_stage=on_stage,
            on_wait=waiting_notice(settings.index, no_wait=no_wait),
        )
    remember_place(settings)
    _show(report, as_json=as_json)
    _show_next_step(index, indexes_dir, store, as_json=as_json)
    if report.skipped:
        raise typer.Exit(EXIT_INCOMPLETE)


def _options(
    tags: Sequence[str], allow: Sequence[str], *, password: str | None, ocr: bool
) -> "ReadOptions":
    from ragguide.create.read import ReadOptions

    return ReadOptions(tags=read_tags(tags), allow=read_allow(allow), password=password, ocr=ocr)


def _show(report: "IngestReport", *, as_json: bool) -> None:
    for reason in report.skipped.values():
        print_wrapped(f"skipped: {reason}", file=sys.stderr)
    for source in report.sources:
        for page, reason in source.unreadable.items():
            where = f"{source.unit} {page} of {source.path}"
            print_wrapped(f"skipped: {where} {reason}", file=sys.stderr)
        for part in source.omitted:
            print_wrapped(f"not read: {source.path}: {part}", file=sys.stderr)
    if as_json:
        print_json(report)
    elif not (report.unchanged and is_quiet()):
        _print_summary(report)


def _show_next_step(
    index: str | None, indexes_dir: Path | None, store: str | None, *, as_json: bool
) -> None:
    """Show people the commands to type next, which name the index if `ingest` did."""
    if sys.stdout.isatty() and not (as_json or is_quiet()):
        where = flags_of(index, indexes_dir, store)
        # Unwrapped, so that it can be copied.
        print(f'next: ragguide query{where} "QUESTION"\n  or: ragguide chat{where}')


def _print_summary(report: "IngestReport") -> None:
    names = ", ".join(
        f"{source.name} ({count_of(source.unit, source.n_pages)})" for source in report.sources
    )
    generation = f"{report.index}/{report.generation:06d}"
    if report.unchanged:
        print_wrapped(f"{generation} is up to date: {names} (--rebuild rebuilds it)")
        _print_unread(report)
        return
    print_wrapped(f"{generation}: {names}")
    _print_readers(report)
    _print_unread(report)
    cached = ", the others cached or duplicate" if report.n_embedded < report.n_texts else ""
    print_wrapped(
        f"{counted(report.n_chunks, 'chunk')}, {counted(report.n_tokens, 'token')}; "
        f"{report.n_embedded:,} of {report.n_texts:,} texts embedded{cached}"
    )
    print_wrapped(
        f"vectors: {describe_vector_index(report.vector_index)} ({report.vector_index.why})"
    )
    print_wrapped(seconds_line(report.seconds))


def _print_readers(report: "IngestReport") -> None:
    """Say how many documents each group may read; an index without rights has nothing to say."""
    counts = Counter(
        group
        for source in report.sources
        if source.rights
        for group in source.rights.groups or ("nobody",)
    )
    if counts:
        readers = (f"{group} ({counted(n, 'document')})" for group, n in sorted(counts.items()))
        print_wrapped(f"readers: {', '.join(readers)}")


def _print_unread(report: "IngestReport") -> None:
    """Count what was not read, or not in full; stderr has the details."""
    counts: Counter[str] = Counter({"document": len(report.skipped)})
    for source in report.sources:
        counts[source.unit] += len(source.unreadable)
    unread = [counted(n, unit) for unit, n in counts.items() if n]
    if unread:
        print_wrapped(f"not read in full: {', '.join(unread)}")
