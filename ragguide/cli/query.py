"""`ragguide query`: a question in; quotes from the guide and a checked answer out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
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
    Via,
    stdout_to,
)
from ragguide.cli.printer import Printer, report_degraded, show_answer
from ragguide.cli.progress import show_waiting
from ragguide.cli.questions import Line, read_questions, report_fault
from ragguide.cli.render import print_json
from ragguide.cli.via import connect
from ragguide.config import Settings, load_settings
from ragguide.errors import UsageError
from ragguide.fields import RawLines, answer_fields
from ragguide.types import Answer, Located

if TYPE_CHECKING:
    from ragguide.cli.remote import RemoteGuide
    from ragguide.types import Found, Piece

Stream = Callable[..., "Iterator[Found | Piece | Answer]"]  # as `Guide.stream`


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
    via: Via = None,
    form: Format = "text",
    output: OutputFile = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the guide.

    Exit code 4: the guide answers none of the questions; 124: the deadline passed before the
    quotes were found.
    """
    where = read_filter(filters or [], pages)
    own: dict[str, object] = {  # a server has its own
        "indexes_dir": indexes_dir,
        "store": store,
        "reranker": rerank,
        "generator": llm,
        "context_tokens": context_tokens,
        "threads": threads,
        "device": device,
    }
    settings = load_settings({"index": index, "top_k": top_k, **own})
    refusals, is_late, has_fault = [], False, False
    began: float | None = BEGAN
    with stdout_to(output):
        form = "json" if as_json else form
        if via:
            remote = connect(via, own | {"deadline": deadline}, index=index, top_k=top_k)
            asked, stream = _of_server(remote, settings, form)
        else:
            asked, stream = _of_guide(settings, form, llm, quotes=quotes, is_timed=bool(deadline))
        for line in read_questions(words):
            if line.fault:
                has_fault = True
                report_fault(line, as_json=asked.is_json)
                continue
            limit = Deadline(deadline, began=began) if deadline else None
            ask = partial(stream, where=where, quotes_only=quotes, strict=strict)
            answer, was_late = asked.show(line, ask(line.text, deadline=limit), limit)
            is_late |= was_late
            refusals.append(answer.refused)
            began = None  # only the first deadline counts from the start of the process
    _exit(is_late=is_late, has_fault=has_fault, is_silent=all(refusals))


class Asked:
    """Shows answers in one format."""

    def __init__(
        self,
        form: str,
        sources: Sequence[Located],
        cache_dir: Path,
        fields_of: Callable[[Answer], Mapping[str, object]],
        raw_lines: RawLines | None = None,
    ) -> None:
        """`fields_of` returns the JSON of an answer."""
        self._form, self._sources, self._cache_dir = form, sources, cache_dir
        self._fields_of = fields_of
        self._printer = Printer(sources, raw_lines) if form == "text" else None

    @property
    def is_json(self) -> bool:
        return self._form == "json"

    def show(
        self, line: Line, events: "Iterator[Found | Piece | Answer]", limit: Deadline | None
    ) -> tuple[Answer, bool]:
        """Print an answer; return it, and whether its quotes came after the deadline.

        As text, a question from stdin is repeated above its answer.
        """
        if self._printer and line.is_piped:
            self._printer.question(line.text)
        with show_waiting("searching the guide …") as waiting:
            found = [next(events)]
            is_late = limit is not None and limit.has_passed
            answer = show_answer(chain(found, events), self._printer, waiting)
        save_sources(self._cache_dir, sources_to_open(answer, self._sources))
        if self.is_json:
            print_json(self._fields_of(answer))
        elif self._printer is None:
            for each in answer.warnings:
                note(each)
            print(transcript([answer]), flush=True)
            report_degraded(answer)
        return answer, is_late


def _of_guide(
    settings: Settings, form: str, llm: str | None, *, quotes: bool, is_timed: bool
) -> tuple[Asked, Stream]:
    """Open an index; return what shows its answers, and what gives them."""
    guide, stale = open_to_answer(settings, llm=llm, quotes=quotes, is_timed=is_timed)

    def fields_of(answer: Answer) -> Mapping[str, object]:
        answer = msgspec.structs.replace(answer, warnings=(*stale, *answer.warnings))
        return answer_fields(answer, guide.raw_lines)

    sources = guide.manifest.sources
    return Asked(form, sources, settings.cache_dir, fields_of, guide.raw_lines), guide.stream


def _of_server(remote: "RemoteGuide", settings: Settings, form: str) -> tuple[Asked, Stream]:
    """Return what shows the answers of a server, and what gives them."""
    return Asked(form, remote.sources, settings.cache_dir, lambda _: remote.fields), remote.stream


def _exit(*, is_late: bool, has_fault: bool, is_silent: bool) -> None:
    if is_late or has_fault:
        raise typer.Exit(EXIT_TOO_LATE if is_late else UsageError.exit_code)
    if is_silent:
        raise typer.Exit(EXIT_NO_ANSWER)
