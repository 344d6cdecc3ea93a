"""Paths in, documents and what an index records of them out. This is the part that parses."""

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
    """How documents are read, and what is noted of them."""

    tags: dict[str, str] = {}
    password: str | None = None
    ocr: bool = False  # read pages without a text layer from their image


class Read(msgspec.Struct, frozen=True):
    """What came of reading several documents."""

    documents: tuple[Document, ...]
    records: tuple[SourceRecord, ...]  # of the documents, in their order
    skipped: dict[str, str]  # path → why it could not be read


def request_of(paths: Sequence[Path], options: ReadOptions, settings: Settings) -> ReadRequest:
    """What is asked to be read, in words that hold wherever an update is run."""
    from ragguide.create.documents import name_of

    return ReadRequest(
        paths=tuple(dict.fromkeys(name_of(path.absolute()) for path in paths)),
        tags=options.tags,
        ocr_languages=settings.ocr_languages if options.ocr else None,
    )


def limits_of(settings: Settings, options: ReadOptions) -> "Limits":
    """What one document may cost, and how it may be read."""
    from ragguide.create.documents import Limits

    return Limits(
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
        password=options.password,
        ocr_languages=settings.ocr_languages if options.ocr else None,
    )


def read_documents(
    paths: Sequence[Path], options: ReadOptions, settings: Settings, clock: Clock
) -> Read:
    """Read all documents; names are made unique by the order in which they come.

    Raises:
        InputError: none could be read.
        UsageError: there is no path.
    """
    from ragguide.create.documents import find_documents, name_of

    if not paths:
        raise UsageError("no document was named. Name the files or folders to read.")
    limits = limits_of(settings, options)
    found: dict[str, tuple[Document, SourceRecord]] = {}  # by where they are
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
            found.setdefault(record.path, (document, record))  # it may be named twice
    if not found and first_error:
        raise first_error
    documents, records = zip(*found.values(), strict=True)
    return Read(documents, records, skipped)


def read_one(
    path: Path, limits: "Limits", tags: Mapping[str, str], taken: Collection[str], clock: Clock
) -> tuple[Document, SourceRecord]:
    """Read a document, under a name that is not taken.

    Raises:
        InputError: it cannot be read.
    """
    from ragguide.create.documents import name_of, parse

    status = _status(path)
    with clock.stage("read", 0, of=Path(name_of(path)).name) as tell:
        parsed = parse(path, limits, on_page=tell)
    name = unique(parsed.document.name, taken)
    document = msgspec.structs.replace(parsed.document, name=name)
    if status is None:
        raise InputError(f"{document.path} changed while it was read. Read it again.")
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
    """Taken before the file is read: of one that changes meanwhile, a later date tells."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None  # parsing it tells what is wrong


def modified_of(status: stat_result) -> str:
    """When a file was last written: ISO 8601, UTC, to the microsecond."""
    return datetime.fromtimestamp(status.st_mtime, UTC).isoformat()


def unique(name: str, taken: Collection[str]) -> str:
    """The name, or `name-2`, `name-3`, … if it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
