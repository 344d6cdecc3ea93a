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
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class StreamError(Exception):
    """A server failed while it answered. The message completes "the server URL …"."""


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    finish_reason: str | None = None


class _Event(msgspec.Struct):
    choices: list[_Choice] = []
    error: msgspec.Raw = msgspec.Raw()


def read_texts(response: HTTPResponse) -> Iterator[str]:
    """Yield the texts of an answer until the model is done.

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
        for choice in _parse(data).choices[:1]:
            if choice.delta.content:
                yield _CONTROL.sub("", choice.delta.content)  # it could control the terminal
            if choice.finish_reason is not None:
                return


def _read_data(response: HTTPResponse) -> Iterator[bytes]:
    """Yield the data of each event, without end."""
    while True:
        try:
            line = response.readline(_LINE_BYTES)
        except TimeoutError:
            raise
        except (OSError, HTTPException) as exc:
            raise StreamError(_BROKE_OFF) from exc
        if not line:
            raise StreamError(_BROKE_OFF)
        if line.startswith(b"data:"):  # others are comments, and blank lines between events
            yield line[5:].strip()


def _parse(data: bytes) -> _Event:
    try:
        event = msgspec.json.decode(data, type=_Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise StreamError(f"sent invalid JSON: {printable(data.decode('latin-1'))}") from exc
    if bytes(event.error) not in (b"", b"null"):
        raise StreamError(f"failed while answering: {error_message(data)}")
    return event


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
