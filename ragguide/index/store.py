"""Generations of an index on disk: written beside the old one, then switched by one `os.replace`.

    indexes/<name>/
        CURRENT         the active generation, and the sha256 of each manifest (pointer.py)
        write.lock      locked by the writer (lock.py)
        000003/         a generation: complete, or absent (generation.py)
        calibration.json, dates.json    optional notes about all generations

A reader keeps the generation that it opened. Before parsing, it checks the manifest against the
pointer, and every file that it reads against the manifest: FAISS trusts its input.
"""

import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from ragguide.base.disk import sha256_of_file
from ragguide.errors import IndexCorrupt, IndexMissing, UsageError
from ragguide.index.durable import WRITING, replace_synced, storage_errors, sync
from ragguide.index.generation import (
    MANIFEST,
    REBUILD,
    StoredGeneration,
    check_generation,
    check_manifest,
    check_to_search,
)
from ragguide.index.lock import write_lock
from ragguide.index.names import POINTER, VALID, index_names, is_index
from ragguide.index.notes import CALIBRATION, DATES
from ragguide.index.pointer import Pointer, decode, encode, open_active
from ragguide.index.stores.protocols import OnWait
from ragguide.types import Manifest

KEEP = 3  # generations left after a switch

_MOST_NAMED = 5  # indexes in an error message
_NUMBER = re.compile(r"[0-9]{6}")


