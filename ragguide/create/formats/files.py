"""Helpers of all readers: check a file, decode its text, build its `Document`."""

import hashlib
import re
import unicodedata
import xml.parsers.expat
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ragguide.create.body import Body, one_line
from ragguide.create.formats.encodings import guess_encoding, named_encoding
from ragguide.create.pdf.plain import brief
from ragguide.errors import InputError
from ragguide.types import Document, Unit

MAX_UNPACKED_BYTES = 1_000_000_000  # of an Office file; a zip bomb of 42 kB unpacks to 4 PB
XML_CHUNK_BYTES = 65_536
SAMPLE_CHARS = 10_000
MAX_NAMES = 3  # of embedded files that a report lists
MAX_PROLOG_BYTES = 1_000_000  # before the first element of an XML part; programs write 60

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office files up to 2003, and encrypted ones since
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # an OLE file's stream of encrypted data
_MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip file or an Office document",
    _OLE: "an old Office document",
    b"{\\rtf": "RTF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip file",
    b"SQLite format 3": "a database",
}
_OFFICE = {  # a word in the list of parts → the kind of document
    "wordprocessingml.": "a Word document (.docx)",
    "presentationml.": "a PowerPoint presentation (.pptx)",
    "spreadsheetml.": "an Excel workbook (.xlsx)",
}
_JIS_ESCAPE = b"\x1b$"  # switches to Japanese in ISO-2022-JP, which is ASCII to UTF-8
_BLANKS = "\n\r\t\f\ufeff"
_TYPES = "[Content_Types].xml"
_STRICT = b"purl.oclc.org/ooxml"
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)|encoding\s*=\s*[\"']([\w-]+)", re.I)


def check_file(path: Path) -> None:
    """Reject anything but a readable regular file that is not empty."""
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder. Name the documents in it.")
        if path.exists() and not path.is_file():  # reading a pipe or a device may never end
            raise InputError(f"{path} is not a regular file. Save its content to a file first.")
        with path.open("rb") as file:
            empty = not file.read(1)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path} does not exist. Check the path.") from None
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}. Check its permissions.") from exc
    if empty:
        raise InputError(f"{path} is empty (0 bytes). Download it again.")


