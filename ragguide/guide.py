"""`Guide`: the Python API. Wires settings to stages; models are loaded when first needed."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.config import Settings, load_settings
from ragguide.encoding import find_exported, make_embedder
from ragguide.errors import IndexCorrupt, IndexMismatch, ModelError, UsageError
from ragguide.ingest import IngestReport, OnStage, ReadOptions, ingest, recut
from ragguide.models import embedder_sha256, find_embedder, find_generator
from ragguide.types import Answer, Chunk, Citation, Document, Filter, Found, Hit, Piece

if TYPE_CHECKING:
    from ragguide.augment.evidence import Candidate
    from ragguide.create.rawmap import RawLine
    from ragguide.create.tokens import TokenCounter
    from ragguide.index.lexicon import Lexicon, Reading
    from ragguide.index.store import StoredGeneration
    from ragguide.searching import Asked, Searcher
    from ragguide.types import Embedder, FloatMatrix, Generator, Reranker

MAX_QUESTION = 2000  # characters; more is a document, not a question
QUOTED_WORDS = 80  # most that the quotes under an answer hold together
MAX_QUOTES = 5
RERANKED = 30  # hits that a reranker judges, unless more are asked for
QUOTED_SHARE = 0.65  # least weight of a quote, as a share of the best one's

_log = logging.getLogger(__name__)


class Guide:
    """A guide that answers questions: one generation of an index, held open.

    guide = Guide.open()
    for hit in guide.search("spot instances discount"):
        print(hit.rank, hit.chunk.page_first, hit.chunk.text)
    print(guide.query("How much do Spot Instances save?").answer)
    """

    def __init__(
        self,
        settings: Settings,
        generation: "StoredGeneration",
        chunks: Sequence[Chunk],
        searcher: "Searcher",
        lexicon: "Lexicon",
        rarity: Mapping[str, float],
        embedder: "Embedder | None",
    ) -> None:
        """Use `Guide.open`. Without an embedder the first search loads it."""
        self.settings = settings
        self.manifest = generation.manifest
        self._generation = generation
        self.chunks = chunks
        self._searcher = searcher
        self._lexicon = lexicon
        self._rarity = rarity
        self._embedder = embedder
        self._generator: Generator | None = None
        self._reranker: Reranker | None = None
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
    ) -> IngestReport:
        """Read documents into a new generation of the index that the settings name.

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
        )

    @classmethod
    def open(
        cls,
        index: str | None = None,
        *,
        settings: Settings | None = None,
        embedder: "Embedder | None" = None,
    ) -> "Guide":
        """Open the generation in use; every file is checked first.

        An embedder that is loaded already can be given, if the index was made with it.

        Raises:
            IndexMissing, IndexCorrupt: there is no such index, or a file of it is damaged.
            IndexMismatch: it was built by another embedder than the settings name.
            ModelError: the reranker that they name is none.
        """
        from ragguide.index import store

        settings = settings or load_settings({"index": index})
        generation = store.IndexFolder(settings.indexes_dir, index or settings.index).open()
        manifest = generation.manifest
        if manifest.embedder != (wanted := find_embedder(settings.embedder).name):
            raise IndexMismatch(
                f"the index {settings.index!r} holds {manifest.embedder} vectors "
                f"({manifest.dim} dims); settings ask for {wanted}. "
                f"Run `ragguide ingest --rebuild` with it, or set embedder = {manifest.embedder!r}."
            )
        if settings.reranker:
            from ragguide.rerank import check_reranker

            check_reranker(Path(settings.reranker))
        with ThreadPoolExecutor(1) as aside:  # hashing weights and reading an index: a core each
            exported = aside.submit(
                lambda: (
                    embedder or find_exported(manifest.embedder, manifest.embedder_sha256, settings)
                )
            )
            from ragguide.index.keywords import KeywordIndex
            from ragguide.index.lexicon import Lexicon
            from ragguide.index.vectors import VectorIndex
            from ragguide.searching import Searcher

            chunks = generation.chunks()
            vectors = VectorIndex.load(
                generation.vectors(), manifest.vector_index.parameters, generation.vector_index()
            )
            keywords = KeywordIndex.load(generation.folder)
            searcher = Searcher(
                chunks,
                manifest.sources,
                vectors,
                generation.statements(),
                keywords,
            )
            lexicon = Lexicon.load(generation.folder)
        n_statements = sum(len(chunk.statements) for chunk in chunks)
        if (
            not len(chunks) == vectors.n_rows == keywords.n_rows
            or n_statements != manifest.n_statements
        ):
            raise IndexCorrupt(
                f"{generation.folder} contradicts itself: {len(chunks)} chunks of {n_statements} "
                f"statements, {vectors.n_rows} and {manifest.n_statements} vectors, "
                f"{keywords.n_rows} keyword rows. Run `ragguide ingest --rebuild`."
            )
        return cls(
            settings, generation, chunks, searcher, lexicon, keywords.rarity(), exported.result()
        )

    def recut(self, settings: Settings, *, on_stage: OnStage | None = None) -> IngestReport:
        """Make an index by other settings of this guide's documents, without reading them again.

        Raises:
            IndexLocked, StorageError: the index that the settings name cannot be written.
            SettingsError, RecallTooLow: what they say of the vector index does not fit.
        """
        return recut(self._generation, settings, on_stage=on_stage)

    def under(self, settings: Settings, *, embedder: "Embedder | None" = None) -> "Guide":
        """The same open index, with its models, under other settings of search and answers."""
        other = copy(self)
        other.settings = settings
        other._embedder = embedder or self._embedder
        return other

    @property
    def index_name(self) -> str:
        """Name and generation: "default/000003"."""
        return f"{self.settings.index}/{self.manifest.generation:06d}"

    def documents(self) -> list[Document]:
        """The cleaned documents that the chunks were cut from, read from the disk."""
        return self._generation.documents()

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
        return self._lexicon.read(_checked(question), self._is_word)

    def embed(self, texts: Sequence[str]) -> "FloatMatrix":
        """Return the `(len(texts), dim)` unit vectors of texts, by the index's own embedder.

        Raises:
            ModelError: it is missing or does not load.
        """
        return self._load_embedder().embed(texts)

    def _ask(self, questions: Sequence[str]) -> "list[Asked]":
        from ragguide.searching import Asked

        readings = [self.read(question) for question in questions]
        vectors = self.embed([reading.text for reading in readings])
        return [Asked(reading, vectors[i : i + 1]) for i, reading in enumerate(readings)]

    def _find(self, asked: "Asked", top_k: int | None, where: Filter | None) -> list[Hit]:
        settings = self.settings
        top_k = top_k or settings.top_k
        hits = self._searcher.search(
            asked,
            top_k=max(RERANKED, top_k) if settings.reranker else top_k,
            where=where,
            dense_weight=settings.dense_weight,
            statement_weight=settings.statement_weight,
        )
        return self._reranked(asked.reading.text, hits)[:top_k] if settings.reranker else hits

    def _reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The same hits as the reranker orders them; ties keep their order."""
        texts = [hit.chunk.embedded_text for hit in hits]
        scores = self._load_reranker().scores(question, texts)  # (n_hits,)
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
    ) -> Answer:
        """Answer a question from the guide, or refuse.

        Without a generator on this machine the answer is the quotes, and `degraded` says why.

        Raises:
            UsageError, ModelError: as `search`; also if the generator fails in mid-answer.
        """
        events = self.stream(question, top_k=top_k, where=where, quotes_only=quotes_only)
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
    ) -> Iterator[Found | Piece | Answer]:
        """Like `query`, as it happens: one `Found`, the text in `Piece`s, the `Answer`."""
        from ragguide.answering import Said, Stopwatch, Writing
        from ragguide.augment import evidence
        from ragguide.augment.abstain import should_refuse
        from ragguide.augment.cite import citation_of

        question = _checked(question)
        clock = Stopwatch()
        (asked,) = self._ask([question])
        hits = tuple(self._find(asked, top_k, where))
        clock.lap("search")
        refused = should_refuse(hits, min_score=self.settings.min_score)
        candidates, weights = ([], []) if refused else self._weigh(asked, hits)
        quoted = evidence.choose(
            weights,
            [len(candidate.text.split()) for candidate in candidates],
            budget=QUOTED_WORDS,
            max_items=MAX_QUOTES,
            min_share=QUOTED_SHARE,
        )
        quotes = tuple(map(citation_of, evidence.as_evidence(candidates, weights, quoted)))
        clock.lap("quotes")
        yield Found(hits=hits, quotes=quotes, refused=refused)

        generator, degraded = (None, ()) if refused or quotes_only else self._find_generator()
        said = Said()
        if generator is not None:
            clock.lap("load")
            chosen = evidence.choose(
                weights,
                [generator.count_tokens(candidate.text) for candidate in candidates],
                budget=self.settings.context_tokens,
                first=quoted,  # so that a mark means the same under the answer and above it
            )
            context = evidence.as_evidence(candidates, weights, chosen)
            written = Writing(
                generator,
                question,
                context,
                rarity=self._rarity,
                max_tokens=self.settings.answer_tokens,
                clock=clock,
            )
            yield from written.pieces()
            said = written.result()
        yield Answer(
            question=question,
            answer=said.text,
            refused=refused,
            quotes=quotes,
            citations=said.citations,
            hits=hits,
            model=generator.name if generator else None,
            index=self.index_name,
            timings_s=clock.laps,
            tokens=said.tokens,
            degraded=degraded,
            warnings=(*asked.reading.notes, *said.warnings),
        )

    def _weigh(self, asked: "Asked", hits: Sequence[Hit]) -> "tuple[list[Candidate], list[float]]":
        """The sentences of the hits with their weights for the question."""
        from ragguide.augment.evidence import split_hits, weigh
        from ragguide.index.keywords import terms_of

        candidates = split_hits(hits)
        cosines = [self._searcher.statement_cosines(hit, asked.query) for hit in hits]
        weights = weigh(
            candidates,
            [cosines[each.hit.rank - 1][each.offset] for each in candidates],
            asked.reading.weights,
            terms_of,
            self._rarity,
        )
        return candidates, weights

    def raw_lines(self, citation: Citation) -> "tuple[RawLine, ...]":
        """Return what the pages read where a quote stands, a line each: what a viewer can search.

        A quote is clean; its page may read `Al` for `AI`, or break the quote by a running head.
        Nothing is returned for what was not printed, such as HTML.

        Raises:
            UsageError: the quote is not of this index.
            IndexCorrupt: a file of the index is gone.
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
            try:
                self._by_name = {each.name: each for each in self._generation.documents()}
            except OSError as exc:  # it was checked when opened, and pruned since
                raise IndexCorrupt(
                    f"{self._generation.folder} cannot be read any more: {exc.strerror}. Open the "
                    "index again."
                ) from exc
        return self._by_name

    # ── models ──────────────────────────────────────────────────────────────────────────────────

    @property
    def embedder(self) -> "Embedder":
        """The embedder, loaded."""
        return self._load_embedder()

    def generator(self) -> "Generator":
        """The generator, loaded.

        Raises:
            ModelError: it is not on this machine, or does not load.
        """
        if self._generator is None:
            from ragguide.augment.generate import LlamaGenerator

            file = find_generator(self.settings.generator, models_dir=self.settings.models_dir)
            self._generator = LlamaGenerator(
                file.name, file.path, threads=self.settings.n_threads, seed=self.settings.seed
            )
        return self._generator

    def warm_up(self, *, generator: bool = False) -> None:
        """Load what a search needs now, and the generator if asked, so that no question waits.

        Raises:
            ModelError: one of them is not on this machine, or does not load.
        """
        self._load_embedder().embed(["warm up"])  # the first pass takes longer than all others
        if self.settings.reranker:
            self._load_reranker()
        if generator:
            self.generator()

    def _load_embedder(self) -> "Embedder":
        """The embedder; from its own folder, if there is no export of it yet.

        Raises:
            IndexMismatch: the folder has changed since the index was made.
        """
        if self._embedder is None:
            files = find_embedder(self.settings.embedder)
            sha256 = embedder_sha256(files)
            if sha256 != self.manifest.embedder_sha256:
                raise IndexMismatch(
                    f"{files.folder} is not as it was when the index {self.settings.index!r} was "
                    f"made of it: sha256 {sha256[:12]}…, then "
                    f"{self.manifest.embedder_sha256[:12]}…. Run `ragguide ingest --rebuild`."
                )
            if self.settings.encoder == "onnx":
                _log.info("preparing %s for fast searches, once: some ten seconds …", files.name)
            self._embedder = make_embedder(files, sha256, self.settings)
        return self._embedder

    def _load_reranker(self) -> "Reranker":
        if self._reranker is None:
            from ragguide.rerank import CrossEncoderReranker

            self._reranker = CrossEncoderReranker(Path(self.settings.reranker))
        return self._reranker

    def _find_generator(self) -> "tuple[Generator | None, tuple[str, ...]]":
        """The generator, or None and why there is none on this machine."""
        if self._generator is None:
            try:
                find_generator(self.settings.generator, models_dir=self.settings.models_dir)
            except ModelError as exc:
                return None, (f"quotes only: {exc}",)
        return self.generator(), ()


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
