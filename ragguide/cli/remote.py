"""The address of a `ragguide serve` in, its answers and passages out, ready to be printed."""

import os
from collections.abc import Collection, Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from ragguide.base.urls import split_http
from ragguide.errors import ModelError, NoRemoteIndex, RagguideError, ServerError, UsageError
from ragguide.types import Answer, Chunk, Citation, Confidence, Filter, Found, Hit, Why

TOKEN = "RAGGUIDE_TOKEN"  # noqa: S105  the name of the variable
CONNECT_S = 10.0
ANSWER_S = 180.0  # more than a server lets an answer take
_EVENT = b"data: "
_DONE = b"[DONE]"
_NO_REASON = Why(
    cosine=0.0,
    cosine_rank=0,
    statement_cosine=0.0,
    keyword_score=0.0,
    keyword_rank=None,
    matched=(),
)


class RemoteSource(NamedTuple):
    """A document of a server; its path is a URL."""

    name: str
    path: str


class RemoteChunk(Chunk, frozen=True, kw_only=True):
    """A passage as a server describes it."""

    place: str

    @property
    def locator(self) -> str:
        return self.place


class _RemoteHit(msgspec.Struct):
    rank: int
    score: float
    confidence: Confidence
    document: str
    page_first: int
    page_last: int
    page_label: str
    locator: str
    section: str
    text: str
    copies: tuple[str, ...]
    rerank_score: float | None = None
    why: Why = _NO_REASON


class RemoteGuide:
    """A guide that a server answers from. It prints as an open one does."""

    def __init__(self, address: str, *, index: str | None, top_k: int | None) -> None:
        """Connect to a server.

        Raises:
            UsageError: the address is no URL, or the server refuses the request.
            ServerError: the server cannot be reached.
        """
        parts = split_http(address if "://" in address else f"http://{address}")
        if parts is None:
            raise UsageError(
                f"--via {address!r} is not an address; use e.g. http://127.0.0.1:8765."
            )
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_S)
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self._asked = {
            name: value for name, value in {"index": index, "top_k": top_k}.items() if value
        }
        self._index = index or ""
        self.sources, self.stale = self._documents()
        self.fields: dict[str, Any] = {}  # of the last answer

    def stream(
        self,
        question: str,
        *,
        where: Filter | None,
        quotes_only: bool,
        strict: bool,
        deadline: None = None,  # noqa: ARG002  the server has its own
    ) -> Iterator[Found | Answer]:
        """Yield what `Guide.stream` yields, without the pieces of the answer's text."""
        request = self._asked | {
            "question": question,
            "filter": where,
            "quotes_only": quotes_only,
            "strict": strict,
            "stream": True,
        }
        for event in self._events(self._send("POST", "/query", request)):
            if "found" in event:
                yield found_of(event["found"])
            else:
                self.fields = event
                yield answer_of(event, stale=self.stale)

    def search(
        self, question: str, *, where: Filter | None, explain: bool
    ) -> tuple[dict[str, Any], list[Hit]]:
        """Return the fields of `search --json`, and the passages."""
        request = self._asked | {"question": question, "filter": where, "explain": explain}
        fields = self._json(self._send("POST", "/search", request))
        return fields, [hit_of(each) for each in fields["hits"]]

    # ── requests ────────────────────────────────────────────────────────────────────────────────

    def _documents(self) -> tuple[list[RemoteSource], list[str]]:
        """Return the documents, and what says that some of them have changed."""
        query = f"?index={quote(self._index)}" if self._index else ""
        listed = self._json(self._send("GET", f"/documents{query}"))
        sources = [
            RemoteSource(each["name"], each["url"].partition("#")[0])
            for each in listed["documents"]
        ]
        return sources, listed["warnings"]

    def _send(
        self, method: str, path: str, fields: Mapping[str, object] | None = None
    ) -> HTTPResponse:
        """Send a request; return its response if it succeeds.

        Raises:
            ServerError: the server cannot be reached.
            RagguideError: it refuses, with the exit code that the command itself would have.
        """
        headers = {"Connection": "close"}  # the next question may come when the server has hung up
        if fields is not None:
            headers["Content-Type"] = "application/json"
        if token := os.environ.get(TOKEN):
            headers["Authorization"] = f"Bearer {token}"
        body = msgspec.json.encode(fields) if fields is not None else None
        try:
            self._connection.connect()
            self._connection.sock.settimeout(ANSWER_S)
            self._connection.request(method, self._path + path, body, headers)
            response = self._connection.getresponse()
            if response.status != 200:
                with response:
                    raise self._fault(response.status, response.read())
        except (OSError, HTTPException, ValueError) as exc:
            raise self._unreachable(exc) from exc
        return response

    def _json(self, response: HTTPResponse) -> Any:
        try:
            with response:
                return msgspec.json.decode(response.read())
        except (OSError, HTTPException, msgspec.DecodeError) as exc:
            raise self._unreachable(exc) from exc

    def _events(self, response: HTTPResponse) -> Iterator[dict[str, Any]]:
        """Yield the JSON of server-sent events."""
        try:
            with response:
                while (line := response.readline()) and line.strip() != _EVENT + _DONE:
                    if not line.startswith(_EVENT):
                        continue
                    event = msgspec.json.decode(line.removeprefix(_EVENT))
                    if "error" in event:
                        raise fault_of(500, event["error"])
                    yield event
        except (OSError, HTTPException, msgspec.DecodeError) as exc:
            raise self._unreachable(exc) from exc

    def _fault(self, status: int, body: bytes) -> RagguideError:
        try:
            error = msgspec.json.decode(body)["error"]
            return fault_of(status, {name: str(error[name]) for name in ("message", "code")})
        except (msgspec.DecodeError, KeyError, TypeError):
            return ServerError(f"{self._address} is not a `ragguide serve`: it replied {status}.")

    def _unreachable(self, exc: Exception) -> ServerError:
        reason = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
        return ServerError(
            f"no answer from {self._address}: {reason}. Start the server: `ragguide serve`."
        )


