"""Generations of an index on disk: written beside the old one, then switched by one `os.replace`.

    indexes/<name>/
        CURRENT         the number of the generation in use, and its manifest's sha256
        write.lock      held by the one writer
        000003/         a generation: whole, or absent
            manifest.json   chunks.jsonl   documents.jsonl   vectors.npy
            statements.npy  vectors.faiss  keywords.json     keywords.npz   lexicon.json
                            (no vectors.faiss if it is flat)

A reader loads one generation and keeps it. The manifest is checked against the pointer, and every
other file against the manifest, before it is parsed: FAISS trusts what it reads. What FAISS reads
is mapped before it is checked, and read by that map: nobody can put another file in between.
"""

import hashlib
import io
import mmap
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.errors import (
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexMissing,
    StorageError,
    UsageError,
)
from ragguide.types import Chunk, Document, Manifest

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

FORMAT_VERSION = 3  # of these files
KEEP = 3  # generations left after a switch
POINTER = "CURRENT"
MANIFEST = "manifest.json"
CHUNKS = "chunks.jsonl"
DOCUMENTS = "documents.jsonl"
VECTORS = "vectors.npy"
STATEMENTS = "statements.npy"
FAISS = "vectors.faiss"
MAPPED = frozenset({VECTORS, STATEMENTS, FAISS})  # large, and read in place

Bytes = NDArray[np.uint8]
_T = TypeVar("_T", bound=msgspec.Struct)
_V = TypeVar("_V")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER = re.compile(r"[0-9]{6}")
_POINTED = re.compile(r"([0-9]{6}) ([0-9a-f]{64})\n")
_HEAD = 4096  # bytes that hold the head of an array
_FILE_NAME = re.compile(r"\w[\w-]*(?:\.\w+)*")
_WRITING = ".writing-"


class StoredGeneration(msgspec.Struct, frozen=True):
    """A generation that has been checked: its manifest, and the folder to load the rest from."""

    folder: Path
    manifest: Manifest
    mapped: dict[str, Bytes]  # file name → its bytes, as they were checked

    def chunks(self) -> list[Chunk]:
        return _read_lines(self.folder / CHUNKS, Chunk)

    def documents(self) -> list[Document]:
        return _read_lines(self.folder / DOCUMENTS, Document)

    def vectors(self) -> "FloatMatrix":
        """Return `(n_chunks, dim)` float32, memory-mapped.

        Raises:
            IndexCorrupt: the file holds something else.
        """
        return self._matrix(VECTORS, self.manifest.n_chunks)

    def statements(self) -> "FloatMatrix":
        """Return `(n_statements, dim)` float32, memory-mapped, in the order of the chunks.

        Raises:
            IndexCorrupt: the file holds something else.
        """
        return self._matrix(STATEMENTS, self.manifest.n_statements)

    def _matrix(self, name: str, n_rows: int) -> "FloatMatrix":
        if name not in self.mapped:
            raise IndexCorrupt(f"{self.folder / MANIFEST} has no {name}. {REBUILD}")
        try:
            return _as_matrix(self.mapped[name], (n_rows, self.manifest.dim))
        except ValueError as exc:
            raise IndexCorrupt(
                f"{self.folder / name} is no matrix of vectors: {exc}. {REBUILD}"
            ) from exc

    def vector_index(self) -> Bytes | None:
        """Return the FAISS index, memory-mapped; None if the vectors are all there is."""
        return self.mapped.get(FAISS)


