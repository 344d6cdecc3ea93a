"""Names in, the files of the page at `/` out: its HTML, style and scripts, and those of pdf.js.

`limits.js` is written here, so that the page shows as much of an answer as the terminal.
"""

from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragguide.fields import MOST_NEAREST, MOST_STATEMENTS
from ragguide.serve.faults import ServeFault

PREFIX = "/page/"  # of all files but the HTML
LIMITS = "limits.js"
_FOLDER = Path(__file__).parent
_TYPES = {  # not from the system's table, which a Windows registry may spoil
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".bcmap": "application/octet-stream",
    ".pfb": "application/octet-stream",
    ".ttf": "font/ttf",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # pdf.js decodes scanned pages by WebAssembly
        "style-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # the browser refuses to read any text as HTML
        "trusted-types ragguide",
    )
)


class PageFiles:
    """The page and its files. They contain nothing of the documents, so they need no token."""

    def __init__(self) -> None:
        self._files = {
            path.relative_to(_FOLDER / folder).as_posix(): path
            for folder in ("web", "pdfjs")
            for path in sorted((_FOLDER / folder).rglob("*"))
            if path.suffix in _TYPES
        }
        limits = {"MOST_NEAREST": MOST_NEAREST, "MOST_STATEMENTS": MOST_STATEMENTS}
        lines = (f"export const {name} = {number};\n" for name, number in limits.items())
        self._limits = "".join(lines).encode()

    def routes(self) -> list[Route]:
        return [Route("/", self.page), Route(PREFIX + "{name:path}", self.file)]

    async def page(self, request: Request) -> Response:
        return self._response(request, "index.html")

    async def file(self, request: Request) -> Response:
        return self._response(request, request.path_params["name"])

    def _response(self, request: Request, name: str) -> Response:
        path = self._files.get(name)
        if path is not None:
            content = path.read_bytes()
        elif name == LIMITS:
            content = self._limits
        else:
            raise ServeFault(404, f"the page has no file {name[:80]!r}.", code="not_found")
        headers = {
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-cache",  # a browser keeps a file, and asks whether it has changed
            "ETag": f'"{sha256(content).hexdigest()[:32]}"',
        }
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])
