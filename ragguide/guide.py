"""`Guide`: the Python API. Connects settings to stages and loads each model on first use."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Generator as Writer
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.asked import check_question
from ragguide.base.clock import Deadline, OnStage, Stopwatch
from ragguide.base.recent import Recent
from ragguide.config import Settings, load_settings
from ragguide.create.ingest import IngestReport, ingest, recut
from ragguide.create.read import ReadOptions
from ragguide.embed.lazy import LazyEmbedder
from ragguide.errors import ContextFull, ModelError, UsageError
from ragguide.generate.lazy import LazyGenerator
from ragguide.models.find import find_embedder
from ragguide.retrieve.rerank import RERANKED, LazyReranker, rerank
from ragguide.types import Answer, Chunk, Citation, Document, Filter, Found, Hit, Piece, TextKind

if TYPE_CHECKING:
    from ragguide.augment.conversation import Excerpts
    from ragguide.augment.direct import Direct
    from ragguide.augment.foreign import Vocabulary
    from ragguide.augment.kinds import Kind
    from ragguide.augment.listing import ListSearch
    from ragguide.augment.lists.structure import Outline
    from ragguide.augment.pieces import LeadFinder
    from ragguide.augment.quotes import Quoted
    from ragguide.augment.rank import ScoreStatements
    from ragguide.augment.refusal import Verdict
    from ragguide.augment.weigh import Weighed
    from ragguide.augment.write import WriteOptions, Written
    from ragguide.create.rawmap import RawLine, RawMap
    from ragguide.embed.ranker import LazyRanker
    from ragguide.embed.tokens import TokenCounter
    from ragguide.index.calibration import Calibration, Signs
    from ragguide.index.open import Opened
    from ragguide.index.stores.protocols import Generation, OnWait
    from ragguide.retrieve.question import Reading
    from ragguide.retrieve.search import Asked, Searcher
    from ragguide.retrieve.turns import Turn
    from ragguide.types import Embedder, FloatMatrix, Generator
    from ragguide.update.changes import Changes
    from ragguide.update.run import UpdateReport

SIDE_HITS = 5  # searched for each side of a comparison
MOST_EXPECTED = 256  # questions that are read before they are asked; some never are
MOST_READ = 1024  # questions whose reading is kept

_log = logging.getLogger(__name__)


class Guide:
    """A guide that answers questions: one open generation of an index.

    guide = Guide.open()
    for hit in guide.search("spot instances discount"):
        print(hit.rank, hit.chunk.page_first, hit.chunk.text)
    print(guide.query("How much do Spot Instances save?").answer)
    """

    def __init__(
        self,
        settings: Settings,
        opened: "Opened",
        embedder: LazyEmbedder,
        reranker: LazyReranker,
        generator: LazyGenerator,
    ) -> None:
        """Use `Guide.open` instead."""
        self.settings = settings
        self.manifest = opened.generation.manifest
        self._opened = opened
        self._embedder = embedder
        self._reranker = reranker
        self._generator = generator
        self._outlines: dict[str, Outline] = {}  # by document
        self._raw_maps: dict[str, RawMap] = {}  # by document
        self._expected: Recent[str, deque[Asked]] = Recent(MOST_EXPECTED)  # see `expect`
        self._readings: Recent[str, Reading] = Recent(MOST_READ)  # by question

    # ── make and open ───────────────────────────────────────────────────────────────────────────

    @classmethod
    def ingest(
        cls,
        *paths: Path | str,
        settings: Settings | None = None,
        options: ReadOptions | None = None,
        rebuild: bool = False,
        on_stage: OnStage | None = None,
        on_wait: "OnWait | None" = None,
    ) -> IngestReport:
        """Read documents into a new generation of the index that the settings name.

        A path may be a file, a folder, a pattern, or a URL: of a page or PDF, or of objects in a
        bucket.

        If another process is writing the index, `on_wait` is called and `ingest` waits. Without
        `on_wait`, `ingest` raises `IndexLocked`.

        Raises:
            InputError: no document could be read.
            UsageError: the index would lose its rights, or a rule is about no document.
            IndexLocked, StorageError: the index cannot be written.
            ModelError: the embedder is missing.
            WorkersDown: the scheduler of the settings does not answer, or workers end.
        """
        from ragguide.create.names import places_of

        return ingest(
            places_of(paths),
            settings or load_settings(),
            options=options,
            rebuild=rebuild,
            on_stage=on_stage,
            on_wait=on_wait,
        )

    @classmethod
    def open(
        cls,
        index: str | None = None,
        *,
        settings: Settings | None = None,
        embedder: "Embedder | None" = None,
        generator: bool = False,
    ) -> "Guide":
        """Verify the current generation, then open it.

        Pass `embedder` to reuse a loaded one; the index must have been built with it. With
        `generator`, load the generator in the background, on another core.

        Raises:
            IndexMissing, IndexCorrupt: there is no such index, or it is damaged.
            IndexMismatch: another embedder than the one in the settings built it.
            UsageError: the groups of the settings may read none of its documents.
            ModelError: the settings name a reranker that does not exist.
        """
        from ragguide.index.open import open_index

        settings = settings or load_settings({"index": index})
        lazy = LazyGenerator(settings)
        if generator:
            lazy.start_if_it_may_answer()
        return cls._of(open_index(settings, index, embedder=embedder), settings, lazy)

    @classmethod
    def _of(
        cls, opened: "Opened", settings: Settings, generator: LazyGenerator | None = None
    ) -> "Guide":
        sha256 = opened.generation.manifest.embedder_sha256
        return cls(
            settings,
            opened,
            LazyEmbedder(settings, sha256=sha256, loaded=opened.embedder),
            LazyReranker(settings),
            generator or LazyGenerator(settings),
        )

    @classmethod
    def update(
        cls,
        index: str | None = None,
        *,
        settings: Settings | None = None,
        password: str | None = None,
        dry_run: bool = False,
        judge: "Callable[[Guide, Changes], None] | None" = None,
        on_stage: OnStage | None = None,
        on_wait: "OnWait | None" = None,
    ) -> "UpdateReport":
        """Read the changed sources of an index into a new generation.

        Sources are the paths given to `ingest`, so `update` also reads new files in a folder.
        If nothing has changed, the current generation stays. With `dry_run` nothing is written.
        `judge` receives the open new generation and the changes before the index switches to it.
        If `judge` raises, the old generation stays.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch: as `open`.
            InputError: all sources are gone; the index stays unchanged.
            IndexLocked, StorageError: the index cannot be written.
            WorkersDown: the scheduler of the settings does not answer, or workers end.
        """
        from ragguide.index.open import open_generation
        from ragguide.index.stores.visible import seen_by
        from ragguide.update.run import update

        settings = settings or load_settings({"index": index})
        settings = msgspec.structs.replace(settings, index=index or settings.index)

        def show(draft: "Generation", *, changes: "Changes") -> None:
            assert judge is not None
            seen = seen_by(settings.reader, draft)
            judge(cls._of(open_generation(seen, settings), settings), changes)

        return update(
            settings,
            password=password,
            dry_run=dry_run,
            judge=show if judge else None,
            on_stage=on_stage,
            on_wait=on_wait,
        )

    def recut(self, settings: Settings, *, on_stage: OnStage | None = None) -> IngestReport:
        """Build an index from this guide's stored documents with other settings.

        Raises:
            IndexLocked, StorageError: the index that the settings name cannot be written.
            SettingsError, RecallTooLow: the vector index cannot be built with these settings.
        """
        return recut(self._opened.generation, settings, on_stage=on_stage)

    def under(self, settings: Settings, *, embedder: "Embedder | None" = None) -> "Guide":
        """Return this open index with other search and answer settings; share loaded models."""
        same_reranker = settings.reranker == self.settings.reranker
        same_generator = settings.generator == self.settings.generator
        return Guide(
            settings,
            self._opened,
            self._embedder.under(settings, loaded=embedder),
            self._reranker if same_reranker else LazyReranker(settings),
            self._generator if same_generator else LazyGenerator(settings),
        )

    def beside(self, index: str | None = None, *, groups: str | None = None) -> "Guide":
        """Open the current generation of this index, or of another one; share loaded models.

        With `groups`, open it for a reader of other groups.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch: as `open`.
        """
        from ragguide.index.open import open_generation
        from ragguide.index.stores.choose import store_of

        settings = msgspec.structs.replace(
            self.settings,
            index=index or self.settings.index,
            groups=self.settings.groups if groups is None else groups,
        )
        generation = store_of(settings).open_for(settings.reader)
        sha256 = generation.manifest.embedder_sha256
        shared = self.embedder if sha256 == self.manifest.embedder_sha256 else None
        opened = open_generation(generation, settings, embedder=shared)
        embedder = LazyEmbedder(settings, sha256=sha256, loaded=opened.embedder)
        return Guide(settings, opened, embedder, self._reranker, self._generator)

    def is_current(self) -> bool:
        """Whether this guide's generation is the active one of its index, and not replaced.

        Raises:
            IndexMissing, IndexCorrupt: the index is gone or damaged.
        """
        from ragguide.index.stores.choose import store_of

        return store_of(self.settings).pointer().in_use == self.manifest.generation

    @property
    def index_name(self) -> str:
        """Name and generation: "default/000003"."""
        return self._opened.label(self.settings.index)

    @property
    def calibration(self) -> "Calibration | None":
        """When this index refuses a question; None if no calibration fits its embedder."""
        return self._opened.calibration

    def stale_note(self) -> str:
        """Return a line that says which sources changed, moved or vanished since indexing.

        The line names the command to run. It is empty if no source has changed. The check takes
        microseconds per source.
        """
        from ragguide.update.staleness import stale_note

        return stale_note(self.manifest, self.settings.index, self._opened.generation.notes)

    @property
    def chunks(self) -> Sequence[Chunk]:
        """All passages, in the order of the documents."""
        return self._opened.engine.chunks()

    def chunk(self, id_: str) -> Chunk | None:
        """Return the passage with this id, as `search` returns it; None if there is none."""
        from ragguide.retrieve.merge import find_passage

        return find_passage(self._opened.engine.chunks_of(id_.rpartition("/")[0]), id_)

    def documents(self) -> list[Document]:
        """Read from the store the cleaned documents that the chunks were cut from."""
        return self._opened.generation.documents()

    # ── search ──────────────────────────────────────────────────────────────────────────────────

    def search(
        self, question: str, *, top_k: int | None = None, where: Filter | None = None
    ) -> list[Hit]:
        """Return the passages that are relevant to the question, best first.

        Raises:
            UsageError: the question is empty or too long, or `where` matches no passage.
            ModelError: the embedder is missing or does not load.
        """
        (hits,) = self.search_many([question], top_k=top_k, where=where)
        return hits

    def search_many(
        self, questions: Sequence[str], *, top_k: int | None = None, where: Filter | None = None
    ) -> list[list[Hit]]:
        """Search for each question, embedding all of them at once. Raises as `search`."""
        return [self._find(asked, top_k, where) for asked in self._ask(questions)]

    def read(self, question: str) -> "Reading":
        """Return the question in the form used for search: typos corrected, acronyms expanded.

        Raises:
            UsageError: the question is empty or too long.
        """
        from ragguide.base.english import is_known_word
        from ragguide.retrieve.question import read_question

        question = check_question(question)
        if (known := self._readings.get(question)) is not None:
            return known
        opened = self._opened
        reading = read_question(
            question, opened.lexicon, self._is_word, is_known_word, opened.engine.has_phrase
        )
        self._readings.put(question, reading)
        return reading

    def embed(self, texts: Sequence[str], *, kind: TextKind = "passage") -> "FloatMatrix":
        """Return the `(len(texts), dim)` unit vectors of texts from the index's embedder.

        Use the kind "query" for questions: some embedders read them differently.

        Raises:
            ModelError: the embedder is missing or does not load.
        """
        return self._embedder.get().embed(texts, kind=kind)

    def expect(self, questions: Sequence[str]) -> None:
        """Read and embed questions that will soon be searched for, all at once.

        The next search for each of them uses the result, which is then forgotten. A question that
        comes twice is read once, and serves two searches.

        Raises:
            UsageError: a question is empty or too long.
            ModelError: the embedder is missing or does not load.
        """
        uses = Counter(questions)
        for (question, n), asked in zip(uses.items(), self._ask(list(uses)), strict=True):
            self._expected.put(question, deque([asked] * n))

    def _ask(self, questions: Sequence[str]) -> "list[Asked]":
        from ragguide.retrieve.search import Asked

        if len(questions) == 1 and (expected := self._take_expected(questions[0])):
            return [expected]
        readings = [self.read(question) for question in questions]
        vectors = self.embed([reading.text for reading in readings], kind="query")
        return [Asked(reading, vectors[i : i + 1]) for i, reading in enumerate(readings)]

    def _take_expected(self, question: str) -> "Asked | None":
        """Return a question that was read ahead, as often as it was expected."""
        expected = self._expected.get(question)
        if not expected:
            return None
        try:
            return expected.popleft()
        except IndexError:  # another thread took the last one
            return None
        finally:
            if not expected:
                self._expected.pop(question)

    def _find(
        self,
        asked: "Asked",
        top_k: int | None,
        where: Filter | None,
        hidden: Collection[int] = (),
    ) -> list[Hit]:
        settings = self.settings
        top_k = top_k or settings.top_k
        hits = self._searcher.search(
            asked,
            top_k=max(RERANKED, top_k) if settings.reranker else top_k,
            where=where,
            dense_weight=settings.dense_weight,
            statement_weight=settings.statement_weight,
            hidden=hidden,
        )
        if settings.reranker:
            hits = rerank(asked.reading.text, hits, self._reranker.get())[:top_k]
        return hits

    @cached_property
    def _searcher(self) -> "Searcher":
        from ragguide.retrieve.search import Searcher

        return Searcher(self._opened.engine)

    def _is_word(self, word: str) -> bool:
        """Whether the embedder has a single token for a word, so that it is probably no typo."""
        return self._count_tokens([word]) == [1]

    @cached_property
    def _count_tokens(self) -> "TokenCounter":
        from ragguide.embed.tokens import TokenCounter

        return TokenCounter(find_embedder(self.settings.embedder).folder)

    # ── answer ──────────────────────────────────────────────────────────────────────────────────

    def query(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: Filter | None = None,
        quotes_only: bool = False,
        strict: bool = False,
        deadline: Deadline | None = None,
    ) -> Answer:
        """Answer a question from the guide, or refuse.

        If there is no generator, or it fails, the answer consists of quotes, and `degraded` says
        why. With `strict`, no verdict is given whose reason has no support. At the `deadline` the
        answer stops, if necessary with the quotes alone, and `degraded` says so.

        Raises:
            UsageError, ModelError: as `search`.
        """
        events = self.stream(
            question,
            top_k=top_k,
            where=where,
            quotes_only=quotes_only,
            strict=strict,
            deadline=deadline,
        )
        for event in events:
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: Filter | None = None,
        quotes_only: bool = False,
        strict: bool = False,
        deadline: Deadline | None = None,
        read: "Excerpts | None" = None,
    ) -> Iterator[Found | Piece | Answer]:
        """Like `query`, but yield results as they come: `Found`, the text in `Piece`s, `Answer`.

        `read` records the excerpts that the generator has read in a conversation: see
        `ragguide.chat`.
        """
        from ragguide.augment.parts import merge_answers, merge_found
        from ragguide.index.keywords import words_of
        from ragguide.retrieve.parts import parts_of

        question, top_k = check_question(question), top_k or self.settings.top_k
        parts = parts_of(question, words_of)
        clocks = [Stopwatch() for _ in parts]
        streams = [
            self._stream(
                part.text,
                part.search,
                top_k=top_k,
                where=where,
                quotes_only=quotes_only,
                strict=strict,
                deadline=deadline,
                read=read,
                clock=clock,
            )
            for part, clock in zip(parts, clocks, strict=True)
        ]
        if len(streams) == 1:
            yield from streams[0]
            return
        found = [next(each) for each in streams]
        yield merge_found([each for each in found if isinstance(each, Found)], n_hits=top_k)
        answers = []
        for each, clock in zip(streams, clocks, strict=True):
            clock.resume()
            answers += [event for event in each if isinstance(event, Answer)]
        answer = merge_answers(question, [part.text for part in parts], answers, n_hits=top_k)
        yield Piece(text=answer.answer)
        yield answer

    def _stream(
        self,
        question: str,
        search: str,
        *,
        top_k: int,
        where: Filter | None,
        quotes_only: bool,
        strict: bool,
        deadline: Deadline | None,
        read: "Excerpts | None",
        clock: Stopwatch,
    ) -> Iterator[Found | Piece | Answer]:
        """Stream the answer to one question; `Found` comes first. `search` is what to search."""
        from ragguide.augment.refusal import JUDGED
        from ragguide.augment.write import Written, answer_of, say

        # Retrieve: read the question, search by meaning and by word.
        if self._ranker is not None:
            self._ranker.start()  # it loads during the search
        (asked,) = self._ask([search])
        hits = self._find(asked, max(top_k, JUDGED), where)
        clock.lap("search")

        # Augment: weigh the sentences of the hits, then refuse or choose the quotes. Some
        # questions are answered in the guide's own words, without the generator.
        weighed = self._weigh(asked, hits, where)
        verdict = self._verdict(asked, weighed)
        lists = self._lists(question, asked, where)
        direct = self._listed(lists, is_quoted=quotes_only)
        quoted, direct = self._quote(
            question, asked, weighed, verdict, direct, top_k=top_k, where=where
        )
        clock.lap("quotes")
        found = self._found(asked, hits[:top_k], direct or quoted, verdict)
        was_refused = found.refused
        if not was_refused:
            yield found
        if direct is None and not quotes_only:
            direct = self._chosen_list(question, lists, deadline, clock)
            if direct is not None:
                found = self._found(asked, hits[:top_k], direct, verdict)
        if was_refused:  # there were no quotes to show until now
            yield found

        # Generate: the model writes; each of its sentences is checked against the evidence.
        written = Written()
        if direct is not None and not quotes_only:
            written = yield from say(direct)
        elif not (found.refused or quotes_only):
            options = self._options(found, strict=strict, deadline=deadline, read=read)
            written = yield from self._write(question, quoted, options, clock)
        yield answer_of(
            question,
            found,
            written,
            index=self.index_name,
            timings_s=clock.laps,
            notes=asked.reading.notes,
        )

    def reword(
        self,
        question: str,
        last: Answer,
        before: str,
        turn: "Turn",
        *,
        quotes_only: bool = False,
        deadline: Deadline | None = None,
    ) -> Iterator[Found | Piece | Answer]:
        """Say an answer in other words, or give its reason, from its own quotes.

        Args:
            question: as the user typed it.
            last: an answer of this guide with quotes.
            before: the question that it answers.
            turn: `SIMPLER`, `SHORTER`, `REASON`, or `AGAIN` for the quotes alone.
            quotes_only: show the quotes again.
            deadline: the moment by which the generator must be loaded, and stops if cancelled.

        Raises:
            ModelError: the generator fails.
        """
        from ragguide.augment.reword import NO_MODEL, found_again, reword
        from ragguide.augment.write import Written, answer_of
        from ragguide.retrieve.turns import Turn

        clock = Stopwatch()
        found = found_again(last)
        yield found
        written = Written()
        generator = None
        degraded: tuple[str, ...] = ()
        if turn is not Turn.AGAIN and not quotes_only:
            generator, degraded = self._generator.available(deadline)
        if generator is not None:
            clock.lap("load")
            written = yield from reword(
                generator,
                last,
                before,
                turn,
                max_tokens=self.settings.answer_tokens,
                rarity=self._opened.engine.rarity,
                clock=clock,
            )
        elif turn is not Turn.AGAIN:
            written = Written(degraded=(*degraded, NO_MODEL))
        yield answer_of(
            question, found, written, index=self.index_name, timings_s=clock.laps, notes=()
        )

    def listed(self, question: str) -> tuple[str, ...]:
        """Return the items of the list that a question asks for, in order; none if unclear.

        Raises:
            UsageError, ModelError: as `search`.
        """
        from ragguide.augment.kinds import kind_of

        (asked,) = self._ask([question])
        lists = self._list_search(kind_of(question), asked)
        listing = lists.find() if lists else None
        return tuple(item.text for item in listing.items) if listing else ()

    def _options(
        self, found: Found, *, strict: bool, deadline: Deadline | None, read: "Excerpts | None"
    ) -> "WriteOptions":
        from ragguide.augment.write import WriteOptions

        return WriteOptions(
            answer_tokens=self.settings.answer_tokens,
            strict=strict,
            chance=found.chance,
            deadline=deadline,
            read=read,
            score=self._score_statements,
        )

    def _write(
        self, question: str, quoted: "Quoted", options: "WriteOptions", clock: Stopwatch
    ) -> "Writer[Piece, None, Written]":
        """Let the generator write, if it is installed and has time; yield its text."""
        from ragguide.augment.quotes import choose_context
        from ragguide.augment.write import Written, write_answer

        deadline = options.deadline
        generator, degraded = self._generator.available(deadline)
        if generator is None:
            return Written(degraded=degraded)
        clock.lap("load")
        n_tokens = self._generator.evidence_tokens(deadline)
        usual = self._generator.evidence_tokens()
        if not n_tokens:
            reason = f"quotes only: {deadline} leaves {generator.name} no time to read."
            return Written(degraded=(reason,))
        if n_tokens < usual:
            reason = f"shorter: by {deadline} the model read {n_tokens} tokens, not {usual}."
            degraded = (reason,)
        context = choose_context(generator, quoted, context_tokens=n_tokens)

        def write(options: "WriteOptions") -> "Writer[Piece, None, Written]":
            return write_answer(
                generator,
                question,
                context,
                context_tokens=n_tokens,
                rarity=self._opened.engine.rarity,
                options=options,
                clock=clock,
            )

        try:
            try:
                written = yield from write(options)
            except ContextFull:
                if options.read is None:
                    raise
                options.read.forget()  # the conversation is too long for the model's context
                written = yield from write(options)
        except ContextFull:
            raise
        except ModelError as exc:
            self._generator.forget_server()
            return Written(degraded=(f"quotes only: {exc}",))
        return msgspec.structs.replace(
            written,
            degraded=(*degraded, *written.degraded, *self._generator.take_shortfalls()),
            warnings=(*quoted.withheld(context.evidence), *written.warnings),
        )

    def _quote(
        self,
        question: str,
        asked: "Asked",
        weighed: "Weighed",
        verdict: "Verdict",
        direct: "Direct | None",
        *,
        top_k: int,
        where: Filter | None,
    ) -> "tuple[Quoted, Direct | None]":
        """Choose the quotes, and an answer in the guide's own words if there is one.

        `direct` is the list of the guide that answers, if there is one.
        """
        from ragguide.augment.direct import define_directly, look_up_directly
        from ragguide.augment.kinds import Kind, sole_kind_of
        from ragguide.augment.quotes import Quoted, choose_quotes
        from ragguide.augment.sides import bare_sides_of, with_sides

        if verdict.refused:
            return Quoted(), direct
        kind = sole_kind_of(question)
        score = self._score_statements
        quoted = choose_quotes(asked.reading, weighed, n_hits=top_k, score=score)
        if sides := bare_sides_of(question):
            quoted = with_sides(quoted, self._quote_sides(sides, where))
        if kind is Kind.DEFINITION:
            direct = define_directly(asked.reading.text, quoted)
        elif kind is Kind.LOOKUP:
            direct = look_up_directly(question, quoted)
        return quoted, direct

    def _quote_sides(
        self, sides: Sequence[str], where: Filter | None
    ) -> "list[tuple[str, Quoted]]":
        """Return each side of a comparison with the sentences that may say what it is."""
        from ragguide.augment.quotes import choose_quotes

        found = []
        for side, asked in zip(
            sides, self._ask([f"what is {side}?" for side in sides]), strict=True
        ):
            hits = self._find(asked, SIDE_HITS, where)
            weighed = self._weigh(asked, hits, where)
            quoted = choose_quotes(
                asked.reading, weighed, n_hits=SIDE_HITS, score=self._score_statements
            )
            found.append((side, quoted))
        return found

    def _lists(
        self, question: str, asked: "Asked", where: Filter | None, hidden: Collection[int] = ()
    ) -> "ListSearch | None":
        """Return the search for the list that a question asks for; None if it asks for none."""
        from ragguide.augment.kinds import sole_kind_of

        if where is not None:
            return None  # a filter could cut the list short
        return self._list_search(sole_kind_of(question), asked, hidden)

    def _list_search(
        self, kind: "Kind", asked: "Asked", hidden: Collection[int] = ()
    ) -> "ListSearch | None":
        from ragguide.augment.kinds import Kind, spelt_word

        if kind not in (Kind.COUNT, Kind.LIST) and spelt_word(asked.reading.text) is None:
            return None
        from ragguide.augment.listing import LISTED_HITS, ListSearch  # 40 ms, not for others

        hits = self._find(asked, LISTED_HITS, None, hidden)
        reading, rarity = asked.reading, self._opened.engine.rarity
        return ListSearch(reading.text, kind, hits, self._outline_of, rarity, reading.expanded)

    def _listed(self, lists: "ListSearch | None", *, is_quoted: bool = False) -> "Direct | None":
        """Answer with a list of the guide, or its count, if it is clear which one."""
        if lists is None or (listing := lists.find()) is None:
            return None
        from ragguide.augment.listing import list_directly

        return list_directly(lists.kind, listing, is_quoted=is_quoted)

    def _chosen_list(
        self,
        question: str,
        lists: "ListSearch | None",
        deadline: Deadline | None,
        clock: Stopwatch,
    ) -> "Direct | None":
        """Answer with the list that the generator takes for the one the question asks for."""
        near = lists.nearby() if lists else []
        generator = self._generator.available(deadline)[0] if near else None
        if generator is None or not self._generator.evidence_tokens(deadline):
            return None
        assert lists is not None
        from ragguide.augment.choose_list import choose_list
        from ragguide.augment.listing import list_directly

        until = deadline.at if deadline else None
        listing = choose_list(generator, question, lists.things, near, until=until)
        clock.lap("lists")
        return list_directly(lists.kind, listing) if listing else None

    def _outline_of(self, document: str) -> "Outline":
        """Return the lists of a document; it is read only once."""
        from ragguide.augment.lists.structure import read_outline

        if document not in self._outlines:
            self._outlines[document] = read_outline(self._opened.engine.chunks_of(document))
        return self._outlines[document]

    def _found(
        self, asked: "Asked", hits: Sequence[Hit], quoted: "Quoted | Direct", verdict: "Verdict"
    ) -> Found:
        """Return the results to show before the generator writes."""
        from ragguide.augment.direct import Direct
        from ragguide.augment.refusal import absent_words
        from ragguide.index.keywords import words_of

        text = asked.reading.text
        return Found(
            hits=tuple(hits),
            quotes=quoted.quotes,
            refused=not isinstance(quoted, Direct) and (verdict.refused or not quoted.quotes),
            chance=verdict.chance,
            looked_for=tuple(words_of(text)),
            absent=absent_words(text, self._vocabulary),
        )

    def judge(self, question: str, hits: Sequence[Hit]) -> "Verdict":
        """Decide from the hits of a search whether the guide answers the question.

        With fewer hits than `JUDGED` the verdict may differ from `query`'s.

        Raises:
            UsageError, ModelError: as `search`.
        """
        (asked,) = self._ask([question])
        return self._verdict(asked, self._weigh(asked, hits))

    def signs(self, question: str, *, hidden: Collection[int] = ()) -> "Signs | None":
        """Return the signs for a verdict, with some chunks hidden.

        None if no signs are needed: there are no hits, or a list of the guide answers.

        Args:
            question: as the user typed it.
            hidden: rows of the chunks to hide.

        Raises:
            UsageError, ModelError: as `search`.
        """
        from ragguide.augment.refusal import JUDGED, signs_of

        (asked,) = self._ask([question])
        hits = self._find(asked, JUDGED, None, hidden)
        if not hits or self._listed(self._lists(question, asked, None, hidden)):
            return None
        return signs_of(asked.reading, self._weigh(asked, hits), self._vocabulary)

    def _weigh(self, asked: "Asked", hits: Sequence[Hit], where: Filter | None = None) -> "Weighed":
        from ragguide.augment.weigh import weigh_hits

        return weigh_hits(
            hits,
            asked.reading.weights,
            lambda hit: self._searcher.statement_cosines(hit, asked.query),
            self._opened.engine.rarity,
            self._leads.find,
            where,
        )

    @cached_property
    def _ranker(self) -> "LazyRanker | None":
        """The ranker of statements; none if the guide is not in English."""
        from ragguide.embed.ranker import shared_ranker

        if not (self.settings.rank_statements and self._vocabulary.is_english):
            return None
        return shared_ranker(self.settings.n_threads)

    @property
    def _score_statements(self) -> "ScoreStatements | None":
        return None if self._ranker is None else self._ranker.get().scores

    @cached_property
    def _leads(self) -> "LeadFinder":
        from ragguide.augment.pieces import LeadFinder

        return LeadFinder(self._opened.engine.chunks_of)

    def _verdict(self, asked: "Asked", weighed: "Weighed") -> "Verdict":
        from ragguide.augment.refusal import verdict_of

        return verdict_of(
            asked.reading,
            weighed,
            self.calibration,
            self._vocabulary,
            false_refusals=self.settings.false_refusals,
        )

    @cached_property
    def _vocabulary(self) -> "Vocabulary":
        """The words of the guide and of English."""
        from ragguide.augment.foreign import Vocabulary
        from ragguide.base.english import is_known_word, share_of_english

        lexicon = self._opened.lexicon
        common = lexicon.commonest(20)

        @lru_cache(maxsize=1024)  # a question's words are looked up for its signs and its refusal
        def is_near(word: str) -> bool:
            return lexicon.has_similar(word, n_letters=1 if len(word) < 6 else 2)

        return Vocabulary(
            terms=self._opened.engine.rarity,
            is_near=is_near,
            is_typo=lambda word: lexicon.nearest_typed(word) is not None,
            share_of=share_of_english,
            is_english=2 * sum(map(is_known_word, common)) >= len(common),
        )

    def raw_lines(self, citation: Citation) -> "tuple[RawLine, ...]":
        """Return the raw page lines that contain a quote, so that a PDF viewer can find them.

        Quotes are cleaned text. The page itself may have `Al` for `AI`, or a running head within
        the quote. Documents without printed pages, such as HTML, have no raw lines.

        Raises:
            UsageError: the quote does not come from this index.
        """
        from ragguide.create.rawmap import find_quote

        document = self._documents.get(citation.document)
        if document is not None and 0 < citation.page_first <= len(document.page_starts):
            page_start = document.page_starts[citation.page_first - 1]
            if spans := find_quote(document.text, citation.quote, page_start):
                raw_map = self._raw_map_of(document)
                return tuple(line for span in spans for line in raw_map.lines(*span))
        raise UsageError(
            f"{self.index_name} has no such quote on page {citation.page_first} of "
            f"{citation.document!r}: {citation.quote[:40]!r}. Ask the question again."
        )

    @cached_property
    def _documents(self) -> dict[str, Document]:
        return {document.name: document for document in self.documents()}

    def _raw_map_of(self, document: Document) -> "RawMap":
        """Return the lines of a document as printed; it is split only once."""
        from ragguide.create.rawmap import RawMap

        if document.name not in self._raw_maps:
            self._raw_maps[document.name] = RawMap(document)
        return self._raw_maps[document.name]

    # ── models ──────────────────────────────────────────────────────────────────────────────────

    @property
    def embedder(self) -> "Embedder":
        """The embedder; loads it on first use."""
        return self._embedder.get()

    def generator(self) -> "Generator":
        """Return the generator; load it on first use.

        Raises:
            ModelError: the generator is not installed, or does not load.
        """
        return self._generator.get()

    def require_generator(self) -> None:
        """Check that the generator is installed, without loading it.

        Raises:
            ModelError: the generator is not installed, or its server cannot be used.
        """
        self._generator.require()

    def evidence_tokens(self) -> int:
        """Return the number of evidence tokens in the generator's prompt."""
        return self._generator.evidence_tokens()

    def warm_up(self, *, generator: bool = False) -> None:
        """Load the search models, and the generator if asked, so that no question has to wait.

        Raises:
            ModelError: a model is not installed, or does not load.
        """
        self._embedder.get().embed(["warm up"], kind="query")  # the first pass is the slowest
        if self.settings.reranker:
            self._reranker.get()
        if self._ranker is not None:
            self._ranker.get()
        if generator:
            self.generator()
