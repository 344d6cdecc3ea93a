"""Documents of an index in, their addresses on this server and their files out."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from ragguide.base.disk import sha256_of_file
from ragguide.guide import Guide
from ragguide.serve.faults import ServeFault
from ragguide.types import Document, SourceRecord, is_remote

SCHEME = "ragguide"  # of the addresses of MCP resources
NO_SERVER = f"{SCHEME}:"  # the base of a reply that does not come from an HTTP server


def address_of(index: str, document: str) -> str:
    """Return the address of a document as a resource of agents."""
    return f"{SCHEME}://{quote(index, safe='')}/{quote(document, safe='')}"


class Links:
    """Addresses of documents, for one reply."""

    def __init__(self, base: str, guide: Guide, *, is_default: bool) -> None:
        """Take the address of the server, such as "http://127.0.0.1:8765", and an index.

        With `NO_SERVER`, the addresses are those of resources.
        """
        self._base = base.rstrip("/")
        self._index = guide.settings.index
        self._query = "" if is_default else f"?index={quote(self._index)}"
        self._sources = {source.name: source for source in guide.manifest.sources}

    def to(self, document: str, page: int) -> str:
        """Return the address of a page."""
        source = self._sources[document]
        if self._base == NO_SERVER:
            anchor = "" if source.unit == "text" else f"?page={page}"
            return address_of(self._index, document) + anchor
        anchor = f"#page={page}" if is_pdf(source) else ""
        return f"{self._base}/documents/{quote(file_name(source))}{self._query}{anchor}"


def document_list(guide: Guide, links: Links, *, warnings: Sequence[str]) -> dict[str, object]:
    """The documents of an index, without their paths; `warnings` name those that changed."""
    return {
        "index": guide.index_name,
        "documents": [
            {
                "name": source.name,
                "title": source.title,
                "unit": source.unit,
                "n_pages": source.n_pages,
                "media_type": "application/pdf" if is_pdf(source) else "text/plain",
                "tags": source.tags,
                "url": links.to(source.name, 1),
            }
            for source in guide.manifest.sources
        ],
        "warnings": warnings,
    }


def document_of(guide: Guide, name: str) -> Document:
    """Return a document that the index has."""
    return next(document for document in guide.documents() if document.name == name)


def text_of(guide: Guide, name: str, page: str | None) -> str:
    """Return a document's cleaned text, or that of one page, which counts from 1.

    Raises:
        ServeFault: there is no such page.
    """
    document = document_of(guide, name)
    if page is None:
        return document.text
    number = page_number(document, page)
    return text_of_pages(document, number, number)


def page_number(document: Document, page: str) -> int:
    """Parse the number of a page.

    Raises:
        ServeFault: the document has no such page.
    """
    last = len(document.page_starts)
    number = int(page) if page.isdecimal() and len(page) < 9 else 0
    if not 1 <= number <= last:
        raise ServeFault(
            404, f"{document.name[:80]!r} has pages 1 to {last}.", code="page_not_found"
        )
    return number


def text_of_pages(document: Document, first: int, last: int) -> str:
    """Return the cleaned text of some pages, counted from 1."""
    starts = (*document.page_starts, len(document.text))
    return document.text[starts[first - 1] : starts[last]].strip()


def is_pdf(source: SourceRecord) -> bool:
    return source.path.lower().endswith(".pdf") and not is_remote(source.path)


def file_name(source: SourceRecord) -> str:
    """Return the name of a document in an address: a PDF's ends in `.pdf`."""
    has_ending = source.name.lower().endswith(".pdf") or not is_pdf(source)
    return source.name if has_ending else f"{source.name}.pdf"


def find_source(guide: Guide, name: str) -> SourceRecord:
    """Return the document of a name in an address.

    Raises:
        ServeFault: the index has no such document.
    """
    for source in guide.manifest.sources:
        if name in (file_name(source), source.name):
            return source
    raise ServeFault(
        404,
        f"the index {guide.settings.index!r} has no document {name[:80]!r}.",
        code="document_not_found",
    )


def unchanged_file(source: SourceRecord) -> Path:
    """Return a document's file if it has the bytes that were indexed.

    Raises:
        ServeFault: it has changed, or is gone.
    """
    path = Path(source.path)
    try:
        status = path.stat()
        sha256 = _sha256(source.path, status.st_size, status.st_mtime_ns, status.st_ino)
    except OSError:
        sha256 = ""
    if sha256 != source.sha256:
        raise ServeFault(
            404,
            f"the file of {source.name!r} has changed since it was indexed, or is gone. "
            "Run `ragguide update` on the server.",
            code="document_changed",
        )
    return path


@lru_cache(maxsize=256)
def _sha256(path: str, _size: int, _modified: int, _inode: int) -> str:
    """Return a file's checksum; a file with another size, date or inode is read again."""
    return sha256_of_file(Path(path))
