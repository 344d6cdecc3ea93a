"""`ragguide search`: questions in, passages out."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.filters import read_filter
from ragguide.cli.options import (
    AsJson,
    Device,
    Filters,
    IndexesDir,
    IndexName,
    Pages,
    QuestionWords,
    Rerank,
    TopK,
)
from ragguide.cli.printer import Printer
from ragguide.cli.progress import show_log, warn_if_stale
from ragguide.cli.questions import read_batches
from ragguide.cli.render import hit_fields, print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.types import Filter, Hit

if TYPE_CHECKING:
    from ragguide.guide import Guide


def search(
    words: QuestionWords,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
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

    show_log()
    where = read_filter(filters or [], pages)
    guide = Guide.open(
        settings=load_settings(
            {
                "index": index,
                "indexes_dir": indexes_dir,
                "top_k": top_k,
                "reranker": rerank,
                "device": device,
            }
        )
    )
    printer = None if as_json else Printer(guide.manifest.sources)
    stale = warn_if_stale(guide)
    for questions in read_batches(words):
        for question, hits in _found(guide, questions, where):
            notes = guide.read(question).notes
            if printer is None:
                print_json(
                    {
                        "question": question,
                        "hits": [hit_fields(hit, explain=explain) for hit in hits],
                        "index": guide.index_name,
                        "warnings": (*stale, *notes),
                    }
                )
                continue
            for note in notes:
                print(f"ragguide: {note}", file=sys.stderr)
            printer.hits(hits, explain=explain)


def _found(
    guide: "Guide", questions: Sequence[str], where: Filter | None
) -> Iterator[tuple[str, list[Hit]]]:
    """Search for all questions together; if one is invalid, only for those before it."""
    try:
        yield from zip(questions, guide.search_many(questions, where=where), strict=True)
    except UsageError:
        for question in questions:
            yield question, guide.search(question, where=where)
