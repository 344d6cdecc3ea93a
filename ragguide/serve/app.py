"""A service in, its HTTP endpoints as an ASGI application out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ragguide.errors import RagguideError
from ragguide.fields import found_fields, versioned
from ragguide.guide import Guide
from ragguide.serve.agents import AgentEndpoint
from ragguide.serve.completions import Completion, embeddings_reply, model_fields
from ragguide.serve.door import Door, DoorRules, fault_response, json_response, unless_gone
from ragguide.serve.faults import ServeFault, fault_of, logged_fault
from ragguide.serve.links import find_source, is_pdf, text_of, unchanged_file
from ragguide.serve.metrics import TYPE, Metrics
from ragguide.serve.page import PageFiles
from ragguide.serve.requests import (
    ChatRequest,
    EmbeddingsRequest,
    SearchRequest,
    StreamedQuery,
    StreamOptions,
    read_body,
)
from ragguide.serve.service import Service
from ragguide.types import Answer, Found, Piece

if TYPE_CHECKING:
    from starlette.types import ASGIApp


_T = TypeVar("_T")


class Endpoints:
    """The HTTP endpoints of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.health),
            Route("/search", self.search, methods=["POST"]),
            Route("/query", self.query, methods=["POST"]),
            Route("/documents", self.documents),
            Route("/documents/{name:path}", self.document),
            Route("/v1/models", self.models),
            Route("/v1/models/{name}", self.model),
            Route("/v1/embeddings", self.embeddings, methods=["POST"]),
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
        ]

    async def health(self, _: Request) -> Response:
        return json_response({"status": "ok"})

    async def search(self, request: Request) -> Response:
        asked = read_body(await request.body(), SearchRequest)
        return json_response(await unless_gone(request.receive, self._service.search(asked)))

    async def query(self, request: Request) -> Response:
        asked = read_body(await request.body(), StreamedQuery)
        if not asked.stream:
            return json_response(await unless_gone(request.receive, self._service.query(asked)))
        events = self._service.query_events(asked, shows_found=True)
        _, events = await begun(request, events)
        return StreamingResponse(self._events(events), media_type="text/event-stream")

    async def models(self, _: Request) -> Response:
        models = [model_fields(guide) for guide in self._service.shelf]
        return json_response({"object": "list", "data": models})

    async def model(self, request: Request) -> Response:
        return json_response(model_fields(self._service.shelf.guide(request.path_params["name"])))

    async def embeddings(self, request: Request) -> Response:
        asked = read_body(await request.body(), EmbeddingsRequest)
        guide = self._embedding_guide(asked.model)
        vectors = await unless_gone(request.receive, self._service.embed(asked, guide))
        n_tokens = sum(len(text.split()) for text in asked.texts)
        return json_response(
            embeddings_reply(
                vectors,
                guide.manifest.embedder,
                encoding=asked.encoding_format,
                n_tokens=n_tokens,
            )
        )

    def _embedding_guide(self, model: str) -> Guide:
        """Return the guide of an index, or one with this embedder."""
        shelf = self._service.shelf
        return next(
            (guide for guide in shelf if guide.manifest.embedder == model), None
        ) or shelf.guide(model)

    async def chat(self, request: Request) -> Response:
        asked = read_body(await request.body(), ChatRequest)
        require_supported(asked)
        guide = self._service.shelf.guide(asked.model)
        events = self._service.chat(asked, guide)
        completion = Completion(asked.model)
        links = self._service.links(str(request.base_url), guide)
        if not asked.stream:
            answer = await unless_gone(request.receive, last_of(events))
            fields = await self._fields(answer, guide)
            return json_response(completion.whole(answer, fields, links))
        first, events = await begun(request, events)
        found = await self._found(first, guide)
        options = asked.stream_options or StreamOptions()

        async def chunks() -> AsyncGenerator[dict[str, object]]:
            yield completion.first(found)
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Piece) and event.text:
                        yield completion.piece(event.text)
                    elif isinstance(event, Answer):
                        fields = await self._fields(event, guide)
                        for chunk in completion.last(
                            event, fields, links, include_usage=options.include_usage
                        ):
                            yield chunk

        return StreamingResponse(self._events(chunks()), media_type="text/event-stream")

    async def _fields(self, answer: Answer, guide: Guide) -> dict[str, object]:
        return await self._service.desk.run(lambda: self._service.fields(answer, guide))

    async def _found(self, first: Found | Piece | Answer, guide: Guide) -> dict[str, object] | None:
        """Return the fields of what a search found; None if there was no search."""
        if not isinstance(first, Found):
            return None
        found = first
        return await self._service.desk.run(lambda: found_fields(found, guide.raw_lines))

    async def _events(self, chunks: AsyncGenerator[dict[str, object]]) -> AsyncIterator[bytes]:
        """Yield server-sent events; an error ends them in OpenAI's way."""
        try:
            async with aclosing(chunks):
                async for chunk in chunks:
                    yield b"data: " + msgspec.json.encode(chunk) + b"\n\n"
        except Exception as exc:
            fault = logged_fault(exc, self._service.hide)
            yield b"data: " + msgspec.json.encode(fault.body) + b"\n\n"
        yield b"data: [DONE]\n\n"

    async def documents(self, request: Request) -> Response:
        guide = self._service.shelf.guide(request.query_params.get("index"))
        listed = await self._service.documents(str(request.base_url), guide)
        return json_response(versioned(listed))

    async def document(self, request: Request) -> Response:
        guide = self._service.shelf.guide(request.query_params.get("index"))
        source = find_source(guide, request.path_params["name"])
        page = request.query_params.get("page")
        if page is not None or not is_pdf(source):
            return PlainTextResponse(
                await self._service.desk.run(lambda: text_of(guide, source.name, page))
            )
        path = await self._service.desk.run(lambda: unchanged_file(source))
        return FileResponse(path, media_type="application/pdf", content_disposition_type="inline")