class IndexFolder:
    """One named index."""

    def __init__(self, indexes_dir: Path, name: str) -> None:
        """Raises `UsageError` for a name that could leave the folder."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot name an index: use up to 64 letters, digits, '.', '_' and '-'."
            )
        self.name = name
        self.path = indexes_dir / name

    def exists(self) -> bool:
        return (self.path / POINTER).is_file()

    def open(self) -> StoredGeneration:
        """Check the current generation, all its files included.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: a file is missing, or not what the manifest says.
            IndexMismatch: another version of ragguide wrote it.
        """
        return self._of_current(_check)

    def manifest(self) -> Manifest:
        """Check the manifest of the current generation, and no other file. Raises as `open`."""
        return self._of_current(_check_manifest)

    def _of_current(self, check: Callable[[Path, str], _V]) -> _V:
        """Check the current generation's folder, given the sha256 of its manifest."""
        current = self._current()
        while True:
            number, sha256 = current
            try:
                return check(self.path / number, sha256)
            except IndexCorrupt:
                # A writer may have switched and pruned between our two reads.
                if (again := self._current()) == current:
                    raise
                current = again

    def _current(self) -> tuple[str, str]:
        """The generation in use, and the sha256 of its manifest."""
        pointer = self.path / POINTER
        try:
            text = pointer.read_bytes().decode("ascii")
        except FileNotFoundError:
            flag = "" if self.name == "default" else f"--index {self.name} "
            raise IndexMissing(
                f"there is no index {self.name!r} in {self.path.parent}. "
                f"Make one: ragguide ingest {flag}YOUR.pdf"
            ) from None
        except (OSError, UnicodeDecodeError) as exc:
            raise IndexCorrupt(f"{pointer} cannot be read: {exc}. {REBUILD}") from exc
        match = _POINTED.fullmatch(text)
        if match is None:
            raise IndexCorrupt(f"{pointer} names no generation: {text[:40]!r}. {REBUILD}")
        return match[1], match[2]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock.

        Raises:
            IndexLocked: another process holds it.
            StorageError: the folder cannot be made.
        """
        import filelock

        with _storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.path / "write.lock", timeout=0)
            try:
                lock.acquire()
            except filelock.Timeout:
                raise IndexLocked(
                    f"another process is writing the index {self.name!r}. Try again when it ends."
                ) from None
        try:
            yield
        finally:
            lock.release()

    def write(
        self,
        fill: Callable[[Path], None],
        make_manifest: Callable[[int, dict[str, str]], Manifest],
        *,
        judge: Callable[[StoredGeneration], None] | None = None,
    ) -> StoredGeneration:
        """Write a generation and switch to it; on any failure the old one stays in use.

        Call it within `writing()`.

        Args:
            fill: writes the files into the folder it is given.
            make_manifest: gets the generation's number and the sha256 of each file.
            judge: gets the new generation, whole and checked, before the switch. If it raises, that
                generation is discarded.
        """
        pointer = self.path / f"{_WRITING}{POINTER}"
        with _storage_errors(self.path):
            self._sweep()
            number = max((int(folder.name) for folder in self.generations()), default=0) + 1
            draft = self.path / f"{_WRITING}{number:06d}"
            final = self.path / f"{number:06d}"
            try:
                draft.mkdir()
                fill(draft)
                names = sorted(path.name for path in draft.iterdir())
                manifest = make_manifest(number, {name: _sha256(draft / name) for name in names})
                (draft / MANIFEST).write_bytes(
                    msgspec.json.format(msgspec.json.encode(manifest), indent=2)
                )
                for name in (*names, MANIFEST):
                    _sync(draft / name)
                _sync(draft)
                sha256 = _sha256(draft / MANIFEST)
                if judge is not None:
                    judge(_check(draft, sha256))
                pointer.write_bytes(f"{number:06d} {sha256}\n".encode("ascii"))
                _sync(pointer)
                draft.rename(final)
                _sync(self.path)
                os.replace(pointer, self.path / POINTER)  # noqa: PTH105  DESIGN's own word
            except BaseException:
                if pointer.exists():  # or else the switch is done, and `final` in use
                    shutil.rmtree(final, ignore_errors=True)
                self._sweep()
                raise
            _sync(self.path)
        self._prune()
        return _check(final, sha256)

    def generations(self) -> list[Path]:
        """Folders of the generations, oldest first."""
        return sorted(folder for folder in self.path.iterdir() if _NUMBER.fullmatch(folder.name))

    def _prune(self) -> None:
        for folder in self.generations()[:-KEEP]:
            shutil.rmtree(folder, ignore_errors=True)  # a reader on Windows may still hold a file

    def _sweep(self) -> None:
        """Remove what a writer that failed or was killed left behind; we hold the lock."""
        for stray in self.path.glob(f"{_WRITING}*"):
            if stray.is_dir():
                shutil.rmtree(stray, ignore_errors=True)
            else:
                stray.unlink()


REBUILD = "Make the index anew: ragguide ingest --rebuild YOUR.pdf"


def list_indexes(indexes_dir: Path) -> list[IndexFolder]:
    """Every index in the folder, by name."""
    if not indexes_dir.is_dir():
        return []
    found = (
        IndexFolder(indexes_dir, path.name)
        for path in sorted(indexes_dir.iterdir())
        if _NAME.fullmatch(path.name)
    )
    return [folder for folder in found if folder.exists()]


def write_lines(path: Path, values: Iterable[msgspec.Struct]) -> None:
    """Write one JSON object a line."""
    with path.open("wb") as file:
        for value in values:
            file.write(msgspec.json.encode(value) + b"\n")


def _read_lines(path: Path, kind: type[_T]) -> list[_T]:
    decoder = msgspec.json.Decoder(kind)
    with path.open("rb") as file:
        return [decoder.decode(line) for line in file]


def _check_manifest(folder: Path, sha256: str) -> Manifest:
    _check_file(folder / MANIFEST, sha256)
    manifest = read_manifest(folder)
    for name in manifest.files:
        if not _FILE_NAME.fullmatch(name):
            raise IndexCorrupt(f"{folder / MANIFEST} names a file outside: {name!r}. {REBUILD}")
    return manifest


def _check(folder: Path, manifest_sha256: str) -> StoredGeneration:
    manifest = _check_manifest(folder, manifest_sha256)
    mapped = {}
    for name, sha256 in manifest.files.items():
        if name in MAPPED:
            mapped[name] = _map_checked(folder / name, sha256)
        else:
            _check_file(folder / name, sha256)
    return StoredGeneration(folder, manifest, mapped)


def _map_checked(path: Path, sha256: str) -> Bytes:
    """Map a file, and check what is mapped."""
    try:
        with path.open("rb") as file:
            empty = os.fstat(file.fileno()).st_size == 0  # which cannot be mapped
            mapped = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as exc:
        raise IndexCorrupt(f"{path} cannot be read: {exc.strerror}. {REBUILD}") from exc
    _require(path, hashlib.sha256(mapped).hexdigest(), sha256)
    return np.frombuffer(mapped, np.uint8)


def _check_file(path: Path, sha256: str) -> None:
    try:
        found = _sha256(path)
    except OSError as exc:
        raise IndexCorrupt(f"{path} cannot be read: {exc.strerror}. {REBUILD}") from exc
    _require(path, found, sha256)


def _require(path: Path, found: str, sha256: str) -> None:
    if found != sha256:
        raise IndexCorrupt(
            f"{path} is damaged: sha256 {found[:12]}…, recorded {sha256[:12]}…. {REBUILD}"
        )


def _as_matrix(data: Bytes, shape: tuple[int, int]) -> "FloatMatrix":
    """The array that `np.save` wrote into these bytes, in place. Raises `ValueError`."""
    head = io.BytesIO(data[:_HEAD].tobytes())
    np.lib.format.read_magic(head)
    found = np.lib.format.read_array_header_1_0(head)
    if found != (shape, False, np.dtype(np.float32)):
        raise ValueError(f"it holds {found}, and the manifest says {shape}")
    return data[head.tell() :].view(np.float32).reshape(shape)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of any generation; only the current one's has a known sha256.

    Raises:
        IndexCorrupt, IndexMismatch: as `IndexFolder.open`.
    """
    path = folder / MANIFEST

    class FormatOnly(msgspec.Struct):
        format_version: int

    try:
        data = path.read_bytes()
        version = msgspec.json.decode(data, type=FormatOnly).format_version
        if version != FORMAT_VERSION:
            raise IndexMismatch(
                f"{path.parent} has format {version}, this ragguide reads {FORMAT_VERSION}. "
                f"{REBUILD}"
            )
        return msgspec.json.decode(data, type=Manifest)
    except OSError as exc:
        raise IndexCorrupt(f"{path} cannot be read: {exc.strerror}. {REBUILD}") from exc
    except msgspec.DecodeError as exc:
        raise IndexCorrupt(f"{path} is damaged: {exc}. {REBUILD}") from exc


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Make sure that the bytes are on the disk before a later step says so."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageError(
            f"cannot write {path}: {exc.strerror or exc}. The index in use is unchanged."
        ) from exc
