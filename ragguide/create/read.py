"""Paths in, documents and their source records out."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from os import stat_result
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.errors import InputError, UsageError
from ragguide.types import AllowRule, Document, ReadRequest, SourceRecord

if TYPE_CHECKING:
    from ragguide.base.workers import Workers
    from ragguide.create.documents import Limits


_log = logging.getLogger(__name__)


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read documents, and which tags to give them."""

    tags: dict[str, str] = {}
    allow: tuple[AllowRule, ...] = ()  # who may read which documents; none: an index without rights
    password: str | None = None
    ocr: bool = False  # recognise the text of pages without a text layer


class ReadTask(msgspec.Struct, frozen=True, kw_only=True):
    """A document to read."""

    path: Path
    name: str  # that it gets
    limits: "Limits"
    tags: Mapping[str, str]


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
        allow=options.allow or msgspec.UNSET,
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
    paths: Sequence[Path],
    options: ReadOptions,
    settings: Settings,
    clock: Clock,
    known_names: Mapping[str, str],
    workers: "Workers | None" = None,
) -> ReadResult:
    """Read all documents.

    Args:
        paths: files, folders and patterns.
        options: how to read them.
        settings: limits of time and memory.
        clock: times each document.
        known_names: as for `names_of`.
        workers: that read them; None: this process does.

    Raises:
        InputError: no document could be read.
        UsageError: `paths` is empty.
        WorkersDown: the cluster of the workers does not answer any more.
    """
    from ragguide.create.documents import find_documents, name_of
    from ragguide.create.names import names_of

    if not paths:
        raise UsageError("no document given. Name the files or folders to read.")
    limits = limits_of(settings, options)
    found: dict[str, tuple[Document, SourceRecord]] = {}  # by path
    skipped: dict[str, str] = {}
    first_error: InputError | None = None
    all_paths = find_documents(paths)
    names = names_of(all_paths, known_names)
    for real, name in names.items():
        if name != Path(name_of(Path(real))).stem and real not in known_names:
            _log.info("%s is named %r: another file has its name.", name_of(Path(real)), name)
    tasks = [
        ReadTask(path=path, name=names[os.path.realpath(path)], limits=limits, tags=options.tags)
        for path in all_paths
    ]
    for task, read in zip(tasks, read_each(tasks, clock, workers), strict=True):
        if isinstance(read, InputError):
            first_error = first_error or read
            skipped[name_of(task.path)] = str(read)
        else:
            found.setdefault(read[1].path, read)  # a path may be given twice
    if not found and first_error:
        raise first_error
    documents, records = zip(*found.values(), strict=True)
    return ReadResult(documents, records, skipped)


def read_each(
    tasks: Sequence[ReadTask], clock: Clock, workers: "Workers | None"
) -> list[tuple[Document, SourceRecord] | InputError]:
    """Read documents; return each one, or why it cannot be read, in the order of the tasks.

    Raises:
        WorkersDown: the cluster of the workers does not answer any more.
    """
    from ragguide.base.workers import WorkerDied, spread
    from ragguide.create.documents import name_of

    if workers is None or not tasks:
        return [_read_here(task, clock) for task in tasks]
    reads: dict[int, tuple[Document, SourceRecord] | InputError] = {}
    with clock.stage("read", len(tasks)) as report:
        for number, read in spread(workers, read_one, tasks):
            if isinstance(read, WorkerDied):
                read = InputError(
                    f"{name_of(tasks[number].path)} cannot be read: each worker that tried ended "
                    f"({read}). Use fewer workers if memory is short, or split the document."
                )
            reads[number] = read
            report(len(reads), len(tasks))
    return [reads[number] for number in range(len(tasks))]


def _read_here(task: ReadTask, clock: Clock) -> tuple[Document, SourceRecord] | InputError:
    from ragguide.create.documents import name_of

    with clock.stage("read", 0, of=Path(name_of(task.path)).name) as report:
        return read_one(task, report)


def read_one(
    task: ReadTask, on_page: Callable[[int, int], None] | None = None
) -> tuple[Document, SourceRecord] | InputError:
    """Read a document and give it a name; return why, if it cannot be read."""
    try:
        return _read(task, on_page)
    except InputError as exc:
        return exc


def _read(
    task: ReadTask, on_page: Callable[[int, int], None] | None
) -> tuple[Document, SourceRecord]:
    from ragguide.create.documents import parse

    status = _status(task.path)
    parsed = parse(task.path, task.limits, on_page=on_page)
    document = msgspec.structs.replace(parsed.document, name=task.name)
    if status is None:
        raise InputError(f"{document.path} changed during reading. Run the command again.")
    return document, SourceRecord(
        name=task.name,
        path=document.path,
        title=document.title,
        sha256=document.sha256,
        size_bytes=status.st_size,
        modified=modified_of(status),
        n_pages=len(document.page_starts),
        unit=document.unit,
        unreadable=document.unreadable,
        omitted=document.omitted,
        ocr_pages=parsed.ocr_pages,
        tags=dict(task.tags),
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
