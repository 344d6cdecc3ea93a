"""Generations of an index on disk: written beside the old one, then switched by one `os.replace`.

    indexes/<name>/
        CURRENT         the generation in use, and the sha256 of each one's manifest (pointer.py)
        write.lock      held by the one writer
        000003/         a generation: whole, or absent (generation.py)
        calibration.json, dates.json    notes, for all generations; there may be none

A reader loads one generation and keeps it. The manifest is checked against the pointer, and every
other file against the manifest, before it is parsed: FAISS trusts what it reads.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ragguide.errors import IndexCorrupt, IndexLocked, IndexMissing, StorageError, UsageError
from ragguide.index.generation import (
    MANIFEST,
    REBUILD,
    StoredGeneration,
    check_generation,
    check_manifest,
)
from ragguide.index.pointer import Pointer, decode, encode
from ragguide.types import Manifest

if TYPE_CHECKING:
    from filelock import BaseFileLock

KEEP = 3  # generations left after a switch
POINTER = "CURRENT"
LOCK = "write.lock"
CALIBRATION, DATES = "calibration.json", "dates.json"

OnWait = Callable[[], None]
_V = TypeVar("_V")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBER = re.compile(r"[0-9]{6}")
_WRITING = ".writing-"
_WAIT_S = 0.1  # between two looks at another writer's lock


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

    # ── read ────────────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        return (self.path / POINTER).is_file()

    def open(self) -> StoredGeneration:
        """Check the current generation, all its files included.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: a file is missing, or not what the manifest says.
            IndexMismatch: another version of ragguide wrote it.
        """
        return self._of_current(check_generation)

    def manifest(self) -> Manifest:
        """Check the manifest of the current generation, and no other file. Raises as `open`."""
        return self._of_current(check_manifest)

    def _of_current(self, check: Callable[[Path, str], _V]) -> _V:
        """Check the current generation's folder, given the sha256 of its manifest."""
        pointer = self.pointer()
        while True:
            try:
                return check(self.folder_of(pointer.in_use), pointer.manifests[pointer.in_use])
            except IndexCorrupt:
                # A writer may have switched and pruned between our two reads.
                if (again := self.pointer()) == pointer:
                    raise
                pointer = again

    def pointer(self) -> Pointer:
        """Which generation is in use, and which others are kept.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: the file is damaged.
        """
        path = self.path / POINTER
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            flag = "" if self.name == "default" else f"--index {self.name} "
            raise IndexMissing(
                f"there is no index {self.name!r} in {self.path.parent}. "
                f"Make one: ragguide ingest {flag}YOUR.pdf"
            ) from None
        except OSError as exc:
            raise IndexCorrupt(f"{path} cannot be read: {exc}. {REBUILD}") from exc
        pointer = decode(data)
        if pointer is None:
            shown = data[:40].decode("ascii", "replace")
            raise IndexCorrupt(f"{path} names no generation: {shown!r}. {REBUILD}")
        return pointer

    def generations(self) -> list[Path]:
        """Folders of the generations, oldest first."""
        return sorted(folder for folder in self.path.iterdir() if _NUMBER.fullmatch(folder.name))

    def folder_of(self, number: int) -> Path:
        return self.path / f"{number:06d}"

    # ── write ───────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self, *, on_wait: OnWait | None = None) -> Iterator[None]:
        """Hold the writer's lock, which the system takes back from a process that dies.

        `on_wait` is called once if another process holds it, which is then waited for; without it
        there is no waiting. What was written of an index that never came to be is taken away.

        Raises:
            IndexLocked: another process holds it, and `on_wait` is None.
            StorageError: the folder cannot be made.
        """
        import filelock

        lock = filelock.FileLock(self.path / LOCK)
        is_first = not self.path.parent.exists()
        is_told = False
        while not self._try(lock):
            if on_wait is None:
                raise IndexLocked(
                    f"another process is writing the index {self.name!r}. Try again when it ends."
                )
            if not is_told:
                is_told = True
                on_wait()
            time.sleep(_WAIT_S)
        try:
            yield
        finally:
            if not self.exists():
                self._leave(with_parent=is_first)
            lock.release()

    def _try(self, lock: "BaseFileLock") -> bool:
        """Take the lock if it is free; else return False."""
        with _storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except (TimeoutError, FileNotFoundError):  # held, or removed this moment with its index
                return False
        return True

    def write(
        self,
        fill: Callable[[Path], None],
        make_manifest: Callable[[int, dict[str, str]], Manifest],
        *,
        keep: int = KEEP,
        judge: Callable[[StoredGeneration], None] | None = None,
    ) -> StoredGeneration:
        """Write a generation and switch to it; on any failure the old one stays in use.

        Call it within `writing()`.

        Args:
            fill: writes the files into the folder that it is given.
            make_manifest: is given the generation's number and the sha256 of each file.
            keep: generations that are left, this one included.
            judge: gets the new generation, whole and checked, before the switch. If it raises, that
                generation is discarded.

        Raises:
            StorageError: the disk is full, or cannot be written.
        """
        with _storage_errors(self.path):
            old = self._pointer_if_whole()
            self._sweep(old)
            on_disk = [int(folder.name) + 1 for folder in self.generations()]
            number = max([old.next_number, *on_disk])
            draft, final = self.path / f"{_WRITING}{number:06d}", self.folder_of(number)
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
                written = check_generation(draft, sha256)
                if judge is not None:
                    judge(written)
                draft.rename(final)
                self._point(new := old.switched(number, sha256, keep=keep))
            except BaseException:
                if number not in self._pointer_if_whole().manifests:
                    shutil.rmtree(final, ignore_errors=True)
                self._sweep(None)
                raise
        self._sweep(new)
        return msgspec.structs.replace(written, folder=final)

    def rollback(self, to: int | None = None) -> StoredGeneration:
        """Switch to another generation that is kept, after all its files are checked.

        Without `to` it is the last that was in use before this one. Call it within `writing()`.

        Raises:
            UsageError: there is no such generation.
            IndexMissing: there is no such index.
            IndexCorrupt, IndexMismatch: a file of that generation is damaged, or of another format.
        """
        pointer = self.pointer()
        number = pointer.previous() if to is None else to
        if number not in pointer.manifests:
            others = ", ".join(map(str, sorted(pointer.manifests.keys() - {pointer.in_use})))
            wanted = "no older generation" if number is None else f"no generation {number}"
            raise UsageError(
                f"the index {self.name!r} has {wanted}. In use is {pointer.in_use}; "
                + (f"choose one by --to: {others}." if others else "no other is kept.")
            )
        checked = check_generation(self.folder_of(number), pointer.manifests[number])
        if number != pointer.in_use:
            with _storage_errors(self.path):
                self._point(pointer.turned(number))
        return checked

    def prune(self, keep: int) -> list[int]:
        """Remove generations until `keep` are left, never that in use; return the removed.

        Call it within `writing()`. Readers that have one of them open keep it.

        Raises:
            IndexMissing, IndexCorrupt: as `pointer`.
            StorageError: the folder cannot be written.
        """
        pointer = self.pointer()
        left = pointer.pruned(keep)
        with _storage_errors(self.path):
            if left != pointer:
                self._point(left)
            self._sweep(left)
        return sorted(pointer.manifests.keys() - left.manifests.keys())

    def remove(self) -> None:
        """Remove the index, and nothing in its folder that is not its own; within `writing()`.

        Raises:
            StorageError: the folder cannot be written.
        """
        with _storage_errors(self.path):
            (self.path / POINTER).unlink(missing_ok=True)  # from here on it is no index
            for note in (CALIBRATION, DATES):  # or else the next index of this name had them
                (self.path / note).unlink(missing_ok=True)
            for folder in self.generations():
                shutil.rmtree(folder)
            self._sweep(None)

    def _pointer_if_whole(self) -> Pointer:
        """The pointer; one of no generations if there is none that can be read."""
        try:
            return self.pointer()
        except (IndexMissing, IndexCorrupt):
            return Pointer({}, 1)

    def _point(self, pointer: Pointer) -> None:
        """Replace the pointer: the switch."""
        draft = self.path / f"{_WRITING}{POINTER}"
        draft.write_bytes(encode(pointer))
        _sync(draft)
        _sync(self.path)  # what it points to is there before it is
        os.replace(draft, self.path / POINTER)  # noqa: PTH105  DESIGN's own word
        _sync(self.path)

    def _sweep(self, pointer: Pointer | None) -> None:
        """Remove what a writer that failed or was killed left behind; we hold the lock.

        And generations that the pointer does not know, if it knows any.
        """
        for stray in self.path.glob(f"{_WRITING}*"):
            if stray.is_dir():
                shutil.rmtree(stray, ignore_errors=True)
            else:
                stray.unlink()
        if pointer is not None and pointer.manifests:
            for folder in self.generations():
                if int(folder.name) not in pointer.manifests:
                    # A reader on Windows may still hold a file of it: the next writer tries again.
                    shutil.rmtree(folder, ignore_errors=True)

    def _leave(self, *, with_parent: bool) -> None:
        """Take away the lock and the folders that were made for it; we hold the lock.

        Who waits for the lock sees that its file is gone, and makes it anew.
        """
        with suppress(OSError):
            (self.path / LOCK).unlink()
            self.path.rmdir()  # unless there is something else in it
            if with_parent:
                self.path.parent.rmdir()


def write_note(index: Path, name: str, data: bytes) -> Path:
    """Write a file of an index, whole or not at all; return its path. Raises `OSError`."""
    draft = index / f"{_WRITING}{name}"  # swept by the next writer
    draft.write_bytes(data)
    return draft.replace(index / name)


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
            # numpy tells of bytes that did not fit, and of no errno.
            f"cannot write {path}: {exc.strerror or f'the disk may be full ({exc})'}. "
            "The index in use is unchanged."
        ) from exc
