"""The bytes of a part of a generation and its sha256 in, its contents out. No I/O."""

import hashlib
from typing import TypeVar

import msgspec

from ragguide.errors import IndexCorrupt, IndexMismatch
from ragguide.index.generation import REBUILD
from ragguide.types import Manifest

DOCUMENTS, LEXICON, TERMS = "documents", "lexicon", "terms"  # the parts that a manifest lists

_T = TypeVar("_T")


def decode_manifest(data: bytes, sha256: str, format_version: int, place: str) -> Manifest:
    """Verify and decode a manifest.

    Raises:
        IndexCorrupt: it is damaged.
        IndexMismatch: it has another format.
    """

    class FormatOnly(msgspec.Struct):
        format_version: int

    verify_part("manifest", data, sha256, place)
    version = msgspec.json.decode(data, type=FormatOnly).format_version
    if version != format_version:
        raise IndexMismatch(
            f"{place} has format {version}, this ragguide reads {format_version}. {REBUILD}"
        )
    return decode_part(data, Manifest, place)


def verify_part(part: str, data: bytes, recorded: str, place: str) -> None:
    """Raises `IndexCorrupt` if a part has another sha256 than recorded."""
    found = sha256_of(data)
    if found != recorded:
        raise IndexCorrupt(
            f"{place}: {part} is damaged: sha256 {found[:12]}…, recorded {recorded[:12]}…. "
            f"{REBUILD}"
        )


def decode_part(data: bytes, kind: type[_T], place: str) -> _T:
    """Raises `IndexCorrupt` if the data are not JSON of this kind."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise IndexCorrupt(f"{place} is damaged: {exc}. {REBUILD}") from exc


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
