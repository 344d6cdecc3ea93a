"""Services in, their HTTP endpoints as an ASGI application out."""

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
from ragguide.fields import versioned
from ragguide.guide import Guide
from ragguide.serve.agents import AgentEndpoint
from ragguide.serve.completions import Completion, embeddings_reply, model_fields
from ragguide.serve.door import READER, Door, DoorRules, fault_response, json_response, unless_gone
from ragguide.serve.faults import HiddenFolders, ServeFault, fault_of, logged_fault
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
from ragguide.serve.service import Service, Services
from ragguide.serve.shelf import Shelf
from ragguide.types import Answer, Found, Piece

if TYPE_CHECKING:
    from starlette.types import ASGIApp


_T = TypeVar("_T")


class Endpoints:
    """The HTTP endpoints of services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def _of(self, request: Request) -> Service:
        """Return the service of the reader who asks."""
        return self._services.of(request.scope[READER])

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
        return json_response(await unless_gone(request.receive, self._of(request).search(asked)))

    async def query(self, request: Request) -> Response:
        asked = read_body(await request.body(), StreamedQuery)
        if not asked.stream:
            return json_response(await unless_gone(request.receive, self._of(request).query(asked)))
        service = self._of(request)
        events = service.query_events(asked, shows_found=True)
        _, events = await begun(request, events)
        return StreamingResponse(as_events(events, service), media_type="text/event-stream")

    async def models(self, request: Request) -> Response:
        models = [model_fields(guide) for guide in self._of(request).shelf]
        return json_response({"object": "list", "data": models})

    async def model(self, request: Request) -> Response:
        guide = self._of(request).shelf.guide(request.path_params["name"])
        return json_response(model_fields(guide))

    async def embeddings(self, request: Request) -> Response:
        asked = read_body(await request.body(), EmbeddingsRequest)
        service = self._of(request)
        guide = embedding_guide(service.shelf, asked.model)
        vectors = await unless_gone(request.receive, service.embed(asked, guide))
        n_tokens = sum(len(text.split()) for text in asked.texts)
        return json_response(
            embeddings_reply(
                vectors,
                guide.manifest.embedder,
                encoding=asked.encoding_format,
                n_tokens=n_tokens,
            )
        )

    async def chat(self, request: Request) -> Response:
        asked = read_body(await request.body(), ChatRequest)
        require_supported(asked)
        service = self._of(request)
        guide = service.shelf.guide(asked.model)
        events = service.chat(asked, guide)
        completion = Completion(asked.model)
        links = service.links(str(request.base_url), guide)
        if not asked.stream:
            answer = await unless_gone(request.receive, last_of(events))
            fields = await service.fields_of(answer, guide)
            return json_response(completion.whole(answer, fields, links))
        first, events = await begun(request, events)
        found = await service.found_of(first, guide)
        options = asked.stream_options or StreamOptions()

        async def chunks() -> AsyncGenerator[dict[str, object]]:
            yield completion.first(found)
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Piece) and event.text:
                        yield completion.piece(event.text)
                    elif isinstance(event, Answer):
                        fields = await service.fields_of(event, guide)
                        for chunk in completion.last(
                            event, fields, links, include_usage=options.include_usage
                        ):
                            yield chunk

        return StreamingResponse(as_events(chunks(), service), media_type="text/event-stream")

    async def documents(self, request: Request) -> Response:
        service = self._of(request)
        guide = service.shelf.guide(request.query_params.get("index"))
        listed = await service.documents(str(request.base_url), guide)
        return json_response(versioned(listed))

    async def document(self, request: Request) -> Response:
        service = self._of(request)
        guide = service.shelf.guide(request.query_params.get("index"))
        source = find_source(guide, request.path_params["name"])
        page = request.query_params.get("page")
        if page is not None or not is_pdf(source):
            return PlainTextResponse(
                await service.desk.run(lambda: text_of(guide, source.name, page))
            )
        path = await service.desk.run(lambda: unchanged_file(source))
        return FileResponse(path, media_type="application/pdf", content_disposition_type="inline")


async def as_events(
    chunks: AsyncGenerator[dict[str, object]], service: Service
) -> AsyncIterator[bytes]:
    """Yield server-sent events; an error ends them in OpenAI's way."""
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                yield b"data: " + msgspec.json.encode(chunk) + b"\n\n"
    except Exception as exc:
        fault = logged_fault(exc, service.hide)
        yield b"data: " + msgspec.json.encode(fault.body) + b"\n\n"
    yield b"data: [DONE]\n\n"


def embedding_guide(shelf: Shelf, model: str) -> Guide:
    """Return the guide of an index, or one with this embedder."""
    return next(
        (guide for guide in shelf if guide.manifest.embedder == model), None
    ) or shelf.guide(model)


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


def make_app(services: Services, rules: DoorRules) -> "ASGIApp":
    """Return the application; `rules` say who may come in."""
    agents = AgentEndpoint(services)
    routes = [
        *PageFiles().routes(),
        *Endpoints(services).routes(),
        Route("/mcp", agents, methods=["POST"]),  # a GET would wait for nothing, forever
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        refreshing = asyncio.create_task(services.library.stay_current())
        async with agents.running():
            yield
        refreshing.cancel()

    async def show_metrics(_: Request) -> Response:
        queues = {"searches": services.desk.searches, "answers": services.desk.answers}
        text = metrics.text(
            {name: queue.n_pending for name, queue in queues.items()},
            {guide.settings.index: guide.manifest.generation for guide in services.library},
        )
        return Response(text, headers={"Content-Type": TYPE})

    routes.append(Route("/metrics", show_metrics))
    paths = sorted(route.path for route in routes if "{" not in route.path)
    metrics = Metrics(frozenset(paths))

    async def on_fault(request: Request, exc: Exception) -> Response:
        groups = request.scope.get(READER)
        hide = HiddenFolders(()) if groups is None else services.of(groups).hide
        return fault_response(fault_of(exc, hide))

    async def on_http_fault(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        status, headers = exc.status_code, exc.headers or {}
        code, message = "invalid_request", f"{exc.detail}."
        if status == 404:
            code, message = "not_found", f"no such address. This server has {', '.join(paths)}."
        elif allowed := headers.get("Allow"):
            message = f"{request.method[:20]} is not possible at this address. Use {allowed}."
        return fault_response(ServeFault(status, message, code=code, headers=headers))

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
