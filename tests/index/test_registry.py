"""The record of a user's folders of indexes: gone, damaged and unwritable ones are skipped."""

from pathlib import Path

from ragguide.index.registry import known_folders, remember_folder


def make_index(folder: Path, name: str = "art") -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "CURRENT").write_text("")
    return folder


def test_folders_are_remembered_once_and_those_without_an_index_are_skipped(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    assert known_folders(data) == []
    b, a = make_index(tmp_path / "b"), make_index(tmp_path / "a")
    for folder in (b, a, b, tmp_path / "gone"):
        remember_folder(data, folder)
    assert known_folders(data) == [a, b]
    (a / "art" / "CURRENT").unlink()
    assert known_folders(data) == [b]
    (a / "art" / "CURRENT").write_text("")  # as after its disk is mounted again
    assert known_folders(data) == [a, b]


def test_a_relative_folder_is_found_from_elsewhere(tmp_path, monkeypatch) -> None:
    make_index(tmp_path / "indexes")
    monkeypatch.chdir(tmp_path)
    remember_folder(tmp_path / "data", Path("indexes"))
    monkeypatch.chdir("/")
    assert known_folders(tmp_path / "data") == [tmp_path / "indexes"]


def test_damaged_and_unfinished_records_are_skipped(tmp_path: Path) -> None:
    remember_folder(tmp_path, make_index(tmp_path / "b"))
    (record,) = (tmp_path / "indexes").iterdir()
    record.with_name("broken.json").write_bytes(b"\xff")
    record.with_name(f".writing-{record.name}").write_text('"')
    assert known_folders(tmp_path) == [tmp_path / "b"]


def test_a_record_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    remember_folder(tmp_path / "data", make_index(tmp_path / "b"))
    assert known_folders(tmp_path / "data") == []
