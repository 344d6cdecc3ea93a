"""A folder in, its small objects out: files, replaced atomically, and locked by the system."""

import shutil
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from ragguide.errors import RagguideError, StorageError
from ragguide.index.durable import WRITING, replace_synced, storage_errors
from ragguide.index.lock import LOCK, write_lock
from ragguide.index.stores.lance_place import Found
from ragguide.index.stores.protocols import OnWait

_NOT_WRITABLE = ("No space left", "Permission denied", "Read-only file system", "Disk quota")


class FolderPlace:
    """A folder of this machine; `write.lock` of each index is locked, so a writer is alone."""

    def __init__(self, url: str) -> None:
        path = url.removeprefix("lance:")
        self._folder = Path(path.removeprefix("//") if path.startswith("///") else path).absolute()

    @property
    def address(self) -> str:
        return f"lance:{self._folder}"

    @property
    def options(self) -> dict[str, str]:
        return {}

    def uri(self, key: str) -> str:
        return str(self._folder / key)

    def read(self, key: str) -> Found | None:
        path = self._folder / key
        try:
            data, written = path.read_bytes(), path.stat().st_mtime
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Found(data, "", time.time() - written)

    def write(self, key: str, data: bytes) -> None:
        path = self._folder / key
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_synced(path, data)

    def swap(self, key: str, data: bytes, old: Found | None) -> Found | None:
        current = self.read(key)
        if (current and current.data) != (old and old.data):
            return None
        self.write(key, data)
        return Found(data, "", 0.0)

    def names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(each.name for each in self._folder.iterdir() if each.is_dir())

    def keys(self, key: str) -> list[str]:
        folder = self._folder / key
        return [
            each.relative_to(folder).as_posix()
            for each in folder.rglob("*")
            if each.is_file() and each.name != LOCK and not each.name.startswith(WRITING)
        ]

    def delete(self, key: str) -> None:
        path = self._folder / key
        with storage_errors(path):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        with suppress(OSError):  # of a folder that is not empty
            while (path := path.parent) != self._folder:
                path.rmdir()

    def lock(self, index: str, *, on_wait: OnWait | None) -> AbstractContextManager[None]:
        return write_lock(self._folder / index, lambda: bool(self.keys(index)), on_wait=on_wait)

    def fault(self, exc: Exception) -> RagguideError | None:
        reason = next((each for each in _NOT_WRITABLE if each in str(exc)), None)
        if reason is None:
            return None
        return StorageError(
            f"cannot write {self.address}: {reason}. The active generation is unchanged."
        )
