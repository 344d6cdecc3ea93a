"""Valid generations verify; contradictions are reported, even if each sha256 matches."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragguide.errors import IndexMissing
from ragguide.index import generation
from ragguide.index.keywords import KeywordIndex
from ragguide.index.stores.files import FileStore
from ragguide.index.vectors import VectorIndex
from ragguide.index.verify import verify
from tests.index.test_store import GRAPH, VECTORS, chunk, document, fill, flip, manifest, write


@pytest.fixture
def folder(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "indexes", "default")


def test_a_valid_index_has_no_fault(folder: FileStore) -> None:
    with pytest.raises(IndexMissing, match=r"there is no index 'default'"):
        verify(folder)
    write(folder, "one")
    written = write(folder, "two")
    found = verify(folder)
    assert [(each.generation, each.is_in_use, each.faults) for each in found.generations] == [
        (2, True, ()),
        (1, False, ()),
    ]
    sizes = [data.nbytes for data in written.files.values()]
    assert (found.generations[0].n_files, found.generations[0].size_bytes) == (9, sum(sizes))


def test_every_damaged_file_of_every_generation_is_named(folder: FileStore) -> None:
    write(folder, "one")
    write(folder, "two")
    for number, name in ((1, "vectors.faiss"), (1, "lexicon.json"), (2, "manifest.json")):
        flip(folder.folder_of(number) / name, 9)
    new, old = verify(folder).generations
    assert [fault.partition(" is damaged")[0] for fault in (*new.faults, *old.faults)] == [
        f"{folder.path}/000002/manifest.json",
        f"{folder.path}/000001/lexicon.json",
        f"{folder.path}/000001/vectors.faiss",
    ]
    assert (new.n_files, old.n_files) == (0, 7)


Change = Callable[[Path], None]


def _one_chunk(path: Path) -> None:
    generation.write_lines(path / "chunks.jsonl", [chunk("one")])


def _moved_chunk(path: Path) -> None:
    chunks = [chunk("one"), chunk("Jobs wait.", 1, start=5)]
    generation.write_lines(path / "chunks.jsonl", chunks)


def _other_gap(path: Path) -> None:
    chunks = [chunk("one"), chunk("Jobs wait.", 1, start=4)]
    chunks[1] = msgspec.structs.replace(chunks[1], gap=" no")
    generation.write_lines(path / "chunks.jsonl", chunks)


def _other_document(path: Path) -> None:
    other = msgspec.structs.replace(document("one Jobs wait."), name="other")
    generation.write_lines(path / "documents.jsonl", [other])


def _swapped_lines(path: Path) -> None:
    (path / "chunks.jsonl").write_bytes((path / "documents.jsonl").read_bytes())


def _three_vectors(path: Path) -> None:
    np.save(path / "vectors.npy", np.eye(3, 4, dtype=np.float32))


def _long_vectors(path: Path) -> None:
    np.save(path / "vectors.npy", 2 * VECTORS)


def _no_numbers(path: Path) -> None:
    rows = np.load(path / "statements.npy")
    rows["scale"] = np.nan
    np.save(path / "statements.npy", rows)


def _other_places(path: Path) -> None:
    places = np.load(path / "places.npy")
    places[0, 1] += 1
    np.save(path / "places.npy", places)


def _graph_of_three(path: Path) -> None:
    VectorIndex.build(np.eye(3, 4, dtype=np.float32), GRAPH).save(path / "vectors.faiss")


def _no_faiss(path: Path) -> None:
    (path / "vectors.faiss").write_bytes(b"IHNf" + bytes(200))


def _keywords_of_one(path: Path) -> None:
    KeywordIndex.build(["one"]).save(path)


def _keywords_of_others(path: Path) -> None:
    other = path / "other"
    other.mkdir()
    KeywordIndex.build(["one", "two three four"]).save(other)
    (other / "keywords.json").replace(path / "keywords.json")
    (other / "keywords.npz").unlink()
    other.rmdir()


def _no_postings(path: Path) -> None:
    (path / "keywords.npz").write_bytes(b"PK\x03\x04")


def _row_outside(path: Path) -> None:
    with np.load(path / "keywords.npz") as arrays:
        changed = {name: arrays[name] for name in arrays.files}
    changed["rows"] = changed["rows"] + np.int32(5)
    np.savez(path / "keywords.npz", **changed)


def _no_lexicon(path: Path) -> None:
    (path / "lexicon.json").write_text("[]")


def _nothing(path: Path) -> None:
    (path / "lexicon.json").unlink()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_one_chunk, "1 passages, but the manifest says 2"),
        (_moved_chunk, "1 passages do not match their document, such as guide/p0001-01"),
        (_other_gap, "1 passages do not match their document, such as guide/p0001-01"),
        (_other_document, "1 documents differ from the manifest's 1 sources"),
        (_swapped_lines, "chunks.jsonl has no valid chunks: "),
        (_three_vectors, "vectors.npy is not a matrix of vectors: it has ((3, 4), False, "),
        (_long_vectors, "vectors are not of length 1"),
        (_no_numbers, "statements are not of length 1"),
        (_other_places, "the places of passages and statements are wrong"),
        (_graph_of_three, "the vector index is IndexHNSWFlat of 3 x 4; the manifest and the vec"),
        (_no_faiss, "FAISS cannot read the vector index: "),
        (_keywords_of_one, "1 rows of keywords, but 2 passages"),
        (_keywords_of_others, "keywords.json and keywords.npz do not match"),
        (_no_postings, "keywords.json or keywords.npz is invalid: "),
        (_row_outside, "keywords.json and keywords.npz do not match"),
        (_no_lexicon, "lexicon.json is invalid: "),
        (_nothing, "manifest.json lists no lexicon.json"),
    ],
)
def test_contradictions_are_reported(folder: FileStore, change: Change, told: str) -> None:
    def fill_changed(path: Path) -> None:
        fill("one", path)
        change(path)

    with folder.writing():
        folder.write(fill_changed, manifest)
    (found,) = verify(folder).generations
    assert any(told in fault for fault in found.faults), found.faults
    assert "\n" not in "".join(found.faults)
