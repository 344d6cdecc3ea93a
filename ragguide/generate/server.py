"""Prompt pieces in, a stream of text out, by a server that speaks OpenAI's protocol.

    http://127.0.0.1:8080/v1           the one model that the server has
    http://127.0.0.1:8080/v1#MODEL     one of several

The server's template and tokenizer are its own. So tokens are estimated, and what looks like a
special token is broken up before it leaves, in every piece: `<|im_end|>` becomes `< |im_end|>`. No
template's real special tokens are known here, so one of another shape would not be broken.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException, HTTPMessage, HTTPResponse
from ipaddress import ip_address
from itertools import islice
from typing import IO, Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import msgspec

from ragguide.errors import ModelError

MODELS_TIMEOUT_S = 10.0  # for the list of models
SILENCE_TIMEOUT_S = 180.0  # between two signs of life; a slow machine reads a prompt for so long
_LINE_BYTES = 1 << 20  # of a stream; a piece of text is a few hundred
_BODY_BYTES = 1 << 22  # of any other answer
# llama.cpp's does so when a prompt is too long for it.
_BROKEN = "broke off in mid-answer. Its log may say why; ask again, or with fewer --context-tokens."
_REASON_CHARS = 160  # of what a server says of an error

# A piece of some tokens' length: 1.11 as many as Qwen's tokenizer makes of English prose, 1.08 of
# SmolLM2's; in 19 of 20 sentences at least .85 as many. A character outside of ASCII counts whole.
_PIECE = re.compile(r"\s*(?:[A-Za-z_]{1,6}|[0-9]{1,2}|\S)|\s+")
_SPECIAL = re.compile(r"<(?=[^\s<>]{1,40}>)|\[(?=/?[A-Z_]{2,30}\])")  # <|…|>, </s>, [INST], <<SYS>>
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TURN = 0  # begins a message; a piece is 256 at least


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    finish_reason: str | None = None


class _Event(msgspec.Struct):
    choices: list[_Choice] = []
    error: msgspec.Raw = msgspec.Raw()


class ServerGenerator:
    """A model behind `/chat/completions`, asked for its greedy continuation.

    A prompt's tokens are estimates: pieces of text as numbers, from which the messages are read
    again. Whether the same prompt gives the same text is the server's affair.
    """

    def __init__(self, address: str, *, key: str | None = None, seed: int = 0) -> None:
        """Take a server's address, and ask it for its model unless one is named.

        Args:
            address: as in the module's docstring.
            key: sent as a bearer token, nowhere shown.
            seed: for servers that heed it.

        Raises:
            ModelError: the address is none, the server cannot be reached, or names no model or
                several.
        """
        self._url, self._model = _read_address(address)
        self._key = key
        self._seed = seed
        # What is on this machine is not asked of a proxy; a redirect could lead anywhere.
        proxies = [ProxyHandler({})] if _is_loopback(self._url) else []
        self._opener = build_opener(_NoRedirects, *proxies)
        self._model = self._model or self._only_model()
        self.name = f"{self._url}#{_printable(self._model)}"

    n_weights = None  # no server says

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        """Estimate the tokens of one exchange; the server puts it in its model's template.

        `user` holds (trusted, text) pieces. What looks like a special token is broken up in all.
        The answer's beginning ends the user's turn, so that the model goes on from there.
        """
        asked = " ".join(filter(None, ("".join(text for _, text in user), beginning)))
        return *(_TURN, *_encode(system)), *(_TURN, *_encode(asked)), _TURN

    def count_tokens(self, text: str) -> int:
        """Estimate the length of `text` in tokens."""
        return len(_PIECE.findall(text))

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,  # noqa: ARG002
        favours: Mapping[str, float] | None = None,  # noqa: ARG002
    ) -> Iterator[str]:
        """Yield the continuation piece by piece, as the server sends it.

        It ends `until` then at the latest, unless a piece is under way. What is reused of earlier
        prompts is the server's affair, and no server can be made to begin with one of some texts.

        Raises:
            ModelError: the server cannot be reached, refuses, or breaks off.
        """
        if max_tokens < 1:
            return
        system, user = _decode(tokens)
        request = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "max_tokens": max_tokens,
            "temperature": 0,
            "seed": self._seed,
            "stream": True,
        }
        try:
            yield from islice(self._stream(request, until), max_tokens)
        except ModelError:
            if until is None or time.monotonic() < until:
                raise

    def _stream(self, request: dict[str, object], until: float | None) -> Iterator[str]:
        with self._open("/chat/completions", msgspec.json.encode(request), until) as response:
            for text in self._read_stream(response):
                yield text
                if until is not None and time.monotonic() >= until:
                    return

    def _only_model(self) -> str:
        with self._open("/models") as response:
            body = self._read(response)
        try:
            names = [model.id for model in msgspec.json.decode(body, type=_Models).data]
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            self._fail("does not list its models as JSON. Is it an OpenAI-compatible server?", exc)
        if len(names) != 1:
            shown = ", ".join(map(_printable, names[:8]))
            told = f"has {len(names)} models: {shown}" if names else "names no model"
            self._fail(f"{told}. Name one: --llm {self._url}#MODEL")
        return names[0]

    def _open(
        self, path: str, body: bytes | None = None, until: float | None = None
    ) -> HTTPResponse:
        headers = {"Accept": "application/json" if body is None else "text/event-stream"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        # Only http and https come here: `_read_address`
        request = Request(self._url + path, body, headers)  # noqa: S310
        timeout_s = MODELS_TIMEOUT_S if body is None else SILENCE_TIMEOUT_S
        if until is not None:
            timeout_s = max(min(timeout_s, until - time.monotonic()), 0.001)
        try:
            response: HTTPResponse = self._opener.open(request, timeout=timeout_s)
        except HTTPError as exc:
            with exc:
                self._refused(path, exc)
        except (OSError, HTTPException, ValueError) as exc:
            self._unreachable(exc)
        return response

    def _refused(self, path: str, exc: HTTPError) -> NoReturn:
        if exc.code in (401, 403):
            why = "refuses RAGGUIDE_LLM_KEY" if self._key else "asks for a key: RAGGUIDE_LLM_KEY"
            self._fail(f"{why} (HTTP {exc.code}).", exc)
        if exc.code in (301, 302, 303, 307, 308):
            self._fail(
                f"redirects to {_printable(exc.headers.get('Location', '?'))}, which is not "
                "followed. Give that address if you trust it.",
                exc,
            )
        if exc.code == 404:  # also what a server says to a model that it does not have
            self._fail(
                f"knows no {path}, or no model {self._model!r} (HTTP 404): {self._reason(exc)}. "
                "Its address mostly ends with /v1.",
                exc,
            )
        self._fail(f"answers HTTP {exc.code}: {self._reason(exc)}.", exc)

    def _reason(self, exc: HTTPError) -> str:
        """What the server says of its error, or the name of its code."""
        try:
            said = _message(exc.read(_BODY_BYTES))
        except (OSError, HTTPException):
            said = ""
        return said.rstrip(".") or _printable(str(exc.reason))

    def _read(self, response: HTTPResponse) -> bytes:
        try:
            return response.read(_BODY_BYTES)
        except (OSError, HTTPException) as exc:
            self._unreachable(exc)

    def _read_stream(self, response: HTTPResponse) -> Iterator[str]:
        """Yield the texts of server-sent events until the model is done."""
        kind = response.headers.get_content_type()
        if kind != "text/event-stream":
            self._fail(f"answers with {_printable(kind)}, not with a stream of events.")
        is_done = False
        while not is_done:
            try:
                line = response.readline(_LINE_BYTES)
            except TimeoutError as exc:
                self._unreachable(exc)
            except (OSError, HTTPException) as exc:
                self._fail(_BROKEN, exc)
            if not line:
                self._fail(_BROKEN)
            if not line.startswith(b"data:"):  # a comment, or the blank line between events
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            try:
                event = msgspec.json.decode(data, type=_Event)
            except (msgspec.DecodeError, UnicodeDecodeError) as exc:
                self._fail(f"sends what is no JSON: {_printable(data.decode('latin-1'))}", exc)
            if bytes(event.error) not in (b"", b"null"):
                self._fail(f"failed while answering: {_message(data)}")
            for choice in event.choices[:1]:
                if choice.delta.content:
                    yield _plain(choice.delta.content)
                is_done = choice.finish_reason is not None

    def _unreachable(self, exc: Exception) -> NoReturn:
        reason = exc.reason if isinstance(exc, URLError) else exc
        if isinstance(reason, TimeoutError):
            self._fail("gave no sign of life in time. Is it busy? Ask again.", exc)
        told = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
        self._fail(f"cannot be reached: {_printable(str(told) or type(reason).__name__)}.", exc)

    def _fail(self, what: str, cause: Exception | None = None) -> NoReturn:
        raise ModelError(f"the server {self._url} {what}") from cause


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
        """Follow none: the answer stays the redirect, which is an error."""
        return


def _read_address(address: str) -> tuple[str, str]:
    """Return the base address without a slash at its end, and the model; "" if none is named."""
    url, _, model = address.partition("#")
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or not url.isascii() or not url.isprintable() or " " in url:
        raise ModelError(f"{_printable(url)!r} is no address of a server. Such as http://HOST/v1.")
    if parts.username or parts.password or parts.query:
        raise ModelError(
            f"the address of a server, here {parts.hostname}, takes no name, password or query, "
            "since it is shown. Put the key into RAGGUIDE_LLM_KEY."
        )
    return url.rstrip("/"), model


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _encode(text: str) -> Iterator[int]:
    """Numbers of a text's pieces; a one in front keeps them apart from `_TURN`."""
    for piece in _PIECE.findall(_SPECIAL.sub(r"\g<0> ", text)):
        yield int.from_bytes(b"\x01" + piece.encode("utf-8", "replace"))


def _decode(tokens: Sequence[int]) -> tuple[str, str]:
    """The messages of the system and the user."""
    messages: list[bytes] = []
    for token in tokens:
        if token == _TURN:
            messages.append(b"")
        else:
            messages[-1] += token.to_bytes((token.bit_length() + 7) // 8)[1:]
    system, user, _ = messages
    return system.decode("utf-8"), user.decode("utf-8")


def _message(body: bytes) -> str:
    """What an error's JSON says, in one line; "" if it says nothing that is known."""
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    for key in ("error", "message"):
        if isinstance(found, dict):
            found = found.get(key) or found.get("detail") or ""
    return _printable(found if isinstance(found, str) else msgspec.json.encode(found).decode())


def _printable(text: str) -> str:
    """A server's words in one short line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in text[:_REASON_CHARS]).strip()


def _plain(text: str) -> str:
    """A piece of an answer, without characters that steer a terminal."""
    return _CONTROL.sub("", text)
