"""Files read block by block, and a check that a disk has room."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from ragguide.errors import StorageError

_BLOCK_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20  # left free on the disk beside what is written


def require_space(folder: Path, n_bytes: int, *, what: str) -> None:
    """See that a disk has room.

    Raises:
        StorageError: it has not; `what` names what needs it.
    """
    free, needed = shutil.disk_usage(folder).free, n_bytes + _SPARE_BYTES
    if free < needed:
        raise StorageError(
            f"{folder} has {free / 1e9:.1f} GB free, {what} needs {needed / 1e9:.1f} GB. "
            "Free some, or set RAGGUIDE_MODELS_DIR to a folder on another disk."
        )


def read_blocks(path: Path) -> Iterator[bytes]:
    """A file's bytes, a mebibyte at a time."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
