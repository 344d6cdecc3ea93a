"""A real web server on this machine, whose pages a test may change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Page(NamedTuple):
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    etag: str = ""
    last_modified: str = ""
    status: int = 200
    location: str = ""
    promised: int | None = None  # the length that is stated; None: the real one


class Site:
    """Pages by path; `asked` lists each request's path and status."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, int]] = []


@contextmanager
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = found.pages.get(self.path, Page(b"none", status=404))
            status = page.status
            if page.etag and self.headers.get("If-None-Match") == page.etag:
                status = 304
            if page.last_modified and self.headers.get("If-Modified-Since") == page.last_modified:
                status = 304
            found.asked.append((self.path, status))
            self.send_response(status)
            for name, value in (
                ("Content-Type", page.content_type), ("ETag", page.etag),
                ("Last-Modified", page.last_modified), ("Location", page.location),
            ):  # fmt: skip
                if value:
                    self.send_header(name, value)
            body = b"" if status == 304 else page.body
            n_bytes = len(body) if page.promised is None else page.promised
            self.send_header("Content-Length", str(n_bytes))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
