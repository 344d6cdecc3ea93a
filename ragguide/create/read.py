"""Paths in, documents and their source records out."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from os import stat_result
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.errors import InputError, UsageError
from ragguide.types import AllowRule, Document, ReadRequest, SourceRecord, is_object

if TYPE_CHECKING:
    from ragguide.base.workers import Workers
    from ragguide.create.documents import Limits
    from ragguide.create.fetch import Downloads, Fetched


_log = logging.getLogger(__name__)


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read documents, and which tags to give them."""

    tags: dict[str, str] = {}
    allow: tuple[AllowRule, ...] = ()  # who may read which documents; none: an index without rights
    password: str | None = None
    ocr: bool = False  # recognise the text of pages without a text layer


class ReadTask(msgspec.Struct, frozen=True, kw_only=True):
    """A document to read."""

    source: "Path | Fetched"
    name: str  # that it gets
    limits: "Limits"
    tags: Mapping[str, str]

    @property
    def fetched(self) -> "Fetched | None":
        """The download that is read; None if it is a file of the user."""
        return None if isinstance(self.source, Path) else self.source

    @property
    def path(self) -> Path:
        return self.source if isinstance(self.source, Path) else self.source.file

    @property
    def shown(self) -> str:
        """Its path or URL, in characters that can be printed and stored."""
        from ragguide.create.documents import name_of

        return name_of(self.source if isinstance(self.source, Path) else self.source.url)


NotRead = TypeVar("NotRead")  # what a caller of `read_each` has in place of a task


class ReadResult(msgspec.Struct, frozen=True):
    """Documents that were read, and the paths that were not."""

    documents: tuple[Document, ...]
    records: tuple[SourceRecord, ...]  # one per document, in the same order
    skipped: dict[str, str]  # path → why it could not be read


