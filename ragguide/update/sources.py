"""A manifest and the disk in, what is to be done with each document out. Nothing is parsed.

A document has changed if its bytes have; dates are not looked at.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.types import Manifest, SourceRecord

Why = Literal["unchanged", "moved", "changed", "renamed", "new", "read otherwise"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What an update does with a document that is there."""

    found: str  # its path, as the request leads to it
    path: str  # without links
    why: Why
    before: SourceRecord | None  # as the generation in use holds it; None: new

    @property
    def shown(self) -> str:
        """Its path in characters that can be printed and stored."""
        return os.fsencode(self.path).decode("utf-8", "replace")

    @property
    def is_read(self) -> bool:
        """Whether it has to be parsed: of an unchanged or moved one everything is known."""
        return self.why not in ("unchanged", "moved")


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """What an update does."""

    steps: tuple[Step, ...]  # in the order of the new generation
    vanished: tuple[SourceRecord, ...]

    @property
    def is_idle(self) -> bool:
        return not self.vanished and all(step.why == "unchanged" for step in self.steps)


def find_steps(manifest: Manifest, *, text_version: int) -> Steps:
    """Compare what the request of a generation leads to now with what it was made of.

    Args:
        manifest: of the generation.
        text_version: of this ragguide; if that is another one, all documents are read again.
    """
    records = {record.path: record for record in manifest.sources}
    found = dict(_found(manifest))  # without links → as found
    gone = [record for path, record in records.items() if path not in found]
    steps = []
    for path, as_found in found.items():
        before, why = _compare(Path(as_found), records.get(path), gone)
        if before in gone:
            gone.remove(before)
        if text_version != manifest.text_version and why in ("unchanged", "moved"):
            why = "read otherwise"
        steps.append(Step(found=as_found, path=path, why=why, before=before))
    return Steps(steps=tuple(steps), vanished=tuple(gone))


def _found(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Where documents are, without links and as found; each once, by the first way to it.

    One that was asked for by name, and is not there, is one that vanished, or else never was.
    """
    from ragguide.create.documents import expand

    known = {record.path for record in manifest.sources}
    seen = set()
    for asked in manifest.request.paths:
        for path in expand(Path(asked)):
            resolved = os.path.realpath(path)  # which bears links in a circle
            if resolved in seen or not (path.exists() or _is_news(resolved, known)):
                continue
            seen.add(resolved)
            yield resolved, str(path)


def _is_news(path: str, known: set[str]) -> bool:
    """Whether a missing file is one that no document was read from: reading it tells of it."""
    return not any(Path(other).is_relative_to(path) for other in known)


def _compare(
    path: Path, same_place: SourceRecord | None, gone: list[SourceRecord]
) -> tuple[SourceRecord | None, Why]:
    """The document that a file was before, and what has become of it."""
    sha256 = sha256_of_file(path)
    if same_place is not None:
        if sha256 != same_place.sha256:
            return same_place, "changed"
        return same_place, "unchanged" if _has_name_of(path, same_place) else "renamed"
    moved = [record for record in gone if record.sha256 == sha256]
    for record in moved:
        if Path(record.path).name == path.name and _has_name_of(path, record):
            return record, "moved"
    # A document's name, and its title if it has none, come of its file's name.
    return (moved[0], "renamed") if moved else (None, "new")


def _has_name_of(path: Path, record: SourceRecord) -> bool:
    return re.fullmatch(rf"{re.escape(path.stem)}(-\d+)?", record.name) is not None


def sha256_of_file(path: Path) -> str | None:
    """None if it cannot be read: reading it as a document tells why."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None
