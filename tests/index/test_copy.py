"""An index moves between files, a database and S3, and back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.errors import IndexCorrupt
from ragguide.index.bundle_export import export_bundle
from ragguide.index.notes import CALIBRATION
from ragguide.index.stores.choose import store_of
from ragguide.index.stores.copy import copy_generation
from ragguide.index.stores.files import FileStore
from ragguide.index.stores.lance import LanceStore
from ragguide.index.stores.postgres import PostgresStore
from ragguide.index.stores.protocols import Generation, Store
from ragguide.index.verify import verify
from tests.cli.inside import ragguide
from tests.index.drafts import TOPICS, draft_of, edition, write
from tests.index.test_stores import engine_of, last_text, search
from tests.postgres import Server, postgres
from tests.s3 import Server as Bucket
from tests.s3 import s3


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        yield started


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3() as started:
        yield started


@pytest.fixture(params=["postgresql", "lance", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another store than files."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("server").new_database())
    if request.param == "s3":
        return str(request.getfixturevalue("bucket").new_prefix())
    pytest.importorskip("lance", reason="no Lance: `pip install pylance` fails here")
    return f"lance:{tmp_path / 'tables'}"


def copy(source: Store, target: Store) -> Generation:
    with target.writing():
        copy_generation(source.open(), target, keep=3, clock=Clock(None))
    return target.open()


def test_a_copy_has_the_same_contents_hits_and_calibration(url: str, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "one", "guide")
    write(files, draft_of(edition(1)))
    files.notes.write(CALIBRATION, b"{}")
    other = store_of(Settings(store=url, index="guide"))
    write(other, draft_of(TOPICS))
    first = copy(files, other)
    again = copy(other, FileStore(tmp_path / "two", "guide"))
    for copied in (first, again):
        assert copied.chunks() == files.open().chunks()
        assert copied.documents() == files.open().documents()
        assert np.abs(copied.vectors() - files.open().vectors()).max() < 1e-3
        assert copied.notes.read(CALIBRATION) == b"{}"
        for ours, theirs in zip(
            search(engine_of(copied), "oat milk"),
            search(engine_of(files.open()), "oat milk"),
            strict=True,
        ):
            assert ours.chunk == theirs.chunk
            assert ours.score == pytest.approx(theirs.score, abs=1e-3)
    assert (first.manifest.generation, again.manifest.generation) == (2, 1)
    assert verify(other).n_faults == verify(FileStore(tmp_path / "two", "guide")).n_faults == 0


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


def test_a_copy_from_a_database_to_a_bucket_and_back_is_the_same(
    server: Server, bucket: Bucket
) -> None:
    database = PostgresStore(server.new_database(), "guide")
    write(database, draft_of(edition(1)))
    there = copy(database, LanceStore(bucket.new_prefix(), "guide"))
    back = copy(LanceStore(there.notes.place_of("").rsplit("/", 2)[0], "guide"), database)
    for copied in (there, back):
        assert copied.chunks() == database.open().chunks()
        assert np.array_equal(copied.vectors(), database.open().vectors())


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
