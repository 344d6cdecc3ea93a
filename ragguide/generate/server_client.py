"""A server's address in, its responses out; every failure is a `ModelError` in one line.

http://127.0.0.1:8080/v1           a server with one model
http://127.0.0.1:8080/v1#MODEL     one of several models
"""

from collections.abc import Iterator
from http.client import HTTPException, HTTPMessage, HTTPResponse
from ipaddress import ip_address
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import msgspec

from ragguide.base.urls import split_http
from ragguide.errors import ModelError
from ragguide.generate.server_events import (
    Limit,
    StreamError,
    error_message,
    printable,
    read_texts,
)
from ragguide.generate.server_wait import items_until

MODELS_TIMEOUT_S = 10.0  # for the list of models
SILENCE_TIMEOUT_S = 180.0  # without a byte; a slow machine may take as long to read a prompt
_BODY_BYTES = 1 << 22  # of any response but a stream


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


class ServerClient:
    """Sends requests to one server that implements OpenAI's protocol."""

    def __init__(self, address: str, *, key: str | None) -> None:
        """Take the address, and a key that is sent as a bearer token and never shown.

        Raises:
            ModelError: the address is invalid.
        """
        self.url, self.model = _read_address(address)
        self._key = key
        # A proxy could not reach this machine's own servers; a redirect could lead anywhere.
        proxies = [ProxyHandler({})] if _is_loopback(self.url) else []
        self._opener = build_opener(_NoRedirects, *proxies)
        self.model = self.model or self._only_model()

    def stream(self, request: dict[str, object], until: float | None) -> Iterator[str | Limit]:
        """Yield the texts of an answer that arrive before `until`, as `read_texts` does.

        Raises:
            ModelError: the server cannot be reached, refuses, or breaks off.
        """
        return items_until(lambda: self._stream(request), until)

    def _stream(self, request: dict[str, object]) -> Iterator[str | Limit]:
        with self._open("/chat/completions", msgspec.json.encode(request)) as response:
            try:
                yield from read_texts(response)
            except StreamError as exc:
                self._fail(str(exc), exc)
            except TimeoutError as exc:
                self._unreachable(exc)

    def _only_model(self) -> str:
        """Ask for the models; return the name of the only one."""
        with self._open("/models") as response:
            body = self._read(response)
        try:
            names = [model.id for model in msgspec.json.decode(body, type=_Models).data]
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            self._fail("does not list its models as JSON. Is it an OpenAI-compatible server?", exc)
        if len(names) != 1:
            shown = ", ".join(map(printable, names[:8]))
            found = f"has {len(names)} models: {shown}" if names else "lists no model"
            self._fail(f"{found}. Name one: --llm {self.url}#MODEL")
        return names[0]

    def _open(self, path: str, body: bytes | None = None) -> HTTPResponse:
        headers = {"Accept": "application/json" if body is None else "text/event-stream"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        # `_read_address` allows http and https only.
        request = Request(self.url + path, body, headers)  # noqa: S310
        timeout_s = MODELS_TIMEOUT_S if body is None else SILENCE_TIMEOUT_S
        try:
            response: HTTPResponse = self._opener.open(request, timeout=timeout_s)
        except HTTPError as exc:
            with exc:
                self._refused(path, exc)
        except (OSError, HTTPException, ValueError) as exc:
            self._unreachable(exc)
        return response

    def _read(self, response: HTTPResponse) -> bytes:
        try:
            return response.read(_BODY_BYTES)
        except (OSError, HTTPException) as exc:
            self._unreachable(exc)

    # ── failures ────────────────────────────────────────────────────────────────────────────────

    def _refused(self, path: str, exc: HTTPError) -> NoReturn:
        if exc.code in (401, 403):
            why = "rejects RAGGUIDE_LLM_KEY" if self._key else "needs a key: set RAGGUIDE_LLM_KEY"
            self._fail(f"{why} (HTTP {exc.code}).", exc)
        if exc.code in (301, 302, 303, 307, 308):
            self._fail(
                f"redirects to {printable(exc.headers.get('Location', '?'))}. Redirects are not "
                "followed; if you trust that address, use it instead.",
                exc,
            )
        if exc.code == 404:  # servers also use this for an unknown model
            self._fail(
                f"has no {path}, or no model {self.model!r} (HTTP 404): {_reason(exc)}. "
                "Check the address: most end with /v1.",
                exc,
            )
        self._fail(f"answers HTTP {exc.code}: {_reason(exc)}.", exc)

    def _unreachable(self, exc: Exception) -> NoReturn:
        reason = exc.reason if isinstance(exc, URLError) else exc
        if isinstance(reason, TimeoutError):
            self._fail("did not respond in time. Is it busy? Ask again.", exc)
        text = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
        self._fail(f"cannot be reached: {printable(str(text) or type(reason).__name__)}.", exc)

    def _fail(self, what: str, cause: Exception | None = None) -> NoReturn:
        raise ModelError(f"the server {self.url} {what}") from cause


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self,
        req: Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        """Follow none: the redirect itself becomes an `HTTPError`."""
        return


def _read_address(address: str) -> tuple[str, str]:
    """Return the base address without a trailing slash, and the model; "" if none is named."""
    url, _, model = address.partition("#")
    parts = split_http(url)
    if parts is None or not url.isascii():
        raise ModelError(
            f"{printable(url)!r} is not the address of a server. Use one like http://HOST/v1."
        )
    if parts.username or parts.password or parts.query:
        raise ModelError(
            f"the address of the server {parts.hostname} is shown in answers, so it must not "
            "contain a name, password or query. Put the key into RAGGUIDE_LLM_KEY."
        )
    return url.rstrip("/"), model


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(exc: HTTPError) -> str:
    """The server's error message, or the name of the HTTP status."""
    try:
        message = error_message(exc.read(_BODY_BYTES))
    except (OSError, HTTPException):
        message = ""
    return message.rstrip(".") or printable(str(exc.reason))
