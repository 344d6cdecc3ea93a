"""`ragguide search`: questions in, passages out."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
    Via,
)
from ragguide.cli.printer import Printer
from ragguide.cli.progress import warn_if_stale
from ragguide.cli.questions import Line, read_batches, report_fault
from ragguide.cli.render import print_json
from ragguide.cli.via import connect
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.fields import search_fields
from ragguide.types import Filter, Hit

if TYPE_CHECKING:
    from ragguide.cli.remote import RemoteGuide
    from ragguide.guide import Guide


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
    via: Via = None,
    as_json: AsJson = False,
) -> None:
    """List the passages that match a question, best first."""
    where = read_filter(filters or [], pages)
    own = {"indexes_dir": indexes_dir, "store": store, "reranker": rerank, "device": device}
    if via:
        remote = connect(via, own, index=index, top_k=top_k)
        printer = None if as_json else Printer(remote.sources)
        find = partial(_find_remote, remote, has_words=not as_json)
    else:
        from ragguide.guide import Guide

        guide = Guide.open(settings=load_settings({"index": index, "top_k": top_k, **own}))
        printer = None if as_json else Printer(guide.manifest.sources)
        find = partial(_find, guide, warn_if_stale(guide))
    has_fault = False
    for lines in read_batches(words):
        questions = [line.text for line in lines if not line.fault]
        found = find(questions, where, explain=explain)
        for line in lines:
            if line.fault:
                has_fault = True
                report_fault(line, as_json=as_json)
                continue
            _show(line, next(found), printer, explain=explain)
    if has_fault:
        raise typer.Exit(UsageError.exit_code)


class _Result(NamedTuple):
    """What was found for a question: its JSON, the passages, and notes to print."""

    fields: Mapping[str, object]
    hits: Sequence[Hit]
    notes: Sequence[str]


def _show(line: Line, result: _Result, printer: Printer | None, *, explain: bool) -> None:
    """Print what was found; as JSON without a printer."""
    if printer is None:
        print_json(result.fields)
        return
    for each in result.notes:
        note(each)
    if line.is_piped:
        printer.question(line.text)
    printer.hits(result.hits, explain=explain)


def _find(
    guide: "Guide",
    stale: tuple[str, ...],
    questions: Sequence[str],
    where: Filter | None,
    *,
    explain: bool,
) -> Iterator[_Result]:
    for question, hits in zip(questions, guide.search_many(questions, where=where), strict=True):
        notes = guide.read(question).notes
        fields = search_fields(
            question,
            hits,
            index=guide.index_name,
            warnings=(*stale, *notes),
            explain=explain,
        )
        yield _Result(fields, hits, notes)


def _find_remote(
    remote: "RemoteGuide",
    questions: Sequence[str],
    where: Filter | None,
    *,
    explain: bool,
    has_words: bool,
) -> Iterator[_Result]:
    """Search on a server; `has_words` also asks for the words to highlight."""
    for question in questions:
        fields, hits = remote.search(question, where=where, explain=explain or has_words)
        notes = [each for each in fields["warnings"] if each not in remote.stale]
        yield _Result(fields, hits, notes)
