"""Read files in blocks, hash them, and check free disk space."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from ragguide.errors import StorageError

_BLOCK_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20  # kept free on the disk


def require_space(folder: Path, n_bytes: int, *, what: str) -> None:
    """Check that the disk has room for `n_bytes`; `what` names their purpose in the error.

    Raises:
        StorageError: the disk has too little free space.
    """
    free, needed = shutil.disk_usage(folder).free, n_bytes + _SPARE_BYTES
    if free < needed:
        raise StorageError(
            f"{folder} has {free / 1e9:.1f} GB free, {what} needs {needed / 1e9:.1f} GB. "
            "Free some space, or set RAGGUIDE_MODELS_DIR to a folder on another disk."
        )


def read_blocks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in blocks of one mebibyte."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
