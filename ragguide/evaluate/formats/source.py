"""A path in, its bytes out, and its lines with what is wrong with them."""

import codecs
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import InputError, StorageError
from ragguide.evaluate.cases import CaseCollector
from ragguide.evaluate.records import Case

OWN = "ragguide"  # key of what a foreign format has no place for


class Source(msgspec.Struct, frozen=True):
    """Where questions come from."""

    name: str  # to name the set by
    path: Path
    data: bytes | None  # without a byte order mark; None: a folder, or in one

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()


def open_source(path: Path) -> Source:
    """Read a file; a folder is left to its format.

    Raises:
        InputError: it is not there, or cannot be read.
    """
    if path.is_dir():
        return Source(path.resolve().name, path, None)
    return Source(path.stem, path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Read a file as UTF-8 without a byte order mark.

    Raises:
        InputError: it is not there, or cannot be read.
    """
    try:
        return plain_bytes(path.read_bytes())
    except OSError as exc:
        raise InputError(f"cannot read {path}: {exc.strerror}. Check the path.") from exc


def plain_bytes(data: bytes) -> bytes:
    """Drop a byte order mark; one of UTF-16, as some shells write, tells how to read the rest."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def json_lines(
    data: bytes, collector: CaseCollector, *, place: str = "line"
) -> Iterator[tuple[str, Any]]:
    """Yield each line that is JSON, with its place; others become faults, blank ones nothing."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        here = f"{place} {number}"
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as exc:
            collector.fault(here, f"is not UTF-8 (byte {exc.start + 1}: {exc.reason})")
            continue
        try:
            yield here, msgspec.json.decode(text)
        except msgspec.DecodeError as exc:
            collector.fault(here, f"is not JSON: {exc}")


def first_object(data: bytes) -> dict[str, Any]:
    """The first line that is not blank, if it is a JSON object; else an empty one."""
    line = next((line for line in data.split(b"\n", 20) if line.strip()), b"")
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def own_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under our key; what is no object there is left under it, an unknown key."""
    own = fields.get(OWN, {})
    return own if isinstance(own, dict) else {OWN: own}


def untold(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """A case's fields that are not what a format's own keys tell, `told`."""
    ours = msgspec.structs.asdict(case)
    theirs = msgspec.structs.asdict(Case(id="", question="")) | dict(told)
    encode = msgspec.json.encode  # to which a list and a tuple are one
    return {name: value for name, value in ours.items() if encode(value) != encode(theirs[name])}


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, and the folders above it.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as exc:
        raise StorageError(f"cannot write {path}: {exc.strerror}. Name another place.") from exc