def fault_of(status: int, error: Mapping[str, str]) -> RagguideError:
    """Turn a server's error into the one that the command itself would raise."""
    code, message = error["code"], error["message"]
    if code == "invalid_api_key":
        return UsageError(f"the server needs a valid token. Set it: `export {TOKEN}=…`.")
    if code == "model_not_found":
        return NoRemoteIndex(message)
    if code == "model_unusable":
        return ModelError(message)
    return UsageError(message) if status < 500 else ServerError(message)


# ── values ──────────────────────────────────────────────────────────────────────────────────────


def answer_of(fields: Mapping[str, Any], *, stale: Collection[str]) -> Answer:
    """Return an answer from its JSON; its passages lack what nobody prints.

    Warnings that sources have changed are printed once, not with each answer.
    """
    known = {name: fields[name] for name in Answer.__struct_fields__}
    known["warnings"] = [each for each in fields["warnings"] if each not in stale]
    known["quotes"] = [_citation(each) for each in fields["quotes"]]
    known["citations"] = [_citation(each) for each in fields["citations"]]
    known["hits"] = ()
    answer = msgspec.convert(known, Answer)
    return msgspec.structs.replace(answer, hits=tuple(map(hit_of, fields["hits"])))


def found_of(fields: Mapping[str, Any]) -> Found:
    quotes = msgspec.convert([_citation(each) for each in fields["quotes"]], tuple[Citation, ...])
    return Found(
        hits=(), quotes=quotes, refused=fields["refused"], chance=None, looked_for=(), absent=()
    )


def _citation(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in Citation.__struct_fields__}


def hit_of(fields: Mapping[str, Any]) -> Hit:
    """Return a passage from its JSON."""
    given = msgspec.convert(fields, _RemoteHit)
    chunk = RemoteChunk(
        id="",
        document=given.document,
        section=tuple(filter(None, [given.section])),
        text=given.text,
        text_sha="",
        statements=(),
        start=0,
        end=len(given.text),
        page_first=given.page_first,
        page_last=given.page_last,
        page_labels=(given.page_label,),
        page_breaks=(),
        place=given.locator,
    )
    return Hit(
        rank=given.rank,
        score=given.score,
        confidence=given.confidence,
        why=given.why,
        chunk=chunk,
        rows=(),
        copies=given.copies,
        rerank_score=given.rerank_score,
    )
