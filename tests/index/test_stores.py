"""One contract for every store of indexes: files, and real servers of PostgreSQL and S3."""

import gc
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragguide.config import Settings
from ragguide.errors import IndexLocked, IndexMissing, UsageError
from ragguide.index import keywords
from ragguide.index.calibration import check_calibration
from ragguide.index.keywords import KeywordIndex, matched_words, terms_of
from ragguide.index.stored_chunks import statement_starts
from ragguide.index.stores.choose import store_of
from ragguide.index.stores.file_engine import FileEngine
from ragguide.index.stores.files import FileStore
from ragguide.index.stores.protocols import Draft, Engine, Generation, Store
from ragguide.index.vectors import VectorIndex
from ragguide.index.verify import verify
from ragguide.retrieve.question import Reading
from ragguide.retrieve.search import Asked, Searcher
from ragguide.types import Filter, Hit
from tests.index.drafts import (
    EMBEDDER,
    TOPICS,
    MakeStore,
    draft_of,
    edition,
    sources_of,
    texts_of,
    write,
)
from tests.index.killed_writer import kill_writer
from tests.postgres import Server, postgres
from tests.s3 import Server as Bucket
from tests.s3 import s3

HALF = 1e-3  # a database stores vectors in 16 bits
KILLS = 5  # benchmarks/stores.py kills more


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as started:
        yield started


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3() as started:
        yield started


