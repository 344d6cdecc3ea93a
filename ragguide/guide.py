"""`Guide`: the Python API. Wires settings to stages; models are loaded when first needed."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.config import Settings, load_settings
from ragguide.encoding import find_exported, make_embedder
from ragguide.errors import IndexCorrupt, IndexMismatch, ModelError, UsageError
from ragguide.ingest import IngestReport, OnStage, ReadOptions, ingest, recut
from ragguide.models import embedder_sha256, find_embedder, find_generator
from ragguide.types import Answer, Chunk, Citation, Document, Evidence, Found, Hit, Piece

if TYPE_CHECKING:
    from ragguide.augment.evidence import Candidate
    from ragguide.create.rawmap import RawLine
    from ragguide.index.keywords import KeywordIndex
    from ragguide.index.store import StoredGeneration
    from ragguide.index.vectors import VectorIndex
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
        vectors: "VectorIndex",
        keywords: "KeywordIndex",
        embedder: "Embedder | None",
    ) -> None:
        """Use `Guide.open`. Without an embedder the first search loads it."""
        self.settings = settings
        self.manifest = generation.manifest
        self._generation = generation
        self.chunks = chunks
        self._vectors = vectors
        self._keywords = keywords
        self._rarity = keywords.rarity()
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
            from ragguide.index.vectors import VectorIndex

            chunks = generation.chunks()
            vectors = VectorIndex.load(
                generation.vectors(), manifest.vector_index.parameters, generation.vector_index()
            )
            keywords = KeywordIndex.load(generation.folder)
        if not len(chunks) == vectors.n_rows == keywords.n_rows:
            raise IndexCorrupt(
                f"{generation.folder} contradicts itself: {len(chunks)} chunks, {vectors.n_rows} "
                f"vectors, {keywords.n_rows} keyword rows. Run `ragguide ingest --rebuild`."
            )
        return cls(settings, generation, chunks, vectors, keywords, exported.result())

    def recut(self, settings: Settings, *, on_stage: OnStage | None = None) -> IngestReport:
        """Make an index by other settings of this guide's documents, without reading them again.

        Raises:
            IndexLocked, StorageError: the index that the settings name cannot be written.
            SettingsError, RecallTooLow: what they say of the vector index does not fit.
        """
        return recut(self._generation, settings, on_stage=on_stage)

    def under(self, settings: Settings) -> "Guide":
        """The same open index, with its models, under other settings of search and answers."""
        other = copy(self)
        other.settings = settings
        return other

    @property
    def index_name(self) -> str:
        """Name and generation: "default/000003"."""
        return f"{self.settings.index}/{self.manifest.generation:06d}"

    def documents(self) -> list[Document]:
        """The cleaned documents that the chunks were cut from, read from the disk."""
        return self._generation.documents()

    # ── search ──────────────────────────────────────────────────────────────────────────────────

    def search(self, question: str, *, top_k: int | None = None) -> list[Hit]:
        """Return the passages that bear on the question, best first.

        Raises:
            UsageError: the question is empty or far too long.
            ModelError: the embedder is missing or does not load.
        """
        (hits,) = self.search_many([question], top_k=top_k)
        return hits

    def search_many(self, questions: Sequence[str], *, top_k: int | None = None) -> list[list[Hit]]:
        """Search for each question, embedding all of them at once. Raises as `search`."""
        from ragguide.retrieve import CANDIDATES

        questions = [_checked(question) for question in questions]
        top_k = top_k or self.settings.top_k
        n_candidates = max(CANDIDATES, top_k)
        queries = self._load_embedder().embed(questions)  # (n, dim)
        near = self._vectors.search_many(queries, n_candidates)
        n_hits = max(RERANKED, top_k) if self.settings.reranker else top_k
        found = [
            self._fuse(question, queries[n : n + 1], near[n][0].tolist(), n_candidates, n_hits)
            for n, question in enumerate(questions)
        ]
        if not self.settings.reranker:
            return found
        return [
            self._reranked(question, hits)[:top_k]
            for question, hits in zip(questions, found, strict=True)
        ]

    def _reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The same hits as the reranker orders them; ties keep their order."""
        texts = [hit.chunk.embedded_text for hit in hits]
        scores = self._load_reranker().scores(question, texts)  # (n_hits,)
        best = sorted(zip(scores.tolist(), hits, strict=True), key=lambda pair: -pair[0])
        return [
            msgspec.structs.replace(hit, rank=rank, rerank_score=score)
            for rank, (score, hit) in enumerate(best, start=1)
        ]

    def _fuse(
        self, question: str, query: "FloatMatrix", near: list[int], n_candidates: int, top_k: int
    ) -> list[Hit]:
        """The best of the rows that are near to the `(1, dim)` query or hold its words."""
        import numpy as np

        from ragguide.retrieve import confidence_of, fuse

        keyword_scores = self._keywords.scores(question)  # (n_chunks,)
        by_words = np.argsort(-keyword_scores, kind="stable")[:n_candidates]
        rows = list(dict.fromkeys(near + [int(row) for row in by_words if keyword_scores[row] > 0]))
        ranked = fuse(
            rows,
            self._vectors.cosines(query, rows),
            keyword_scores[rows],
            dense_weight=self.settings.dense_weight,
            top_k=top_k,
        )
        return [
            Hit(
                rank=rank,
                score=found.score,
                confidence=confidence_of(found.score),
                cosine=found.cosine,
                keyword_score=found.keyword_score,
                chunk=self.chunks[found.row],
            )
            for rank, found in enumerate(ranked, start=1)
        ]

    # ── answer ──────────────────────────────────────────────────────────────────────────────────

    def query(
        self, question: str, *, top_k: int | None = None, quotes_only: bool = False
    ) -> Answer:
        """Answer a question from the guide, or refuse.

        Without a generator on this machine the answer is the quotes, and `degraded` says why.

        Raises:
            UsageError, ModelError: as `search`; also if the generator fails in mid-answer.
        """
        for event in self.stream(question, top_k=top_k, quotes_only=quotes_only):
            if isinstance(event, Answer):
                return event
        raise AssertionError("a stream ends with its answer")

    def stream(
        self, question: str, *, top_k: int | None = None, quotes_only: bool = False
    ) -> Iterator[Found | Piece | Answer]:
        """Like `query`, as it happens: one `Found`, the text in `Piece`s, the `Answer`."""
        from ragguide.augment import evidence
        from ragguide.augment.abstain import should_refuse
        from ragguide.augment.cite import citation_of

        question = _checked(question)
        clock = _Stopwatch()
        hits = tuple(self.search(question, top_k=top_k))
        clock.lap("search")
        refused = should_refuse(hits, min_score=self.settings.min_score)
        candidates, weights = ([], []) if refused else self._weigh(question, hits)
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
        said = _Said()
        if generator is not None:
            clock.lap("load")
            chosen = evidence.choose(
                weights,
                [generator.count_tokens(candidate.text) for candidate in candidates],
                budget=self.settings.context_tokens,
                first=quoted,  # so that a mark means the same under the answer and above it
            )
            context = evidence.as_evidence(candidates, weights, chosen)
            written = _Writing(self, generator, question, context, clock)
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
            warnings=said.warnings,
        )

    def _weigh(self, question: str, hits: Sequence[Hit]) -> "tuple[list[Candidate], list[float]]":
        """The sentences of the hits with their weights for the question."""
        from ragguide.augment.evidence import split_hits, weigh
        from ragguide.index.keywords import terms_of

        candidates = split_hits(hits)
        vectors = self._load_embedder().embed([question, *(c.text for c in candidates)])
        cosines = vectors[1:] @ vectors[0]  # (n_candidates,)
        weights = weigh(
            candidates, cosines.tolist(), set(terms_of(question)), terms_of, self._rarity
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


class _Stopwatch:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now


class _Said(msgspec.Struct, frozen=True):
    """What the generator wrote."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    tokens: dict[str, int] = {}  # msgspec copies it
    warnings: tuple[str, ...] = ()


class _Writing:
    """One answer while the generator writes it."""

    def __init__(
        self,
        guide: Guide,
        generator: "Generator",
        question: str,
        context: Sequence[Evidence],
        clock: _Stopwatch,
    ) -> None:
        from ragguide.augment.cite import MarkedStream, SupportCheck
        from ragguide.augment.prompt import SYSTEM, user_message
        from ragguide.index.keywords import terms_of

        self._generator = generator
        self._max_tokens = guide.settings.answer_tokens
        self._clock = clock
        self._prompt = generator.build_prompt(SYSTEM, user_message(question, context))
        self._marked = MarkedStream(SupportCheck(context, terms_of, guide._rarity))
        self._text: list[str] = []
        self._n_pieces = 0

    def pieces(self) -> Iterator[Piece]:
        for raw in self._generator.generate(self._prompt, max_tokens=self._max_tokens):
            if not self._n_pieces:
                self._clock.lap("first word")
                raw = raw.lstrip()
            self._n_pieces += 1
            yield from self._show(self._marked.feed(raw))
        yield from self._show(self._marked.finish())
        self._clock.lap("rest of the answer")

    def _show(self, texts: Iterator[str]) -> Iterator[Piece]:
        for text in texts:
            self._text.append(text)
            yield Piece(text=text)

    def result(self) -> _Said:
        n_unsupported = self._marked.n_unsupported
        warnings = (
            (f"{n_unsupported} sentence(s) marked [?] are not supported by the guide.",)
            if n_unsupported
            else ()
        )
        tokens = {"prompt": len(self._prompt), "answer": self._n_pieces}
        return _Said("".join(self._text), self._marked.citations, tokens, warnings)


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
