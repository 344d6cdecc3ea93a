"""Rows and views of indexes that are not opened, including damaged ones."""

from pathlib import Path

import msgspec
import pytest

from ragguide.config import Settings
from ragguide.errors import IndexCorrupt, IndexMissing, UsageError
from ragguide.index.overview import Summary, list_rows, view
from ragguide.index.store import IndexFolder
from ragguide.index.stores.choose import stores_of
from ragguide.index.stores.files import FileStore
from ragguide.index.stores.protocols import Store
from tests.index.test_store import GRAPH, forge, write


def summary(generation: int) -> Summary:
    return Summary(
        generation=generation,
        created="2025-01-01T00:00:00Z",
        documents=("guide",),
        n_chunks=2,
        vector_index=GRAPH,
    )


def stores(folder: Path) -> list[Store]:
    return stores_of(Settings(indexes_dir=folder))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_indexes_are_listed_by_name_with_their_active_generation(tmp_path: Path) -> None:
    for name in ("zoo", "art", "art"):
        write(IndexFolder(tmp_path, name))
    (tmp_path / "not an index").mkdir()
    art, zoo = list_rows(stores(tmp_path), frozenset())
    assert (art.name, art.path, art.n_generations) == ("art", str(tmp_path / "art"), 2)
    assert (art.in_use, art.fault) == (summary(2), None)
    assert art.size_bytes == size(tmp_path / "art/000001") + size(tmp_path / "art/000002")
    assert (zoo.name, zoo.n_generations, zoo.in_use) == ("zoo", 1, summary(1))
    assert list_rows(stores(tmp_path / "none"), frozenset()) == []


def test_a_damaged_index_is_listed_with_its_fault(tmp_path: Path) -> None:
    write(IndexFolder(tmp_path, "good"))
    write(IndexFolder(tmp_path, "worse"))
    (tmp_path / "worse/000001/manifest.json").write_text("{}")
    good, worse = list_rows(stores(tmp_path), frozenset())
    assert good.fault is None
    assert worse.in_use is None
    assert worse.fault is not None
    assert worse.fault.startswith(f"{tmp_path / 'worse/000001/manifest.json'} is damaged: sha256")


def test_a_view_has_generations_files_and_the_manifest(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    write(folder)
    written = write(folder)
    seen = view(FileStore(tmp_path, "art"), frozenset())
    assert (seen.name, seen.path, seen.manifest) == ("art", str(folder.path), written.manifest)
    assert [
        (row.generation, row.is_in_use, row.made_of, row.fault) for row in seen.generations
    ] == [
        (1, False, summary(1), None),
        (2, True, summary(2), None),
    ]
    assert [row.size_bytes for row in seen.generations] == [
        size(tmp_path / "art/000001"), size(written.folder),
    ]  # fmt: skip
    assert seen.sizes_bytes == {path.name: path.stat().st_size for path in written.folder.iterdir()}


def test_a_view_shows_faults_beside_the_active_manifest(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path, "art")
    write(folder)
    forge(folder, lambda content: content.update(format_version=1))
    written = write(folder)
    (written.folder / "vectors.npy").unlink()
    seen = view(FileStore(tmp_path, "art"), frozenset())
    old, new = seen.generations
    assert (old.made_of, new.fault) == (None, None)
    assert old.fault is not None
    assert "has format 1, this ragguide reads" in old.fault
    assert seen.sizes_bytes["vectors.npy"] is None
    assert seen.sizes_bytes["chunks.jsonl"] == (written.folder / "chunks.jsonl").stat().st_size


def test_a_view_of_a_missing_or_damaged_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        IndexMissing, match=r"^there is no index 'art' in .*ingest --index art FILE"
    ):
        view(FileStore(tmp_path, "art"), frozenset())
    with pytest.raises(UsageError, match=r"^'\.\./art' is not a valid index name"):
        view(FileStore(tmp_path, "../art"), frozenset())
    folder = IndexFolder(tmp_path, "art")
    write(folder)
    forge(folder, lambda content: content.update(files={"../../secret": "0" * 64}))
    with pytest.raises(IndexCorrupt, match=r"lists a file outside its folder: '\.\./\.\./secret'"):
        view(FileStore(tmp_path, "art"), frozenset())


def test_a_view_survives_json(tmp_path: Path) -> None:
    write(IndexFolder(tmp_path, "art"))
    seen = view(FileStore(tmp_path, "art"), frozenset())
    assert msgspec.json.decode(msgspec.json.encode(seen), type=type(seen)) == seen
