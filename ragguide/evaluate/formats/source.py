"""A path in, its bytes and lines out; malformed lines become faults."""

import codecs
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import InputError, StorageError
from ragguide.evaluate.cases import CaseCollector
from ragguide.evaluate.records import Case

OWN = "ragguide"  # our key in other formats, for values that they have no key for


class Source(msgspec.Struct, frozen=True):
    """A file or folder of questions."""

    name: str  # becomes the set's name
    path: Path
    data: bytes | None  # without a byte order mark; None for a folder

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()


def open_source(path: Path) -> Source:
    """Read a file. The format reads a folder itself.

    Raises:
        InputError: the file does not exist or cannot be read.
    """
    if path.is_dir():
        return Source(path.resolve().name, path, None)
    return Source(path.stem, path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Read a file as UTF-8 without a byte order mark.

    Raises:
        InputError: the file does not exist or cannot be read.
    """
    try:
        return plain_bytes(path.read_bytes())
    except OSError as exc:
        raise InputError(f"cannot read {path}: {exc.strerror}. Check the path.") from exc


def plain_bytes(data: bytes) -> bytes:
    """Return the data as UTF-8 without a byte order mark. Some shells write UTF-16 with one."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def json_lines(
    data: bytes, collector: CaseCollector, *, place: str = "line"
) -> Iterator[tuple[str, Any]]:
    """Yield each line as decoded JSON, with its place. Blank lines are skipped, others faults."""
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
    """Return the first line that is not blank, if it is a JSON object; else an empty dict."""
    line = next((line for line in data.split(b"\n", 20) if line.strip()), b"")
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def own_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields under our key. A value that is no object stays, as an unknown key."""
    own = fields.get(OWN, {})
    return own if isinstance(own, dict) else {OWN: own}


def values_beyond(case: Case, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a case that differ from `fields`, which a format has keys for."""
    ours = msgspec.structs.asdict(case)
    theirs = msgspec.structs.asdict(Case(id="", question="")) | dict(fields)
    encode = msgspec.json.encode  # which makes a list and a tuple equal
    return {name: value for name, value in ours.items() if encode(value) != encode(theirs[name])}


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, and make its folders.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as exc:
        raise StorageError(f"cannot write {path}: {exc.strerror}. Choose another folder.") from exc
