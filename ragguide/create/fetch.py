"""URLs in, files in a temporary folder out, each with the version that its server states.

Only `ingest` and `update` fetch; a question never does.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from ragguide.base.disk import sha256_of_file
from ragguide.create.formats import SUFFIXES
from ragguide.create.formats.encodings import named_encoding
from ragguide.errors import InputError
from ragguide.types import Version, is_object

if TYPE_CHECKING:
    from ragguide.create.objects import Objects

_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
}
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream")


class Rules(NamedTuple):
    """What a download may do."""

    max_bytes: int
    timeout_s: float  # for all of it, redirects included
    allows_private: bool  # addresses of this machine and of private networks


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it was fetched."""

    url: str
    file: Path  # deleted with its `Downloads`
    sha256: str  # of the file
    version: Version


class Downloads:
    """Downloads documents into a temporary folder, which it deletes at the end."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._opened: Objects | None = None
        self._listed: dict[str, Version] = {}  # URL of an object → its version

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def _objects(self) -> "Objects":
        if self._opened is None:
            from ragguide.create.objects import Objects

            self._opened = Objects(self._rules)
        return self._opened

    def find(self, url: str) -> list[str]:
        """Return the URLs of the documents that a URL names: itself, or objects of a bucket.

        Raises:
            InputError: a bucket cannot be listed.
        """
        if not is_object(url):
            return [url]
        found = self._objects.find(url)
        self._listed |= found
        return list(found)

    def fetch(self, url: str, known: Version | None = None) -> Fetched | None:
        """Download a document; None if its server says that it still has the known version.

        An object of a bucket has the version with which `find` listed it.

        Raises:
            InputError: it cannot be fetched, or its format is not supported.
        """
        return self._fetch_object(url, known) if is_object(url) else self._fetch_page(url, known)

    def _fetch_object(self, url: str, known: Version | None) -> Fetched | None:
        from ragguide.create.objects import is_same

        listed = self._listed.get(url)
        if known is not None and listed is not None and is_same(known, listed):
            return None
        raw = self._new_file()
        response = self._objects.download(url, raw)
        own = Path(url).suffix.lower()
        media_type, _ = _content_type(response.content_type)
        # Programs often state a wrong type for an object, and its name is right.
        suffix = own if own in {".pdf", *SUFFIXES} else _suffix(url, media_type, own, raw)
        file = raw.rename(raw.with_name(f"document{suffix}"))
        return Fetched(url=url, file=file, sha256=sha256_of_file(file), version=response.version)

    def _new_file(self) -> Path:
        """Return where the next download goes, in a folder of its own."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="ragguide-")
        return Path(tempfile.mkdtemp(dir=self._folder.name)) / "download"

    def _fetch_page(self, url: str, known: Version | None) -> Fetched | None:
        from ragguide.create.http import check_url, download  # 10 ms, not without a URL

        parts = check_url(url)
        raw = self._new_file()
        response = download(url, known, raw, self._rules)
        if response is None:
            return None
        media_type, encoding = _content_type(response.content_type)
        own = Path(parts.path.rstrip("/") or parts.hostname or "")
        suffix = _suffix(url, media_type, own.suffix.lower(), raw)
        file = raw.rename(raw.with_name(f"document{suffix}"))
        if encoding:
            text = file.read_bytes().decode(encoding, "replace")
            file.write_text(text, "utf-8", newline="")
        return Fetched(url=url, file=file, sha256=sha256_of_file(file), version=response.version)


def _suffix(url: str, media_type: str, own: str, file: Path) -> str:
    """Return the suffix by which a reader is chosen: by type, by the first bytes, by the URL."""
    from ragguide.create.documents import has_pdf_mark

    if media_type in _TYPES:
        return _TYPES[media_type]
    if media_type in _VAGUE:
        if has_pdf_mark(file):
            return ".pdf"
        if own in SUFFIXES:
            return own
        if media_type == "text/plain":
            return ".txt"
    raise InputError(
        f"{url} has no supported format ({media_type or 'no type stated'}). "
        f"Supported formats: .pdf {' '.join(sorted(SUFFIXES))}."
    )


def _content_type(header: str) -> tuple[str, str | None]:
    """Return the media type, and the encoding of a text that has to be converted to UTF-8."""
    from email.message import Message

    message = Message()
    message["Content-Type"] = header
    media_type = message.get_content_type() if header else ""
    is_text = media_type.startswith("text/") or media_type == "application/xhtml+xml"
    return media_type, named_encoding(message.get_content_charset("")) if is_text else None
