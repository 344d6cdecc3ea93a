"""Paths in, documents and their source records out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from os import stat_result
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.errors import InputError, UsageError
from ragguide.types import Document, ReadRequest, SourceRecord

if TYPE_CHECKING:
    from ragguide.create.documents import Limits


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read documents, and which tags to give them."""

    tags: dict[str, str] = {}
    password: str | None = None
    ocr: bool = False  # recognise the text of pages without a text layer


class ReadResult(msgspec.Struct, frozen=True):
    """Documents that were read, and the paths that were not."""

    documents: tuple[Document, ...]
    records: tuple[SourceRecord, ...]  # one per document, in the same order
    skipped: dict[str, str]  # path → why it could not be read


def request_of(paths: Sequence[Path], options: ReadOptions, settings: Settings) -> ReadRequest:
    """Record what to read, with absolute paths: an update may run in another folder."""
    from ragguide.create.documents import name_of

    return ReadRequest(
        paths=tuple(dict.fromkeys(name_of(path.absolute()) for path in paths)),
        tags=options.tags,
        ocr_languages=settings.ocr_languages if options.ocr else None,
    )


def limits_of(settings: Settings, options: ReadOptions) -> "Limits":
    """Return the limits for reading one document."""
    from ragguide.create.documents import Limits

    return Limits(
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
        password=options.password,
        ocr_languages=settings.ocr_languages if options.ocr else None,
    )


def read_documents(
    paths: Sequence[Path], options: ReadOptions, settings: Settings, clock: Clock
) -> ReadResult:
    """Read all documents in order; a later document with a known name gets a number.

    Raises:
        InputError: no document could be read.
        UsageError: `paths` is empty.
    """
    from ragguide.create.documents import find_documents, name_of

    if not paths:
        raise UsageError("no document given. Name the files or folders to read.")
    limits = limits_of(settings, options)
    found: dict[str, tuple[Document, SourceRecord]] = {}  # by path
    skipped: dict[str, str] = {}
    first_error: InputError | None = None
    for path in find_documents(paths):
        try:
            taken = {document.name for document, _ in found.values()}
            document, record = read_one(path, limits, options.tags, taken, clock)
        except InputError as exc:
            first_error = first_error or exc
            skipped[name_of(path)] = str(exc)
        else:
            found.setdefault(record.path, (document, record))  # a path may be given twice
    if not found and first_error:
        raise first_error
    documents, records = zip(*found.values(), strict=True)
    return ReadResult(documents, records, skipped)


def read_one(
    path: Path, limits: "Limits", tags: Mapping[str, str], taken: Collection[str], clock: Clock
) -> tuple[Document, SourceRecord]:
    """Read a document and give it a name that is not in `taken`.

    Raises:
        InputError: the document cannot be read.
    """
    from ragguide.create.documents import name_of, parse

    status = _status(path)
    with clock.stage("read", 0, of=Path(name_of(path)).name) as report:
        parsed = parse(path, limits, on_page=report)
    name = unique(parsed.document.name, taken)
    document = msgspec.structs.replace(parsed.document, name=name)
    if status is None:
        raise InputError(f"{document.path} changed during reading. Run the command again.")
    return document, SourceRecord(
        name=name,
        path=document.path,
        title=document.title,
        sha256=document.sha256,
        size_bytes=status.st_size,
        modified=modified_of(status),
        n_pages=len(document.page_starts),
        unit=document.unit,
        unreadable=document.unreadable,
        ocr_pages=parsed.ocr_pages,
        tags=dict(tags),
    )


def _status(path: Path) -> stat_result | None:
    """Return size and date; call it before reading, so that a later change shows a later date."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None  # parsing reports what is wrong


def modified_of(status: stat_result) -> str:
    """Return when a file was last modified: ISO 8601, UTC, to the microsecond."""
    return datetime.fromtimestamp(status.st_mtime, UTC).isoformat()


def unique(name: str, taken: Collection[str]) -> str:
    """Return the name, or `name-2`, `name-3`, … if it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
