"""A request in, a signal whenever what it leads to may have changed out.

An editor replaces a file rather than writing into it, so folders are watched, not files. Changes
that come close together are one: a program may write for seconds.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.errors import InputError
from ragguide.types import ReadRequest

if TYPE_CHECKING:
    from threading import Event

    from watchfiles import Change

QUIET_MS = 400  # without a change, before what changed is told
LONGEST_MS = 5000  # that a change waits for others
_WAKE_MS = 500  # to see whether to stop; and until the first signal


def wait_for_changes(
    request: ReadRequest, *, ignored: Sequence[Path], stop: "Event | None" = None
) -> Iterator[None]:
    """Signal once when watching has begun, and then after each burst of changes.

    What happens while a signal is acted upon is told by the next one. Ends by `KeyboardInterrupt`,
    or when `stop` is set.

    Args:
        request: whose files, folders and patterns are watched.
        ignored: folders of which nothing is told, such as the index's own.
        stop: ends it.

    Raises:
        InputError: none of the folders is there.
    """
    from watchfiles import watch

    folders, recursive = _folders(request)
    if not folders:
        raise InputError(
            f"there is no folder to watch: {request.paths[0]} is gone. If it moved: "
            "ragguide ingest PATH"
        )
    apart = [os.path.realpath(folder) for folder in ignored]

    def is_of_interest(_change: "Change", path: str) -> bool:
        return _is_of_interest(path, apart)

    begun = False
    for changes in watch(
        *folders,
        watch_filter=is_of_interest,
        recursive=recursive,
        step=QUIET_MS,
        debounce=LONGEST_MS,
        rust_timeout=_WAKE_MS,
        yield_on_timeout=True,
        stop_event=stop,
        ignore_permission_denied=True,
    ):
        if changes or not begun:
            begun = True
            yield


def _folders(request: ReadRequest) -> tuple[list[Path], bool]:
    """What to watch, and whether folders in it too: not if all that was asked for is files."""
    from ragguide.create.documents import folder_of, is_pattern

    folders: dict[Path, None] = {}
    recursive = False
    for asked in map(Path, request.paths):
        if asked.is_dir():
            recursive = True
            folders[asked] = None
        elif is_pattern(asked):
            recursive = True
            folders[folder_of(asked)] = None
        else:
            folders[asked.parent] = None
            folders[Path(os.path.realpath(asked)).parent] = None  # of what a link leads to
    return [folder for folder in folders if folder.is_dir()], recursive


def _is_of_interest(path: str, apart: Sequence[str]) -> bool:
    """Whether it may be a document, or a folder of some."""
    from ragguide.create.documents import PDF
    from ragguide.create.formats import SUFFIXES

    suffix = Path(path).suffix.lower()
    if Path(path).name.startswith(".") or (suffix and suffix not in {PDF, *SUFFIXES}):
        return False
    real = os.path.realpath(path)
    return not any(real == folder or real.startswith(folder + os.sep) for folder in apart)
