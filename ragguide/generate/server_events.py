"""A stream of server-sent events in, the texts of an answer out."""

import re
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

import msgspec

_LINE_BYTES = 1 << 20  # of a stream; a piece of text is a few hundred
_MAX_SHOWN = 160  # characters of a server's error message
# llama.cpp's server ends a stream like this if the prompt is too long.
_BROKE_OFF = (
    "broke off in mid-answer. See the server's log, then ask again, or with fewer --context-tokens."
)
_AT_LIMIT = ("length", "max_tokens")
_NO_ERROR = (b"", b"null", b"false", b"{}", b'""')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class StreamError(Exception):
    """A server failed while it answered. The message completes "the server URL …"."""


class _Part(msgspec.Struct):
    type: str = "text"  # others are reasoning
    text: str = ""


class _Delta(msgspec.Struct):
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None  # some servers send "" until the end


class _Event(msgspec.Struct):
    choices: list[_Choice] | None = None
    error: msgspec.Raw = msgspec.Raw()


class Limit(msgspec.Struct, frozen=True):
    """Comes after an answer that the server cut at the number of tokens that it may have."""


def read_texts(response: HTTPResponse) -> Iterator[str | Limit]:
    """Yield the texts of an answer until the model is done; "" for an event without text.

    Raises:
        StreamError: the response is no stream of events, contains an error, or breaks off.
        TimeoutError: the server sends nothing for too long.
    """
    kind = response.headers.get_content_type()
    if kind != "text/event-stream":
        raise StreamError(f"answers with {printable(kind)}, not with a stream of events.")
    for data in _read_data(response):
        if data == b"[DONE]":
            return
        choices = (_parse(data).choices or []) if data else []
        if not choices:
            yield ""
        for choice in choices[:1]:
            text = choice.delta.text if choice.delta else ""
            yield _CONTROL.sub("", text)  # it could control the terminal
            if choice.finish_reason in _AT_LIMIT:
                yield Limit()
            if choice.finish_reason:
                return


def _read_data(response: HTTPResponse) -> Iterator[bytes]:
    """Yield the data of each event, without end; b"" for a comment that keeps a connection."""
    while True:
        try:
            line = response.readline(_LINE_BYTES)
        except TimeoutError:
            raise
        except (OSError, HTTPException) as exc:
            raise StreamError(_BROKE_OFF) from exc
        if not line:
            raise StreamError(_BROKE_OFF)
        yield line[5:].strip() if line.startswith(b"data:") else b""


def _parse(data: bytes) -> _Event:
    try:
        event = msgspec.json.decode(data, type=_Event)
    except msgspec.ValidationError as exc:
        raise StreamError(f"sent an event of an unknown form: {_start(data)}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise StreamError(f"sent invalid JSON: {_start(data)}") from exc
    if bytes(event.error) not in _NO_ERROR:
        raise StreamError(f"failed while answering: {error_message(data)}")
    return event


def _start(data: bytes) -> str:
    return printable(data.decode("utf-8", "replace"))


def error_message(body: bytes) -> str:
    """Return the message in an error's JSON, in one line; "" if it contains none."""
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    for key in ("error", "message"):
        if isinstance(found, dict):
            found = found.get(key) or found.get("detail") or ""
    return printable(found if isinstance(found, str) else msgspec.json.encode(found).decode())


def printable(text: str) -> str:
    """Shorten a server's text to one line without control characters."""
    return "".join(c if c.isprintable() else " " for c in text[:_MAX_SHOWN]).strip()
