"""A request in, a signal whenever its sources may have changed out.

Editors replace files instead of writing into them, so this watches folders, not files. A burst of
changes gives one signal, since a program may write for seconds.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.errors import InputError
from ragguide.types import ReadRequest, is_remote

if TYPE_CHECKING:
    from threading import Event

    from watchfiles import Change

QUIET_MS = 400  # a burst ends after this long without a change
LONGEST_MS = 5000  # of a burst
_WAKE_MS = 500  # between checks of `stop`; also the delay of the first signal


def wait_for_changes(
    request: ReadRequest, *, ignored: Sequence[Path], stop: "Event | None" = None
) -> Iterator[None]:
    """Yield once when watching has begun, and then after each burst of changes.

    Changes that occur while the caller handles a signal cause the next one. Ctrl-C raises
    `KeyboardInterrupt`.

    Args:
        request: its files, folders and patterns are watched.
        ignored: folders to ignore, such as the index's own.
        stop: when set, ends the iteration.

    Raises:
        InputError: none of the folders exists, or all sources are URLs.
    """
    from watchfiles import watch

    paths = [Path(path) for path in request.paths if not is_remote(path)]
    if not paths:
        raise InputError(
            "all sources are URLs, which cannot be watched. Run `ragguide update` from time to "
            "time."
        )
    folders, recursive = _folders(paths)
    if not folders:
        raise InputError(
            f"there is no folder to watch: {paths[0]} does not exist. If it moved, run: "
            "ragguide ingest PATH"
        )
    ignored_paths = [os.path.realpath(folder) for folder in ignored]

    def is_of_interest(_change: "Change", path: str) -> bool:
        return _is_of_interest(path, ignored_paths)

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


def _folders(paths: Sequence[Path]) -> tuple[list[Path], bool]:
    """Return the folders to watch, and whether to watch subfolders: not if all paths are files."""
    from ragguide.create.documents import folder_of, is_pattern

    folders: dict[Path, None] = {}
    recursive = False
    for asked in paths:
        if asked.is_dir():
            recursive = True
            folders[asked] = None
        elif is_pattern(asked):
            recursive = True
            folders[folder_of(asked)] = None
        else:
            folders[asked.parent] = None
            folders[Path(os.path.realpath(asked)).parent] = None  # the target of a link
    return [folder for folder in folders if folder.is_dir()], recursive


def _is_of_interest(path: str, ignored_paths: Sequence[str]) -> bool:
    """Whether a path may be a document or a folder of documents."""
    from ragguide.create.documents import PDF
    from ragguide.create.formats import SUFFIXES

    suffix = Path(path).suffix.lower()
    if Path(path).name.startswith(".") or (suffix and suffix not in {PDF, *SUFFIXES}):
        return False
    real = os.path.realpath(path)
    return not any(real == folder or real.startswith(folder + os.sep) for folder in ignored_paths)
