"""What only Lance stores have: swaps, leases, versions of tables, and a bucket that may go away."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ragguide.config import Settings, load_settings
from ragguide.errors import (
    IndexCorrupt,
    IndexLocked,
    RagguideError,
    SettingsError,
    StorageError,
    StoreDown,
)
from ragguide.index.keywords import terms_of
from ragguide.index.stores import lance, lance_lease, lance_write
from ragguide.index.stores.choose import place_of, stores_of
from ragguide.index.stores.lance import LanceStore
from ragguide.index.stores.lance_place import place_of as lance_place_of
from ragguide.index.stores.protocols import Generation
from ragguide.index.verify import verify
from ragguide.types import Filter, IndexRequest, Ivf
from tests.index.drafts import TOPICS, draft_of, edition, write
from tests.index.test_stores import engine_of, last_text, numbers, search
from tests.s3 import KEY, SECRET, Server, s3

pytest.importorskip("lance", reason="no Lance: `pip install pylance` fails here")


@pytest.fixture(scope="module")
def bucket() -> Iterator[Server]:
    with s3() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> LanceStore:
    return LanceStore(f"lance:{tmp_path}", "guide")


def data_files(folder: Path) -> set[str]:
    return {str(path) for path in folder.glob("guide/tables/*/*.lance/data/*")}


# ── versions of tables ──────────────────────────────────────────────────────────────────────────


def test_an_update_writes_only_the_documents_that_differ(
    folder: LanceStore, tmp_path: Path
) -> None:
    write(folder, draft_of(edition(1)))
    before = data_files(tmp_path)
    assert len(before) == 3  # documents, passages, postings
    write(folder, draft_of(edition(2)))
    assert len(data_files(tmp_path) - before) == 3
    assert data_files(tmp_path) > before
    tables = folder.open().tables
    assert tables.base == 1
    assert [each.id for each in tables.documents] == [0, 3, 2]  # the kitchen is new
    assert folder.open().passages.n_rows == 9


def test_after_many_updates_the_tables_are_written_anew(
    folder: LanceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance_write, "MOST_FILES", 3)
    bases = []
    for number in range(1, 7):
        more = {f"more{n}": [f"More {n} of it."] for n in range(number)}
        write(folder, draft_of(edition(1) | more), keep=2)
        bases.append(folder.open().tables.base)
    assert bases == [1, 1, 1, 4, 4, 4]
    assert verify(folder).n_faults == 0
    assert numbers(folder) == [6, 5]
    write(folder, draft_of({"other": ["Nothing stays. It is all new."]}))
    assert folder.open().tables.base == 7


def test_what_is_dropped_stays_for_a_day(
    folder: LanceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        write(folder, draft_of(edition(number)), keep=1)
    assert (tmp_path / "guide" / "000001" / "dropped").exists()
    reader = folder.open()
    monkeypatch.setattr(lance, "GRACE_S", 0)
    write(folder, draft_of(edition(3)), keep=1)
    assert {each.name for each in (tmp_path / "guide").iterdir()} >= {"000003", "tables"}
    assert not (tmp_path / "guide" / "000001").exists()
    assert not (tmp_path / "guide" / "000002").exists()
    assert verify(folder).n_faults == 0
    with pytest.raises(IndexCorrupt, match="cannot be read"):
        reader.chunks()


def test_a_failed_writer_leaves_no_files(folder: LanceStore, tmp_path: Path) -> None:
    def fail(_draft: Generation) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(folder, draft_of(edition(1)), judge=fail)
    assert not folder.has_data()
    write(folder, draft_of(edition(1)))
    before = data_files(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write(folder, draft_of(edition(2)), judge=fail)
    assert not (tmp_path / "guide" / "000002").exists()
    write(folder, draft_of(edition(1)))  # its versions are gone, too
    assert data_files(tmp_path) == before


def test_what_a_killed_first_writer_left_is_no_obstacle(folder: LanceStore, tmp_path: Path) -> None:
    write(folder, draft_of(edition(1)))
    first = data_files(tmp_path)
    (tmp_path / "guide" / "CURRENT").unlink()
    for part in (tmp_path / "guide" / "000001").iterdir():
        part.unlink()
    assert write(folder, draft_of(edition(2))).generation == 1
    assert not first & data_files(tmp_path)
    (tmp_path / "guide" / "CURRENT").write_bytes(b"damaged")  # what is left may be wanted
    assert write(folder, draft_of(edition(3))).generation == 2
    assert verify(folder).n_faults == 0


def test_damaged_tables_are_found(folder: LanceStore, tmp_path: Path) -> None:
    draft = draft_of(TOPICS)
    write(folder, draft)
    assert verify(folder).n_faults == 0
    tables = tmp_path / "guide" / "tables" / "000001"
    (passages,) = (tables / "passages.lance" / "data").iterdir()
    data = bytearray(passages.read_bytes())
    at = data.index(draft.vectors[0].tobytes())
    data[at] ^= 1
    passages.write_bytes(data)
    (faults,) = (
        each.faults for each in verify(LanceStore(f"lance:{tmp_path}", "guide")).generations
    )
    assert [fault.rpartition(": ")[2] for fault in faults] == ["the document boats is damaged"]
    next((tables / "postings.lance" / "data").iterdir()).unlink()
    (faults,) = (
        each.faults for each in verify(LanceStore(f"lance:{tmp_path}", "guide")).generations
    )
    assert "postings.lance cannot be read" in faults[0]
    (tmp_path / "guide" / "000001" / "lexicon.json").write_bytes(b"{}")
    with pytest.raises(IndexCorrupt, match="lexicon is damaged"):
        folder.open()
    assert folder.manifest().n_chunks == 8  # it is read without the rest


def test_an_inverted_file_finds_what_a_filter_leaves(
    folder: LanceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {
        f"shed{n:02d}": [f"Shed {n} has rope {n * 30 + i} and tar {i}." for i in range(30)]
        for n in range(20)
    }
    draft = draft_of(many, IndexRequest(index_type="ivf"))
    record = write(folder, draft).vector_index
    assert isinstance(record.parameters, Ivf)
    assert record.recall is not None
    assert record.recall.share >= 0.98
    engine = engine_of(folder.open())
    shares = []  # Lance starts its lists at random vectors, so a single question may find less
    for row in range(0, 600, 15):
        cosines = draft.vectors @ draft.vectors[row]
        found = engine.within(None).nearest(draft.vectors[row : row + 1], 10)
        shares.append(np.sum(cosines[found] >= np.sort(cosines)[-10] - 1e-6) / 10)
    assert np.mean(shares) >= 0.9
    query = draft.vectors[:1]
    cosines = draft.vectors @ query[0]
    inside = np.sort(cosines[210:240])[::-1]
    for exact_up_to in (5000, 0):  # vectors of the filter's passages; then by the lists
        monkeypatch.setattr("ragguide.index.stores.lance_engine.EXACT_UP_TO", exact_up_to)
        found = engine.within(Filter(documents=("shed07",)), hidden=(210,)).nearest(query, 10)
        assert all(211 <= row < 240 for row in found)
        assert cosines[found][:3] == pytest.approx(
            np.sort(cosines[211:240])[::-1][:3] if exact_up_to else inside[:3], abs=0.2
        )
    read = engine.passages([7, 3])
    assert np.array_equal(read.vectors, draft.vectors[[7, 3]])
    changed = many | {"shed07": [*many["shed07"][1:], "Shed 7 has a door."]}
    again = write(folder, draft_of(changed, IndexRequest(index_type="ivf")))
    assert isinstance(again.vector_index.parameters, Ivf)
    assert again.vector_index.parameters.nlist == record.parameters.nlist  # it was extended
    assert search(engine_of(folder.open()), "which shed has a door")[0].chunk.text.endswith("door.")
    with pytest.raises(SettingsError, match=r"'hnsw' is for files\. A Lance store has 'flat' and"):
        write(folder, draft_of(TOPICS, IndexRequest(index_type="hnsw")))


def test_quotes_in_filters_and_words_are_values(folder: LanceStore) -> None:
    write(folder, draft_of({"o'neill": ["The quay's \\ rope isn't o'neill's. It is '); old."]}))
    engine = engine_of(folder.open())
    where = Filter(sections=("O'NEILL",))
    weights = dict.fromkeys(terms_of("o'neill's rope"), 1.0)
    assert engine.within(where).holding(weights, 5).tolist() == [0]
    assert engine.keyword_scores(weights, [0])[0] > 0


# ── a bucket ────────────────────────────────────────────────────────────────────────────────────


def one_line(caught: pytest.ExceptionInfo[Exception], url: str) -> None:
    message = str(caught.value)
    assert "\n" not in message
    assert url in message
    assert KEY not in message
    assert SECRET not in message


def test_a_bucket_that_goes_away_is_one_line_and_comes_back(bucket: Server) -> None:
    url = bucket.new_prefix()
    store = LanceStore(url, "guide")
    write(store, draft_of(edition(1)))
    engine = engine_of(store.open())

    def stop(_draft: Generation) -> None:
        bucket.stop()

    try:
        with pytest.raises(StoreDown, match="no connection") as caught:
            write(store, draft_of(edition(2)), judge=stop)
        one_line(caught, url)
        with pytest.raises(StoreDown, match=r"^cannot reach s3://") as caught:
            search(engine, "ferry")
        one_line(caught, url)
        with pytest.raises(StoreDown, match=r"^cannot reach s3://") as caught:
            LanceStore(url, "guide").open()
        one_line(caught, url)
    finally:
        bucket.start()
    assert search(engine, "north ferry")[0].chunk.document == "boats"
    assert last_text(store.open()) == "Edition 1 of the cook adds salt."
    assert write(store, draft_of(edition(3))).generation == 2
    assert verify(store).n_faults == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "the server refuses these credentials"),
        ({"AWS_ACCESS_KEY_ID": "wrong"}, "the server refuses these credentials"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "no connection"),
    ],
)
def test_a_refusal_is_one_line_without_keys(
    bucket: Server, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], message: str
) -> None:
    url = bucket.new_prefix()
    write(LanceStore(url, "guide"), draft_of(TOPICS))
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    for run in (LanceStore(url, "guide").open, lambda: write(LanceStore(url, "x"), draft_of({}))):
        with pytest.raises(RagguideError, match=message) as caught:
            run()
        one_line(caught, url)
        assert caught.value.exit_code == 3


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_missing_is_named() -> None:
    with pytest.raises(StorageError, match=r"s3://no-such/x: there is no such bucket\. Create it"):
        LanceStore("s3://no-such/x", "guide").open()


def test_of_two_who_swap_one_is_refused(bucket: Server) -> None:
    place = lance_place_of(bucket.new_prefix())
    start = place.swap("CURRENT", b"0", None)
    assert start is not None
    assert place.swap("CURRENT", b"1", None) is None
    won = []

    def swap(value: int) -> None:
        if place.swap("CURRENT", str(value).encode(), start) is not None:
            won.append(value)

    racers = [threading.Thread(target=swap, args=(value,)) for value in range(1, 9)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    found = place.read("CURRENT")
    assert found is not None
    assert [str(value).encode() for value in won] == [found.data]


def test_a_pointer_that_another_process_changed_is_not_replaced(bucket: Server) -> None:
    store = LanceStore(bucket.new_prefix(), "guide")
    write(store, draft_of(edition(1)))

    def switch(_draft: Generation) -> None:
        store._place.write("guide/CURRENT", b"")

    with pytest.raises(StorageError, match="changed by another process meanwhile"):
        write(store, draft_of(edition(2)), judge=switch)


def test_the_writer_of_another_machine_is_waited_for_until_it_is_stale(
    bucket: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bucket.new_prefix()
    write(LanceStore(url, "guide"), draft_of(TOPICS))
    with LanceStore(url, "guide").writing():
        monkeypatch.setattr(lance_lease, "_file_of", lambda *_: tmp_path / "elsewhere")
        with pytest.raises(IndexLocked, match="another process is writing the index 'guide'"):
            write(LanceStore(url, "guide"), draft_of(TOPICS))
        monkeypatch.setattr(lance_lease, "STALE_S", -1)
        assert write(LanceStore(url, "guide"), draft_of(TOPICS)).generation == 2


def test_a_lease_is_renewed(bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lance_lease, "RENEW_S", 0.01)
    store = LanceStore(bucket.new_prefix(), "guide")
    place = store._place
    with store.writing():
        first = place.read(".locks/guide")
        for _ in range(1000):
            now = place.read(".locks/guide")
            assert first is not None
            assert now is not None
            if now.tag != first.tag:
                break
            time.sleep(0.01)
        else:
            raise AssertionError("nobody renews the lease")
    with store.writing():
        pass


def test_rows_that_another_writer_appended_are_noticed(folder: LanceStore) -> None:
    write(folder, draft_of(edition(1)))
    other = folder.open()

    class Meanwhile(list[object]):
        pass

    def append() -> None:
        writer = lance_write.LanceWriter(folder._place, "guide", 2, other.tables)
        writer._write_rows(
            {kind: other.table(kind) for kind in lance_write.KINDS},
            list(lance_write.split(draft_of({"x": ["More."]}))),
            99,
            [],
        )

    original = lance_write.LanceWriter._old_tables

    def old_tables(self, pieces, kept):  # type: ignore[no-untyped-def]
        tables = original(self, pieces, kept)
        append()
        return tables

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lance_write.LanceWriter, "_old_tables", old_tables)
        with pytest.raises(StorageError, match="another process is writing it, too"):
            write(folder, draft_of(edition(2)))
    assert write(folder, draft_of(edition(3))).generation == 2
    assert verify(folder).n_faults == 0


def test_indexes_are_listed_by_name(bucket: Server, tmp_path: Path) -> None:
    for url in (f"{bucket.new_prefix()}/", f"lance:{tmp_path / 'a folder'}"):
        settings = Settings(store=url)
        assert stores_of(settings) == []
        for name in ("zoo", "art"):
            write(LanceStore(url, name), draft_of(TOPICS))
        assert [store.name for store in stores_of(settings)] == ["art", "zoo"]
        assert stores_of(settings)[0].place == f"{url.rstrip('/')}/art"
        assert place_of(settings) == url.rstrip("/")
        with LanceStore(url, "art").writing():
            LanceStore(url, "art").remove()
        assert [store.name for store in stores_of(settings)] == ["zoo"]
        assert not LanceStore(url, "art").has_data()


# ── settings ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("s3://key:s3cret@bucket/prefix", "not the URL of a bucket. Use s3://BUCKET/PREFIX, with"),
        ("s3://bucket/prefix?secret=s3cret", r"store contains '\?', '#', '@' or '%'"),
        ("s3://", "not the URL of a bucket"),
        ("lance:", "store names no folder. Use lance:FOLDER"),
    ],
)
def test_keys_are_not_taken_from_the_url(store: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings({"store": store})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["lance:/srv/library", "lance:///srv/library"])
def test_a_folder_has_two_spellings(url: str) -> None:
    assert place_of(load_settings({"store": url})) == "lance:/srv/library"


@pytest.mark.parametrize(
    ("package", "url"), [("lance", "lance:FOLDER"), ("obstore", "s3://bucket/prefix")]
)
def test_without_the_extra_one_line_names_it(
    package: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    store = LanceStore(url.replace("FOLDER", str(tmp_path)), "guide")
    with pytest.raises(SettingsError, match=r"pip install 'ragguide\[lance\]'"):
        write(store, draft_of(TOPICS))


def test_a_search_in_files_loads_nothing_of_it() -> None:
    code = "import ragguide.index.stores.files, ragguide.index.stores.file_engine, sys"
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; print(*sys.modules)"],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    loaded = shown.stdout.split()
    assert "ragguide.index.stores.file_engine" in loaded
    assert not any(name.startswith(("lance", "pyarrow", "obstore")) for name in loaded)
    assert not any("stores.lance" in name for name in loaded)