@pytest.fixture(params=["files", "postgresql", "lance", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Where indexes are; each test has a place of its own."""
    if request.param == "files":
        return Settings(indexes_dir=tmp_path)
    if request.param == "lance":
        pytest.importorskip("lance", reason="no Lance: `pip install pylance` fails here")
        return Settings(store=f"lance:{tmp_path}")
    if request.param == "s3":
        return Settings(store=request.getfixturevalue("bucket").new_prefix())
    return Settings(store=request.getfixturevalue("server").new_database())


@pytest.fixture
def make(settings: Settings) -> MakeStore:
    """Make the store of an index."""
    return lambda name="guide": store_of(settings, name)


@pytest.fixture
def store(make: MakeStore) -> Store:
    return make()


def engine_of(generation: Generation) -> Engine:
    return generation.engine(lambda vectors: vectors)


def numbers(store: Store) -> list[int]:
    """Generations, the active one first, then in the order of rollbacks."""
    kept = list(store.pointer().manifests)
    assert [each.number for each in store.kept()] == sorted(kept)
    return kept


def back(store: Store, to: int | None = None) -> int:
    with store.writing():
        number = store.rollback(to).manifest.generation
    assert store.open().manifest.generation == number
    return number


def last_text(generation: Generation) -> str:
    """The passage that differs in each edition."""
    (chunk,) = (chunk for chunk in generation.chunks() if "Edition" in chunk.text)
    return chunk.text


# ── contents ────────────────────────────────────────────────────────────────────────────────────


def test_a_writer_needs_little_memory_for_each_passage(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted are Python's objects and arrays, without those of the draft."""
    if isinstance(store, FileStore):
        pytest.skip("bm25s has all words in memory")
    monkeypatch.setattr("ragguide.index.stores.lance_postings.NUMBERS_IN_MEMORY", 20_000)
    monkeypatch.setattr("ragguide.index.stores.lance_postings.VALUES_AT_ONCE", 2_000)
    monkeypatch.setattr(keywords, "_terms_of_text", keywords._terms_of_text.__wrapped__)
    write(store, draft_of(TOPICS))  # imports what it needs
    peaks = [traced_peak(partial(write, store, many(n))) for n in (400, 1600)]
    assert (peaks[1] - peaks[0]) / 1200 < 1500


def many(n: int) -> Draft:
    """Return a draft of `n` passages, each of 60 random words."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1000, (n // 50, 50, 60))
    texts = {
        f"d{at}": [" ".join(f"w{word}" for word in row) + "." for row in rows]
        for at, rows in enumerate(words)
    }
    vectors = rng.standard_normal((n, 8)).astype(np.float32)
    return msgspec.structs.replace(
        draft_of(texts, embed=False), vectors=vectors, statements=vectors
    )


def traced_peak(run: Callable[[], object]) -> int:
    """Return the most memory in bytes that a call allocates."""
    gc.collect()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_was_written_is_what_opens(store: Store) -> None:
    draft = draft_of(TOPICS)
    assert (store.exists(), store.has_data()) == (False, False)
    written = write(store, draft)
    assert (store.exists(), store.has_data()) == (True, True)
    opened = store.open()
    assert opened.manifest == written == store.manifest()
    assert opened.chunks() == draft.chunks
    assert opened.documents() == draft.documents
    assert np.abs(opened.vectors() - draft.vectors).max() < HALF
    assert np.abs(opened.statements()[:] - draft.statements).max() < 1 / 127
    assert opened.lexicon().nearest("farry", n_slips=1) == "ferry"
    engine = engine_of(opened)
    assert list(engine.chunks()) == draft.chunks
    for name, texts in TOPICS.items():
        assert texts_of(engine.chunks_of(name)) == texts
    assert engine.chunks_of("nothing") == ()
    assert engine.has_phrase("harbour master")
    assert not engine.has_phrase("harbour ferries")
    found = engine.passages([4, 0])
    assert texts_of(found.chunks) == [TOPICS["kitchen"][1], TOPICS["boats"][0]]
    assert np.abs(found.vectors - draft.vectors[[4, 0]]).max() < HALF
    assert len(found.statements) == 3


def test_a_missing_index_says_how_to_make_one(make: MakeStore) -> None:
    with pytest.raises(IndexMissing, match=r"no index 'guide' in .*: `ragguide ingest --index gui"):
        make().open()
    write(make(), draft_of(TOPICS))
    with pytest.raises(IndexMissing, match=r"no index 'guise' in .* Did you mean 'guide'\? Create"):
        make("guise").pointer()
    with pytest.raises(UsageError, match=r"'\.\./x' is not a valid index name"):
        make("../x")


# ── search ──────────────────────────────────────────────────────────────────────────────────────

QUESTIONS = [
    "when does the north ferry leave", "what does a berth cost", "rye", "oat milk", "salt?",
    "where may no boat anchor", "who lists the berths", "canoes and persons", "zebra", "ferries",
]  # fmt: skip
WHERE = [
    None,
    Filter(documents=("boats", "harbour")),
    Filter(sections=("KITCH",)),
    Filter(page_first=2, page_last=3),
    Filter(tags={"kind": ("h",)}, page_first=3),
]


def search(engine: Engine, question: str, where: Filter | None = None) -> list[Hit]:
    weights = dict.fromkeys(terms_of(question), 1.0)
    asked = Asked(Reading(question, weights, {}, {}), EMBEDDER.embed([question]))
    return Searcher(engine).search(
        asked, top_k=8, where=where, dense_weight=0.5, statement_weight=0.3, hidden=(1,)
    )


def test_hits_and_scores_are_those_of_a_search_in_memory(store: Store) -> None:
    draft = draft_of(edition(1))
    words = KeywordIndex.build([chunk.embedded_text for chunk in draft.chunks])
    vectors = VectorIndex.build(draft.vectors)
    sources = sources_of(draft)
    oracle = FileEngine(
        draft.chunks,
        sources,
        vectors,
        draft.statements,
        statement_starts(draft.chunks),
        words,
    )
    write(store, draft)
    engine = engine_of(store.open())
    assert engine.rarity == pytest.approx(words.rarity())
    for question in QUESTIONS:
        for where in WHERE:
            ours, theirs = search(engine, question, where), search(oracle, question, where)
            assert [hit.chunk for hit in ours] == [hit.chunk for hit in theirs]
            assert [hit.rows for hit in ours] == [hit.rows for hit in theirs]
            for our, their in zip(ours, theirs, strict=True):
                assert our.score == pytest.approx(their.score, abs=HALF)
                assert our.confidence == their.confidence
                assert our.why.keyword_score == pytest.approx(their.why.keyword_score, abs=1e-5)
                assert our.why.matched == their.why.matched
    assert matched_words("Ferries", terms_of("ferry"), engine.rarity) == ("Ferries",)


def test_words_propose_the_best_passages_in_order(store: Store) -> None:
    draft = draft_of({"sheds": [f"Shed {i} has {'rope ' * (i % 7)}." for i in range(60)]})
    write(store, draft)
    engine = engine_of(store.open())
    texts = [chunk.embedded_text for chunk in draft.chunks]
    scores = KeywordIndex.build(texts).scores({"rope": 2.0, "shed": 1.0})
    found = engine.within(None).holding({"ropes": 2.0, "shed": 1.0}, 20).tolist()
    assert [scores[row] for row in found] == pytest.approx(sorted(scores, reverse=True)[:20])
    assert engine.within(None).holding({"zebra": 1.0}, 20).tolist() == []
    everything = list(range(60))
    assert engine.keyword_scores({"rope": 2.0, "shed": 1.0}, everything) == pytest.approx(scores)


def test_a_word_of_any_length_is_found(store: Store) -> None:
    long = "x" * 5000
    write(store, draft_of({"odd": [f"The code is {long}.", f"Or is it {long}z."]}))
    engine = engine_of(store.open())
    assert engine.within(None).holding({f"{long}z": 1.0}, 5).tolist() == [1]
    assert engine.keyword_scores({f"{long}z": 1.0}, [0, 1])[0] == 0
    assert verify(store).n_faults == 0


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (Filter(documents=("manual",)), "no document matches the filter: none is named 'manual'"),
        (Filter(page_first=7), "none is on page 7 or later; the last page with text is 3"),
        (Filter(sections=("attic",)), "no section title of the remaining passages contains 'at"),
    ],
)
def test_a_filter_that_matches_nothing_says_why(store: Store, where: Filter, message: str) -> None:
    write(store, draft_of(TOPICS))
    with pytest.raises(UsageError, match=message):
        engine_of(store.open()).within(where)


# ── access rights ───────────────────────────────────────────────────────────────────────────────

ALLOWED = {"boats": ("everyone",), "kitchen": ("cooks", "board"), "harbour": ("board",)}
READERS = [(), ("cooks",), ("board",), ("cooks", "clerks")]


@pytest.mark.parametrize("groups", READERS)
def test_a_group_sees_an_index_that_never_had_the_other_documents(
    make: MakeStore, groups: tuple[str, ...]
) -> None:
    names = [name for name in TOPICS if {"everyone", *groups} & set(ALLOWED[name])]
    store, control = make(), make("control")
    write(store, draft_of(TOPICS), allowed=ALLOWED)
    less = draft_of({name: TOPICS[name] for name in names})
    write(control, less)
    seen, never = store.open_for(frozenset(groups)), control.open()
    assert [source.name for source in seen.manifest.sources] == names
    assert store.manifest_for(frozenset(groups)) == seen.manifest
    if names != list(TOPICS):
        unlike = {"files": {}, "request": seen.manifest.request}
        assert seen.manifest == msgspec.structs.replace(never.manifest, **unlike)
        assert seen.manifest.request.paths == tuple(f"/{name}.pdf" for name in names)
    assert seen.chunks() == never.chunks()
    assert seen.documents() == never.documents()
    assert np.array_equal(seen.vectors(), never.vectors())
    assert np.array_equal(seen.statements()[:], never.statements()[:])
    assert seen.lexicon().to_json() == never.lexicon().to_json()
    ours, theirs = engine_of(seen), engine_of(never)
    assert dict(ours.rarity) == pytest.approx(dict(theirs.rarity))
    assert ours.closeness == theirs.closeness
    assert list(ours.chunks()) == list(theirs.chunks())
    for name in TOPICS:
        assert texts_of(ours.chunks_of(name)) == (TOPICS[name] if name in names else [])
    assert ours.has_phrase("harbour master") == ("harbour" in names)
    for question in QUESTIONS:
        our, their = search(ours, question), search(theirs, question)
        assert [(hit.chunk, hit.rows) for hit in our] == [(hit.chunk, hit.rows) for hit in their]
        assert [hit.score for hit in our] == pytest.approx([hit.score for hit in their])
    weights = {"rye": 1.0, "berth": 2.0}
    rows = range(len(less.chunks))
    assert ours.keyword_scores(weights, rows) == pytest.approx(theirs.keyword_scores(weights, rows))
    for where in (Filter(documents=("zebra",)), Filter(tags={"kind": ("z",)})):
        assert refusal(ours, where) == refusal(theirs, where)


def refusal(engine: Engine, where: Filter) -> str:
    with pytest.raises(UsageError, match="no document matches the filter") as refused:
        engine.within(where)
    return str(refused.value)


def test_a_document_without_a_group_is_for_nobody(store: Store) -> None:
    write(store, draft_of(TOPICS), allowed={"boats": ("crew",)})
    everybody = frozenset({"crew", "everyone", ""})
    assert [each.name for each in store.open_for(everybody).documents()] == ["boats"]
    nothing = store.open_for(frozenset())
    assert (nothing.documents(), nothing.chunks()) == ([], [])
    part = engine_of(nothing).within(None)
    assert part.holding({"ferry": 1.0}, 5).tolist() == []
    assert part.nearest(EMBEDDER.embed(["north ferry"]), 5).tolist() == []
    assert len(store.open().documents()) == 3


def test_an_index_without_rights_is_the_same_for_all(store: Store) -> None:
    manifest = write(store, draft_of(TOPICS))
    assert store.manifest_for(frozenset({"crew"})) == manifest
    assert store.open_for(frozenset()).chunks() == store.open().chunks()
    assert b"rights" not in msgspec.json.encode(manifest)
    assert b"allow" not in msgspec.json.encode(manifest)


def test_a_part_has_no_calibration_of_the_whole(store: Store) -> None:
    write(store, draft_of(TOPICS), allowed=ALLOWED)
    store.notes.write("calibration.json", b"fitted on all")
    store.notes.write("dates.json", b"{}")
    part, whole = store.open_for(frozenset()), store.open_for(frozenset({"board"}))
    assert part.notes.read("calibration.json") is None
    assert part.notes.read("dates.json") == b"{}"
    assert whole.notes.read("calibration.json") == b"fitted on all"


# ── generations ─────────────────────────────────────────────────────────────────────────────────


def test_a_reader_keeps_its_generation_through_a_switch_and_a_removal(store: Store) -> None:
    write(store, draft_of(edition(1)))
    first = store.open()
    engine = engine_of(first)
    write(store, draft_of(edition(2)), keep=1)
    write(store, draft_of(edition(3)), keep=1)
    assert numbers(store) == [3]
    assert last_text(store.open()) == "Edition 3 of the cook adds salt."
    assert last_text(first) == "Edition 1 of the cook adds salt."
    (best, *_) = search(engine, "which edition of the cook adds salt")
    assert best.chunk.text == "Edition 1 of the cook adds salt."


def test_going_back_and_on_never_gives_a_number_twice(store: Store) -> None:
    for number in (1, 2, 3):
        assert write(store, draft_of(edition(number))).generation == number
    assert back(store) == 2
    assert last_text(store.open()) == "Edition 2 of the cook adds salt."
    assert numbers(store) == [2, 1, 3]
    assert write(store, draft_of(edition(4))).generation == 4
    assert numbers(store) == [4, 2, 1]  # 3 was gone back from
    assert back(store) == 2
    assert back(store) == 1
    assert last_text(store.open()) == "Edition 1 of the cook adds salt."
    with pytest.raises(UsageError, match=r"no older generation\. Generation 1 is active"):
        back(store)
    assert back(store, to=4) == 4
    with store.writing():
        assert store.prune(1) == [1, 2]
        assert store.prune(1) == []
    assert numbers(store) == [4]
    with pytest.raises(UsageError, match=r"has no generation 2\. Generation 4 is active"):
        back(store, to=2)
    assert write(store, draft_of(edition(5))).generation == 5
    found = verify(store, [check_calibration])
    assert [(each.generation, each.faults) for each in found.generations] == [(5, ()), (4, ())]
    assert all(each.size_bytes > 0 for each in store.kept())
    assert min(each or 0 for each in store.sizes(store.manifest()).values()) > 0


def test_a_document_may_vanish_and_come_again(store: Store) -> None:
    write(store, draft_of(TOPICS))
    less = {name: texts for name, texts in TOPICS.items() if name != "boats"}
    write(store, draft_of(less))
    assert [each.name for each in store.open().documents()] == ["kitchen", "harbour"]
    assert search(engine_of(store.open()), "harbour master lists")[0].chunk.document == "harbour"
    write(store, draft_of(dict(reversed(TOPICS.items()))))
    assert [each.name for each in store.open().documents()] == ["harbour", "kitchen", "boats"]
    assert search(engine_of(store.open()), "north ferry")[0].chunk.document == "boats"
    assert back(store, to=1) == 1
    assert texts_of(store.open().chunks()) == [text for each in TOPICS.values() for text in each]


class RefusedError(Exception):
    pass


def test_a_refused_generation_leaves_nothing(store: Store) -> None:
    seen = []

    def refuse(draft: Generation) -> None:
        seen.append(search(engine_of(draft), "which edition adds salt")[0].chunk.text)
        raise RefusedError

    with pytest.raises(RefusedError):
        write(store, draft_of(edition(1)), judge=refuse)
    assert not store.exists()
    write(store, draft_of(edition(1)))
    with pytest.raises(RefusedError):
        write(store, draft_of(edition(2)), judge=refuse)
    assert seen == [f"Edition {n} of the cook adds salt." for n in (1, 2)]
    assert numbers(store) == [1]
    assert last_text(store.open()) == "Edition 1 of the cook adds salt."
    assert verify(store).n_faults == 0


def test_a_second_writer_is_refused_and_waits_if_it_may(make: MakeStore) -> None:
    with make().writing():
        with pytest.raises(IndexLocked, match="another process is writing the index 'guide'"):
            write(make(), draft_of(TOPICS))
        with make("other").writing():
            pass

        def give_up() -> None:
            raise RefusedError

        with pytest.raises(RefusedError), make().writing(on_wait=give_up):
            pass
    assert write(make(), draft_of(TOPICS)).generation == 1


def test_notes_belong_to_an_index(make: MakeStore) -> None:
    store = make()
    write(store, draft_of(TOPICS))
    assert store.notes.read("dates.json") is None
    store.notes.write("dates.json", b"1")
    store.notes.write("dates.json", b"2")
    assert store.open().notes.read("dates.json") == b"2"
    write(make("other"), draft_of(TOPICS))
    assert make("other").notes.read("dates.json") is None
    with store.writing():
        store.remove()
    assert not store.exists()
    assert make("other").exists()
    write(store, draft_of(TOPICS))
    assert store.notes.read("dates.json") is None


def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new_generation(
    settings: Settings, make: MakeStore
) -> None:
    rng = random.Random(0)
    store = make()
    write(store, draft_of(edition(1)))
    started = time.perf_counter()
    write(store, draft_of(edition(2)))
    usual_s = time.perf_counter() - started
    for n in range(KILLS):
        before = store.manifest().generation
        kill_writer(
            msgspec.structs.replace(settings, index="guide"),
            10 + n,
            after_s=rng.uniform(0, 1.5 * usual_s),
        )
        now = store.open().manifest.generation
        assert now in {before, before + 1}
        assert last_text(store.open()) == (
            f"Edition {10 + n if now > before else before} of the cook adds salt."
        )
        assert verify(store).n_faults == 0
        write(store, draft_of(edition(now + 1)))  # nothing holds the lock
        assert store.manifest().generation == now + 1
