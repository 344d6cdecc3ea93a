"""Steps in, the documents of the new generation out. Only changed documents are parsed."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.clock import Clock
from ragguide.create.read import ReadTask, modified_of, read_each
from ragguide.errors import InputError
from ragguide.types import Document, SourceRecord, is_remote
from ragguide.update.sources import Step, Steps

if TYPE_CHECKING:
    from ragguide.base.workers import Workers
    from ragguide.create.documents import Limits


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the new generation."""

    document: Document
    record: SourceRecord
    before: Document | None  # in the generation in use; None: it is new
    is_read: bool  # parsed in this update

    @property
    def is_cut(self) -> bool:
        """Whether the generation in use already has its chunks."""
        return not self.is_read and self.document.name == (self.before and self.before.name)

    @property
    def has_other_bytes(self) -> bool:
        return self.before is not None and self.document.sha256 != self.before.sha256


def gather(
    steps: Steps,
    before: Mapping[str, Document],
    limits: "Limits",
    tags: Mapping[str, str],
    clock: Clock,
    workers: "Workers | None",
) -> tuple[list[Entry], dict[str, str]]:
    """Return the documents in order, and path → error of those that could not be read.

    If a known document cannot be read, its old version is kept.

    Args:
        steps: one per document. What they fetch is read before the next one is taken.
        before: documents of the generation in use, by name.
        limits: for reading one document.
        tags: for the documents that are read.
        clock: times each document.
        workers: that read them; None: this process does.

    Raises:
        InputError: no document is left.
        WorkersDown: the cluster of the workers does not answer any more.
    """
    from ragguide.create.documents import name_of

    entries: list[Entry] = []
    skipped: dict[str, str] = {}
    first_error: InputError | None = None
    tasks = (_task(step, limits, tags) for step in steps)
    reads = read_each(tasks, len(steps), clock, workers)
    for step, read in zip(steps, reads, strict=True):
        old = before[step.before.name] if step.before else None
        if isinstance(read, tuple):
            document, record = read
            entries.append(Entry(document=document, record=record, before=old, is_read=True))
            continue
        if read is not None:
            first_error = first_error or read
            skipped[name_of(step.found)] = str(read)
        if old is not None and step.before is not None:
            entries.append(_kept(old, step.before, step))
    if not entries and first_error is not None:
        raise first_error
    return entries, skipped


def _task(step: Step, limits: "Limits", tags: Mapping[str, str]) -> ReadTask | InputError | None:
    if step.fault:
        return InputError(step.fault)
    if not step.is_read:
        return None
    source = step.fetched or Path(step.found)
    return ReadTask(source=source, name=step.name, limits=limits, tags=tags)


def _kept(document: Document, record: SourceRecord, step: Step) -> Entry:
    """Keep a document of the generation in use, under its new path and name."""
    changes = {"name": step.name} if step.is_read else {"name": step.name, "path": step.path}
    return Entry(
        document=msgspec.structs.replace(document, **changes),
        record=msgspec.structs.replace(record, **changes, **_status(step)),
        before=document,
        is_read=False,
    )


def _status(step: Step) -> dict[str, object]:
    """Its current date, so that searches need not hash it; empty if it could not be read."""
    if step.is_read or is_remote(step.path):
        return {}
    try:
        status = Path(step.path).stat()
    except OSError:
        return {}
    return {"modified": modified_of(status), "size_bytes": status.st_size}
