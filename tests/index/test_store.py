"""Generations on a real disk: written, switched, pruned, damaged, and read meanwhile."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragguide.errors import (
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexMissing,
    RagguideError,
    StorageError,
    UsageError,
)
from ragguide.index import generation
from ragguide.index.durable import write_note
from ragguide.index.generation import FORMAT_VERSION
from ragguide.index.keywords import KeywordIndex
from ragguide.index.lexicon import Lexicon
from ragguide.index.lock import LOCK
from ragguide.index.names import index_names
from ragguide.index.notes import CALIBRATION, DATES
from ragguide.index.pointer import Pointer, encode
from ragguide.index.statements import StatementVectors
from ragguide.index.store import KEEP, IndexFolder
from ragguide.index.vectors import VectorIndex
from ragguide.retrieve.question import read_question
from ragguide.types import (
    Block,
    Chunk,
    Document,
    Hnsw,
    IndexRequest,
    Manifest,
    ReadRequest,
    Section,
    SourceRecord,
    Statement,
    VectorIndexRecord,
)

FILES = [
    "chunks.jsonl",
    "documents.jsonl",
    "keywords.json",
    "keywords.npz",
    "lexicon.json",
    "places.npy",
    "statements.npy",
    "vectors.faiss",
    "vectors.npy",
]
VECTORS = np.eye(2, 4, dtype=np.float32)
GRAPH = Hnsw(hnsw_m=4, ef_construction=8, ef_search=10)


def chunk(text: str, at: int = 0, *, start: int = 0) -> Chunk:
    return Chunk(
        id=f"guide/p0001-{at:02d}",
        document="guide",
        section=("Costs",),
        text=text,
        text_sha=sha256(text.encode()).hexdigest(),
        statements=(Statement(start=0, end=len(text), section=("Costs",)),),
        start=start,
        end=start + len(text),
        page_first=1,
        page_last=1,
        page_labels=("1",),
        page_breaks=(),
    )


def document(text: str) -> Document:
    return Document(
        name="guide",
        path="/guide.pdf",
        title="A guide",
        sha256="0" * 64,
        text=text,
        page_starts=(0,),
        page_labels=("1",),
        blocks=(Block(kind="paragraph", start=0, end=len(text)),),
        sections=(Section(path=("Costs",), start=0, end=len(text)),),
        unreadable={},
    )


SOURCE = SourceRecord(
    name="guide",
    path="/guide.pdf",
    title="A guide",
    sha256="0" * 64,
    size_bytes=9,
    modified="2025-01-01T00:00:00.000000+00:00",
    n_pages=1,
    unit="page",
    unreadable={},
    ocr_pages=(),
    tags={},
)


def manifest(number: int, files: dict[str, str]) -> Manifest:
    return Manifest(
        format_version=FORMAT_VERSION,
        text_version=1,
        generation=number,
        created="2025-01-01T00:00:00Z",
        ragguide_version="0.1.0",
        request=ReadRequest(paths=("/guide.pdf",), tags={}, ocr_languages=None),
        sources=(SOURCE,),
        embedder="fake",
        embedder_sha256="0" * 64,
        dim=4,
        metric="inner product",
        vector_index=VectorIndexRecord(
            asked=IndexRequest(), parameters=GRAPH, why="as asked", recall=None
        ),
        chunk_tokens=160,
        chunk_overlap=32,
        chunk_strategy="sections",
        n_chunks=2,
        n_statements=2,
        n_tokens=9,
        files=files,
    )


STATEMENTS = np.eye(2, 4, 1, dtype=np.float32)


def fill(text: str, folder: Path) -> None:
    texts = [text, "Jobs wait."]
    generation.write_lines(folder / generation.DOCUMENTS, [document(" ".join(texts))])
    chunks = [chunk(text), chunk(texts[1], 1, start=len(text) + 1)]
    generation.write_chunks(folder, chunks)
    np.save(folder / generation.VECTORS, VECTORS)
    np.save(folder / generation.STATEMENTS, StatementVectors.store(STATEMENTS).rows)
    VectorIndex.build(VECTORS, GRAPH).save(folder / generation.FAISS)
    KeywordIndex.build(texts).save(folder)
    Lexicon.build(texts).save(folder)


def write(folder: IndexFolder, text: str = "Spot saves 90 percent.") -> generation.StoredGeneration:
    with folder.writing():
        return folder.write(partial(fill, text), manifest)


def names(folder: IndexFolder) -> list[str]:
    """What stands in the folder, the lock apart."""
    return sorted(path.name for path in folder.path.iterdir() if path.name != "write.lock")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "write.lock"
    }


def first_text(folder: IndexFolder) -> str:
    return folder.open().chunks()[0].text


def one_line(caught: pytest.ExceptionInfo[RagguideError]) -> str:
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "indexes", "default")


# ── write, then open ────────────────────────────────────────────────────────────────────────────


def test_what_was_written_is_what_opens(folder: IndexFolder) -> None:
    assert not folder.exists()
    written = write(folder)
    assert folder.exists()
    opened = folder.open()
    assert (opened.folder, opened.manifest) == (written.folder, written.manifest)
    assert opened.folder == folder.path / "000001"
    assert sorted(opened.manifest.files) == FILES
    assert opened.chunks() == [chunk("Spot saves 90 percent."), chunk("Jobs wait.", 1, start=23)]
    assert opened.documents() == [document("Spot saves 90 percent. Jobs wait.")]
    assert opened.vectors().tolist() == VECTORS.tolist()
    assert np.abs(opened.statements()[:] - STATEMENTS).max() < 1e-3
    graph = VectorIndex.load(opened.vectors(), GRAPH, opened.vector_index())
    assert graph.search(VECTORS[1:], 1) == [(1, 1.0)]
    first, second = KeywordIndex.load(
        opened.file("keywords.json"), opened.file("keywords.npz")
    ).scores({"wait": 1.0})
    assert first == 0
    assert second > 0
    reading = read_question(
        "percant", Lexicon.load(opened.file("lexicon.json")), lambda _word: False
    )
    assert reading.corrected == {"percant": "percent"}


def test_a_generation_of_no_chunks_opens(folder: IndexFolder) -> None:
    def fill_empty(path: Path) -> None:
        generation.write_lines(path / generation.CHUNKS, [])
        np.save(path / generation.VECTORS, np.zeros((0, 4), np.float32))

    def manifest_of_none(number: int, files: dict[str, str]) -> Manifest:
        return msgspec.structs.replace(manifest(number, files), n_chunks=0, n_statements=0)

    with folder.writing():
        folder.write(fill_empty, manifest_of_none)
    assert folder.open().chunks() == []
    assert folder.open().vectors().shape == (0, 4)


def test_generations_are_numbered_upwards_and_the_last_three_stay(folder: IndexFolder) -> None:
    assert KEEP == 3
    for number in range(1, 6):
        assert write(folder, f"text {number}").manifest.generation == number
        assert folder.open().manifest.generation == number
        assert first_text(folder) == f"text {number}"
        kept = [f"{n:06d}" for n in range(max(1, number - 2), number + 1)]
        assert names(folder) == [*kept, "CURRENT"]


def test_the_pointer_holds_the_number_and_the_manifests_sha256(folder: IndexFolder) -> None:
    write(folder)
    digest = sha256((folder.path / "000001" / "manifest.json").read_bytes()).hexdigest()
    told = f"next 000002\n000001 {digest}\n"
    line = f"sha256 {sha256(told.encode()).hexdigest()}\n"
    assert (folder.path / "CURRENT").read_text("ascii") == told + line


def test_files_that_are_none_of_ours_do_not_disturb(folder: IndexFolder) -> None:
    write(folder)
    (folder.path / "notes.txt").write_text("mine")
    (folder.path / "0000012").mkdir()
    assert write(folder, "two").manifest.generation == 2
    assert (folder.path / "notes.txt").read_text() == "mine"


def test_a_generation_holds_what_a_reader_opened_while_others_are_written(
    folder: IndexFolder,
) -> None:
    write(folder, "one")
    opened = folder.open()
    write(folder, "two")
    write(folder, "three")
    assert opened.chunks()[0].text == "one"


# ── names ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["../x", "", "a/b", "..", ".", ".hidden", "a\\b", "a\n", "-x", "é", "a" * 65, "a\0b"]
)
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UsageError, match=r"is not a valid index name: use up to 64 letters"
    ) as caught:
        IndexFolder(tmp_path, name)
    one_line(caught)


@pytest.mark.parametrize("name", ["default", "a", "my-guide_2.1", "A" * 64, "7"])
def test_plain_names_are_taken(tmp_path: Path, name: str) -> None:
    assert IndexFolder(tmp_path, name).path == tmp_path / name


def test_indexes_are_listed_by_name(tmp_path: Path) -> None:
    assert index_names(tmp_path / "none") == []
    for name in ("b", "a"):
        write(IndexFolder(tmp_path, name))
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "file").write_text("")
    assert index_names(tmp_path) == ["a", "b"]


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"no index 'default' in .*: `ragguide ingest FILE`"):
        IndexFolder(tmp_path, "default").open()
    with pytest.raises(IndexMissing, match=r"ragguide ingest --index other FILE"):
        IndexFolder(tmp_path, "other").open()


# ── go back, prune, remove ──────────────────────────────────────────────────────────────────────


def kept(folder: IndexFolder) -> list[int]:
    """Generations, the one in use first, then those to go back to; they and no others are there."""
    numbers = list(folder.pointer().manifests)
    assert [int(path.name) for path in folder.generations()] == sorted(numbers)
    return numbers


def back(folder: IndexFolder, to: int | None = None) -> int:
    with folder.writing():
        number = folder.rollback(to).manifest.generation
    assert folder.open().manifest.generation == number
    return number


def test_going_back_and_on_never_gives_a_number_twice_nor_forgets_what_was_good(
    folder: IndexFolder,
) -> None:
    for number in (1, 2, 3):
        write(folder, f"text {number}")
    assert kept(folder) == [3, 2, 1]
    assert back(folder) == 2
    assert first_text(folder) == "text 2"
    assert kept(folder) == [2, 1, 3]
    assert write(folder, "text 4").manifest.generation == 4
    assert kept(folder) == [4, 2, 1]  # 3 was gone back from
    assert back(folder) == 2
    assert back(folder) == 1
    with pytest.raises(
        UsageError, match=r"no older generation\. Generation 1 is active; choose .*: 2, 4\.$"
    ):
        back(folder)
    assert back(folder, to=4) == 4
    assert back(folder, to=4) == 4
    with folder.writing():
        assert folder.prune(1) == [1, 2]
        assert folder.prune(1) == []
    assert kept(folder) == [4]
    assert back(folder, to=4) == 4
    with pytest.raises(
        UsageError, match=r"has no generation 2\. Generation 4 is active; no other is kept\."
    ):
        back(folder, to=2)


def test_a_number_is_not_given_again_though_its_generation_was_pruned(folder: IndexFolder) -> None:
    write(folder, "one")
    write(folder, "two")
    back(folder)
    with folder.writing():
        assert folder.prune(1) == [2]
    assert write(folder, "three").manifest.generation == 3
    assert kept(folder) == [3, 1]


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_so_many_generations_are_kept_as_are_asked_for(folder: IndexFolder, keep: int) -> None:
    for number in range(1, 7):
        with folder.writing():
            folder.write(partial(fill, f"text {number}"), manifest, keep=keep)
    assert kept(folder) == [6, 5, 4, 3, 2][:keep]


def test_a_generation_that_is_damaged_is_not_gone_back_to(folder: IndexFolder) -> None:
    write(folder, "one")
    write(folder, "two")
    before = (folder.path / "CURRENT").read_bytes()
    flip(folder.path / "000001" / "chunks.jsonl", 5)
    with pytest.raises(IndexCorrupt, match=r"000001/chunks\.jsonl is damaged"):
        back(folder)
    assert (folder.path / "CURRENT").read_bytes() == before
    assert first_text(folder) == "two"


def test_going_back_helps_where_the_generation_in_use_is_damaged(folder: IndexFolder) -> None:
    write(folder, "one")
    write(folder, "two")
    (folder.path / "000002" / "manifest.json").unlink()
    assert back(folder) == 1
    assert first_text(folder) == "one"


def test_a_manifest_exchanged_beside_its_pointer_is_not_gone_back_to(folder: IndexFolder) -> None:
    write(folder, "one")
    write(folder, "two")
    path = folder.path / "000001" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"fake"', b'"other"'))
    with pytest.raises(IndexCorrupt, match=r"000001/manifest\.json is damaged"):
        back(folder)


def test_what_is_open_stays_whole_when_it_is_pruned(folder: IndexFolder) -> None:
    write(folder, "one")
    opened = folder.open()
    write(folder, "two")
    with folder.writing():
        assert folder.prune(1) == [1]
    assert not opened.folder.exists()
    assert opened.chunks()[0].text == "one"
    assert opened.documents() == [document("one Jobs wait.")]
    assert opened.vectors().tolist() == VECTORS.tolist()
    graph = VectorIndex.load(opened.vectors(), GRAPH, opened.vector_index())
    assert graph.search(VECTORS[1:], 1) == [(1, 1.0)]


def test_an_index_is_removed_with_nothing_but_its_own(folder: IndexFolder) -> None:
    write(folder, "one")
    write(folder, "two")
    (folder.path / ".writing-000003").mkdir()
    (folder.path / "notes.txt").write_text("mine")
    with folder.writing():
        folder.remove()
    assert not folder.exists()
    assert names(folder) == ["notes.txt"]
    (folder.path / "notes.txt").unlink()
    write(folder, "three")
    for note in (CALIBRATION, DATES):
        write_note(folder.path, note, b"{}")
    with folder.writing():
        folder.remove()
    assert not folder.path.exists()


def test_a_pointer_of_one_line_is_read_and_written_anew(folder: IndexFolder) -> None:
    digest = sha256((write(folder, "one").folder / "manifest.json").read_bytes()).hexdigest()
    (folder.path / "CURRENT").write_text(f"000001 {digest}\n", "ascii")
    assert first_text(folder) == "one"
    write(folder, "two")
    assert kept(folder) == [2, 1]


def test_generations_beside_a_damaged_pointer_are_kept_until_there_is_a_new_one(
    folder: IndexFolder,
) -> None:
    write(folder, "one")
    (folder.path / "CURRENT").write_text("?")
    with pytest.raises(ValueError, match=r"^mid-way$"), folder.writing():
        folder.write(partial(fail, ValueError), manifest)
    assert names(folder) == ["000001", "CURRENT"]
    assert write(folder, "two").manifest.generation == 2
    assert kept(folder) == [2]


# ── failures while writing ──────────────────────────────────────────────────────────────────────


def fail(kind: type[BaseException], folder: Path) -> None:
    fill("half", folder)
    raise kind("mid-way")


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, MemoryError])
def test_a_failing_fill_leaves_the_old_generation_and_nothing_else(
    folder: IndexFolder, kind: type[BaseException]
) -> None:
    write(folder, "one")
    before = snapshot(folder.path)
    with pytest.raises(kind, match=r"^mid-way$"), folder.writing():
        folder.write(partial(fail, kind), manifest)
    assert snapshot(folder.path) == before
    assert write(folder, "two").manifest.generation == 2


def test_a_failing_manifest_leaves_the_old_generation_and_nothing_else(folder: IndexFolder) -> None:
    write(folder, "one")
    before = snapshot(folder.path)

    def no_manifest(number: int, files: dict[str, str]) -> Manifest:
        raise ValueError(f"{number} {sorted(files)}")

    with pytest.raises(ValueError, match=re.escape(f"2 {FILES}")), folder.writing():
        folder.write(partial(fill, "half"), no_manifest)
    assert snapshot(folder.path) == before


def test_a_judge_sees_the_new_generation_whole_before_readers_do(folder: IndexFolder) -> None:
    write(folder, "one")
    seen = []

    def judge(draft: generation.StoredGeneration) -> None:
        seen.append((draft.chunks()[0].text, draft.vectors().tolist(), first_text(folder)))

    with folder.writing():
        folder.write(partial(fill, "two"), manifest, judge=judge)
    assert seen == [("two", VECTORS.tolist(), "one")]
    assert first_text(folder) == "two"


@pytest.mark.parametrize("kind", [IndexMismatch, KeyboardInterrupt])
def test_what_a_judge_refuses_leaves_the_old_generation_and_nothing_else(
    folder: IndexFolder, kind: type[BaseException]
) -> None:
    write(folder, "one")
    before = snapshot(folder.path)

    def judge(_draft: generation.StoredGeneration) -> None:
        raise kind("worse")

    with pytest.raises(kind, match=r"^worse$"), folder.writing():
        folder.write(partial(fill, "two"), manifest, judge=judge)
    assert snapshot(folder.path) == before


@pytest.mark.parametrize("step", ["rename", "replace", "fsync"])
def test_a_failing_switch_leaves_the_old_generation_and_nothing_else(
    folder: IndexFolder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write(folder, "one")
    before = snapshot(folder.path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if step == "rename":
            patch.setattr(Path, "rename", full)
        else:
            patch.setattr(os, step, full)
        with pytest.raises(
            StorageError, match=r"No space left on device\. The active gen"
        ) as caught:
            write(folder, "two")
    one_line(caught)
    assert snapshot(folder.path) == before
    assert write(folder, "three").manifest.generation == 2


def test_an_interrupt_just_after_the_switch_leaves_the_new_generation_whole(
    folder: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "one")
    replace = os.replace

    def interrupted(old: Path, new: Path) -> None:
        replace(old, new)
        raise KeyboardInterrupt("now")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt, match="now"):
            write(folder, "two")
    assert first_text(folder) == "two"
    assert names(folder) == ["000001", "000002", "CURRENT"]


def test_a_first_writing_that_fails_leaves_no_index(folder: IndexFolder) -> None:
    with pytest.raises(ValueError, match=r"^mid-way$"), folder.writing():
        folder.write(partial(fail, ValueError), manifest)
    assert not folder.path.exists()
    with pytest.raises(IndexMissing, match=r"there is no index"):
        folder.open()


def test_what_a_killed_writer_left_is_swept_by_the_next(folder: IndexFolder) -> None:
    write(folder, "one")
    script = f"""
