"""A folder in, the names of the indexes in it out. Imports next to nothing, for completion."""

import re
from pathlib import Path

POINTER = "CURRENT"  # a folder is an index if it has this file (pointer.py)
VALID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def index_names(indexes_dir: Path) -> list[str]:
    """Return the name of every index in the folder, sorted."""
    if not indexes_dir.is_dir():
        return []
    names = sorted(path.name for path in indexes_dir.iterdir())
    return [name for name in names if VALID.fullmatch(name) and is_index(indexes_dir / name)]


def is_index(path: Path) -> bool:
    return (path / POINTER).is_file()
