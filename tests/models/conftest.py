"""Fixtures: a catalogue entry, an empty package index for pip, and a small hub."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from ragguide.models.catalogue import CATALOGUE, GeneratorSpec


@pytest.fixture
def catalogued(monkeypatch: pytest.MonkeyPatch) -> Callable[[GeneratorSpec], GeneratorSpec]:
    def enter(spec: GeneratorSpec) -> GeneratorSpec:
        monkeypatch.setitem(CATALOGUE, spec.name, spec)
        return spec

    return enter


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the only package index that pip can see."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # discard: nothing listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    return folder


class HubHandler(BaseHTTPRequestHandler):
    """Answers what a hub answers about a file: its headers, its model card, its bytes.

    Like the hub it states size and sha256 in headers of its own, and redirects downloads to a host
    of another name.
    """

    files: ClassVar[dict[str, bytes]]  # OWNER/REPO/FILE → its bytes
    stated: ClassVar[dict[str, str]]  # the same → a wrong sha256 to state
    cards: ClassVar[dict[str, dict[str, object]]]  # OWNER/REPO → metadata of its card
    refused: ClassVar[dict[str, tuple[int, str]]]  # OWNER/REPO → status, X-Error-Code
    asked: ClassVar[list[str]]
    tokens: ClassVar[list[str]]  # that the other host received
    cut_after: ClassVar[int | None]  # bytes of an answer, after which the hub disappears
    n_sent: ClassVar[int]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        repo = "/".join(self.path.removeprefix("/api/models").removeprefix("/cdn").split("/")[1:3])
        if repo in self.refused:
            status, code = self.refused[repo]
            self._send(status, {"X-Error-Code": code})
        elif self.path.startswith("/api/models/"):
            card = {"id": repo, "cardData": self.cards.get(repo, {})}
            self._send(200, {"Content-Type": "application/json"}, msgspec.json.encode(card))
        elif self.path.startswith("/cdn/"):
            self._send_bytes(self.files[self.path.removeprefix("/cdn/")])
        else:
            self._point(self.path[1:].replace("/resolve/main/", "/"))

    def _point(self, name: str) -> None:
        content = self.files.get(name)
        if content is None:
            self._send(404, {"X-Error-Code": "EntryNotFound"})
            return
        sha256 = self.stated.get(name) or hashlib.sha256(content).hexdigest()
        port = self.server.server_address[1]
        headers = {
            "Location": f"http://localhost:{port}/cdn/{name}",
            "X-Linked-Etag": f'"{sha256}"',
            "X-Linked-Size": str(len(content)),
            "X-Repo-Commit": "0" * 40,
        }
        self._send(302, headers)

    def _send_bytes(self, content: bytes) -> None:
        if self.cut_after == 0:
            self._send(503, {})
            return
        self.tokens.append(self.headers.get("Authorization", ""))
        start = int(re.sub(r"\D", "", self.headers.get("Range", "")) or 0)
        headers = {"Content-Length": str(len(content) - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        sent = content[start:][: self.cut_after]
        type(self).n_sent += len(sent)
        if self.cut_after is not None:
            type(self).cut_after = 0
        self._send(206 if start else 200, headers, sent)

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[HubHandler]]:
    class Handler(HubHandler):
        pass

    Handler.files, Handler.stated, Handler.cards, Handler.refused = {}, {}, {}, {}
    Handler.asked, Handler.tokens, Handler.cut_after, Handler.n_sent = [], [], None, 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HOME", str(index.parent / "hf_home"))
        yield Handler
        server.shutdown()
