"""Bodies of requests in, checked values out."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from ragguide.serve.faults import ServeFault
from ragguide.types import Filter, TextKind

TopK = Annotated[int, msgspec.Meta(ge=1, le=100)]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]

_T = TypeVar("_T")


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `/search` and the tool `search` take."""

    question: Text
    index: str | None = None
    top_k: TopK | None = None
    filter: Filter | None = None
    explain: bool = False


class QueryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `/query` and the tool `query` take."""

    question: Text
    index: str | None = None
    top_k: TopK | None = None
    filter: Filter | None = None
    quotes_only: bool = False
    strict: bool = False


class StreamedQuery(QueryRequest, frozen=True, kw_only=True):
    """What `/query` takes over HTTP; with `stream` the quotes come before the answer."""

    stream: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a message; only text can be read."""

    type: str
    text: Text = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | Annotated[list[Part], msgspec.Meta(max_length=100)] | None = None

    @property
    def text(self) -> str:
        """The text of all parts."""
        if isinstance(self.content, str) or self.content is None:
            return self.content or ""
        if other := next((part.type for part in self.content if part.type != "text"), None):
            raise ServeFault(
                400,
                f"a message has a part of type {other[:40]!r}. ragguide reads text only.",
                code="unsupported_content",
            )
        return "\n".join(part.text for part in self.content)


class ChatExtras(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ragguide's own options of a chat completion."""

    filter: Filter | None = None
    quotes_only: bool = False
    strict: bool = False


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    include_usage: bool = False


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What `/v1/chat/completions` takes. Clients send many more fields, which are ignored."""

    model: str
    messages: Annotated[list[Message], msgspec.Meta(min_length=1, max_length=500)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1
    response_format: dict[str, Any] | None = None
    ragguide: ChatExtras = ChatExtras()

    @property
    def questions(self) -> list[str]:
        """The user's messages; the last one is the question.

        Raises:
            ServeFault: there is none, or the last message is not the user's.
        """
        turns = [message for message in self.messages if message.role in ("user", "assistant")]
        if not turns or turns[-1].role != "user":
            raise ServeFault(
                400, "the last message must be the user's question.", code="no_question"
            )
        return [message.text for message in turns if message.role == "user"]


class EmbeddingExtras(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: TextKind = "passage"


class EmbeddingsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What `/v1/embeddings` takes."""

    model: str
    input: Text | Annotated[list[Text], msgspec.Meta(min_length=1, max_length=256)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    ragguide: EmbeddingExtras = EmbeddingExtras()

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


def read_body(body: bytes, kind: type[_T]) -> _T:
    """Parse a request's JSON.

    Raises:
        ServeFault: it is no JSON, or has other fields or types.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        raise ServeFault(400, f"the request is invalid: {exc}", code="invalid_request") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise ServeFault(400, f"the body is not JSON: {exc}", code="invalid_json") from None


def read_fields(fields: object, kind: type[_T]) -> _T:
    """Check fields that were parsed already. Raises as `read_body`."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as exc:
        raise ServeFault(400, f"the request is invalid: {exc}", code="invalid_request") from None
