"""An untrusted bundle in, its verified members in a folder out."""

import hashlib
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO

import msgspec

from ragguide.errors import BundleRefused, StorageError, UsageError
from ragguide.index.bundle import BLOCK_BYTES, FORMAT_VERSION, LIST, MEMBERS, BundleList, Member
from ragguide.index.bundled_models import MODEL_MEMBER
from ragguide.index.notes import CALIBRATION

LARGEST_LIST = 65_536  # bytes
MOST_EXPANSION = 100  # unpacked bytes for each byte of the bundle; JSON lines have 10 or less

_NOT_A_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def unpack(path: Path, folder: Path) -> BundleList:
    """Copy the members of a bundle into a folder; return their list.

    Raises:
        UsageError: the file does not exist.
        BundleRefused: the file is not a bundle, or a member is missing, unknown or damaged.
        StorageError: the folder cannot be written.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as bundle:
            listing = _read_list(path, bundle)
            _refuse_zip_bomb(path, listing)
            for name, wanted in listing.members.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                with bundle.open(name) as member:
                    _copy(path, name, member, wanted, folder / name)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}.") from None
    except OSError as exc:
        raise StorageError(f"cannot unpack {path}: {exc.strerror or exc}.") from exc
    except _NOT_A_ZIP as exc:
        raise BundleRefused(
            f"{path} is not a bundle, or is damaged: {exc}. Copy it again from its source."
        ) from exc
    return listing


def _read_list(path: Path, bundle: zipfile.ZipFile) -> BundleList:
    """Read `bundle.json`, and compare it with the names and sizes in the zip file."""
    members = bundle.infolist()
    names = [member.filename for member in members]
    _check_names(path, names)
    _check_types(path, members)
    listing = _parse_list(path, bundle)
    _check_listing(path, bundle, listing, names)
    return listing


def _check_names(path: Path, names: list[str]) -> None:
    known = (LIST, *MEMBERS, CALIBRATION)
    for name in names:
        if name not in known and not MODEL_MEMBER.fullmatch(name):
            raise BundleRefused(f"{path} contains the unknown member {name[:80]!r}.")
    if len(names) != len(set(names)):
        raise BundleRefused(f"{path} contains two members of the same name.")
    if missing := {LIST, *MEMBERS} - set(names):
        raise BundleRefused(f"{path} is not a bundle, or is incomplete: it lacks {min(missing)}.")


def _check_types(path: Path, members: list[zipfile.ZipInfo]) -> None:
    for member in members:
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
            raise BundleRefused(f"{path}: {member.filename} is a link or device, not a file.")


def _parse_list(path: Path, bundle: zipfile.ZipFile) -> BundleList:
    if bundle.getinfo(LIST).file_size > LARGEST_LIST:
        raise BundleRefused(f"{path}: {LIST} is larger than {LARGEST_LIST:,} bytes.")
    try:
        listing = msgspec.json.decode(bundle.read(LIST), type=BundleList)
    except msgspec.DecodeError as exc:
        raise BundleRefused(f"{path}: {LIST} is not a list of members: {exc}.") from exc
    if listing.format_version != FORMAT_VERSION:
        raise BundleRefused(
            f"{path} has format {listing.format_version}, this ragguide reads {FORMAT_VERSION}. "
            "Export it again with this version."
        )
    return listing


def _check_listing(
    path: Path, bundle: zipfile.ZipFile, listing: BundleList, names: list[str]
) -> None:
    if wrong := sorted(listing.members.keys() ^ (set(names) - {LIST})):
        raise BundleRefused(f"{path}: {LIST} and the members differ in {wrong[0][:80]!r}.")
    for name, wanted in listing.members.items():
        if (found := bundle.getinfo(name).file_size) != wanted.size_bytes:
            raise BundleRefused(
                f"{path}: {name} has {found:,} bytes, but {LIST} lists {wanted.size_bytes:,}."
            )


def _refuse_zip_bomb(path: Path, listing: BundleList) -> None:
    size_bytes = sum(member.size_bytes for member in listing.members.values())
    if size_bytes > MOST_EXPANSION * (path.stat().st_size + BLOCK_BYTES):
        raise BundleRefused(f"{path} would unpack to {size_bytes:,} bytes: a zip bomb.")


def _copy(path: Path, name: str, member: IO[bytes], wanted: Member, target: Path) -> None:
    """Copy one member; read at most one byte more than its listed size."""
    digest, left = hashlib.sha256(), wanted.size_bytes
    with target.open("wb") as file:
        while block := member.read(min(BLOCK_BYTES, left + 1)):
            left -= len(block)
            if left < 0:
                raise BundleRefused(f"{path}: {name} is larger than {wanted.size_bytes:,} bytes.")
            digest.update(block)
            file.write(block)
    if digest.hexdigest() != wanted.sha256:
        raise BundleRefused(
            f"{path}: {name} is damaged: its sha256 differs. Copy the bundle again from its source."
        )
