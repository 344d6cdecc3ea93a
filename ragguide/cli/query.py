"""`ragguide query`: a question in; quotes from the guide and a checked answer out."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import msgspec
import typer

from ragguide.base.clock import BEGAN, Deadline
from ragguide.cli.chat.transcript import transcript
from ragguide.cli.exit_codes import EXIT_NO_ANSWER, EXIT_TOO_LATE
from ragguide.cli.filters import read_filter
from ragguide.cli.last_answer import save_sources, sources_to_open
from ragguide.cli.notes import note
from ragguide.cli.open_guide import open_to_answer
from ragguide.cli.options import (
    AsJson,
    ContextTokens,
    DeadlineOption,
    Device,
    Filters,
    Format,
    IndexesDir,
    IndexName,
    Llm,
    OutputFile,
    Pages,
    QuestionWords,
    Quotes,
    Rerank,
    StoreUrl,
    Strict,
    Threads,
    TopK,
    stdout_to,
)
from ragguide.cli.printer import Printer, report_degraded, show_answer
from ragguide.cli.progress import show_waiting
from ragguide.cli.questions import Line, read_questions, report_fault
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.fields import answer_fields
from ragguide.types import Answer

if TYPE_CHECKING:
    from ragguide.guide import Guide
    from ragguide.types import Found, Piece


def query(
    words: QuestionWords,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
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
    form: Format = "text",
    output: OutputFile = None,
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
            "store": store,
            "top_k": top_k,
            "reranker": rerank,
            "generator": llm,
            "context_tokens": context_tokens,
            "threads": threads,
            "device": device,
        }
    )
    refusals, is_late, has_fault = [], False, False
    began: float | None = BEGAN
    with stdout_to(output):
        guide, stale = open_to_answer(settings, llm=llm, quotes=quotes, is_timed=bool(deadline))
        asked = Asked(guide, "json" if as_json else form, stale)
        for line in read_questions(words):
            if line.fault:
                has_fault = True
                report_fault(line, as_json=asked.is_json)
                continue
            limit = Deadline(deadline, began=began) if deadline else None
            events = guide.stream(
                line.text, where=where, quotes_only=quotes, strict=strict, deadline=limit
            )
            answer, was_late = asked.show(line, events, limit)
            is_late |= was_late
            refusals.append(answer.refused)
            began = None  # only the first deadline counts from the start of the process
    _exit(is_late=is_late, has_fault=has_fault, is_silent=all(refusals))


class Asked:
    """Shows the answers of one guide in one format."""

    def __init__(self, guide: "Guide", form: str, stale: tuple[str, ...]) -> None:
        """`stale` are the warnings about the sources that were printed already."""
        self._guide, self._form, self._stale = guide, form, stale
        sources = guide.manifest.sources
        self._printer = Printer(sources, guide.raw_lines) if form == "text" else None

    @property
    def is_json(self) -> bool:
        return self._form == "json"

    def show(
        self, line: Line, events: "Iterator[Found | Piece | Answer]", limit: Deadline | None
    ) -> tuple[Answer, bool]:
        """Print an answer; return it, and whether its quotes came after the deadline.

        As text, a question from stdin is repeated above its answer.
        """
        guide, sources = self._guide, self._guide.manifest.sources
        if self._printer and line.is_piped:
            self._printer.question(line.text)
        with show_waiting("searching the guide …") as waiting:
            found = [next(events)]
            is_late = limit is not None and limit.has_passed
            answer = show_answer(chain(found, events), self._printer, waiting)
        save_sources(guide.settings.cache_dir, sources_to_open(answer, sources))
        if self.is_json:
            answer = msgspec.structs.replace(answer, warnings=(*self._stale, *answer.warnings))
            print_json(answer_fields(answer, guide.raw_lines))
        elif self._printer is None:
            for each in answer.warnings:
                note(each)
            print(transcript([answer]), flush=True)
            report_degraded(answer)
        return answer, is_late


def _exit(*, is_late: bool, has_fault: bool, is_silent: bool) -> None:
    if is_late or has_fault:
        raise typer.Exit(EXIT_TOO_LATE if is_late else UsageError.exit_code)
    if is_silent:
        raise typer.Exit(EXIT_NO_ANSWER)
