"""An index in, what tells when to refuse out: fitted for it, or shipped for the default embedder.

indexes/<name>/calibration.json     written by `ragguide calibrate`; holds for all generations
ragguide/augment/calibration.json   shipped: fitted on the default guide and on another one
"""

import logging
from pathlib import Path

import msgspec

from ragguide.augment.abstain import SIGNS_VERSION, Calibration
from ragguide.errors import IndexCorrupt, StorageError
from ragguide.index.store import CALIBRATION, write_note
from ragguide.types import Manifest

SHIPPED = Path(__file__).parent / "augment" / CALIBRATION

_log = logging.getLogger(__name__)


def find_calibration(index: Path, manifest: Manifest) -> Calibration | None:
    """The calibration for an index; None if there is none for its embedder.

    Raises:
        IndexCorrupt: the index's own is damaged.
    """
    own = index / CALIBRATION
    if own.is_file():
        found = _read(own)
        if found and _fits(found, manifest) and found.chunk_tokens == manifest.chunk_tokens:
            return found
        _log.warning(
            "%s was fitted for another index or ragguide, and is left aside: calibrate anew.", own
        )
    shipped = _read(SHIPPED)
    return shipped if shipped and _fits(shipped, manifest) else None


def check_calibration(index: Path) -> None:
    """See that an index's own calibration can be read, if it has one.

    Raises:
        IndexCorrupt: it cannot.
    """
    own = index / CALIBRATION
    if own.is_file():
        _read(own)


def save_calibration(index: Path, calibration: Calibration) -> Path:
    """Write an index's own calibration; return its path.

    Raises:
        StorageError: it cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(calibration), indent=1)
    try:
        return write_note(index, CALIBRATION, data)
    except OSError as exc:
        path = index / CALIBRATION
        raise StorageError(f"cannot write {path}: {exc.strerror or exc}.") from exc


def decode_calibration(data: bytes) -> Calibration | None:
    """Read a calibration; None if it is of other signs, by an older or newer ragguide.

    Raises:
        ValueError: it is none.
    """
    if msgspec.json.decode(data, type=_Versioned).signs_version != SIGNS_VERSION:
        return None
    return msgspec.json.decode(data, type=Calibration)


def _fits(calibration: Calibration, manifest: Manifest) -> bool:
    return calibration.embedder == manifest.embedder


class _Versioned(msgspec.Struct):
    """What can be read of a calibration of any version."""

    signs_version: int


def _read(path: Path) -> Calibration | None:
    try:
        return decode_calibration(path.read_bytes())
    except (OSError, ValueError) as exc:  # what msgspec raises is a ValueError
        raise IndexCorrupt(
            f"{path} cannot be read: {exc}. Delete it, then run `ragguide calibrate QUESTIONS`."
        ) from exc
