import os
from pathlib import Path

from ragguide.models.child import largest_file


def test_a_folder_that_vanishes_meanwhile_is_skipped(tmp_path, monkeypatch):
    (tmp_path / "wheel" / "gone").mkdir(parents=True)
    (tmp_path / "wheel" / "part").write_bytes(bytes(7))
    scandir = os.scandir

    def vanishing(folder):
        if Path(folder).name == "gone":
            raise FileNotFoundError(folder)  # pip deletes its own temporary folders
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert largest_file(tmp_path) == 7
