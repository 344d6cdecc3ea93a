"""URLs in, files in a temporary folder out, each with the version that its server states.

Only `ingest` and `update` fetch; a question never does.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from ragguide.base.disk import sha256_of_file
from ragguide.create.formats import SUFFIXES
from ragguide.create.formats.encodings import named_encoding
from ragguide.errors import InputError
from ragguide.types import Version

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def fetch(self, url: str, known: Version | None = None) -> Fetched | None:
        """Download a document; None if its server says that it still has the known version.

        Raises:
            InputError: it cannot be fetched, or its format is not supported.
        """
        from ragguide.create.http import check_url, download  # 10 ms, not without a URL

        parts = check_url(url)
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="ragguide-")
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        raw = folder / "download"
        response = download(url, known, raw, self._rules)
        if response is None:
            return None
        media_type, encoding = _content_type(response.content_type)
        own = Path(parts.path.rstrip("/") or parts.hostname or "")
        file = raw.rename(folder / f"document{_suffix(url, media_type, own.suffix.lower(), raw)}")
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
