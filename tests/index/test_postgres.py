"""What only a database has: a server that may go away, roles, and graphs with filters."""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from ragguide.config import Settings, load_settings
from ragguide.errors import IndexCorrupt, SettingsError, StorageError, StoreDown
from ragguide.index.stores.choose import stores_of
from ragguide.index.stores.postgres import PostgresStore
from ragguide.index.stores.protocols import Generation
from ragguide.index.verify import verify
from ragguide.types import Filter, Hnsw, IndexRequest
from tests.index.drafts import TOPICS, draft_of, edition, write
from tests.index.test_stores import engine_of, last_text, search
from tests.postgres import Server, postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        yield started


@pytest.fixture
def url(server: Server) -> str:
    return server.new_database()


def one_line(caught: pytest.ExceptionInfo[Exception], address: str) -> None:
    message = str(caught.value)
    assert "\n" not in message
    assert address.partition("?")[0] in message
    assert "host=" not in message


def test_a_server_that_goes_away_is_one_line_and_comes_back(server: Server, url: str) -> None:
    store = PostgresStore(url, "guide")
    write(store, draft_of(edition(1)))
    engine = engine_of(store.open())
    server.stop()
    try:
        with pytest.raises(StoreDown, match=r"^cannot reach postgresql://") as caught:
            search(engine, "ferry")
        one_line(caught, url)
        with pytest.raises(StoreDown, match=r"^cannot reach postgresql://") as caught:
            store.open()
        one_line(caught, url)
    finally:
        server.start()
    assert search(engine, "north ferry")[0].chunk.document == "boats"  # it connects again


def test_a_reader_whose_generation_was_deleted_meanwhile_says_so(server: Server, url: str) -> None:
    store = PostgresStore(url, "guide")
    write(store, draft_of(edition(1)))
    engine = engine_of(store.open())
    server.stop()
    server.start()
    write(store, draft_of(edition(2)), keep=1)
    with pytest.raises(IndexCorrupt, match=r"generation 1 was deleted while the server was away"):
        search(engine, "ferry")


def test_a_server_that_goes_away_from_a_writer_loses_nothing(server: Server, url: str) -> None:
    store = PostgresStore(url, "guide")
    write(store, draft_of(edition(1)))

    def stop(_draft: Generation) -> None:
        server.stop()

    try:
        with pytest.raises(StoreDown, match=r"^cannot reach postgresql://") as caught:
            write(store, draft_of(edition(2)), judge=stop)
        one_line(caught, url)
    finally:
        server.start()
    assert last_text(store.open()) == "Edition 1 of the cook adds salt."
    assert verify(store).n_faults == 0
    assert write(store, draft_of(edition(3))).generation == 2


def test_indexes_are_listed_by_name(url: str) -> None:
    settings = Settings(store=url)
    assert stores_of(settings) == []
    for name in ("zoo", "art"):
        write(PostgresStore(url, name), draft_of(TOPICS))
    assert [store.name for store in stores_of(settings)] == ["art", "zoo"]
    assert stores_of(settings)[0].place == f"{url.partition('?')[0]}/art"


def test_a_reader_needs_rights_to_read_only(server: Server, url: str) -> None:
    write(PostgresStore(url, "guide"), draft_of(TOPICS))
    server.execute(
        url,
        "DROP ROLE IF EXISTS clerk",
        "CREATE ROLE clerk LOGIN",
        'GRANT USAGE ON SCHEMA "ragguide:guide" TO clerk',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "ragguide:guide" TO clerk',
    )
    try:
        store = PostgresStore(url.replace("postgres@", "clerk@"), "guide")
        assert search(engine_of(store.open()), "oat milk")[0].chunk.document == "kitchen"
        with pytest.raises(
            StorageError, match=r"permission denied for .*Grant this user"
        ) as caught:
            write(store, draft_of(edition(2)))
        one_line(caught, "postgresql://clerk@")
    finally:
        server.execute(url, "DROP OWNED BY clerk", "DROP ROLE clerk")


def test_damaged_rows_are_found(server: Server, url: str) -> None:
    store = PostgresStore(url, "guide")
    write(store, draft_of(TOPICS))
    assert verify(store).n_faults == 0
    schema = '"ragguide:guide"'
    server.execute(url, f"UPDATE {schema}.postings SET counts[1] = 9 WHERE term = 'rye'")
    (faults,) = (each.faults for each in verify(store).generations)
    assert [fault.rpartition(": ")[2] for fault in faults] == [
        f"the document {name} is damaged" for name in ("boats", "kitchen")
    ]
    server.execute(url, f"UPDATE {schema}.passages SET statements = '' WHERE place = 1")
    (faults,) = (each.faults for each in verify(store).generations)
    assert [fault.rpartition(": ")[2] for fault in faults] == [
        f"the document {name} is damaged" for name in TOPICS
    ]


def test_a_manifest_is_read_without_the_rest(server: Server, url: str) -> None:
    store = PostgresStore(url, "guide")
    manifest = write(store, draft_of(TOPICS))
    server.execute(url, """UPDATE "ragguide:guide".generations SET lexicon = '{}'""")
    assert store.manifest() == manifest
    assert [each.manifest for each in store.kept()] == [manifest]
    with pytest.raises(IndexCorrupt, match="lexicon is damaged"):
        store.open()


def test_a_graph_finds_what_a_filter_leaves(url: str) -> None:
    many = {
        f"shed{n:02d}": [f"Shed {n} has rope {n * 30 + i} and tar {i}." for i in range(30)]
        for n in range(20)
    }
    draft = draft_of(many, IndexRequest(index_type="hnsw"))
    store = PostgresStore(url, "guide")
    manifest = write(store, draft)
    record = manifest.vector_index
    assert isinstance(record.parameters, Hnsw)
    assert record.recall is not None
    assert record.recall.share >= 0.98
    opened = store.open()
    assert opened.fetch("SHOW hnsw.iterative_scan", {}) == [("strict_order",)]
    engine = engine_of(opened)
    query = draft.vectors[:1]
    cosines = draft.vectors @ query[0]
    found = engine.within(None).nearest(query, 10)
    assert cosines[found] == pytest.approx(np.sort(cosines)[::-1][:10], abs=1e-3)
    part = engine.within(Filter(documents=("shed07",)))
    found = part.nearest(query, 10)
    assert all(210 <= row < 240 for row in found)
    assert cosines[found] == pytest.approx(np.sort(cosines[210:240])[::-1][:10], abs=1e-3)
    part._exact = False  # the graph itself goes on until the filter lets enough through
    found = part.nearest(query, 10)
    assert len(found) == 10
    assert all(210 <= row < 240 for row in found)


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("postgresql://ann:s3cret@host/db", "store contains a password"),
        ("postgresql://host/db?password=s3cret", "store contains a password"),
        ("postgresql://[s3cret/db", "store contains a password, or is not a valid URL"),
        ("mysql://host/db", "'mysql://host/db' is not the URL of a database"),
    ],
)
def test_a_password_is_not_taken_from_the_url(store: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings({"store": store})
    assert "s3cret" not in str(caught.value)


def test_without_the_extra_one_line_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install 'ragguide\[postgres\]'"):
        PostgresStore("postgresql://host/db", "guide").exists()


def test_a_search_in_files_loads_nothing_of_it() -> None:
    code = "import ragguide.index.stores.files, ragguide.index.stores.file_engine, sys"
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = shown.stdout.split()
    assert "ragguide.index.stores.file_engine" in loaded
    assert not any(name.startswith("psycopg") or "postgres" in name for name in loaded)
