"""`Searcher` against plain sums: with a fake embedder, and over the real vectors of the guide."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ragguide import Filter, Guide, Hit
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.errors import UsageError
from ragguide.index.generation import StoredGeneration
from ragguide.index.keywords import POSTINGS, VOCABULARY, KeywordIndex
from ragguide.index.lexicon import Lexicon
from ragguide.index.store import IndexFolder
from ragguide.index.stored_chunks import statement_starts
from ragguide.index.stores.file_engine import FileEngine
from ragguide.index.vectors import VectorIndex
from ragguide.models.find import find_embedder
from ragguide.retrieve.fuse import CANDIDATES
from ragguide.retrieve.merge import JOINED_SHARE, MAX_JOINED
from ragguide.retrieve.question import Reading, read_question
from ragguide.retrieve.search import Asked, Searcher
from ragguide.types import Chunk
from tests.fakes import FakeEmbedder
from tests.retrieve.made import a_chunk, a_source

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

# ── with a fake embedder ────────────────────────────────────────────────────────────────────────

SOURCES = [a_source("boats", team="harbour"), a_source("copy"), a_source("kitchen", team="inn")]
FERRY = "The ferry crosses the strait. It leaves twice a day."
CHUNKS = [
    a_chunk(
        FERRY,
        document="boats",
        section=("Boats", "Ferry"),
        pages=(2,),
        statements=[("The ferry crosses the strait.", ()), ("It leaves twice a day.", ())],
    ),
    a_chunk("Canoes", document="boats", start=99, pages=(3,), statements=[]),
    a_chunk(FERRY, document="copy", pages=(7,)),
    a_chunk("Rye bread rises slowly.", document="kitchen", pages=(1, 2)),
    a_chunk("Oat milk keeps a week.", document="kitchen", start=50, pages=(4,)),
]
EMBEDDER = FakeEmbedder()


def searcher_of(chunks: Sequence[Chunk] = CHUNKS) -> Searcher:
    texts = [chunk.embedded_text for chunk in chunks]
    return Searcher(
        FileEngine(
            chunks,
            SOURCES,
            VectorIndex.build(EMBEDDER.embed(texts)),
            EMBEDDER.embed([chunk.statement_text(s) for chunk in chunks for s in chunk.statements]),
            statement_starts(chunks),
            KeywordIndex.build(texts),
        )
    )


def find(question: str, *, top_k: int = 5, where: Filter | None = None) -> list[Hit]:
    texts = [chunk.embedded_text for chunk in CHUNKS]
    reading = read_question(question, Lexicon.build(texts), lambda _word: True)
    return searcher_of().search(
        Asked(reading, EMBEDDER.embed([reading.text])),
        top_k=top_k,
        where=where,
        dense_weight=0.5,
        statement_weight=0.3,
    )


def cosine(one: str, other: str) -> float:
    first, second = EMBEDDER.embed([one, other])
    return float(first @ second)


def test_a_hit_tells_how_it_came_to_its_rank() -> None:
    question = "When leaves the ferry?"
    best = find(question)[0]
    assert (best.rank, best.chunk, best.rows) == (1, CHUNKS[0], (0,))
    assert best.why.cosine == pytest.approx(cosine(question, CHUNKS[0].embedded_text), abs=1e-5)
    assert best.why.statement_cosine == pytest.approx(
        max(cosine(question, text) for text in FERRY.replace(". ", ".\n").split("\n")), abs=2e-3
    )
    assert best.why.statement_cosine != pytest.approx(best.why.cosine, abs=1e-3)
    assert best.why.matched == ("Ferry", "ferry", "leaves")  # that of the title too
    keyword_score = KeywordIndex.build([chunk.embedded_text for chunk in CHUNKS]).scores(
        {"leav": 1.0, "ferri": 1.0}
    )
    assert best.why.keyword_score == pytest.approx(float(keyword_score[0]), abs=1e-5)
    assert best.why.keyword_rank == 1
    meaning = 0.7 * best.why.cosine + 0.3 * best.why.statement_cosine
    words = best.why.keyword_score / (best.why.keyword_score + 24)
    assert best.score == pytest.approx(0.5 * meaning + 0.5 * words, abs=1e-5)


def test_the_same_text_is_shown_once_with_the_places_of_its_copies() -> None:
    hits = find("ferry strait", top_k=3)
    assert hits[0].chunk == CHUNKS[0]
    assert hits[0].copies == ("copy, p. 7",)
    assert [hit.chunk.id for hit in hits if hit.chunk.text == FERRY] == ["boats/p0002-00"]


def test_a_passage_without_a_word_of_the_question_has_no_rank_by_words() -> None:
    by_row = {hit.rows[0]: hit for hit in find("rye bread")}
    assert by_row[3].why.keyword_rank == 1
    other = by_row[4].why
    assert (other.keyword_score, other.keyword_rank, other.matched) == (0.0, None, ())


def test_a_passage_without_statements_counts_by_itself() -> None:
    (hit,) = [hit for hit in find("canoes") if hit.rows == (1,)]
    assert hit.why.statement_cosine == hit.why.cosine
    question = EMBEDDER.embed(["canoes"])
    assert searcher_of().statement_cosines(hit, question) == {}


def test_the_first_hits_are_the_same_for_any_number() -> None:
    for question in ("rye bread", "ferry", "week", "zygote"):
        everything = find(question, top_k=100)
        for top_k in range(1, 6):
            assert find(question, top_k=top_k) == everything[:top_k]


def test_equal_scores_come_in_the_order_of_the_rows_for_any_number() -> None:
    chunks = [bare(f"Berth {i}.", start=1000 * i) for i in range(300)]
    for top_k in (1, 5, 20, 100):
        hits = nearest(chunks, [0.5] * 300, "zygote", top_k=top_k)
        assert [hit.rows for hit in hits] == [(row,) for row in range(top_k)]


@pytest.mark.parametrize("question", ["zygote", "is of the", "?!"])
def test_a_question_of_no_known_word_is_ranked_by_meaning(question: str) -> None:
    hits = find(question)
    assert {row for hit in hits for row in hit.rows} == {0, 1, 3, 4}  # 2 is a copy of 0
    assert [hit.why.keyword_rank for hit in hits] == [None] * 4
    for hit in hits:
        if hit.copies:  # it has the score of its best copy
            continue
        meaning = 0.7 * cosine(question, hit.chunk.embedded_text)
        said = [hit.chunk.statement_text(each) for each in hit.chunk.statements]
        said = said or [hit.chunk.embedded_text]
        meaning += 0.3 * max(cosine(question, text) for text in said)
        assert hit.score == pytest.approx(0.5 * meaning, abs=1e-3)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (Filter(documents=("kitchen",)), {3, 4}),
        (Filter(tags={"team": ("harbour",)}), {0, 1}),
        (Filter(page_first=2, page_last=3), {0, 1, 3}),
        (Filter(sections=("ferry",)), {0}),
    ],
)
def test_only_what_the_filter_lets_through_is_found(where: Filter, rows: set[int]) -> None:
    hits = find("ferry", where=where)
    assert {row for hit in hits for row in hit.rows} == rows
    assert [hit.rank for hit in hits] == list(range(1, len(rows) + 1))
    assert all(hit.copies == () for hit in hits)  # the copy stands where nobody looks


def test_a_filter_that_lets_nothing_through_is_refused() -> None:
    with pytest.raises(UsageError, match="no document matches the filter"):
        find("ferry", where=Filter(documents=("manual",)))


# ── candidates, over made vectors ───────────────────────────────────────────────────────────────


def nearest(
    chunks: Sequence[Chunk], cosines: Sequence[float], question: str, *, top_k: int
) -> list[Hit]:
    """Search chunks without statements that have these cosines with the question."""
    assert all(chunk.statements == () for chunk in chunks)
    texts = [chunk.embedded_text for chunk in chunks]
    rest = np.sqrt(1 - np.square(cosines))
    searcher = Searcher(
        FileEngine(
            chunks,
            SOURCES,
            VectorIndex.build(np.column_stack([cosines, rest]).astype(np.float32)),
            np.zeros((0, 2), np.float32),
            statement_starts(chunks),
            KeywordIndex.build(texts),
        )
    )
    searcher._stretch = 1.0  # these vectors are no embedder's
    return searcher.search(
        Asked(
            read_question(question, Lexicon.build(texts), lambda _word: True),
            np.array([[1.0, 0.0]], np.float32),
        ),
        top_k=top_k,
        dense_weight=0.5,
        statement_weight=0.3,
    )


def bare(text: str, *, document: str = "boats", start: int = 0) -> Chunk:
    return a_chunk(text, document=document, start=start, statements=[])


def test_a_passage_that_ranks_90th_by_meaning_and_by_words_can_be_the_best() -> None:
    by_meaning = [bare(f"Sails number {i}.", start=1000 * i) for i in range(89)]
    by_words = [bare(f"Rye rye rye {i}.", document="kitchen", start=1000 * i) for i in range(89)]
    both = bare("A barge takes rye to the inn.", document="copy")
    chunks = [*by_meaning, both, *by_words]
    cosines = [*np.linspace(0.8, 0.79, 89), 0.789, *np.linspace(0.1, 0.0, 89)]
    best = nearest(chunks, cosines, "rye", top_k=1)[0]
    assert best.chunk == both
    assert (best.why.cosine_rank, best.why.keyword_rank) == (90, 90)


def test_many_passages_are_found_though_each_has_a_copy() -> None:
    texts = [f"Berth {i} is let." for i in range(150)]
    chunks = [
        bare(text, document=document, start=1000 * i)
        for i, text in enumerate(texts)
        for document in ("boats", "copy")
    ]
    hits = nearest(chunks, np.linspace(0.9, 0.1, 300).tolist(), "zygote", top_k=150)
    assert [hit.chunk.text for hit in hits] == texts
    assert all(len(hit.copies) == 1 for hit in hits)


def test_a_passage_far_in_meaning_without_a_shared_word_is_no_candidate() -> None:
    """Not even to be joined to one that it overlaps."""
    far = bare("Oats are rolled. Rye is sown in autumn.", start=5000)
    near = bare("Rye is sown in autumn. Then it rests.", start=5017)
    others = [bare(f"Sails {i}.", document="copy", start=1000 * i) for i in range(120)]
    chunks, cosines = [far, near, *others], [0.5, 0.8, *np.linspace(0.8, 0.6, 120)]
    assert (1,) in [hit.rows for hit in nearest(chunks, cosines, "zygote", top_k=5)]
    assert nearest(chunks, cosines, "oats", top_k=5)[0].rows in ((0, 1), (1, 0))  # by its word


# ── over real vectors ───────────────────────────────────────────────────────────────────────────

QUESTIONS = [
    "How many passages can Amazon Kendra return for one query, and how long may each be?",
    "which databse engins does rds suport besides arora",
    "what is hyperband",
    "LLM",
    "gpus",
    "Who won the football world cup in 2022?",
]
ALL = 200  # more passages than a filter lets through


@pytest.fixture(scope="module")
def stored(guide: Guide) -> StoredGeneration:
    return IndexFolder(guide.settings.indexes_dir, "default").open()


class Oracle:
    """The ranking of every chunk for a question, by sums over all of them."""

    def __init__(
        self,
        reading: Reading,
        query: "FloatMatrix",  # (1, dim)
        stored: StoredGeneration,
        chunks: Sequence[Chunk],
    ) -> None:
        self.query = query
        self.chunks = chunks
        cosines = np.asarray(stored.vectors(), np.float64) @ query[0]
        statements = np.asarray(stored.statements()[:], np.float64) @ query[0]
        by_words = KeywordIndex.load(stored.file(VOCABULARY), stored.file(POSTINGS)).scores(
            reading.weights
        )
        self.statement_cosines: list[list[float]] = []
        self.scores: list[float] = []
        at = 0
        for row, chunk in enumerate(self.chunks):
            of_chunk = statements[at : at + len(chunk.statements)].tolist()
            at += len(chunk.statements)
            meaning = 0.7 * cosines[row] + 0.3 * max(of_chunk, default=cosines[row])
            words = by_words[row] / (by_words[row] + 24)
            self.scores.append(round(float(0.5 * meaning + 0.5 * words), 6))
            self.statement_cosines.append(of_chunk)
        assert at == len(statements)
        by_meaning = np.argsort(-cosines, kind="stable")[:CANDIDATES].tolist()
        with_words = [row for row in np.argsort(-by_words, kind="stable") if by_words[row] > 0]
        self.candidates = sorted({*by_meaning, *with_words[:CANDIDATES]})

    def passages(self, top_k: int, rows: Sequence[int] | None = None) -> list[list[int]]:
        """Rows of each passage, best first; the guide says nothing twice."""
        found: list[list[int]] = []
        for row in sorted(rows or range(len(self.scores)), key=lambda row: -self.scores[row]):
            near = [passage for passage in found if self._joins(row, passage)]
            if near:
                near[0].append(row)
            else:
                found.append([row])
        return found[:top_k]

    def _joins(self, row: int, passage: list[int]) -> bool:
        return (
            len(passage) < MAX_JOINED
            and self.scores[row] >= JOINED_SHARE * self.scores[passage[0]]
            and any(self._touch(*sorted((row, each))) for each in passage)
        )

    def _touch(self, row: int, after: int) -> bool:
        one, other = self.chunks[row], self.chunks[after]
        return one.end > other.start or (after == row + 1 and one.page_first == other.page_last)


@pytest.fixture(scope="module")
def oracles(guide: Guide, stored: StoredGeneration) -> dict[str, Oracle]:
    files = find_embedder(guide.settings.embedder)
    embedder = SentenceTransformerEmbedder(files.name, files.folder)
    chunks = stored.chunks()
    readings = {question: guide.read(question) for question in QUESTIONS}
    return {
        question: Oracle(reading, embedder.embed([reading.text]), stored, chunks)
        for question, reading in readings.items()
    }


def assert_same(hits: Sequence[Hit], passages: list[list[int]], oracle: Oracle) -> None:
    assert [list(hit.rows) for hit in hits] == passages
    expected = [oracle.scores[passage[0]] for passage in passages]
    assert [hit.score for hit in hits] == pytest.approx(expected, abs=1e-5)


@pytest.mark.model
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_ranking_is_that_of_plain_sums_over_every_chunk(
    question: str, guide: Guide, oracles: dict[str, Oracle]
) -> None:
    assert (guide.settings.dense_weight, guide.settings.statement_weight) == (0.5, 0.3)
    oracle = oracles[question]
    everything = guide.search(question, top_k=len(oracle.chunks))
    assert sorted(row for hit in everything for row in hit.rows) == list(range(len(oracle.chunks)))
    for hit in everything:
        if len(hit.rows) == 1:  # or else words of the other chunk match as well
            assert bool(hit.why.matched) == (hit.why.keyword_rank is not None)
    assert len(oracle.chunks) > 2 * CANDIDATES
    assert_same(everything[:20], oracle.passages(20, oracle.candidates), oracle)
    for top_k in (1, 5, 20, 100, 200):
        assert guide.search(question, top_k=top_k) == everything[:top_k]


@pytest.mark.model
@pytest.mark.parametrize(
    "where",
    [
        Filter(page_first=20, page_last=30),
        Filter(sections=("train",)),
        Filter(documents=("gui*",), sections=("bedrock", "kendra"), page_first=10),
    ],
)
def test_a_filtered_ranking_is_the_whole_one_without_what_may_not_be_seen(
    where: Filter, guide: Guide, oracles: dict[str, Oracle]
) -> None:
    last = where.page_last or 10**6
    rows = [
        row
        for row, chunk in enumerate(oracles[QUESTIONS[0]].chunks)
        if chunk.page_first <= last
        and chunk.page_last >= where.page_first
        and (
            not where.sections
            or any(
                word in title.casefold()
                for word in where.sections
                for path in (chunk.section, *(each.section for each in chunk.statements))
                for title in path
            )
        )
    ]
    assert 10 < len(rows) < CANDIDATES
    for top_k in (5, ALL):
        found = guide.search_many(list(oracles), top_k=top_k, where=where)
        for hits, oracle in zip(found, oracles.values(), strict=True):
            assert_same(hits, oracle.passages(top_k, rows), oracle)


@pytest.mark.model
def test_each_statement_of_a_hit_has_its_cosine_at_its_place(
    guide: Guide, stored: StoredGeneration, oracles: dict[str, Oracle]
) -> None:
    (document,) = stored.documents()
    n_joined = 0
    for question, oracle in oracles.items():
        for hit in guide.search(question, top_k=10):
            n_joined += len(hit.rows) > 1
            found = guide._searcher.statement_cosines(hit, oracle.query)
            offsets = [hit.chunk.start + each.start for each in hit.chunk.statements]
            assert sorted(found) == sorted(set(offsets))
            for row in hit.rows:
                chunk = oracle.chunks[row]
                for each, expected in zip(
                    chunk.statements, oracle.statement_cosines[row], strict=True
                ):
                    assert found[chunk.start + each.start] == pytest.approx(expected, abs=1e-5)
            for offset, each in zip(offsets, hit.chunk.statements, strict=True):
                text = hit.chunk.text[each.start : each.end]
                assert document.text[offset : offset + len(text)] == text
    assert n_joined > 0


@pytest.mark.model
def test_questions_together_find_what_each_finds_alone(guide: Guide) -> None:
    where = Filter(page_first=10)
    together = guide.search_many(QUESTIONS, top_k=3, where=where)
    assert guide.search_many([]) == []
    for question, hits in zip(QUESTIONS, together, strict=True):
        alone = guide.search(question, top_k=3, where=where)
        assert [hit.rows for hit in hits] == [hit.rows for hit in alone]
        assert [hit.score for hit in hits] == pytest.approx([h.score for h in alone], abs=1e-5)