def request_of(
    paths: Sequence[Path | str], options: ReadOptions, settings: Settings
) -> ReadRequest:
    """Record what to read, with absolute paths: an update may run in another folder."""
    from ragguide.create.documents import name_of

    absolute = (path if isinstance(path, str) else path.absolute() for path in paths)
    return ReadRequest(
        paths=tuple(dict.fromkeys(map(name_of, absolute))),
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


def downloads_of(settings: Settings) -> "Downloads":
    """Return where to fetch documents to, within the limits of the settings."""
    from ragguide.create.fetch import Downloads, Rules

    return Downloads(
        Rules(
            max_bytes=settings.fetch_limit_mb * 1_000_000,
            timeout_s=settings.parse_timeout_s,
            allows_private=settings.private_addresses,
        )
    )


def read_documents(
    paths: Sequence[Path | str],
    options: ReadOptions,
    settings: Settings,
    clock: Clock,
    known_names: Mapping[str, str],
    workers: "Workers | None" = None,
) -> ReadResult:
    """Read all documents.

    Args:
        paths: files, folders and patterns; URLs as text.
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
    from ragguide.create.names import key_of, names_of

    if not paths:
        raise UsageError("no document given. Name the files or folders to read.")
    limits = limits_of(settings, options)
    found: dict[str, tuple[Document, SourceRecord]] = {}  # by path
    skipped: dict[str, str] = {}
    first_error: InputError | None = None
    with downloads_of(settings) as downloads:
        all_paths = find_documents(list(_with_objects(paths, downloads, clock)))
        names = names_of(all_paths, known_names)
        for real, name in names.items():
            if name != Path(name_of(real)).stem and real not in known_names:
                _log.info("%s is named %r: another file has its name.", name_of(real), name)
        tasks = (
            _task(
                place, downloads, clock, name=names[key_of(place)], limits=limits, tags=options.tags
            )
            for place in all_paths
        )
        reads = read_each(tasks, len(all_paths), clock, workers)
    for place, read in zip(all_paths, reads, strict=True):
        if isinstance(read, InputError):
            first_error = first_error or read
            skipped[name_of(place)] = str(read)
        else:
            found.setdefault(read[1].path, read)  # a path may be given twice
    if not found and first_error:
        raise first_error
    documents, records = zip(*found.values(), strict=True)
    return ReadResult(documents, records, skipped)


def _with_objects(
    paths: Iterable[Path | str], downloads: "Downloads", clock: Clock
) -> Iterator[Path | str]:
    """Yield paths, and for each URL of a bucket those of its documents."""
    from ragguide.create.documents import no_documents
    from ragguide.create.objects import Place

    for path in paths:
        if isinstance(path, Path) or not is_object(path):
            yield path
            continue
        place = Place(path)  # before the progress shows a URL that contains a key
        with clock.stage("list", 1, of=path):
            found = downloads.find(path)
        if not found and not place.is_named:
            raise no_documents(path)
        yield from found or [path]  # if an object is missing, fetching it reports that


def _task(
    place: Path | str,
    downloads: "Downloads",
    clock: Clock,
    *,
    name: str,
    limits: "Limits",
    tags: Mapping[str, str],
) -> ReadTask | InputError:
    """Return the task of reading a document, which is fetched if it is a URL, or why it cannot."""
    source: Path | Fetched | None
    if isinstance(place, Path):
        source = place
    else:
        try:
            with clock.stage("fetch", 1, of=name):
                source = downloads.fetch(place)
        except InputError as exc:
            return exc
        assert source is not None  # no version is known
    return ReadTask(source=source, name=name, limits=limits, tags=tags)


def read_each(
    tasks: Iterable[ReadTask | NotRead], n_tasks: int, clock: Clock, workers: "Workers | None"
) -> list[tuple[Document, SourceRecord] | InputError | NotRead]:
    """Read documents; return each one, or why it cannot be read, in the order of the tasks.

    What was fetched from a URL is deleted when it has been read. Workers of a cluster may not have
    its file, so this process reads it.

    Args:
        tasks: each is made when its turn comes, so that few downloads are on the disk. What is no
            task is returned as it is.
        n_tasks: their number.
        clock: times each document.
        workers: that read them; None: this process does.

    Raises:
        WorkersDown: the cluster of the workers does not answer any more.
    """
    if workers is None:
        return [_read_here(task, clock) for task in tasks]
    reads: dict[int, tuple[Document, SourceRecord] | InputError | NotRead] = {}
    there: list[tuple[int, ReadTask]] = []

    def for_workers() -> Iterator[ReadTask]:
        for number, task in enumerate(tasks):
            if isinstance(task, ReadTask) and (task.fetched is None or workers.share_files):
                there.append((number, task))
                yield task
            else:
                reads[number] = _read_here(task, clock)

    with clock.stage("read", n_tasks) as report:
        for at, read in _read_there(for_workers(), there, workers):
            reads[there[at][0]] = read
            report(len(reads), n_tasks)
    return [reads[number] for number in range(n_tasks)]


def _read_there(
    tasks: Iterable[ReadTask], taken: Sequence[tuple[int, ReadTask]], workers: "Workers"
) -> Iterator[tuple[int, tuple[Document, SourceRecord] | InputError]]:
    """Yield the place of each task and what a worker read; `taken` has the tasks so far."""
    from ragguide.base.workers import WorkerDied, spread

    for at, read in spread(workers, read_one, tasks):
        _, task = taken[at]
        if isinstance(read, WorkerDied):
            read = InputError(
                f"{task.shown} cannot be read: each worker that tried ended "
                f"({read}). Use fewer workers if memory is short, or split the document."
            )
        _delete(task)
        yield at, read


def _read_here(
    task: ReadTask | NotRead, clock: Clock
) -> tuple[Document, SourceRecord] | InputError | NotRead:
    if not isinstance(task, ReadTask):
        return task
    with clock.stage("read", 0, of=Path(task.shown).name) as report:
        read = read_one(task, report)
    _delete(task)
    return read


def _delete(task: ReadTask) -> None:
    """Delete a download that has been read."""
    if task.fetched is not None:
        task.fetched.file.unlink(missing_ok=True)


def read_one(
    task: ReadTask, on_page: Callable[[int, int], None] | None = None
) -> tuple[Document, SourceRecord] | InputError:
    """Read a document and give it a name; return why, if it cannot be read."""
    try:
        return _read(task, on_page)
    except InputError as exc:
        if task.fetched is None:
            return exc
        return InputError(str(exc).replace(str(task.path), task.fetched.url))


def _read(
    task: ReadTask, on_page: Callable[[int, int], None] | None
) -> tuple[Document, SourceRecord]:
    from ragguide.create.documents import parse

    status = _status(task.path)
    parsed = parse(task.path, task.limits, on_page=on_page)
    document = msgspec.structs.replace(parsed.document, name=task.name)
    if task.fetched is not None:
        titled = document.title != task.path.stem  # else the title is the file's name
        document = msgspec.structs.replace(
            document, path=task.fetched.url, title=document.title if titled else task.name
        )
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
        version=msgspec.UNSET if task.fetched is None else task.fetched.version,
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
