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


ALLOWED = {"boats": ("everyone",), "kitchen": ("cooks",), "harbour": ("board",)}
TABLES = ("documents", "passages", "postings", "rights")  # with rows of documents


@pytest.fixture
def clerk(server: Server, url: str) -> Iterator[PostgresStore]:
    """An index with rights, as a user sees it who may read it, without a group."""
    server.execute(url, "CREATE TABLE public.rights ()", "CREATE TABLE public.outlines ()")
    write(PostgresStore(url, "guide"), draft_of(TOPICS), allowed=ALLOWED)
    server.execute(
        url,
        "CREATE ROLE clerk LOGIN",
        'GRANT USAGE ON SCHEMA "ragguide:guide" TO clerk',
        'GRANT SELECT ON ALL TABLES IN SCHEMA "ragguide:guide" TO clerk',
        *(f'CREATE ROLE "ragguide:{group}"' for group in ("cooks", "board")),
    )
    yield PostgresStore(url.replace("postgres@", "clerk@"), "guide")
    server.execute(
        url,
        "DROP OWNED BY clerk",
        'DROP ROLE IF EXISTS clerk, "ragguide:cooks", "ragguide:board"',
    )


def rows_of(store: PostgresStore, table: str, setting: str = "") -> str:
    """Return all that a user reads of a table by SQL of its own."""
    import psycopg

    with psycopg.connect(store._database.url, autocommit=True) as connection:
        connection.execute("SELECT set_config('ragguide.groups', %s, false)", (setting,))
        found = connection.execute(f'SELECT * FROM "ragguide:guide".{table}'.encode())
        return "".join(
            each.decode("utf-8", "replace") if isinstance(each, bytes) else f" {each}"
            for row in found
            for each in row
        ).casefold()


MARKERS = {"boats": "canoe", "kitchen": "oat milk", "harbour": "lighthouse"}


def shown(store: PostgresStore, setting: str = "") -> set[str]:
    """Return the documents of which a user reads anything in any table."""
    texts = [
        rows_of(store, table, setting)
        for table in (*TABLES, "generations", "notes", "outlines", "pointer")
    ]
    return {
        name
        for name, marker in MARKERS.items()
        if any(marker in text or name in text for text in texts)
    }


def test_a_user_reads_rows_of_its_groups_only_also_by_sql(
    server: Server, url: str, clerk: PostgresStore
) -> None:
    every = frozenset({"cooks", "board"})
    assert shown(PostgresStore(url, "guide")) == set(TOPICS)
    assert shown(clerk) == {"boats"}
    assert [each.name for each in clerk.open_for(every).documents()] == ["boats"]
    server.execute(url, 'GRANT "ragguide:cooks" TO clerk')
    assert shown(clerk) == {"boats", "kitchen"}
    assert shown(clerk, "board") == set()  # the setting only narrows
    assert shown(clerk, "everyone") == {"boats"}
    seen = clerk.open_for(every)
    assert [each.name for each in seen.documents()] == ["boats", "kitchen"]
    assert clerk.manifest_for(every) == seen.manifest
    assert [each.name for each in clerk.open_for(frozenset()).documents()] == ["boats"]
    for table in TABLES:
        assert rows_of(clerk, table) < rows_of(PostgresStore(url, "guide"), table)
    assert rows_of(clerk, "generations") == rows_of(clerk, "notes") == ""


def test_a_user_of_a_group_gets_what_the_owner_gets_as_that_group(
    server: Server, url: str, clerk: PostgresStore
) -> None:
    server.execute(url, 'GRANT "ragguide:cooks" TO clerk')
    groups = frozenset({"cooks"})
    ours, theirs = clerk.open_for(groups), PostgresStore(url, "guide").open_for(groups)
    assert ours.manifest == theirs.manifest
    assert ours.chunks() == theirs.chunks()
    assert ours.lexicon().to_json() == theirs.lexicon().to_json()
    for question in ("rye", "what does a berth cost", "north ferry", "oat milk"):
        assert search(engine_of(ours), question) == search(engine_of(theirs), question)


def test_rights_of_the_last_generation_hold_and_roll_back(
    server: Server, url: str, clerk: PostgresStore
) -> None:
    store = PostgresStore(url, "guide")
    server.execute(url, 'GRANT "ragguide:board" TO clerk')
    write(store, draft_of(TOPICS), allowed=dict.fromkeys(TOPICS, ("cooks",)))
    assert shown(clerk) == set()
    with store.writing():
        store.rollback()
    assert shown(clerk) == {"boats", "harbour"}
    write(store, draft_of(TOPICS | {"boats": ["A raft has no keel."]}), allowed=ALLOWED)
    assert [each.text for each in clerk.open_for(frozenset({"board"})).chunks()] == [
        "A raft has no keel.", *TOPICS["harbour"]
    ]  # fmt: skip


def test_a_reader_of_a_part_connects_again(server: Server, clerk: PostgresStore) -> None:
    engine = engine_of(clerk.open_for(frozenset({"board"})))
    server.stop()
    server.start()
    assert search(engine, "north ferry")[0].chunk.document == "boats"
    assert {hit.chunk.document for hit in search(engine, "where is the lighthouse")} == {"boats"}
    assert shown(clerk) == {"boats"}


def test_a_large_part_uses_the_graph(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from ragguide.index.stores import postgres_part

    texts = {
        name: [f"The {name} {i} has {i % 7} ropes and {i % 11} oars." for i in range(100)]
        for name in ("sheds", "boats")
    }
    draft = draft_of(texts, IndexRequest(index_type="hnsw", target_recall=0.5))
    store = PostgresStore(url, "guide")
    write(store, draft, allowed={"sheds": ("crew",), "boats": ("everyone",)})
    exact = store.open_for(frozenset())
    assert exact.manifest.vector_index.parameters.__class__.__name__ == "Flat"
    monkeypatch.setattr(postgres_part, "EXACT_UP_TO", 10)
    graph = store.open_for(frozenset())
    assert isinstance(graph.manifest.vector_index.parameters, Hnsw)
    found = search(engine_of(graph), "boats with 3 ropes")
    assert {hit.chunk.document for hit in found} == {"boats"}
    assert found[0].score == pytest.approx(search(engine_of(exact), "boats with 3 ropes")[0].score)


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
        ("mysql://host/db", "'mysql://host/db' is not the URL of a store"),
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