import os, sys
from functools import partial
from pathlib import Path
from ragguide.index.store import IndexFolder
from tests.index.test_store import fill, manifest
def killed(folder):
    fill("half", folder)
    os.kill(os.getpid(), 9)
folder = IndexFolder(Path({str(folder.path.parent)!r}), "default")
with folder.writing():
    folder.write(killed, manifest)
"""
    assert python(script).returncode == -9
    assert names(folder) == [".writing-000002", "000001", "CURRENT"]
    (folder.path / ".writing-CURRENT").write_text("00")
    assert first_text(folder) == "one"
    write(folder, "two")
    assert names(folder) == ["000001", "000002", "CURRENT"]
    assert first_text(folder) == "two"


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "indexes").write_text("a file, no folder")
    folder = IndexFolder(tmp_path / "indexes", "default")
    with pytest.raises(StorageError, match=r"cannot write .*indexes/default: ") as caught:
        write(folder)
    one_line(caught)


LIMITED = """
import resource, sys
from functools import partial
from pathlib import Path
from ragguide.errors import StorageError
from ragguide.index.store import IndexFolder
from tests.index.test_store import fill, manifest
folder = IndexFolder(Path(sys.argv[1]), "default")
for limit in map(int, sys.argv[2:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        with folder.writing():
            folder.write(partial(fill, "words " * 300), manifest)
        print(limit, "written")
    except StorageError as exc:
        print(limit, repr(str(exc)))
"""


def test_a_full_disk_is_a_storage_error_and_the_old_generation_stays(folder: IndexFolder) -> None:
    """A limit on the size of a file stands for the disk: each file in turn does not fit."""
    write(folder, "one")
    before = snapshot(folder.path)
    sizes = sorted(
        len(data) for name, data in _files_of_a_generation(folder.path.parent / "other").items()
    )
    limits = sorted({0, 1, 60, *(size - 1 for size in sizes)})
    done = python(LIMITED, folder.path.parent, *limits)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [int(line.split()[0]) for line in lines] == limits
    expected = f"cannot write {folder.path}: File too large. The active generation is unchanged."
    assert {line.partition(" ")[2] for line in lines} == {repr(expected)}
    assert snapshot(folder.path) == before
    assert first_text(folder) == "one"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot sync a folder")
def test_after_a_power_cut_an_index_points_only_to_synced_files(
    folder: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk has a file or folder as of its last `fsync`; later changes would be lost."""
    on_disk: dict[int, object] = {}  # by inode: bytes of a file, names in a folder
    fsync, replace = os.fsync, os.replace
    n_switched = 0

    def content(path: Path) -> object:
        if path.is_dir():
            return sorted(each.name for each in path.iterdir() if each.name != LOCK)
        return path.read_bytes()

    def sync(handle: int) -> None:
        fsync(handle)
        inode = os.fstat(handle).st_ino
        (path,) = [p for p in (folder.path, *folder.path.rglob("*")) if p.stat().st_ino == inode]
        on_disk[inode] = content(path)

    def is_on_disk(path: Path) -> bool:
        return on_disk.get(path.stat().st_ino) == content(path)

    def switch(draft: Path, pointer: Path) -> None:
        nonlocal n_switched
        n_switched += 1
        used = folder.folder_of(n_switched)
        assert pointer == folder.path / "CURRENT"
        assert [path for path in (draft, folder.path, used) if not is_on_disk(path)] == []
        assert [path for path in used.iterdir() if not is_on_disk(path)] == []
        replace(draft, pointer)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", switch)
    for text in ("one", "two"):
        write(folder, text)
        assert is_on_disk(folder.path)
        assert is_on_disk(folder.path / "CURRENT")
    assert n_switched == 2
    assert first_text(folder) == "two"


def _files_of_a_generation(indexes_dir: Path) -> dict[str, bytes]:
    written = write(IndexFolder(indexes_dir, "default"), "words " * 300)
    return snapshot(written.folder)


def python(script: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        check=False,
    )


# ── the lock ────────────────────────────────────────────────────────────────────────────────────

HOLDER = """
import sys
from pathlib import Path
from ragguide.index.store import IndexFolder
with IndexFolder(Path(sys.argv[1]), "default").writing():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_writer(folder: IndexFolder) -> Iterator["subprocess.Popen[str]"]:
    """A real second process that holds the lock until its stdin is closed."""
    command = [sys.executable, "-c", HOLDER, str(folder.path.parent)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


def test_a_second_writer_is_refused_until_the_first_ends(
    folder: IndexFolder, other_writer: "subprocess.Popen[str]"
) -> None:
    with pytest.raises(IndexLocked, match=r"another process is writing the index 'defa") as caught:
        write(folder)
    one_line(caught)
    other_writer.communicate("")
    assert write(folder).manifest.generation == 1


def test_a_lock_dies_with_its_writer(
    folder: IndexFolder, other_writer: "subprocess.Popen[str]"
) -> None:
    other_writer.kill()
    other_writer.wait()
    assert write(folder).manifest.generation == 1


def test_readers_do_not_mind_the_lock(folder: IndexFolder) -> None:
    write(folder, "one")
    with folder.writing():
        assert first_text(folder) == "one"
        with pytest.raises(IndexLocked, match=r"another process"), folder.writing():
            pass


@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_second_writer_that_waits_says_so_once_and_goes_on_when_the_first_is_gone(
    folder: IndexFolder, other_writer: "subprocess.Popen[str]", end: str
) -> None:
    told = []

    def on_wait() -> None:
        told.append("waiting")
        if end == "kill":
            other_writer.kill()
        else:
            assert other_writer.stdin is not None
            other_writer.stdin.close()

    with folder.writing(on_wait=on_wait):
        folder.write(partial(fill, "one"), manifest)
    assert told == ["waiting"]
    assert first_text(folder) == "one"


def test_who_waits_for_an_index_that_is_removed_makes_it_anew(folder: IndexFolder) -> None:
    write(folder, "one")
    waits = threading.Event()

    def wait_and_write() -> None:
        with folder.writing(on_wait=waits.set):
            folder.write(partial(fill, "two"), manifest)

    waiting = threading.Thread(target=wait_and_write)
    with folder.writing():
        waiting.start()
        assert waits.wait(timeout=60)
        folder.remove()
    waiting.join()
    assert first_text(folder) == "two"
    assert names(folder) == ["000001", "CURRENT"]


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x01
    path.write_bytes(data)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_one_flipped_bit_is_found_and_its_file_named(folder: IndexFolder, name: str) -> None:
    path = write(folder).folder / name
    size = path.stat().st_size
    for at in sorted({0, size // 3, size // 2, size - 1}):
        flip(path, at)
        with pytest.raises(IndexCorrupt, match=re.escape(f"{path} is damaged")) as caught:
            folder.open().documents()  # a search does not read them
        assert one_line(caught).endswith("`ragguide ingest --rebuild FILE`.")
        flip(path, at)
    assert first_text(folder) == "Spot saves 90 percent."


def test_one_flipped_bit_in_the_pointer_is_found(folder: IndexFolder) -> None:
    write(folder, "one")
    write(folder, "two")
    for at in range((folder.path / "CURRENT").stat().st_size):
        flip(folder.path / "CURRENT", at)
        with pytest.raises(IndexCorrupt, match=r"ragguide ingest --rebuild") as caught:
            folder.open()
        one_line(caught)
        flip(folder.path / "CURRENT", at)
    assert first_text(folder) == "two"


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_file_cut_short_grown_or_gone_is_found_and_named(folder: IndexFolder, name: str) -> None:
    path = write(folder).folder / name
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole + b"\n"):
        path.write_bytes(damaged)
        with pytest.raises(IndexCorrupt, match=re.escape(f"{path} is damaged")) as caught:
            folder.open().documents()  # a search does not read them
        one_line(caught)
    path.unlink()
    with pytest.raises(IndexCorrupt, match=re.escape(f"{path} cannot be read: No such")) as caught:
        folder.open()
    one_line(caught)
    path.mkdir()
    with pytest.raises(IndexCorrupt, match=re.escape(f"{path} cannot be read: Is a")) as caught:
        folder.open()
    one_line(caught)


def test_a_generation_that_is_gone_is_found(folder: IndexFolder) -> None:
    written = write(folder).folder
    written.rename(written.with_name("elsewhere"))
    with pytest.raises(IndexCorrupt, match=r"000001/manifest\.json cannot be read: No such file"):
        folder.open()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"000001",
        b"000001\n",
        b"1 " + b"0" * 64 + b"\n",
        b"../../x " + b"0" * 64 + b"\n",
        b"000001 " + b"0" * 63 + b"\n",
        b"000001 " + b"0" * 64 + b"\nx",
        "٠٠٠٠٠١ ".encode() + b"0" * 64 + b"\n",
        b"\xff\xfe\x00",
        b"\0" * 5000,
    ],
)
def test_a_pointer_with_garbage_is_corrupt(folder: IndexFolder, garbage: bytes) -> None:
    write(folder)
    (folder.path / "CURRENT").write_bytes(garbage)
    with pytest.raises(IndexCorrupt, match=r"CURRENT (is damaged|cannot be read)") as caught:
        folder.open()
    assert len(one_line(caught)) < 400


def test_a_pointer_that_is_a_folder_is_corrupt(folder: IndexFolder) -> None:
    (folder.path / "CURRENT").mkdir(parents=True)
    with pytest.raises(IndexCorrupt, match=r"CURRENT cannot be read") as caught:
        folder.open()
    one_line(caught)


def forge(folder: IndexFolder, change: Callable[[dict[str, object]], object]) -> None:
    """Change the manifest, and make the pointer fit."""
    path = folder.path / "000001" / "manifest.json"
    content = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    change(content)
    data = msgspec.json.encode(content)
    path.write_bytes(data)
    (folder.path / "CURRENT").write_bytes(
        encode(Pointer({1: sha256(data).hexdigest()}, next_number=2))
    )


@pytest.mark.parametrize(
    "name", ["../000001/vectors.npy", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "C:x", "a\0b"]
)
def test_a_manifest_that_names_a_file_outside_is_corrupt(folder: IndexFolder, name: str) -> None:
    write(folder)
    forge(folder, lambda content: content.update(files={name: "0" * 64}))
    with pytest.raises(IndexCorrupt, match=r"manifest\.json lists a file outside its f") as caught:
        folder.open()
    one_line(caught)


def test_a_manifest_with_an_unknown_key_is_corrupt(folder: IndexFolder) -> None:
    write(folder)
    forge(folder, lambda content: content.update(surprise=1))
    with pytest.raises(IndexCorrupt, match=r"manifest\.json is damaged: .*surprise") as caught:
        folder.open()
    one_line(caught)


def test_a_manifest_without_a_key_or_with_a_wrong_type_is_corrupt(folder: IndexFolder) -> None:
    write(folder)
    forge(folder, lambda content: content.update(dim="four"))
    with pytest.raises(IndexCorrupt, match=r"is damaged: Expected `int`, got `str` - at `\$\.dim`"):
        folder.open()
    forge(folder, lambda content: content.pop("dim"))
    with pytest.raises(IndexCorrupt, match=r"missing required field `dim`"):
        folder.open()


def test_another_format_is_a_mismatch_whatever_its_other_keys(folder: IndexFolder) -> None:
    write(folder)
    forge(folder, lambda content: content.update(format_version=FORMAT_VERSION + 1, surprise=1))
    with pytest.raises(
        IndexMismatch,
        match=rf"has format {FORMAT_VERSION + 1}, this ragguide reads {FORMAT_VERSION}",
    ) as caught:
        folder.open()
    assert "ragguide ingest --rebuild" in one_line(caught)


def test_what_faiss_reads_is_what_was_checked_whoever_swaps_files(folder: IndexFolder) -> None:
    opened = write(folder)
    for name in (generation.VECTORS, generation.FAISS):
        other = opened.folder / f"{name}.other"
        other.write_bytes(b"not what was checked")
        other.replace(opened.folder / name)
    assert opened.vectors().tolist() == VECTORS.tolist()
    graph = VectorIndex.load(opened.vectors(), GRAPH, opened.vector_index())
    assert graph.search(VECTORS[:1], 1) == [(0, 1.0)]


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.eye(2, 4, dtype=np.float64), r"it has .*float64.*, but the manifest says \(2, 4\)"),
        (np.eye(3, 4, dtype=np.float32), r"it has \(\(3, 4\), .*the manifest says \(2, 4\)"),
        (np.asfortranarray(np.eye(2, 4, dtype=np.float32)), r"it has \(\(2, 4\), True, "),
    ],
)
def test_vectors_of_another_kind_than_the_manifest_says_are_corrupt(
    array: np.ndarray, match: str, folder: IndexFolder
) -> None:
    def fill_other(path: Path) -> None:
        fill("text", path)
        np.save(path / generation.VECTORS, array)

    with folder.writing():
        written = folder.write(fill_other, manifest)
    with pytest.raises(IndexCorrupt, match=match) as caught:
        written.vectors()
    assert "ragguide ingest --rebuild" in one_line(caught)


def test_vectors_that_are_no_array_or_not_named_are_corrupt(folder: IndexFolder) -> None:
    def fill_other(path: Path) -> None:
        fill("text", path)
        (path / generation.VECTORS).write_bytes(b"nothing that numpy knows")

    with folder.writing():
        written = folder.write(fill_other, manifest)
    with pytest.raises(IndexCorrupt, match=r"vectors\.npy is not a matrix of vectors: "):
        written.vectors()
    forge(folder, lambda content: content.update(files={}))
    with pytest.raises(IndexCorrupt, match=r"manifest\.json lists no vectors\.npy\. Rebuild the"):
        folder.open().vectors()


# ── readers beside a writer ─────────────────────────────────────────────────────────────────────


def test_opening_beside_a_writer_that_switches_and_prunes_never_fails(folder: IndexFolder) -> None:
    write(folder, "text 0")
    done = threading.Event()
    seen: list[list[int]] = [[], [], []]
    failures: list[BaseException] = []

    def read(generations: list[int]) -> None:
        try:
            while not done.is_set():
                generations.append(folder.open().manifest.generation)
        except BaseException as exc:
            failures.append(exc)

    readers = [threading.Thread(target=read, args=(generations,)) for generations in seen]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, 24):
            write(folder, f"text {number}")
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert failures == []
    for generations in seen:
        assert generations
        assert generations == sorted(generations)  # no reader goes back in time
    assert folder.open().manifest.generation == 24


def test_a_reader_whose_generation_is_pruned_under_it_opens_the_next(
    folder: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "text 1")
    pointers = [folder.pointer()]
    for number in range(2, 2 + KEEP):
        write(folder, f"text {number}")
    assert not (folder.path / "000001").exists()
    current = folder.pointer
    monkeypatch.setattr(folder, "pointer", lambda: pointers.pop() if pointers else current())
    assert first_text(folder) == f"text {1 + KEEP}"
