"""`Guide`: the Python API. Wires settings to stages; models are loaded when first needed."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.abstain import JUDGED
from ragguide.clock import Deadline, OnStage
from ragguide.config import Settings, load_settings
from ragguide.errors import UsageError
from ragguide.ingest import IngestReport, ingest, recut
from ragguide.loading import GeneratorSlot, Models
from ragguide.models import find_embedder
from ragguide.reading import ReadOptions
from ragguide.types import Answer, Citation, Document, Filter, Found, Hit, Piece

if TYPE_CHECKING:
    from ragguide.answering import Answering
    from ragguide.augment.abstain import Signs, Verdict
    from ragguide.augment.excerpts import Excerpts
    from ragguide.create.rawmap import RawLine
    from ragguide.create.tokens import TokenCounter
    from ragguide.index.generation import StoredGeneration
    from ragguide.index.lexicon import Reading
    from ragguide.index.store import OnWait
    from ragguide.opening import Opened
    from ragguide.searching import Asked
    from ragguide.types import Embedder, FloatMatrix, Generator
    from ragguide.update.changes import Changes
    from ragguide.update.run import UpdateReport

MAX_QUESTION = 2000  # characters; more is a document, not a question
RERANKED = 30  # hits that a reranker judges, unless more are asked for

_log = logging.getLogger(__name__)


class Guide:
    """A guide that answers questions: one generation of an index, held open.

    guide = Guide.open()
    for hit in guide.search("spot instances discount"):
        print(hit.rank, hit.chunk.page_first, hit.chunk.text)
    print(guide.query("How much do Spot Instances save?").answer)
    """

    def __init__(self, settings: Settings, opened: "Opened", models: "Models") -> None:
        """Use `Guide.open`."""
        self.settings = settings
        self.manifest = opened.generation.manifest
        self.chunks = opened.chunks
        self._opened = opened
        self._models = models
        self._by_name: dict[str, Document] | None = None  # read when first asked for

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

        `on_wait` is called if another process writes the index, and that is waited for; without it
        `IndexLocked` is raised.

        Raises:
            InputError: no document could be read.
            IndexLocked, StorageError: the index cannot be written.
            ModelError: the embedder is missing.
        """
        return ingest(
            [Path(path) for path in paths],
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
        """Open the generation in use; every file is checked first.

        An embedder that is loaded already can be given, if the index was made with it. With
        `generator` that is loaded meanwhile, on another core.

        Raises:
            IndexMissing, IndexCorrupt: there is no such index, or a file of it is damaged.
            IndexMismatch: it was built by another embedder than the settings name.
            ModelError: the reranker that they name is none.
        """
        from ragguide.opening import open_index

        settings = settings or load_settings({"index": index})
        slot = GeneratorSlot(settings)
        if generator:
            slot.start_if_it_may_answer()
        return cls._of(open_index(settings, index, embedder=embedder), settings, slot)

    @classmethod
    def _of(
        cls, opened: "Opened", settings: Settings, generator: GeneratorSlot | None = None
    ) -> "Guide":
        models = Models(
            settings,
            embedder_sha256=opened.generation.manifest.embedder_sha256,
            embedder=opened.embedder,
            generator=generator,
        )
        return cls(settings, opened, models)

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
        """Read what has changed of an index's sources into a new generation of it.

        Sources are what was asked for at `ingest`, so files that are new in a folder are read, too.
        If nothing has changed the generation in use stays. With `dry_run` nothing is written.
        `judge` gets the new generation, open, and what has changed in the guide, before the index
        is switched to it; if it raises, the old one stays.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch: as `open`.
            InputError: none of the sources is there any more; the index stays as it is.
            IndexLocked, StorageError: the index cannot be written.
        """
        from ragguide.opening import open_generation
        from ragguide.update.run import update

        settings = settings or load_settings({"index": index})
        settings = msgspec.structs.replace(settings, index=index or settings.index)

        def show(draft: "StoredGeneration", *, changes: "Changes") -> None:
            assert judge is not None
            judge(cls._of(open_generation(draft, settings), settings), changes)

        return update(
            settings,
            password=password,
            dry_run=dry_run,
            judge=show if judge else None,
            on_stage=on_stage,
            on_wait=on_wait,
        )

    def recut(self, settings: Settings, *, on_stage: OnStage | None = None) -> IngestReport:
        """Make an index by other settings of this guide's documents, without reading them again.

        Raises:
            IndexLocked, StorageError: the index that the settings name cannot be written.
            SettingsError, RecallTooLow: what they say of the vector index does not fit.
        """
        return recut(self._opened.generation, settings, on_stage=on_stage)

    def under(self, settings: Settings, *, embedder: "Embedder | None" = None) -> "Guide":
        """The same open index, with its models, under other settings of search and answers."""
        return Guide(settings, self._opened, self._models.under(settings, embedder=embedder))

    @property
    def index_name(self) -> str:
        """Name and generation: "default/000003"."""
        return self._opened.label(self.settings.index)

    def stale_note(self) -> str:
        """Say that sources have changed, moved or vanished since the index was made.

        The line names the command that mends it. Nothing is said if all are as they were, which
        takes microseconds a source to tell.
        """
        from ragguide.update.staleness import stale_note

        folder = self.settings.indexes_dir / self.settings.index
        return stale_note(self.manifest, self.settings.index, folder)

    def documents(self) -> list[Document]:
        """The cleaned documents that the chunks were cut from, read from the disk."""
        return self._opened.generation.documents()

    # ── search ──────────────────────────────────────────────────────────────────────────────────

    def search(
        self, question: str, *, top_k: int | None = None, where: Filter | None = None
    ) -> list[Hit]:
        """Return the passages that bear on the question, best first.

        Raises:
            UsageError: the question is empty or far too long, or `where` lets nothing through.
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
        """Return the question as it is searched for: mistyped words corrected, acronyms expanded.

        Raises:
            UsageError: it is empty or far too long.
        """
        return self._opened.lexicon.read(_checked(question), self._is_word)

    def embed(self, texts: Sequence[str]) -> "FloatMatrix":
        """Return the `(len(texts), dim)` unit vectors of texts, by the index's own embedder.

        Raises:
            ModelError: it is missing or does not load.
        """
        return self._models.embedder().embed(texts)

    def _ask(self, questions: Sequence[str]) -> "list[Asked]":
        from ragguide.searching import Asked

        readings = [self.read(question) for question in questions]
        vectors = self.embed([reading.text for reading in readings])
        return [Asked(reading, vectors[i : i + 1]) for i, reading in enumerate(readings)]

    def _find(
        self,
        asked: "Asked",
        top_k: int | None,
        where: Filter | None,
        hidden: Collection[int] = (),
    ) -> list[Hit]:
        settings = self.settings
        top_k = top_k or settings.top_k
        hits = self._opened.searcher.search(
            asked,
            top_k=max(RERANKED, top_k) if settings.reranker else top_k,
            where=where,
            dense_weight=settings.dense_weight,
            statement_weight=settings.statement_weight,
            hidden=hidden,
        )
        return self._reranked(asked.reading.text, hits)[:top_k] if settings.reranker else hits

    def _reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The same hits as the reranker orders them; ties keep their order."""
        texts = [hit.chunk.embedded_text for hit in hits]
        scores = self._models.reranker().scores(question, texts)  # (n_hits,)
        best = sorted(zip(scores.tolist(), hits, strict=True), key=lambda pair: -pair[0])
        return [
            msgspec.structs.replace(hit, rank=rank, rerank_score=score)
            for rank, (score, hit) in enumerate(best, start=1)
        ]

    def _is_word(self, word: str) -> bool:
        """Whether the embedder knows a word as a whole, and so most likely no slip of the pen."""
        return self._count_tokens([word]) == [1]

    @cached_property
    def _count_tokens(self) -> "TokenCounter":
        from ragguide.create.tokens import TokenCounter

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

        Without a generator on this machine the answer is the quotes, and `degraded` says why.
        `strict` leaves out what the model says without support, instead of marking it. By the
        `deadline` the answer ends where it is, with the quotes alone if need be; that is in
        `degraded`, too.

        Raises:
            UsageError, ModelError: as `search`; also if the generator fails in mid-answer.
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
        """Like `query`, as it happens: one `Found`, the text in `Piece`s, the `Answer`.

        `read` is what the generator has read in one conversation: see `ragguide.chat`.
        """
        from ragguide.answering import Answering, AnswerOptions, Stopwatch

        question = _checked(question)
        clock = Stopwatch()
        (asked,) = self._ask([question])
        options = AnswerOptions(
            top_k=top_k or self.settings.top_k,
            quotes_only=quotes_only,
            strict=strict,
            deadline=deadline,
            read=read,
        )
        found = self._find(asked, max(options.top_k, JUDGED), where)
        clock.lap("search")
        answering = Answering(self.settings, self._opened, self._models, clock)
        yield from answering.events(question, asked, found, options)

    def judge(self, question: str, hits: Sequence[Hit]) -> "Verdict":
        """Tell whether the guide is taken to answer a question, given what a search found for it.

        Of fewer hits than `JUDGED` the verdict may be another one than `query`'s.

        Raises:
            UsageError, ModelError: as `search`.
        """
        (asked,) = self._ask([question])
        return self._answering().judge(asked, hits)

    def signs(self, question: str, *, hidden: Collection[int] = ()) -> "Signs | None":
        """Return what a verdict is based on, as if chunks were not there; None: nothing is found.

        Args:
            question: as it is asked.
            hidden: rows of the chunks.

        Raises:
            UsageError, ModelError: as `search`.
        """
        (asked,) = self._ask([question])
        hits = self._find(asked, JUDGED, None, hidden)
        return self._answering().signs(asked, hits) if hits else None

    def _answering(self) -> "Answering":
        from ragguide.answering import Answering

        return Answering(self.settings, self._opened, self._models)

    def raw_lines(self, citation: Citation) -> "tuple[RawLine, ...]":
        """Return what the pages read where a quote stands, a line each: what a viewer can search.

        A quote is clean; its page may read `Al` for `AI`, or break the quote by a running head.
        Nothing is returned for what was not printed, such as HTML.

        Raises:
            UsageError: the quote is not of this index.
        """
        from ragguide.create.rawmap import RawMap

        document = self._documents().get(citation.document)
        if document is not None and 0 < citation.page_first <= len(document.page_starts):
            start = document.text.find(
                citation.quote, document.page_starts[citation.page_first - 1]
            )
            if start >= 0:
                return tuple(RawMap(document).lines(start, start + len(citation.quote)))
        raise UsageError(
            f"{self.index_name} holds no such quote on page {citation.page_first} of "
            f"{citation.document!r}: {citation.quote[:40]!r}. Ask it anew."
        )

    def _documents(self) -> dict[str, Document]:
        if self._by_name is None:
            self._by_name = {document.name: document for document in self.documents()}
        return self._by_name

    # ── models ──────────────────────────────────────────────────────────────────────────────────

    @property
    def embedder(self) -> "Embedder":
        """The embedder, loaded."""
        return self._models.embedder()

    def generator(self) -> "Generator":
        """The generator, loaded.

        Raises:
            ModelError: it is not on this machine, or does not load.
        """
        return self._models.generator()

    def require_generator(self) -> None:
        """See that the generator is there, without loading it.

        Raises:
            ModelError: it is not on this machine, or a server that cannot be used.
        """
        self._models.require_generator()

    def evidence_tokens(self) -> int:
        """How many tokens of evidence are put before the generator."""
        return self._models.evidence_tokens()

    def warm_up(self, *, generator: bool = False) -> None:
        """Load what a search needs now, and the generator if asked, so that no question waits.

        Raises:
            ModelError: one of them is not on this machine, or does not load.
        """
        self._models.embedder().embed(["warm up"])  # the first pass takes longer than all others
        if self.settings.reranker:
            self._models.reranker()
        if generator:
            self.generator()


def _checked(question: str) -> str:
    question = " ".join(question.split())
    if not question:
        raise UsageError("the question is empty. Put it in quotes after the command.")
    if len(question) > MAX_QUESTION:
        raise UsageError(
            f"the question has {len(question):,} characters; at most {MAX_QUESTION:,} are read. "
            "Shorten it."
        )
    return question