class IndexFolder:
    """One named index."""

    def __init__(self, indexes_dir: Path, name: str) -> None:
        """Raises `UsageError` for an invalid name, such as one that leaves the folder."""
        check_name(name)
        self.name = name
        self.path = indexes_dir / name

    # ── read ────────────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        return is_index(self.path)

    def open(self) -> StoredGeneration:
        """Open the active generation after checking all files that a search reads.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: a file is missing or damaged.
            IndexMismatch: another version of ragguide wrote it.
        """
        return open_active(
            self.pointer, lambda number, sha256: check_to_search(self.folder_of(number), sha256)
        )

    def manifest(self) -> Manifest:
        """Return the active manifest after checking it, and no other file. Raises as `open`."""
        return open_active(
            self.pointer, lambda number, sha256: check_manifest(self.folder_of(number), sha256)
        )

    def pointer(self) -> Pointer:
        """Return the active generation and the kept ones.

        Raises:
            IndexMissing: no such index.
            IndexCorrupt: the file is damaged.
        """
        path = self.path / POINTER
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            folder = self.path.parent
            why = why_missing(self.name, index_names(folder), str(folder.absolute()))
            raise IndexMissing(why, name=self.name) from None
        except OSError as exc:
            raise IndexCorrupt(f"{path} cannot be read: {exc}. {REBUILD}") from exc
        pointer = decode(data)
        if pointer is None:
            shown = data[:40].decode("ascii", "replace")
            raise IndexCorrupt(f"{path} is damaged: {shown!r}. {REBUILD}")
        return pointer

    def generations(self) -> list[Path]:
        """Return the folders of all generations, oldest first."""
        return sorted(folder for folder in self.path.iterdir() if _NUMBER.fullmatch(folder.name))

    def folder_of(self, number: int) -> Path:
        return self.path / f"{number:06d}"

    # ── write ───────────────────────────────────────────────────────────────────────────────────

    def writing(self, *, on_wait: OnWait | None = None) -> AbstractContextManager[None]:
        """Lock the index for writing. Without `on_wait` it does not wait for another writer.

        `on_wait` is called once, before it starts to wait. Leftovers of an index that was never
        finished are removed at the end.

        Raises:
            IndexLocked: another process is writing, and `on_wait` is None.
            StorageError: the folder cannot be created.
        """
        return write_lock(self.path, self.exists, on_wait=on_wait)

    def write(
        self,
        fill: Callable[[Path], None],
        make_manifest: Callable[[int, dict[str, str]], Manifest],
        *,
        keep: int = KEEP,
        judge: Callable[[StoredGeneration], None] | None = None,
    ) -> StoredGeneration:
        """Write a generation and switch to it; after any failure the old one stays active.

        Call it within `writing()`.

        Args:
            fill: writes the files into a given folder.
            make_manifest: gets the generation's number and the sha256 of each file.
            keep: number of generations to keep, including this one.
            judge: gets the new generation, complete and checked, before the switch. If it raises,
                the generation is deleted.

        Raises:
            StorageError: the disk is full, or cannot be written.
        """
        with storage_errors(self.path):
            old = self._pointer_if_valid()
            self._sweep(old)
            on_disk = [int(folder.name) + 1 for folder in self.generations()]
            number = max([old.next_number, *on_disk])
            try:
                written, sha256 = self._draft(number, fill, make_manifest)
                if judge is not None:
                    judge(written)
                final = written.folder.rename(self.folder_of(number))
                new = old.with_new(number, sha256, keep=keep)
                self._point(new)
            except BaseException:
                if number not in self._pointer_if_valid().manifests:
                    shutil.rmtree(self.folder_of(number), ignore_errors=True)
                self._sweep(None)
                raise
        self._sweep(new)
        return msgspec.structs.replace(written, folder=final)

    def _draft(
        self,
        number: int,
        fill: Callable[[Path], None],
        make_manifest: Callable[[int, dict[str, str]], Manifest],
    ) -> tuple[StoredGeneration, str]:
        """Write a generation to a temporary folder; return it and its manifest's sha256."""
        draft = self.path / f"{WRITING}{number:06d}"
        draft.mkdir()
        fill(draft)
        names = sorted(path.name for path in draft.iterdir())
        manifest = make_manifest(number, {name: sha256_of_file(draft / name) for name in names})
        (draft / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        for name in (*names, MANIFEST):
            sync(draft / name)
        sync(draft)
        sha256 = sha256_of_file(draft / MANIFEST)
        return check_generation(draft, sha256), sha256

    def rollback(self, to: int | None = None) -> StoredGeneration:
        """Switch to another kept generation, after checking all its files.

        The default is the last generation before the active one. Call it within `writing()`.

        Raises:
            UsageError: no such generation.
            IndexMissing: no such index.
            IndexCorrupt, IndexMismatch: a file of that generation is damaged, or of another format.
        """
        pointer = self.pointer()
        number = pointer.target_of_rollback(to, self.name)
        checked = check_generation(self.folder_of(number), pointer.manifests[number])
        if number != pointer.in_use:
            with storage_errors(self.path):
                self._point(pointer.with_active(number))
        return checked

    def prune(self, keep: int) -> list[int]:
        """Delete all but `keep` generations, never the active one; return the deleted.

        Call it within `writing()`. Open readers keep using a deleted generation.

        Raises:
            IndexMissing, IndexCorrupt: as `pointer`.
            StorageError: the folder cannot be written.
        """
        pointer = self.pointer()
        left = pointer.pruned(keep)
        with storage_errors(self.path):
            if left != pointer:
                self._point(left)
            self._sweep(left)
        return sorted(pointer.manifests.keys() - left.manifests.keys())

    def remove(self) -> None:
        """Delete the index, but no foreign files in its folder. Call it within `writing()`.

        Raises:
            StorageError: the folder cannot be written.
        """
        with storage_errors(self.path):
            (self.path / POINTER).unlink(missing_ok=True)  # from here on the index does not exist
            for note in (CALIBRATION, DATES):  # or the next index of this name would get them
                (self.path / note).unlink(missing_ok=True)
            for folder in self.generations():
                shutil.rmtree(folder)
            self._sweep(None)

    def _pointer_if_valid(self) -> Pointer:
        """Return the pointer, or an empty one if it is missing or damaged."""
        try:
            return self.pointer()
        except (IndexMissing, IndexCorrupt):
            return Pointer({}, 1)

    def _point(self, pointer: Pointer) -> None:
        """Replace the pointer: this is the switch."""
        replace_synced(self.path / POINTER, encode(pointer))

    def _sweep(self, pointer: Pointer | None) -> None:
        """Delete leftovers of failed or killed writers; we have the lock.

        This includes generations that a non-empty pointer does not list.
        """
        for stray in self.path.glob(f"{WRITING}*"):
            if stray.is_dir():
                shutil.rmtree(stray, ignore_errors=True)
            else:
                stray.unlink()
        if pointer is not None and pointer.manifests:
            for folder in self.generations():
                if int(folder.name) not in pointer.manifests:
                    # A reader on Windows may have one of its files open; the next writer retries.
                    shutil.rmtree(folder, ignore_errors=True)


def check_name(name: str) -> None:
    """Raises `UsageError` for an invalid name of an index."""
    if not VALID.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a valid index name: use up to 64 letters, digits, '.', '_', '-'."
        )


def why_missing(name: str, names: Sequence[str], place: str) -> str:
    """Say that there is no index of this name, and which ones there are."""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    if names and not near:
        hint = f"It has {', '.join(names[:_MOST_NAMED])}{', …' * (len(names) > _MOST_NAMED)}. "
    flag = "" if name == "default" else f"--index {name} "
    return f"there is no index {name!r} in {place}. {hint}Create one: `ragguide ingest {flag}FILE`."
