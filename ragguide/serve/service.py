"""Checked requests in, answers and passages as JSON fields out, for all protocols alike.

A reader has a service of its own, which knows nothing of what the reader may not read.
"""

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.asked import check_question
from ragguide.base.clock import Deadline
from ragguide.base.groups import Groups
from ragguide.chat import Chat
from ragguide.fields import answer_fields, found_fields, search_fields, versioned
from ragguide.guide import Guide
from ragguide.index.keywords import words_of
from ragguide.retrieve.parts import parts_of
from ragguide.retrieve.turns import Turn, read_turn
from ragguide.serve.ahead import Search
from ragguide.serve.desk import Desk
from ragguide.serve.faults import HiddenFolders, ServeFault
from ragguide.serve.links import Links, document_list
from ragguide.serve.requests import ChatRequest, EmbeddingsRequest, QueryRequest, SearchRequest
from ragguide.serve.shelf import Library, Shelf
from ragguide.types import Answer, Found, Piece

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

MOST_RECALLED = 8  # earlier questions of a conversation

_log = logging.getLogger(__name__)


class Service:
    """What a server does for one reader, without a protocol."""

    def __init__(
        self, shelf: Shelf, desk: Desk, *, quotes_only: bool = False, log_questions: bool = False
    ) -> None:
        """Answer from the guides on a shelf.

        Args:
            shelf: open guides.
            desk: runs the work.
            quotes_only: never use a generator.
            log_questions: whether the log may contain questions.
        """
        self.shelf = shelf
        self.desk = desk
        self.hide: HiddenFolders = shelf.hidden_folders()
        self._quotes_only = quotes_only
        self._log_questions = log_questions

    def links(self, base: str, guide: Guide) -> Links:
        """Return the addresses of a guide's documents on a server."""
        is_default = guide.settings.index == self.shelf.names[0]
        return Links(base, guide, is_default=is_default)

    async def documents(self, base: str, guide: Guide) -> dict[str, object]:
        """Return the documents of an index; addresses begin with `base`."""
        warnings = await self.desk.run(lambda: self._stale(guide))
        return document_list(guide, self.links(base, guide), warnings=warnings)

    async def search(self, request: SearchRequest) -> dict[str, object]:
        """Return the fields of `ragguide search --json`."""
        guide = self.shelf.guide(request.index)
        self._note(request.question)

        def work() -> dict[str, object]:
            hits = guide.search(request.question, top_k=request.top_k, where=request.filter)
            notes = guide.read(request.question).notes
            return versioned(
                search_fields(
                    request.question,
                    hits,
                    index=guide.index_name,
                    warnings=(*self._stale(guide), *notes),
                    explain=request.explain,
                )
            )

        return await self.desk.search(Search(guide, [request.question]), work)

    async def query(self, request: QueryRequest) -> dict[str, object]:
        """Return the fields of `ragguide query --json`."""
        async with aclosing(self.query_events(request, shows_found=False)) as events:
            *_, last = [each async for each in events]
        return last

    async def query_events(
        self, request: QueryRequest, *, shows_found: bool
    ) -> AsyncGenerator[dict[str, object]]:
        """Yield the fields of the answer; before it, what the search found, if wanted."""
        guide = self.shelf.guide(request.index)
        check_question(request.question)
        self._note(request.question)
        quotes_only = request.quotes_only or self._quotes_only

        def ask(deadline: Deadline) -> Iterator[dict[str, object]]:
            for event in guide.stream(
                request.question,
                top_k=request.top_k,
                where=request.filter,
                quotes_only=quotes_only,
                strict=request.strict,
                deadline=deadline,
            ):
                if isinstance(event, Answer):
                    yield self.fields(event, guide)
                elif isinstance(event, Found) and shows_found:
                    yield {"found": found_fields(event, guide.raw_lines)}
                else:
                    yield {}  # so that an answer nobody wants any more stops here

        search = Search(guide, _searched(request.question)) if quotes_only else None
        async with aclosing(self.desk.stream(ask, search=search)) as events:
            async for event in events:
                if event:
                    yield event

    async def chat(
        self, request: ChatRequest, guide: Guide
    ) -> AsyncGenerator[Found | Piece | Answer]:
        """Yield the events of the answer to the last question of a conversation.

        Its earlier questions complete a follow-up.
        """
        *earlier, question = request.questions
        check_question(question)
        self._note(question)
        extras = request.ragguide
        quotes_only = extras.quotes_only or self._quotes_only

        def ask(deadline: Deadline) -> Iterator[Found | Piece | Answer]:
            chat = Chat(guide, where=extras.filter)
            chat.recall(earlier[-MOST_RECALLED:])
            yield from chat.ask(
                question, quotes_only=quotes_only, strict=extras.strict, deadline=deadline
            )

        # What a follow-up looks for is known when its earlier questions are.
        is_known = not earlier and read_turn(question) is Turn.QUESTION
        search = Search(guide, _searched(question) if is_known else ()) if quotes_only else None
        async with aclosing(self.desk.stream(ask, search=search)) as events:
            async for event in events:
                yield event

    async def embed(self, request: EmbeddingsRequest, guide: Guide) -> "FloatMatrix":
        """Return the vectors of texts.

        Raises:
            ServeFault: a number of dimensions is asked for that the embedder does not have.
        """
        if request.dimensions not in (None, guide.manifest.dim):
            raise ServeFault(
                400,
                f"{guide.manifest.embedder} has {guide.manifest.dim} dimensions, not "
                f"{request.dimensions}. Leave `dimensions` out.",
                code="invalid_request",
            )
        return await self.desk.run(lambda: guide.embed(request.texts, kind=request.ragguide.kind))

    def fields(self, answer: Answer, guide: Guide) -> dict[str, object]:
        """Return the fields of an answer; it is the work of a thread."""
        shown = msgspec.structs.replace(
            answer,
            degraded=tuple(map(self.hide, answer.degraded)),
            warnings=(*self._stale(guide), *map(self.hide, answer.warnings)),
        )
        return versioned(answer_fields(shown, guide.raw_lines))

    async def fields_of(self, answer: Answer, guide: Guide) -> dict[str, object]:
        """Return the fields of an answer."""
        return await self.desk.run(lambda: self.fields(answer, guide))

    async def found_of(
        self, first: Found | Piece | Answer, guide: Guide
    ) -> dict[str, object] | None:
        """Return the fields of what a search found; None if there was no search."""
        if not isinstance(first, Found):
            return None
        found = first
        return await self.desk.run(lambda: found_fields(found, guide.raw_lines))

    def _stale(self, guide: Guide) -> tuple[str, ...]:
        """Return the line that says which sources have changed, if any; it is a thread's work."""
        note = self.hide(guide.stale_note())
        return (note,) if note else ()

    def _note(self, question: str) -> None:
        if self._log_questions:
            _log.info("question: %s", " ".join(question.split()))


def _searched(question: str) -> list[str]:
    """Return what the answer to a question searches for."""
    return [part.search for part in parts_of(check_question(question), words_of)]


class Services:
    """A service for each reader. They share their threads."""

    def __init__(
        self,
        library: Library,
        desk: Desk,
        *,
        quotes_only: bool = False,
        log_questions: bool = False,
    ) -> None:
        """As `Service`, for all readers of a library."""
        self.library = library
        self.desk = desk
        self._of = {
            groups: Service(shelf, desk, quotes_only=quotes_only, log_questions=log_questions)
            for groups, shelf in library.shelves.items()
        }

    def of(self, groups: Groups) -> Service:
        """Return the service of a reader."""
        return self._of[groups]

    @property
    def only(self) -> Service:
        """The service of the only reader."""
        (service,) = self._of.values()
        return service
