"""`ragguide search`: questions in, passages out."""

from typing import Annotated

import typer

from ragguide.cli.filters import read_filter
from ragguide.cli.notes import note
from ragguide.cli.options import (
    AsJson,
    Device,
    Filters,
    IndexesDir,
    IndexName,
    Pages,
    QuestionWords,
    Rerank,
    StoreUrl,
    TopK,
)
from ragguide.cli.printer import Printer
from ragguide.cli.progress import warn_if_stale
from ragguide.cli.questions import read_batches, report_fault
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.fields import search_fields


def search(
    words: QuestionWords,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    top_k: TopK = None,
    filters: Filters = None,
    pages: Pages = None,
    rerank: Rerank = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Explain the rank of each passage.")
    ] = False,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """List the passages that match a question, best first."""
    from ragguide.guide import Guide

    where = read_filter(filters or [], pages)
    settings = load_settings({
        "index": index, "indexes_dir": indexes_dir, "store": store, "top_k": top_k,
        "reranker": rerank, "device": device,
    })  # fmt: skip
    guide = Guide.open(settings=settings)
    printer = None if as_json else Printer(guide.manifest.sources)
    stale = warn_if_stale(guide)
    has_fault = False
    for lines in read_batches(words):
        questions = [line.text for line in lines if not line.fault]
        found = iter(guide.search_many(questions, where=where))
        for line in lines:
            if line.fault:
                has_fault = True
                report_fault(line, as_json=as_json)
                continue
            hits, notes = next(found), guide.read(line.text).notes
            if printer is None:
                print_json(
                    search_fields(
                        line.text,
                        hits,
                        index=guide.index_name,
                        warnings=(*stale, *notes),
                        explain=explain,
                    )
                )
                continue
            for each in notes:
                note(each)
            if line.is_piped:
                printer.question(line.text)
            printer.hits(hits, explain=explain)
    if has_fault:
        raise typer.Exit(UsageError.exit_code)