def require_supported(asked: ChatRequest) -> None:
    """Refuse what would be ignored against the client's will.

    Raises:
        ServeFault: several answers, or answers in JSON, are asked for.
    """
    if asked.n not in (None, 1):
        raise ServeFault(400, "ragguide gives one answer; set n to 1.", code="unsupported")
    kind = (asked.response_format or {}).get("type", "text")
    if kind != "text":
        raise ServeFault(
            400,
            f"ragguide answers in text, not in {str(kind)[:40]!r}. Remove response_format.",
            code="unsupported",
        )


async def last_of(events: AsyncIterator[Found | Piece | Answer]) -> Answer:
    *_, last = [event async for event in events]
    assert isinstance(last, Answer)
    return last


async def begun(request: Request, events: AsyncGenerator[_T]) -> tuple[_T, AsyncGenerator[_T]]:
    """Wait for the first event, whose error has a status of its own; return it, and all events."""
    first = await unless_gone(request.receive, anext(events))

    async def all_events() -> AsyncGenerator[_T]:
        async with aclosing(events):
            yield first
            async for each in events:
                yield each

    return first, all_events()


def make_app(service: Service, rules: DoorRules) -> "ASGIApp":
    """Return the application; `rules` say who may come in."""
    agents = AgentEndpoint(service)
    routes = [
        *PageFiles().routes(),
        *Endpoints(service).routes(),
        Route("/mcp", agents, methods=["POST"]),  # a GET would wait for nothing, forever
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        refreshing = asyncio.create_task(service.shelf.stay_current())
        async with agents.running():
            yield
        refreshing.cancel()

    async def show_metrics(_: Request) -> Response:
        queues = {"searches": service.desk.searches, "answers": service.desk.answers}
        text = metrics.text(
            {name: queue.n_pending for name, queue in queues.items()},
            {guide.settings.index: guide.manifest.generation for guide in service.shelf},
        )
        return Response(text, headers={"Content-Type": TYPE})

    routes.append(Route("/metrics", show_metrics))
    paths = sorted(route.path for route in routes if "{" not in route.path)
    metrics = Metrics(frozenset(paths))

    async def on_fault(_: Request, exc: Exception) -> Response:
        return fault_response(fault_of(exc, service.hide))

    async def on_http_fault(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        code = "not_found" if exc.status_code == 404 else "invalid_request"
        message = f"{exc.detail}. This server has {', '.join(paths)}."
        return fault_response(ServeFault(exc.status_code, message, code=code, headers=exc.headers))

    return Starlette(
        routes=routes,
        middleware=[Middleware(Door, rules=rules, metrics=metrics)],
        exception_handlers={
            HTTPException: on_http_fault,
            ServeFault: on_fault,
            RagguideError: on_fault,
            Exception: on_fault,  # starlette raises it again, for the log
        },
        lifespan=lifespan,
    )
