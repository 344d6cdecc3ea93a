"""Services in, their documents and pages as resources of agents out.

ragguide://INDEX/DOCUMENT           a document
ragguide://INDEX/DOCUMENT?page=N    one of its pages
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from mcp import MCPError
from mcp_types import (
    INVALID_PARAMS,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from ragguide.serve.door import READER
from ragguide.serve.faults import ServeFault, logged_fault
from ragguide.serve.links import SCHEME, address_of, find_source, text_of
from ragguide.serve.service import Service, Services

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext

TEMPLATE = f"{SCHEME}://{{index}}/{{document}}?page={{page}}"
MOST_LISTED = 100  # documents in one reply
MOST_TEXT = 200_000  # characters of a document in one reply
_TEXT = "text/plain"

_T = TypeVar("_T")


class Place(NamedTuple):
    """What a resource's address names."""

    index_name: str
    document: str
    page: str | None


def read_address(address: str) -> Place:
    """Parse a resource's address.

    Raises:
        ServeFault: it has another form.
    """
    try:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        parts, query = urlsplit(""), {}
    document = unquote(parts.path.removeprefix("/"))
    if parts.scheme != SCHEME or not parts.netloc or not document or set(query) - {"page"}:
        raise ServeFault(
            404, f"there is no resource {address[:80]!r}. Use {TEMPLATE}.", code="not_found"
        )
    return Place(unquote(parts.netloc), document, query.get("page"))


def read_cursor(cursor: str | None, n_documents: int) -> int:
    """Parse where a list goes on.

    Raises:
        ServeFault: no list has ended there.
    """
    if cursor is None:
        return 0
    start = int(cursor) if cursor.isdecimal() and len(cursor) < 9 else 0
    if not 0 < start < n_documents:
        raise ServeFault(400, f"the cursor {cursor[:20]!r} is unknown.", code="invalid_request")
    return start


class Resources:
    """The resources of services, in the form of the SDK's handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_documents(
        self, context: "ServerRequestContext[dict[str, Any]]", params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        service = reader_of(self._services, context)
        documents = [
            (guide.settings.index, source)
            for guide in service.shelf
            for source in guide.manifest.sources
        ]
        start = checked(
            service, lambda: read_cursor(params.cursor if params else None, len(documents))
        )
        end = start + MOST_LISTED
        resources = [
            Resource(
                name=source.name,
                title=source.title or source.name,
                uri=address_of(index, source.name),
                mime_type=_TEXT,
            )
            for index, source in documents[start:end]
        ]
        return ListResourcesResult(
            resources=resources, next_cursor=str(end) if end < len(documents) else None
        )

    async def list_templates(
        self, _: "ServerRequestContext[dict[str, Any]]", _params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        page = ResourceTemplate(
            name="page",
            title="A page of a document",
            description="The indexed text of a page, slide or sheet; pages count from 1.",
            uri_template=TEMPLATE,
            mime_type=_TEXT,
        )
        return ListResourceTemplatesResult(resource_templates=[page])

    async def read(
        self, context: "ServerRequestContext[dict[str, Any]]", params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        service = reader_of(self._services, context)

        def text() -> str:
            place = read_address(params.uri)
            guide = service.shelf.guide(place.index_name)
            return text_of(guide, find_source(guide, place.document).name, place.page)

        found = await service.desk.run(lambda: checked(service, text))
        content = TextResourceContents(uri=params.uri, mime_type=_TEXT, text=found[:MOST_TEXT])
        return ReadResourceResult(contents=[content])


def reader_of(services: Services, context: "ServerRequestContext[dict[str, Any]]") -> Service:
    """Return the service of the reader who asks; over stdio there is only one."""
    request = context.request
    return services.only if request is None else services.of(request.scope[READER])


def checked(service: Service, work: Callable[[], _T]) -> _T:
    """Do some work; turn its error into one that an agent can read."""
    try:
        return work()
    except Exception as exc:
        fault = logged_fault(exc, service.hide)
        raise MCPError(INVALID_PARAMS, fault.message) from exc
