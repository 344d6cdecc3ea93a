"""`ragguide query`: a question in; quotes from the guide and a checked answer out."""

from itertools import chain

import msgspec
import typer

from ragguide.base.clock import BEGAN, Deadline
from ragguide.cli.filters import read_filter
from ragguide.cli.last_answer import save_sources, sources_to_open
from ragguide.cli.open_guide import open_to_answer
from ragguide.cli.options import (
    EXIT_NO_ANSWER,
    EXIT_TOO_LATE,
    AsJson,
    ContextTokens,
    DeadlineOption,
    Device,
    Filters,
    IndexesDir,
    IndexName,
    Llm,
    Pages,
    QuestionWords,
    Quotes,
    Rerank,
    Strict,
    Threads,
    TopK,
)
from ragguide.cli.printer import Printer, show_answer
from ragguide.cli.progress import show_waiting
from ragguide.cli.questions import read_questions, report_fault
from ragguide.cli.render import answer_fields, print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError


def query(
    words: QuestionWords,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    top_k: TopK = None,
    filters: Filters = None,
    pages: Pages = None,
    rerank: Rerank = None,
    llm: Llm = None,
    quotes: Quotes = False,
    strict: Strict = False,
    context_tokens: ContextTokens = None,
    threads: Threads = None,
    device: Device = None,
    deadline: DeadlineOption = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the guide.

    Exit code 4: the guide answers none of the questions; 124: the deadline passed before the
    quotes were found.
    """
    where = read_filter(filters or [], pages)
    settings = load_settings(
        {
            "index": index,
            "indexes_dir": indexes_dir,
            "top_k": top_k,
            "reranker": rerank,
            "generator": llm,
            "context_tokens": context_tokens,
            "threads": threads,
            "device": device,
        }
    )
    guide, stale = open_to_answer(settings, llm=llm, quotes=quotes, is_timed=bool(deadline))
    printer = None if as_json else Printer(guide.manifest.sources, guide.raw_lines)
    refusals, is_late, has_fault = [], False, False
    began: float | None = BEGAN
    for line in read_questions(words):
        if line.fault:
            has_fault = True
            report_fault(line, as_json=as_json)
            continue
        limit = Deadline(deadline, began=began) if deadline else None
        with show_waiting("searching the guide …") as waiting:
            events = guide.stream(
                line.text, where=where, quotes_only=quotes, strict=strict, deadline=limit
            )
            found = [next(events)]
            is_late |= limit is not None and limit.has_passed
            answer = show_answer(chain(found, events), printer, waiting)
        refusals.append(answer.refused)
        save_sources(settings.cache_dir, sources_to_open(answer, guide.manifest.sources))
        if as_json:
            answer = msgspec.structs.replace(answer, warnings=(*stale, *answer.warnings))
            print_json(answer_fields(answer, guide.raw_lines))
        began = None  # only the first deadline counts from the start of the process
    _exit(is_late=is_late, has_fault=has_fault, is_silent=all(refusals))


def _exit(*, is_late: bool, has_fault: bool, is_silent: bool) -> None:
    if is_late or has_fault:
        raise typer.Exit(EXIT_TOO_LATE if is_late else UsageError.exit_code)
    if is_silent:
        raise typer.Exit(EXIT_NO_ANSWER)
