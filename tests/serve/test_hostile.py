"""Bytes that are no proper request: each gets a status below 500 or a closed connection."""

import gzip
import json
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragguide import Guide
from ragguide.serve.door import DoorRules
from tests.serve.serving import PATIENCE_S, make_services, running
from tests.serve.test_safety import Asker, rest_of

pytestmark = pytest.mark.model
QUESTION = json.dumps({"question": "Where do spot instances run?"})
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "", "PO ST", "P\0")
PATHS = (
    *("/", "*", "", "//", "/search", "/query", "/documents", "/metrics", "/mcp", "/v1/models"),
    *("/v1/chat/completions", "/v1/embeddings", "http://evil.example/search", "search", "/\0"),
    *("/documents/../../etc/passwd", "/documents/..%2f..%2fetc%2fpasswd", "/documents/%00.pdf"),
    *("/documents/guide.pdf?page=-1", "/documents/guide.pdf?page=%ff", "/v1/models/..", "/%zz"),
    *("/page/../../pyproject.toml", "/page/%2e%2e/%2e%2e/guide.py", "/" + "a" * 70_000),
    "/search?index=../../default&index=x",
)
VERSIONS = ("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "http/1.1", "", "HTTP/1.1 x")
HEADERS = (
    *(
        "Host: localhost",
        "Host: evil.example",
        "Host:",
        "Host: localhost\r\n x",
        "host : localhost",
    ),
    *(
        "Content-Length: 5",
        "Content-Length: -1",
        "Content-Length: 1e3",
        "Content-Length: 9" + "9" * 30,
    ),
    *("Content-Length: 5, 5", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked"),
    *(
        "Transfer-Encoding: x",
        "Content-Encoding: gzip",
        "Content-Type: application/json; charset=utf-16",
    ),
    *("Content-Type: multipart/form-data", "Origin: null", "Origin: http://localhost@evil.example"),
    *("Authorization: Bearer \xff\xfe", "Authorization: Basic Og==", "Authorization: Bearer"),
    *("Expect: 100-continue", "Upgrade: websocket", "Connection: Upgrade", "Range: bytes=9-1,0-"),
    *("X-Forwarded-For: 127.0.0.1", "Mcp-Session-Id: ../x", "No colon", ": no name", "A\0: b"),
    *("Cookie: " + "c" * 70_000, "\r\n".join(f"X-{n}: y" for n in range(300)), "X: \udcff"),
)
BODIES = (
    *(b"", QUESTION.encode(), QUESTION.encode("utf-16"), gzip.compress(QUESTION.encode())),
    *(b"[" * 5000, b'{"question": ' * 2000, b'{"question": "\\ud800"}', b'{"question": "\xff"}'),
    *(b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\nhello", b"-5\r\nhello\r\n", b"\0" * 100, b"x" * 12_000),
    *(b'{"question": 1e999}', b'{"question": "x", "top_k": 1e400}', b'{"question": "\\u0000'),
)


@pytest.fixture(scope="module")
def ask(guide: Guide) -> Iterator[Asker]:
    rules = DoorRules(most_bytes=10_000, body_timeout_s=0.5)
    with running(make_services(guide, quotes_only=True), rules) as (address, _):
        yield Asker(address)


@pytest.fixture(scope="module", autouse=True)
def said(ask: Asker) -> Iterator[list[str]]:  # noqa: ARG001, it logs
    """What the server logs as an error."""
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    kept = Kept(logging.ERROR)
    for name in ("ragguide", "uvicorn.error"):
        logging.getLogger(name).addHandler(kept)
    yield found
    for name in ("ragguide", "uvicorn.error"):
        logging.getLogger(name).removeHandler(kept)
    assert found == []


@settings(max_examples=400)
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(PATHS),
    version=st.sampled_from(VERSIONS) | st.just("HTTP/1.1"),
    headers=st.lists(st.sampled_from(HEADERS) | st.just("Host: localhost"), max_size=4),
    body=st.sampled_from(BODIES) | st.binary(max_size=40),
)
def test_no_bytes_break_the_server(
    ask: Asker, method: str, path: str, version: str, headers: list[str], body: bytes
) -> None:
    head = "\r\n".join([" ".join((method, path, version)), *headers, "Connection: close", "", ""])
    sent = head.encode("utf-8", "surrogateescape") + body
    with socket.create_connection((ask.host, int(ask.port)), timeout=PATIENCE_S) as wire:
        reply = rest_of(wire, sent)
    if reply:
        found = re.match(rb"HTTP/1\.1 ([1-4]\d\d) ", reply)
        assert found, reply[:200]
    for secret in (b"Traceback", str(Path.home()).encode() + b"/", b"root:x:"):
        assert secret not in reply
    assert ask("/healthz")[0] == 200
