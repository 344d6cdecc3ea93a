"""Notes about an index, for all its generations: its calibration, and the dates of its sources."""

from pathlib import Path
from typing import Protocol

from ragguide.index.durable import write_note

CALIBRATION, DATES = "calibration.json", "dates.json"


class Notes(Protocol):
    """The notes of one index, by name."""

    def read(self, name: str) -> bytes | None:
        """Return a note; None if there is none. Raises `OSError` if it cannot be read."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a note, completely or not at all. Raises `OSError`."""
        ...

    def place_of(self, name: str) -> str:
        """Return where a note is, for messages."""
        ...


class FolderNotes:
    """Notes as files in the folder of an index."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        write_note(self._folder, name, data)

    def place_of(self, name: str) -> str:
        return str(self._folder / name)