def check_office(path: Path, kind: str) -> None:
    """Reject any file that is not an Office document of this kind, and malicious ones.

    `kind` is a key of `_OFFICE`.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(_OLE):
            encrypted = _ENCRYPTED in head + file.read()
            if encrypted:
                raise InputError(f"{path} needs a password. Save a copy without one and use that.")
            raise InputError(f"{path} is {_MAGIC[_OLE]}. Save it again as {path.suffix}.")
    if not head.startswith(b"PK"):
        found = next(
            (f"it is {name}" for magic, name in _MAGIC.items() if head.startswith(magic)), ""
        )
        raise InputError(f"{path} is not {_OFFICE[kind]}{found and ': ' + found}. Check the file.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(path, archive, kind)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as exc:
        raise InputError(
            f"{path} is damaged: it cannot be unpacked ({brief(exc)}). Download it again."
        ) from exc


def _check_parts(path: Path, archive: zipfile.ZipFile, kind: str) -> None:
    parts = archive.infolist()
    n_bytes = sum(part.file_size for part in parts)  # zipfile unpacks no more than is declared
    if n_bytes > MAX_UNPACKED_BYTES:
        raise InputError(
            f"{path} would unpack to {n_bytes:,} bytes; the limit is {MAX_UNPACKED_BYTES:,}. "
            "Split it into smaller files, or skip it: it may be malicious."
        )
    names = {part.filename for part in parts}
    if _TYPES not in names:
        raise InputError(f"{path} is not {_OFFICE[kind]}: it is another zip file. Check the file.")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            _check_xml(path, archive, part)
    _check_kind(path, archive.read(_TYPES).decode("utf-8", "replace"), kind)
    if "_rels/.rels" in names and _STRICT in archive.read("_rels/.rels"):
        raise InputError(
            f"{path} has the format Strict Open XML, which is not supported. "
            f"Save it as a normal {path.suffix} file."
        )


def _check_xml(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    with archive.open(part) as file:
        if _has_dtd(file):
            raise InputError(
                f"{path} declares XML entities ({one_line(part.filename)[:80]}), which no "
                "Office program does. Skip it: it may be malicious."
            )


def _check_kind(path: Path, types: str, kind: str) -> None:
    """Reject a document whose list of parts names another kind."""
    if f"{kind}document.main+xml" not in types and not _is_main(types, kind):
        others = [name for other, name in _OFFICE.items() if _is_main(types, other)]
        found = f": it is {others[0]}" if others else ""
        raise InputError(f"{path} is not {_OFFICE[kind]}{found}. Correct its suffix.")


def _is_main(types: str, kind: str) -> bool:
    """Whether the main part is of this kind; documents with macros have their own type."""
    macros = {"presentationml.": "powerpoint.", "spreadsheetml.": "excel."}.get(kind, "\0")
    return bool(
        re.search(rf"{re.escape(kind)}(?:document|presentation|slideshow|sheet)\.main\+xml", types)
        or re.search(rf"ms-{re.escape(macros)}\w+\.macroEnabled\.main\+xml", types)
    )


class _PrologEnd(Exception):
    """The parser reached the first element, or a DTD."""


def _has_dtd(file: IO[bytes]) -> bool:
    """Whether an XML part declares a document type, which entity bombs need.

    Parses only up to the first element. Returns False for a part that is not XML; its reader
    reports it.
    """
    found = False

    def on_dtd(*_: object) -> None:
        nonlocal found
        found = True
        raise _PrologEnd

    def on_element(*_: object) -> None:
        raise _PrologEnd

    parser = xml.parsers.expat.ParserCreate()
    parser.StartDoctypeDeclHandler = on_dtd
    parser.StartElementHandler = on_element
    n_bytes = 0
    try:
        while chunk := file.read(XML_CHUNK_BYTES):
            parser.Parse(chunk)
            n_bytes += len(chunk)
            if n_bytes > MAX_PROLOG_BYTES:
                return True
    except (_PrologEnd, xml.parsers.expat.ExpatError):
        pass
    return found


def read_text(path: Path, *, declares: bool = False) -> str:
    """Decode a text file: UTF-8 or UTF-16, else as declared (HTML), else as its letters suggest.

    Line breaks become line feeds.

    Raises:
        InputError: the file is not text, or no encoding fits clearly.
    """
    data = path.read_bytes()
    for magic, name in _MAGIC.items():
        if data.startswith(magic):
            raise InputError(f"{path} is not text: it is {name}. Correct its suffix.")
    text = _decode(path, data, declares)
    if text is None:
        raise InputError(f"{path} is not text: it contains null bytes. Check the file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_utf16(data: bytes) -> str | None:
    """Decode UTF-16 without a byte order mark; None if the null bytes are not those of text."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if 10 * min(even, odd) > max(even, odd):
        return None
    text = data.decode("utf-16-le" if odd > even else "utf-16-be", "replace")
    n_odd = sum(unicodedata.category(c)[0] == "C" and c not in _BLANKS for c in text[:SAMPLE_CHARS])
    return None if 50 * n_odd > min(len(text), SAMPLE_CHARS) else text


def _decode(path: Path, data: bytes, declares: bool) -> str | None:
    for bom, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\0\0", "utf-32-le"),
        (b"\0\0\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace")
    if b"\0" in data:
        return _decode_utf16(data)
    try:
        return data.decode("iso2022_jp" if _JIS_ESCAPE in data else "utf-8")
    except UnicodeDecodeError:
        pass
    if declares and (declared := _declared(data)):
        return data.decode(declared, "replace")
    guessed = guess_encoding(data)
    if guessed is None:
        raise InputError(
            f"{path} is not UTF-8, and no other encoding fits clearly. Save it as UTF-8."
        )
    return data.decode(guessed, "replace")


def _declared(data: bytes) -> str | None:
    """Return the encoding that a page declares; None as for `named_encoding`."""
    found = _CHARSET.search(data[:4096])
    return named_encoding((found[1] or found[2]).decode("ascii")) if found else None


def to_document(
    path: Path,
    body: Body,
    *,
    title: str = "",
    unit: Unit = "text",
    unreadable: dict[int, str] | None = None,
    omitted: Sequence[str] = (),
) -> Document:
    """Build the document of a file; `title` defaults to the file's name.

    Raises:
        InputError: the file has no text.
    """
    if not body.text:
        pages = (f"{unit} {number} {why}" for number, why in (unreadable or {}).items())
        reasons = "; ".join([*pages, *omitted])
        raise InputError(
            f"{path} has no text{reasons and ': ' + reasons}. "
            "If it shows text in pictures, print it to PDF and read that with `--ocr`."
        )
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Document(
        name=path.stem,
        path=str(path.resolve()),
        title=one_line(title) or path.stem,
        sha256=sha256,
        text=body.text,
        page_starts=body.page_starts,
        page_labels=body.page_labels,
        blocks=body.blocks,
        sections=body.sections,
        unreadable=unreadable or {},
        omitted=tuple(omitted),
        unit=unit,
    )


def list_names(names: Sequence[str]) -> str:
    """Return the first names, and "…" if there are more."""
    return ", ".join(names[:MAX_NAMES]) + (", …" if len(names) > MAX_NAMES else "")
