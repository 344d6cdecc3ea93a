"""A manifest and the disk in, one line for whoever searches out: is the index still true?

Sizes and dates tell it in microseconds. A file of another date, but of the same size, is hashed, as
long as that is quick. Files that are new in a folder are not looked for: that is `ragguide update`.

An update that finds the bytes of a file as they were notes its date in `indexes/<name>/dates.json`,
so that it is not hashed at each search. It is a note, not a part of the index: what cannot be read
or does not fit is passed over.
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
from ragguide.index.store import DATES, write_note
from ragguide.types import Manifest, SourceRecord

BUDGET_S = 0.1  # most time for hashing, of all files together: 50 to 200 MB
BLOCK_BYTES = 1 << 20

_log = logging.getLogger(__name__)
NAMED = 3  # documents

_State = Literal["as it was", "changed", "perhaps", "gone"]
_TOLD: dict[_State, tuple[str, str]] = {  # of one, of several
    "changed": ("has changed", "have changed"),
    "perhaps": ("may have changed, by its date", "may have changed, by their dates"),
    "gone": ("is not where it was", "are not where they were"),
}


class _Dated(msgspec.Struct, frozen=True):
    """The date of a file that had the bytes of a document."""

    sha256: str
    modified: str


def note_dates(folder: Path, sources: Sequence[SourceRecord]) -> None:
    """Note the dates of sources whose bytes were found to be as recorded.

    Args:
        folder: of the index, whose writer we are.
        sources: as the generation in use records them.
    """
    try:
        dates = {}
        for source in sources:
            modified = modified_of(Path(source.path).stat())
            if modified != source.modified:
                dates[source.path] = _Dated(source.sha256, modified)
        if dates != _read_dates(folder):
            write_note(folder, DATES, msgspec.json.encode(dates))
    except OSError as exc:
        _log.warning("the dates of the sources cannot be noted (%s): searches look into them.", exc)


def _read_dates(folder: Path) -> dict[str, _Dated]:
    try:
        return msgspec.json.decode((folder / DATES).read_bytes(), type=dict[str, _Dated])
    except (OSError, msgspec.DecodeError):
        return {}


def stale_note(manifest: Manifest, index: str, folder: Path, *, budget_s: float = BUDGET_S) -> str:
    """Say that sources of an index have changed or are gone; nothing, if all are as they were.

    If all are gone the index may well have been made on another machine, or moved: then no update
    can mend it, and the note says what does.

    Args:
        manifest: of the generation in use.
        index: its name.
        folder: where it is.
        budget_s: most time to look into files.
    """
    deadline = time.monotonic() + budget_s
    dates: dict[str, _Dated] | None = None  # read when the first date differs
    states: dict[str, _State] = {}
    for source in manifest.sources:
        state = _by_date(source)
        if state == "perhaps":
            dates = _read_dates(folder) if dates is None else dates
            state = _looked_into(source, dates.get(source.path), deadline)
        states[source.path] = state
    found = {state: [p for p, s in states.items() if s == state] for state in _TOLD}
    flag = "" if index == "default" else f" --index {index}"
    if len(found["gone"]) == len(states):
        return (
            f"{_named(found['gone'])} {_told('gone', found['gone'])} when the index {index!r} was "
            "made, so nothing tells whether it is still true. If moved, or made on another "
            f"machine: ragguide ingest{flag} PATH"
        )
    parts = [f"{_named(paths)} {_told(state, paths)}" for state, paths in found.items() if paths]
    if not parts:
        return ""
    return f"{'; '.join(parts)} since the index {index!r} was made. Run: ragguide update{flag}"


def _by_date(source: SourceRecord) -> _State:
    try:
        status = os.stat(source.path)  # noqa: PTH116  half the time of Path's
    except FileNotFoundError:
        return "gone"
    except OSError:
        return "perhaps"
    if status.st_size != source.size_bytes:
        return "changed"
    return "as it was" if modified_of(status) == source.modified else "perhaps"


def _looked_into(source: SourceRecord, dated: _Dated | None, deadline: float) -> _State:
    """What a file of another date is."""
    try:
        modified = modified_of(Path(source.path).stat())
        if dated == _Dated(source.sha256, modified):
            return "as it was"
        sha256 = _sha256(source.path, deadline)
    except OSError:
        return "perhaps"
    if sha256 is None:
        return "perhaps"
    return "as it was" if sha256 == source.sha256 else "changed"


def _sha256(path: str, deadline: float) -> str | None:
    """None if the time is up before the end of the file."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if time.monotonic() > deadline:
                return None
            digest.update(block)
    return digest.hexdigest()


def _told(state: _State, paths: Sequence[str]) -> str:
    return _TOLD[state][len(paths) > 1]


def _named(paths: Sequence[str]) -> str:
    names = [Path(path).name for path in paths[:NAMED]]
    more = len(paths) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
