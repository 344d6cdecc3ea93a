"""Who may ask, how much, and what a reply must never contain."""

import json
import logging
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragguide import Guide, load_settings
from ragguide.errors import ModelError, UsageError
from ragguide.serve.door import DoorRules, is_loopback, read_tokens
from ragguide.serve.faults import INTERNAL
from ragguide.serve.run import ImpatientProtocol
from tests.cli.inside import ragguide
from tests.conftest import GUIDE_PDF
from tests.serve.serving import KENDRA, PATIENCE_S, make_services, running, wait_until

pytestmark = pytest.mark.model
TOKEN = "a-token-of-the-tests-1"
OTHER = "a-token-of-the-tests-2"


class Asker:
    """Sends requests with any headers."""

    def __init__(self, address: str) -> None:
        self.host, self.port = address.removeprefix("http://").split(":")

    def __call__(
        self, path: str, body: Any = None, *, method: str = "", **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Return status, headers in small letters, and the parsed JSON or the bytes."""
        connection = HTTPConnection(self.host, int(self.port), timeout=PATIENCE_S)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method or ("GET" if body is None else "POST"), path, data, named)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        found = {name.lower(): value for name, value in reply.getheaders()}
        is_json = found.get("content-type") == "application/json"
        return reply.status, found, json.loads(content) if is_json and content else content


@pytest.fixture(scope="module")
def own(
    tmp_path_factory: pytest.TempPathFactory,
    guide: Guide,  # noqa: ARG001, its vectors are in the cache, and its report says so
) -> tuple[Guide, Path]:
    """A guide whose sources may be changed, and their folder."""
    folder = tmp_path_factory.mktemp("secret-folder")
    shutil.copy(GUIDE_PDF, folder / "guide.pdf")
    (folder / "kiln.md").write_text("# Kiln\n\nThe kiln holds 12 trays.\n", "utf-8")
    options = load_settings({"indexes_dir": folder / "indexes"})
    Guide.ingest(folder / "guide.pdf", folder / "kiln.md", settings=options)
    return Guide.open(settings=options), folder


@pytest.fixture(scope="module")
def ask(own: tuple[Guide, Path]) -> Iterator[Asker]:
    rules = DoorRules(most_bytes=10_000)
    with running(make_services(own[0], quotes_only=True), rules) as (address, _):
        yield Asker(address)


def test_queries_and_searches_give_the_json_of_the_command_line(
    ask: Asker, own: tuple[Guide, Path]
) -> None:
    places = ("--indexes-dir", own[1] / "indexes", "--json", "--top-k", 2, KENDRA)
    for path, command in (("/query", ("query", "--quotes")), ("/search", ("search",))):
        status, _, fields = ask(path, {"question": KENDRA, "top_k": 2})
        assert status == 200
        shown = json.loads(ragguide(*command, *places).stdout)
        assert list(fields) == list(shown)
        for each in (fields, shown):
            each.pop("timings_s", None)
        assert fields == shown


def test_filters_are_those_of_the_python_api(ask: Asker) -> None:
    where = {"documents": ["kiln"]}
    _, _, fields = ask("/search", {"question": "how many trays", "filter": where, "explain": True})
    assert [hit["document"] for hit in fields["hits"]] == ["kiln"]
    assert fields["hits"][0]["why"]["matched"]
    status, _, fields = ask("/search", {"question": "trays", "filter": {"documents": ["x"]}})
    assert status == 400
    assert "no document matches the filter" in fields["error"]["message"]


def test_documents_are_listed_and_given_out_unchanged(ask: Asker) -> None:
    _, _, listed = ask("/documents")
    assert [each["name"] for each in listed["documents"]] == ["guide", "kiln"]
    assert [each["url"].partition("/documents/")[2] for each in listed["documents"]] == [
        "guide.pdf#page=1",
        "kiln",
    ]
    status, headers, content = ask("/documents/guide.pdf")
    assert (status, headers["content-type"]) == (200, "application/pdf")
    assert content == GUIDE_PDF.read_bytes()
    status, headers, content = ask("/documents/guide.pdf", Range="bytes=0-4")
    assert (status, content) == (206, b"%PDF-")
    assert headers["x-content-type-options"] == "nosniff"
    assert ask("/documents/kiln")[2] == b"Kiln\nThe kiln holds 12 trays."


def test_a_page_of_a_document_is_its_indexed_text(ask: Asker, own: tuple[Guide, Path]) -> None:
    document = own[0].documents()[0]
    third, fourth = document.page_starts[2:4]
    status, headers, content = ask("/documents/guide.pdf?page=3")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert content.decode() == document.text[third:fourth].strip()
    assert ask("/documents/kiln?page=1")[2] == b"Kiln\nThe kiln holds 12 trays."
    last = len(document.page_starts)
    for page in ("0", str(last + 1), "-1", "x", "9" * 20):
        status, _, fields = ask(f"/documents/guide.pdf?page={page}")
        assert (status, fields["error"]["code"]) == (404, "page_not_found")


def test_a_changed_file_is_not_given_out(ask: Asker, own: tuple[Guide, Path]) -> None:
    file = own[1] / "guide.pdf"
    content = file.read_bytes()
    for changed in (content + b"%", None):
        file.unlink()
        if changed is not None:
            file.write_bytes(changed)
        status, _, fields = ask("/documents/guide.pdf")
        assert status == 404
        assert "has changed since it was indexed" in fields["error"]["message"]
        _, _, answer = ask("/query", {"question": KENDRA})
        assert any("guide.pdf has" in warning for warning in answer["warnings"])
        assert str(own[1]) not in json.dumps(answer)
    file.write_bytes(content)
    assert ask("/documents/guide.pdf")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "[::1"])
def test_another_host_is_refused(ask: Asker, host: str) -> None:
    assert ask("/v1/models", Host=host)[0] == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "file://", "http://["]
)
def test_another_site_is_refused(ask: Asker, origin: str) -> None:
    status, _, fields = ask("/search", {"question": KENDRA}, Origin=origin)
    assert (status, fields["error"]["code"]) == (403, "wrong_origin")


def test_its_own_names_and_site_may_ask(ask: Asker) -> None:
    for host in (f"127.0.0.1:{ask.port}", "localhost", "[::1]:9"):
        assert ask("/v1/models", Host=host, Origin=f"http://{host}")[0] == 200


def test_off_loopback_addresses_and_given_names_are_hosts() -> None:
    from ragguide.serve.door import check_request

    rules = DoorRules(is_loopback=False, names=frozenset({"guide.example"}))
    for host, is_allowed in (("10.1.2.3:80", True), ("Guide.Example", True), ("other", False)):
        scope = {"type": "http", "path": "/", "headers": [(b"host", host.encode())]}
        if is_allowed:
            check_request(scope, rules)
        else:
            with pytest.raises(Exception, match="does not name this server"):
                check_request(scope, rules)
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0")] == [
        True,
        True,
        True,
        False,
    ]


def test_with_tokens_every_path_but_health_needs_one(guide: Guide) -> None:
    rules = DoorRules(tokens=read_tokens(f" {TOKEN},{OTHER} "))
    with running(make_services(guide, quotes_only=True), rules) as (address, _):
        ask = Asker(address)
        assert ask("/healthz")[0] == 200
        paths = ("/v1/models", "/documents", "/documents/guide.pdf", "/nowhere", "/mcp")
        for path in paths:
            for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}):
                status, found, fields = ask(path, **headers)
                assert (status, found["www-authenticate"]) == (401, "Bearer")
                assert fields["error"]["code"] == "invalid_api_key"
        for token in (TOKEN, OTHER):
            assert ask("/v1/models", Authorization=f"Bearer {token}")[0] == 200


@pytest.mark.parametrize("text", ["short", f"{TOKEN},word", "sixteen-chars-ü-x"])
def test_a_weak_token_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"16 or more printable ASCII"):
        read_tokens(text)
    assert read_tokens("") == {}


def test_a_token_has_the_groups_after_it() -> None:
    text = f"{TOKEN} hr board ,{OTHER},, {TOKEN}=+== crew"
    assert read_tokens(text) == {
        TOKEN: {"hr", "board"}, OTHER: frozenset(), f"{TOKEN}=+==": {"crew"},
    }  # fmt: skip
    with pytest.raises(UsageError, match="RAGGUIDE_TOKENS has a token twice, with other groups"):
        read_tokens(f"{TOKEN} hr,{TOKEN}")
    with pytest.raises(UsageError, match="RAGGUIDE_TOKENS: 'h=r' is not a valid group name"):
        read_tokens(f"{TOKEN} h=r")


def test_off_loopback_the_command_needs_a_token() -> None:
    ended = ragguide("serve", "--host", "0.0.0.0", "--port", 0)
    assert ended.returncode == 2
    assert "so a token is needed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = ragguide("serve", "--port", taken.getsockname()[1])
    assert ended.returncode == 2
    assert "Address already in use. Choose another --port" in ended.stderr


def test_large_bodies_are_refused(ask: Asker) -> None:
    status, _, fields = ask("/search", {"question": "x" * 10_000})
    assert (status, fields["error"]["code"]) == (413, "too_large")
    chunks = b"2710\r\n" + b"x" * 10_000 + b"\r\n5\r\nxxxxx\r\n0\r\n\r\n"
    head = b"POST /search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((ask.host, int(ask.port)), timeout=PATIENCE_S) as wire:
        wire.sendall(head + chunks)
        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_arrive_is_given_up(guide: Guide) -> None:
    rules = DoorRules(body_timeout_s=0.05)
    with running(make_services(guide, quotes_only=True), rules) as (address, _):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as wire:
            wire.sendall(b"POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            assert wire.recv(100).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: lo"])
def test_a_request_that_does_not_begin_is_given_up(
    begun: bytes, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(make_services(guide, quotes_only=True)) as (address, _):
        host, port = address.removeprefix("http://").split(":")
        place = (host, int(port))
        with socket.create_connection(place, timeout=PATIENCE_S) as kept:
            kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert kept.recv(9) == b"HTTP/1.1 "
            monkeypatch.setattr(ImpatientProtocol, "head_timeout_s", 0.05)
            assert rest_of(kept, begun).endswith(b'{"status":"ok"}')
        with socket.create_connection(place, timeout=PATIENCE_S) as new:
            assert rest_of(new, begun) == b""
        monkeypatch.undo()
        assert Asker(address)("/healthz")[0] == 200


def rest_of(wire: socket.socket, sent: bytes) -> bytes:
    """Send bytes, and return what comes until the server closes the connection."""
    found = b""
    with suppress(ConnectionError):  # it may be closed before they arrive
        wire.sendall(sent)
        while content := wire.recv(1000):
            found += content
    return found


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
@pytest.mark.parametrize("path", ["/documents/guide.pdf", "/v1/models", "/documents"])
def test_nothing_can_be_written(ask: Asker, method: str, path: str) -> None:
    status, headers, fields = ask(path, b"x", method=method)
    assert (status, {*headers["allow"].split(", ")}) == (405, {"GET", "HEAD"})
    told = fields["error"]["message"]
    assert told == f"{method} is not possible at this address. Use {headers['allow']}."


def test_an_unknown_address_names_the_known_ones(ask: Asker) -> None:
    status, _, fields = ask("/v1/completions", {})
    assert (status, fields["error"]["code"]) == (404, "not_found")
    assert fields["error"]["message"].startswith("no such address. This server has /, /documents, ")


OUTSIDE = """
    ../kiln.md ..%2fkiln.md %2e%2e/%2e%2e/etc/passwd /etc/passwd guide.pdf%00 %ff guide.pdf/
"""


@pytest.mark.parametrize("name", ["", "x" * 3000, *OUTSIDE.split()])
def test_no_name_leaves_the_documents(ask: Asker, name: str) -> None:
    status, _, fields = ask(f"/documents/{name}")
    assert status == 404
    assert fields["error"]["code"] == "document_not_found"


NAMES = """
    question index top_k filter model messages role content input stream method params jsonrpc id
"""
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner | st.just("user"), max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(body=st.binary(max_size=60) | BODIES)
def test_no_body_breaks_the_server(ask: Asker, own: tuple[Guide, Path], body: Any) -> None:
    for path in ("/search", "/query", "/v1/chat/completions", "/v1/embeddings", "/mcp"):
        sent = b"" if body is None else body
        status, _, reply = ask(
            path,
            sent,
            Content_Type="application/json",
            Accept="application/json, text/event-stream",
        )
        assert 200 <= status < 500
        shown = reply.decode() if isinstance(reply, bytes) else json.dumps(reply)
        assert "Traceback" not in shown
        assert str(own[1]) not in shown


def test_no_fault_names_a_folder_of_the_server(
    ask: Asker, own: tuple[Guide, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ModelError(f"{own[1] / 'indexes' / 'x.onnx'} cannot be read, nor {Path.home()}.")

    monkeypatch.setattr(Guide, "search", fail)
    status, _, fields = ask("/search", {"question": KENDRA})
    assert status == 503
    assert fields["error"]["message"] == f"x.onnx cannot be read, nor {Path.home().name}."


def test_a_bug_shows_no_details(
    ask: Asker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("an inner secret")

    monkeypatch.setattr(Guide, "search", fail)
    status, _, fields = ask("/search", {"question": KENDRA})
    assert (status, fields["error"]["message"]) == (500, INTERNAL)
    wait_until(lambda: "an inner secret" in caplog.text)
    monkeypatch.undo()
    assert ask("/search", {"question": KENDRA})[0] == 200


def test_the_log_has_no_question_unless_asked(
    guide: Guide, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ragguide")
    for log_questions in (False, True):
        caplog.clear()
        services = make_services(guide, quotes_only=True, log_questions=log_questions)
        with running(services) as (address, _):
            ask = Asker(address)
            ask("/search?q=herring", {"question": "herring sauce"})
            ask("/query", {"question": "herring sauce"})
        assert "POST /search 200" in caplog.text
        assert ("herring" in caplog.text) is log_questions


def test_metrics_count_requests_without_their_content(guide: Guide) -> None:
    with running(make_services(guide, quotes_only=True)) as (address, _):
        ask = Asker(address)
        for _ in range(2):
            ask("/search", {"question": "herring sauce"})
        ask("/documents/herring.pdf")
        status, headers, content = ask("/metrics")
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/plain")
    lines = content.decode().splitlines()
    assert 'ragguide_requests_total{path="/search",status="200"} 2' in lines
    assert 'ragguide_requests_total{path="other",status="404"} 1' in lines
    assert 'ragguide_pending{queue="answers"} 0' in lines
    assert 'ragguide_generation{index="default"} 1' in lines
    assert "herring" not in content.decode()


def test_the_list_of_models_is_what_it_was(ask: Asker, own: tuple[Guide, Path]) -> None:
    manifest = msgspec.json.encode(own[0].manifest).decode()
    assert str(own[1]) in manifest  # so the tests above can fail
    assert str(own[1]) not in json.dumps(ask("/v1/models")[2])
