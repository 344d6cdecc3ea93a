"""A manifest and the disk in, a warning in one line out if the index is out of date.

Comparing sizes and dates takes microseconds. A file with another date but the same size is hashed,
as long as that is quick. Only `ragguide update` looks for new files in a folder.

An update that finds a file unchanged writes its date to `indexes/<name>/dates.json`, so that
searches need not hash it. That note is a cache, not a part of the index: an unreadable one is
ignored.
"""

import hashlib
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.create.read import modified_of
from ragguide.index.notes import DATES, Notes
from ragguide.types import Manifest, SourceRecord, is_remote

BUDGET_S = 0.1  # for hashing all files together: 50 to 200 MB
BLOCK_BYTES = 1 << 20

_log = logging.getLogger(__name__)
MAX_NAMED = 3  # documents

_State = Literal["unchanged", "changed", "unknown", "gone"]
_VERBS: dict[_State, tuple[str, str]] = {  # singular, plural
    "changed": ("has changed", "have changed"),
    "unknown": ("may have changed", "may have changed"),
    "gone": ("has disappeared", "have disappeared"),
}


class _Dated(msgspec.Struct, frozen=True):
    """The date of a file that was found unchanged."""

    sha256: str
    modified: str


def note_dates(notes: Notes, sources: Sequence[SourceRecord]) -> None:
    """Store the current dates of sources that were found unchanged.

    Args:
        notes: of the index; the caller has its writer's lock.
        sources: of the generation in use.
    """
    try:
        dates = {}
        for source in sources:
            if is_remote(source.path):
                continue
            modified = modified_of(Path(source.path).stat())
            if modified != source.modified:
                dates[source.path] = _Dated(source.sha256, modified)
        if dates != _read_dates(notes):
            notes.write(DATES, msgspec.json.encode(dates))
    except OSError as exc:
        _log.warning("cannot store the dates of the sources (%s): searches will hash them.", exc)


def _read_dates(notes: Notes) -> dict[str, _Dated]:
    try:
        return msgspec.json.decode(notes.read(DATES) or b"{}", type=dict[str, _Dated])
    except (OSError, msgspec.DecodeError):
        return {}


def stale_note(manifest: Manifest, index: str, notes: Notes, *, budget_s: float = BUDGET_S) -> str:
    """Warn that sources of an index have changed or disappeared; "" if none has.

    If all have disappeared, they probably moved, or the index comes from another machine. An update
    cannot help then, and the warning names the command that does.

    Args:
        manifest: of the generation in use.
        index: its name.
        notes: of the index.
        budget_s: for hashing files.
    """
    states = _states(manifest.sources, notes, time.monotonic() + budget_s)
    paths_by_state = {state: [p for p, s in states.items() if s == state] for state in _VERBS}
    flag = "" if index == "default" else f" --index {index}"
    parts = [_clause(state, paths) for state, paths in paths_by_state.items() if paths]
    if not parts:
        return ""
    if len(paths_by_state["gone"]) == len(states):
        return (
            f"{parts[0]}, so the index {index!r} may be out of date. If the sources moved, or the "
            f"index comes from another machine, run: ragguide ingest{flag} PATH"
        )
    return f"{'; '.join(parts)} since the index {index!r} was made. Run: ragguide update{flag}"


def _states(sources: Sequence[SourceRecord], notes: Notes, deadline: float) -> dict[str, _State]:
    """Return path → state of each source."""
    dates: dict[str, _Dated] | None = None  # read when the first date differs
    states: dict[str, _State] = {}
    for source in sources:
        state = _by_date(source)
        if state == "unknown":
            dates = _read_dates(notes) if dates is None else dates
            state = _by_checksum(source, dates.get(source.path), deadline)
        states[source.path] = state
    return states


def _by_date(source: SourceRecord) -> _State:
    if is_remote(source.path):
        return "unchanged"  # a question fetches nothing
    try:
        status = os.stat(source.path)  # noqa: PTH116  half the time of Path's
    except FileNotFoundError:
        return "gone"
    except OSError:
        return "unknown"
    if status.st_size != source.size_bytes:
        return "changed"
    return "unchanged" if modified_of(status) == source.modified else "unknown"


def _by_checksum(source: SourceRecord, dated: _Dated | None, deadline: float) -> _State:
    """The state of a file with another date."""
    try:
        modified = modified_of(Path(source.path).stat())
        if dated == _Dated(source.sha256, modified):
            return "unchanged"
        sha256 = _sha256(source.path, deadline)
    except OSError:
        return "unknown"
    if sha256 is None:
        return "unknown"
    return "unchanged" if sha256 == source.sha256 else "changed"


def _sha256(path: str, deadline: float) -> str | None:
    """Return the checksum; None if the deadline passes first."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if time.monotonic() > deadline:
                return None
            digest.update(block)
    return digest.hexdigest()


def _clause(state: _State, paths: Sequence[str]) -> str:
    """Name some of the paths, and say what happened to them: "a.md, b.md have changed"."""
    names = [Path(path).name for path in paths[:MAX_NAMED]]
    more = len(paths) - len(names)
    subject = ", ".join(names) + (f" and {more} more" if more else "")
    return f"{subject} {_VERBS[state][len(paths) > 1]}"
