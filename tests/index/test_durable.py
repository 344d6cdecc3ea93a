"""What is synced, and by which handle."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ragguide.index import durable


def test_windows_syncs_a_file_by_a_handle_that_may_write_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FlushFileBuffers refuses a handle without the right to write, and folders have none."""
    may_write: dict[int, bool] = {}
    synced = []

    def open_(path: Path, flags: int) -> int:
        assert not path.is_dir()
        handle = os.open(path, flags)
        may_write[handle] = bool(flags & os.O_RDWR)
        return handle

    def fsync(handle: int) -> None:
        if not may_write[handle]:
            raise OSError(errno.EBADF, "Bad file descriptor")
        synced.append(handle)

    windows = SimpleNamespace(
        name="nt", open=open_, fsync=fsync, close=os.close, replace=os.replace,
        O_RDONLY=os.O_RDONLY, O_RDWR=os.O_RDWR,
    )  # fmt: skip
    monkeypatch.setattr(durable, "os", windows)
    durable.replace_synced(tmp_path / "CURRENT", b"one")
    assert (tmp_path / "CURRENT").read_bytes() == b"one"
    assert len(synced) == 1
