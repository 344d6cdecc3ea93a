"""A manifest and the disk in, one line for whoever searches out: is the index still true?

Sizes and dates tell it in microseconds. A file of another date, but of the same size, is hashed, as
long as that is quick. Files that are new in a folder are not looked for: that is `ragguide update`.
"""

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ragguide.reading import modified_of
from ragguide.types import Manifest, SourceRecord

BUDGET_S = 0.1  # most time for hashing, of all files together: 50 to 200 MB
BLOCK_BYTES = 1 << 20
NAMED = 3  # documents

_State = Literal["as it was", "changed", "perhaps", "gone"]
_TOLD: dict[_State, tuple[str, str]] = {  # of one, of several
    "changed": ("has changed", "have changed"),
    "perhaps": ("may have changed, by its date", "may have changed, by their dates"),
    "gone": ("is not where it was", "are not where they were"),
}


def stale_note(manifest: Manifest, index: str, *, budget_s: float = BUDGET_S) -> str:
    """Say that sources of an index have changed or are gone; nothing, if all are as they were.

    If all are gone the index may well have been made on another machine, or moved: then no update
    can mend it, and the note says what does.
    """
    deadline = time.monotonic() + budget_s
    states = {source.path: _state(source, deadline) for source in manifest.sources}
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


def _state(source: SourceRecord, deadline: float) -> _State:
    try:
        status = os.stat(source.path)  # noqa: PTH116  half the time of Path's
        if status.st_size != source.size_bytes:
            return "changed"
        if modified_of(status) == source.modified:
            return "as it was"
        sha256 = _sha256(source.path, deadline)
    except FileNotFoundError:
        return "gone"
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
