"""Folders of indexes that this user has written, so that they are found from any other folder.

    data_dir/indexes/<hash of the path>.json    one file a folder: `"/home/me/work/indexes"`

Each folder has a file of its own, so writers need no lock. A folder that is gone is skipped: it may
be on a disk that is not mounted.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from ragguide.index.durable import write_note
from ragguide.index.names import index_names

_FOLDER = "indexes"


def remember_folder(data_dir: Path, indexes_dir: Path) -> None:
    """Record a folder of indexes. If the record cannot be written, nothing happens."""
    path = str(indexes_dir.absolute())
    name = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    with suppress(OSError, UnicodeEncodeError):  # the latter: JSON has no such path
        (data_dir / _FOLDER).mkdir(parents=True, exist_ok=True)
        write_note(data_dir / _FOLDER, f"{name}.json", msgspec.json.encode(path))


def known_folders(data_dir: Path) -> list[Path]:
    """Return the recorded folders that contain an index, by path."""
    return sorted(folder for folder in set(_recorded(data_dir)) if _has_index(folder))


def _recorded(data_dir: Path) -> Iterator[Path]:
    with suppress(OSError):
        for file in (data_dir / _FOLDER).iterdir():
            if file.suffix == ".json" and not file.name.startswith("."):
                with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
                    yield Path(msgspec.json.decode(file.read_bytes(), type=str))


def _has_index(folder: Path) -> bool:
    try:
        return bool(index_names(folder))
    except OSError:
        return False
