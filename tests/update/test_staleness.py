"""The warning that a search gives if the index is out of date."""

import os
from pathlib import Path

import msgspec
import pytest

from ragguide.create.read import modified_of
from ragguide.index.notes import DATES, FolderNotes
from ragguide.types import Manifest
from ragguide.update import staleness
from ragguide.update.staleness import note_dates, stale_note
from tests.update.test_sources import TEXTS, manifest, record, write_docs


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that stands still the time to hash files is never over."""
    monkeypatch.setattr(staleness.time, "monotonic", lambda: 0.0)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write_docs(tmp_path.resolve() / "docs")


def fresh(folder: Path) -> Manifest:
    """An index that was made of the files as they are."""
    sources = []
    for name in TEXTS:
        modified = modified_of((folder / name).stat())
        sources.append(msgspec.structs.replace(record(folder / name), modified=modified))
    return manifest(folder, sources=sources)


def test_unchanged_sources_give_no_warning(docs: Path) -> None:
    made = fresh(docs)
    (docs / "new.md").write_text("Not looked for.")
    assert stale_note(made, "default", FolderNotes(docs)) == ""


def test_another_date_of_the_same_bytes_is_no_change(docs: Path) -> None:
    made = fresh(docs)
    os.utime(docs / "a.md", (1, 1))
    assert stale_note(made, "default", FolderNotes(docs)) == ""


@pytest.mark.parametrize("text", ["Anchors fold.", "Anchors hold fast."])
def test_changed_bytes_give_a_warning_with_the_command_to_run(text: str, docs: Path) -> None:
    made = fresh(docs)
    (docs / "a.md").write_text(text)
    os.utime(docs / "a.md", (1, 1))
    assert stale_note(made, "default", FolderNotes(docs)) == (
        "a.md has changed since the index 'default' was made. Run: ragguide update"
    )
    assert stale_note(made, "boats", FolderNotes(docs)).endswith(
        "Run: ragguide update --index boats"
    )


def test_moved_and_vanished_sources_give_a_warning(docs: Path) -> None:
    made = fresh(docs)
    (docs / "a.md").rename(docs / "d.md")
    (docs / "b.md").unlink()
    (docs / "c.txt").write_text("Cranes fall.")
    assert stale_note(made, "default", FolderNotes(docs)) == (
        "c.txt has changed; a.md, b.md have disappeared since the index 'default' was made. "
        "Run: ragguide update"
    )


def test_an_index_from_another_machine_gets_its_own_warning(docs: Path) -> None:
    made = fresh(docs)
    docs.rename(docs.with_name("elsewhere"))
    assert stale_note(made, "default", FolderNotes(docs)) == (
        "a.md, b.md, c.txt have disappeared, so the index 'default' may be out of date. If the "
        "sources moved, or the index comes from another machine, run: ragguide ingest PATH"
    )


def test_a_file_that_takes_too_long_to_hash_may_have_changed(docs: Path) -> None:
    made = fresh(docs)
    os.utime(docs / "a.md", (1, 1))
    assert stale_note(made, "default", FolderNotes(docs), budget_s=-1).startswith(
        "a.md may have changed since the index"
    )


def test_a_date_that_an_update_has_stored_saves_the_hashing(docs: Path, tmp_path: Path) -> None:
    made = fresh(docs)
    os.utime(docs / "a.md", (1, 1))
    note_dates(FolderNotes(tmp_path), made.sources)
    assert sorted(path.name for path in tmp_path.iterdir()) == [DATES, "docs"]
    assert stale_note(made, "default", FolderNotes(tmp_path), budget_s=-1) == ""
    os.utime(docs / "a.md", (2, 2))
    assert "a.md may have changed" in stale_note(
        made, "default", FolderNotes(tmp_path), budget_s=-1
    )
    (tmp_path / DATES).write_bytes(b'{"a": 1')
    assert stale_note(made, "default", FolderNotes(tmp_path)) == ""


def test_the_warning_names_a_few_of_many_sources(docs: Path) -> None:
    for name in "defg":
        (docs / f"{name}.md").write_text(name)
    sources = [record(path) for path in sorted(docs.iterdir())]
    made = manifest(docs, sources=sources)
    for source in sources[1:]:
        Path(source.path).write_text("longer than it was")
    assert stale_note(made, "default", FolderNotes(docs)).startswith(
        "b.md, c.txt, d.md and 3 more have changed since"
    )
