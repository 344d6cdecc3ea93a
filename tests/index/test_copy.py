"""An index moves from any store to any other: files, a database, a folder of Lance tables, S3."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.errors import IndexCorrupt
from ragguide.index.bundle_export import export_bundle
from ragguide.index.notes import CALIBRATION
from ragguide.index.stores import copy as copying
from ragguide.index.stores.choose import store_of
from ragguide.index.stores.copy import copy_generation
from ragguide.index.stores.files import FileStore
from ragguide.index.stores.protocols import Generation, Store
from ragguide.index.verify import verify
from ragguide.types import IndexRequest
from tests.cli.inside import ragguide
from tests.index.drafts import TOPICS, draft_of, edition, write
from tests.index.killed_writer import kill_copy
from tests.index.test_stores import (
    ALLOWED,
    HALF,
    KILLS,
    QUESTIONS,
    READERS,
    engine_of,
    last_text,
    search,
)
from tests.postgres import Server, postgres
from tests.s3 import Server as Bucket
from tests.s3 import s3

MakeSettings = Callable[[str], Settings]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        yield started


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3() as started:
        yield started


KINDS = ["files", "postgresql", "lance", "s3"]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeSettings:
    """Make settings for an index in a new place of a kind of store."""
    numbers = count(1)

    def made(kind: str) -> Settings:
        folder = tmp_path / f"{kind}{next(numbers)}"
        if kind == "files":
            return Settings(indexes_dir=folder, index="guide")
        if kind == "lance":
            pytest.importorskip("lance", reason="no Lance: `pip install pylance` fails here")
            return Settings(store=f"lance:{folder}", index="guide")
        if kind == "s3":
            return Settings(store=request.getfixturevalue("bucket").new_prefix(), index="guide")
        return Settings(store=request.getfixturevalue("server").new_database(), index="guide")

    return made


@pytest.fixture(params=KINDS[1:])
def url(request: pytest.FixtureRequest, make: MakeSettings) -> str:
    """Another store than files."""
    return make(request.param).store


def copy(source: Store, target: Store) -> Generation:
    with target.writing():
        copy_generation(source.open(), target, keep=3, clock=Clock(None))
    return target.open()


def assert_same(ours: Generation, theirs: Generation, questions: Sequence[str]) -> None:
    """Compare contents, hits and scores; a database rounds vectors to 16 bits."""
    assert ours.chunks() == theirs.chunks()
    assert ours.documents() == theirs.documents()
    assert ours.lexicon().to_json() == theirs.lexicon().to_json()
    assert np.abs(ours.vectors() - theirs.vectors()).max() < HALF
    assert np.abs(ours.statements()[:] - theirs.statements()[:]).max() < 1 / 127
    one, other = engine_of(ours), engine_of(theirs)
    for question in questions:
        for our, their in zip(search(one, question), search(other, question), strict=True):
            assert (our.chunk, our.rows) == (their.chunk, their.rows)
            assert our.score == pytest.approx(their.score, abs=HALF)
            assert our.why.keyword_score == pytest.approx(their.why.keyword_score, abs=1e-5)


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_a_copy_has_the_same_contents_hits_rights_and_calibration(
    source: str, target: str, make: MakeSettings
) -> None:
    original, other = store_of(make(source)), store_of(make(target))
    write(original, draft_of(edition(1)), allowed=ALLOWED)
    original.notes.write(CALIBRATION, b"{}")
    write(other, draft_of(TOPICS))
    copied = copy(original, other)
    assert copied.manifest.generation == 2
    assert copied.notes.read(CALIBRATION) == b"{}"
    assert copied.manifest.sources == original.manifest().sources
    assert_same(copied, original.open(), QUESTIONS)
    for groups in READERS:
        reader = frozenset(groups)
        assert_same(other.open_for(reader), original.open_for(reader), QUESTIONS[:3])
    assert verify(other).n_faults == 0


@pytest.mark.parametrize("target", KINDS)
def test_a_copy_back_gives_the_same_vectors(target: str, make: MakeSettings) -> None:
    """What a database has rounded once is not rounded further."""
    first, there, back = (store_of(make(kind)) for kind in ("postgresql", target, "postgresql"))
    write(first, draft_of(edition(1)))
    copy(first, there)
    copy(there, back)
    for copied in (there, back):
        assert np.array_equal(copied.open().vectors(), first.open().vectors())
    ours, theirs = back.open().statements()[:], first.open().statements()[:]
    assert np.abs(ours - theirs).max() < 1 / 127  # a statement's have 8 bits in each store


@pytest.mark.parametrize(
    ("source", "asked", "target", "made"),
    [
        ("files", "hnsw", "postgresql", "hnsw"),
        ("files", "hnsw", "lance", "auto"),
        ("files", "ivf", "lance", "ivf"),
        ("files", "ivf", "postgresql", "auto"),
        ("lance", "ivf", "postgresql", "auto"),
        ("postgresql", "hnsw", "s3", "auto"),
        ("postgresql", "hnsw", "files", "hnsw"),
    ],
)
def test_a_store_without_the_index_type_chooses_one(
    source: str, asked: str, target: str, made: str, make: MakeSettings
) -> None:
    original, other = store_of(make(source)), store_of(make(target))
    n_lists = 2 if asked == "ivf" else 0
    request = IndexRequest(index_type=asked, nlist=n_lists, target_recall=0.9)  # type: ignore[arg-type]
    write(original, draft_of(edition(1), request))
    copied = copy(original, other)
    assert copied.manifest.vector_index.asked.index_type == made
    assert copied.manifest.vector_index.asked.target_recall == 0.9
    assert copied.chunks() == original.open().chunks()


# ── interrupted ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("target", KINDS)
def test_a_killed_copy_leaves_the_old_or_the_new_generation(
    target: str, make: MakeSettings
) -> None:
    source, there = make("files"), make(target)
    original, other = store_of(source), store_of(there)
    write(original, draft_of(edition(1)))
    write(other, draft_of(edition(2)))
    started = time.perf_counter()
    copy(original, other)
    usual_s = time.perf_counter() - started
    rng = random.Random(0)
    for _ in range(KILLS):
        before = write(other, draft_of(edition(2))).generation
        kill_copy(source, there, after_s=rng.uniform(0, usual_s))
        opened = other.open()
        edition_of = 1 if opened.manifest.generation > before else 2
        assert last_text(opened) == f"Edition {edition_of} of the cook adds salt."
        assert verify(other).n_faults == 0
    assert last_text(copy(original, other)) == "Edition 1 of the cook adds salt."


@pytest.mark.parametrize("target", KINDS)
def test_a_first_copy_that_is_killed_leaves_no_index(target: str, make: MakeSettings) -> None:
    source, there = make("files"), make(target)
    original, other = store_of(source), store_of(there)
    write(original, draft_of(edition(1)))
    kill_copy(source, there, after_s=0.0)
    assert not other.exists() or verify(other).n_faults == 0
    assert last_text(copy(original, other)) == "Edition 1 of the cook adds salt."
    assert verify(other).n_faults == 0


@pytest.mark.parametrize("target", KINDS)
def test_a_copy_that_fails_at_the_end_leaves_the_old_generation(
    target: str, make: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, other = store_of(make("files")), store_of(make(target))
    write(original, draft_of(edition(1)))
    write(other, draft_of(edition(2)))

    def stop(*_: object) -> bool:
        raise KeyboardInterrupt("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_are_close", stop)
        with pytest.raises(KeyboardInterrupt, match="stopped"):
            copy(original, other)
    assert [each.number for each in other.kept()] == [1]
    assert last_text(other.open()) == "Edition 2 of the cook adds salt."
    assert verify(other).n_faults == 0
    assert last_text(copy(original, other)) == "Edition 1 of the cook adds salt."


class _Lossy(FileStore):
    """A store that loses a passage."""

    def add(self, draft, describe, **rest):  # type: ignore[no-untyped-def]
        def judge(written: Generation) -> None:
            class Less:
                place, documents = written.place, written.documents

                def chunks(self) -> list[object]:
                    return [*written.chunks()[1:]]

            rest["judge"](Less())

        return super().add(draft, describe, **{**rest, "judge": judge})


def test_a_copy_that_differs_is_discarded(tmp_path: Path) -> None:
    source = FileStore(tmp_path / "one", "guide")
    write(source, draft_of(TOPICS))
    with pytest.raises(IndexCorrupt, match=r"000001 differs from .*one/guide/000001\. Try again"):
        copy(source, _Lossy(tmp_path / "two", "guide"))
    assert not FileStore(tmp_path / "two", "guide").exists()


def test_the_command_copies_to_a_store_and_back(url: str, tmp_path: Path) -> None:
    write(FileStore(tmp_path / "one", "guide"), draft_of(edition(1)))
    there = ragguide("index", "copy", "one", url, "-i", "guide", cwd=tmp_path)
    assert there.stdout == f"guide/000001 in {url.partition('?')[0]}: 9 passages\n"
    back = ragguide("index", "copy", url, "two", "-i", "guide", cwd=tmp_path)
    assert back.stdout == f"guide/000001 in {tmp_path / 'two'}: 9 passages\n"
    copied = FileStore(tmp_path / "two", "guide").open()
    assert last_text(copied) == "Edition 1 of the cook adds salt."
    missing = ragguide("index", "copy", "three", url, cwd=tmp_path)
    assert missing.returncode == 7


def test_the_command_says_if_it_changed_the_index_type(tmp_path: Path) -> None:
    pytest.importorskip("lance", reason="no Lance: `pip install pylance` fails here")
    write(FileStore(tmp_path / "one", "guide"), draft_of(TOPICS, IndexRequest(index_type="hnsw")))
    done = ragguide("index", "copy", "one", "lance:two", "-i", "guide", cwd=tmp_path)
    assert done.returncode == 0
    assert "has no index of type hnsw; it has flat" in " ".join(done.stderr.split())


def test_a_folder_with_a_copy_is_listed_from_other_folders(tmp_path: Path) -> None:
    write(FileStore(tmp_path / "one", "guide"), draft_of(TOPICS))
    env = {"RAGGUIDE_DATA_DIR": str(tmp_path / "data")}
    ragguide("index", "copy", "one", "two", "-i", "guide", cwd=tmp_path, **env)
    listed = ragguide("index", "list", cwd=tmp_path, **env).stdout
    assert f"\nin {tmp_path / 'two'} (--indexes-dir):\nguide " in listed


def test_a_bundle_of_a_store_is_that_of_its_copy(url: str, tmp_path: Path) -> None:
    store = store_of(Settings(store=url, index="guide"))
    write(store, draft_of(edition(1)))
    copy(store, FileStore(tmp_path / "one", "guide"))
    export_bundle(Settings(store=url, index="guide"), tmp_path / "store.zip")
    export_bundle(Settings(indexes_dir=tmp_path / "one", index="guide"), tmp_path / "files.zip")
    assert (tmp_path / "store.zip").read_bytes() == (tmp_path / "files.zip").read_bytes()
