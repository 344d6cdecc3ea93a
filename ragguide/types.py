"""The values that flow through ragguide, and the Protocols of its exchangeable parts.

Every value is frozen and complete on creation. The classes are msgspec Structs, so they also
validate JSON: an unknown key or a wrong type is an error that names its place.

    create    PDF → Source(Page, Bookmark) → Document(Block, Section) → Chunk → generation
    retrieve  question → Hit
    augment   Hit → Evidence → Prompt → text → Answer(Citation)
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatMatrix: TypeAlias = NDArray[np.float32]
    FloatVector: TypeAlias = NDArray[np.float32]

SCHEMA_VERSION = 1  # of the JSON that commands print
ITEM_SIGN = "• "  # starts each list item in a document's text, whatever its bullet was

Confidence = Literal["very high", "high", "medium", "low"]
BlockKind = Literal["heading", "paragraph", "item", "row", "code"]
Unit = Literal["page", "slide", "sheet", "text"]  # the unit of a document's pages
TextKind = Literal["query", "passage"]  # what an embedder reads; statements are passages


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all values: frozen, and strict about keys when read from JSON."""


# ── create ──────────────────────────────────────────────────────────────────────────────────────


class Type(_Value, frozen=True, kw_only=True):
    """The type of a printed line."""

    size: float  # in points, of most letters
    is_bold: bool  # all letters
    cells: tuple[tuple[float, str], ...]  # runs of text from left to right: (x position, text)
    rights: tuple[float, ...] = ()  # where each cell ends; none if unknown
    bold: tuple[bool, ...] = ()  # whether each cell is bold; none if unknown
    pitch: float = 0.0  # width of every letter, if they share one as in code; 0 if they do not
    y: float | None = None  # of its baseline, in points; None if unknown or if it is not upright


class Page(_Value, frozen=True, kw_only=True):
    """One page, as the PDF's text layer has it."""

    number: int  # 1-based, as a PDF viewer counts
    label: str  # the printed number, "iv" or "12"
    text: str
    types: tuple[Type, ...] = ()  # one for each line of the text; none after OCR
    struck: tuple[str, ...] = ()  # pieces that are struck out; `text` lacks them


class Bookmark(_Value, frozen=True, kw_only=True):
    title: str
    level: int  # 1 for a chapter
    page: int


class Source(_Value, frozen=True, kw_only=True):
    """A document before cleaning."""

    name: str  # file name without suffix; unique in one index
    path: str  # absolute
    title: str
    sha256: str  # of the file
    size_bytes: int
    pages: tuple[Page, ...]
    bookmarks: tuple[Bookmark, ...]
    unreadable: dict[int, str]  # page number → why it has no text
    ocr_pages: tuple[int, ...] = ()  # page numbers read by OCR, which may misread letters


class Block(_Value, frozen=True, kw_only=True):
    """A paragraph, list item, table row or heading: a span of the document's text."""

    kind: BlockKind
    start: int
    end: int  # exclusive
    level: int = 0  # of a heading, from 1; 0: determined later, from the text
    line: int | None = None  # from 1: row of the sheet, or line of the text file
    header: str = ""  # of a row: the table's header, repeated in every chunk


class PrintedLine(_Value, frozen=True, kw_only=True):
    """The place of a printed line in the cleaned text."""

    start: int  # offset in the document's text
    page: int
    raw_line: int  # line in the page's raw text, from 0


class Section(_Value, frozen=True, kw_only=True):
    """A heading and the text up to the next heading."""

    path: tuple[str, ...]  # titles from the chapter down to this heading
    start: int  # offset of the heading in the document
    end: int


class Document(_Value, frozen=True, kw_only=True):
    """A cleaned document: one text, with pages and sections as offsets."""

    name: str
    path: str
    title: str
    sha256: str
    text: str
    page_starts: tuple[int, ...]  # start offset of page i + 1; never decreasing
    page_labels: tuple[str, ...]
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]  # in order; they cover the whole text
    unreadable: dict[int, str]
    omitted: tuple[str, ...] = ()  # parts of it that were not read: place, reason, what to do
    unit: Unit = "page"  # of `page_starts`; a plain text has one page
    raw_pages: tuple[str, ...] = ()  # the unprocessed text layer, for viewers that search in it
    lines: tuple[PrintedLine, ...] = ()  # in order; none for formats without printed lines


def locator_of(
    unit: Unit, page_first: int, page_last: int, label: str, lines: Sequence[int] = ()
) -> str:
    """Return a place: "p. 25 (printed 21)", "slides 3-4", "sheet Prices, rows 7-9", "line 40"."""
    first, last = (min(lines), max(lines)) if lines else (0, 0)
    if unit == "text":
        return "" if not lines else _span("line", first, last)
    if unit == "sheet":
        return f"sheet {label}" + (f", {_span('row', first, last)}" if lines else "")
    if unit == "slide":
        return _span("slide", page_first, page_last)
    pages = f"p. {page_first}" if page_first == page_last else f"pp. {page_first}-{page_last}"
    return pages if label == str(page_first) else f"{pages} (printed {label})"


def _span(name: str, first: int, last: int) -> str:
    return f"{name} {first}" if first == last else f"{name}s {first}-{last}"


class Statement(_Value, frozen=True, kw_only=True):
    """A quotable part of a chunk: a sentence, list item or table row."""

    start: int  # offset in the chunk's text
    end: int  # exclusive
    section: tuple[str, ...]  # may differ from the chunk's, which may span short sections
    line: int | None = None  # from 1: row of the sheet, or line of the text file
    kind: BlockKind = "paragraph"
    lead: tuple[int, int] | None = None  # span in the document of the text that it refers to


class Chunk(_Value, frozen=True, kw_only=True):
    """A run of cleaned text. Always: `document.text[start:end] == text`."""

    id: str  # "guide/p0041-02": document, page it starts on, place there; unique in one index
    document: str
    section: tuple[str, ...]  # at its start
    text: str
    text_sha: str  # of the embedded text; keys the stored vector, so moved pages reuse theirs
    statements: tuple[Statement, ...]  # in order, without headings
    start: int  # character offset in the cleaned document
    end: int  # exclusive
    page_first: int  # 1-based, as a PDF viewer counts
    page_last: int  # inclusive; covers the overlap too
    page_labels: tuple[str, ...]  # printed numbers, from the first page to the last
    page_breaks: tuple[int, ...]  # offsets in the text where a new page begins
    unit: Unit = "page"
    gap: str = ""  # white space before it, back to the end of the previous chunk; "": they overlap

    @property
    def embedded_text(self) -> str:
        """The text to embed: the section's titles before the text."""
        return " > ".join(self.section) + "\n" + self.text if self.section else self.text

    def statement_text(self, statement: Statement) -> str:
        """Return the text to embed for a statement: its section's title before its text."""
        text = self.text[statement.start : statement.end]
        return f"{statement.section[-1]}\n{text}" if statement.section else text

    @property
    def locator(self) -> str:
        """The place in the document, for people."""
        lines = [each.line for each in self.statements if each.line is not None]
        return locator_of(
            self.unit, self.page_first, self.page_last, self.page_labels[0], lines[:1] + lines[-1:]
        )

    def page_at(self, offset: int) -> int:
        """Return the page of the character `text[offset]`."""
        return self.page_first + sum(1 for at in self.page_breaks if at <= offset)


# ── retrieve ────────────────────────────────────────────────────────────────────────────────────


class Filter(_Value, frozen=True, kw_only=True):
    """Restricts a search. A passage must match every field, and one of several values."""

    documents: tuple[str, ...] = ()  # names or patterns of names, such as "guide-*"
    sections: tuple[str, ...] = ()  # words of a title
    tags: dict[str, tuple[str, ...]] = {}  # as given at ingest; values may be patterns
    page_first: int = 1
    page_last: int | None = None  # inclusive; None: to the end


class Why(_Value, frozen=True, kw_only=True):
    """Explains a hit's rank. All scores are better when higher.

    Cosines are stretched if the embedder's are close together; see `ragguide.retrieve.stretch`.
    """

    cosine: float  # between question and passage
    cosine_rank: int  # among the candidates, from 1
    statement_cosine: float  # between question and nearest statement
    keyword_score: float  # BM25
    keyword_rank: int | None  # from 1; None: no word matches
    matched: tuple[str, ...]  # words of the passage that match the question


class Hit(_Value, frozen=True, kw_only=True):
    """A passage found for a question: a chunk, or several that overlap or touch, joined."""

    rank: int  # from 1
    score: float  # of its best chunk; better when higher; comparable between questions
    confidence: Confidence
    why: Why
    chunk: Chunk
    rows: tuple[int, ...]  # of the joined chunks in the index, best first
    copies: tuple[str, ...] = ()  # other places with the same text
    rerank_score: float | None = None  # of a reranker, which then decides the order
    place_score: float | None = None  # with a reranker: the `score` that had this rank before


# ── augment ─────────────────────────────────────────────────────────────────────────────────────


class Evidence(_Value, frozen=True, kw_only=True):
    """A sentence, list item or row of a hit that is relevant to the question."""

    mark: int  # number in the prompt, from 1
    chunk_id: str
    document: str
    section: tuple[str, ...]
    text: str
    page_first: int
    page_last: int
    page_label: str
    locator: str  # the place for people, also for documents without pages
    score: float


class Citation(_Value, frozen=True, kw_only=True):
    """A quote and its place. `mark` is its number in the answer's text."""

    mark: int
    quote: str  # word for word; a label has its own line
    document: str
    page_first: int
    page_last: int
    page_label: str
    locator: str  # the place for people, also for documents without pages
    section: str

    @property
    def one_line(self) -> str:
        """The quote on one line; a slash follows a line that no punctuation ends."""
        text = ""
        for line in filter(None, (" ".join(line.split()) for line in self.quote.split("\n"))):
            text += ("" if not text else " " if text[-1] in ".:;,?!…" else " / ") + line
        return text


class Answer(_Value, frozen=True, kw_only=True):
    """The result for one question."""

    question: str
    answer: str  # with marks; empty if refused or without a generator
    refused: bool
    refusal: str  # a sentence with the words that the guide lacks; empty if not refused
    chance: float | None  # that the guide answers; None: not calibrated for this index
    looked_for: tuple[str, ...]  # the question's words that were searched for
    absent: tuple[str, ...]  # those that occur nowhere in the guide
    quotes: tuple[Citation, ...]  # the guide's most relevant sentences, best first
    citations: tuple[Citation, ...]  # the sources of the answer's marks
    hits: tuple[Hit, ...]
    model: str | None
    index: str
    timings_s: dict[str, float]
    tokens: dict[str, int]
    degraded: tuple[str, ...]  # missing parts, with the reason
    warnings: tuple[str, ...]


class Found(_Value, frozen=True, kw_only=True):
    """The first event of an answer: the search results, before the generator writes."""

    hits: tuple[Hit, ...]
    quotes: tuple[Citation, ...]
    refused: bool
    chance: float | None  # that the guide answers; None: not calibrated for this index
    looked_for: tuple[str, ...]  # the question's words that were searched for
    absent: tuple[str, ...]  # those that occur nowhere in the guide


class Piece(_Value, frozen=True, kw_only=True):
    """A piece of the answer's text. All pieces joined are the text."""

    text: str


# ── on disk ─────────────────────────────────────────────────────────────────────────────────────


class Rights(_Value, frozen=True, kw_only=True):
    """Who may read a document, and its share of what the manifest counts."""

    groups: tuple[str, ...]  # a reader needs one of them; none: nobody may read it
    n_chunks: int
    n_statements: int
    n_tokens: int


class Version(_Value, frozen=True, kw_only=True):
    """What a server states of a document, to be asked later whether it has changed."""

    etag: str = ""
    last_modified: str = ""


class SourceRecord(_Value, frozen=True, kw_only=True):
    """A document of a generation, as the manifest records it."""

    name: str
    path: str  # absolute, or its URL
    title: str
    sha256: str
    size_bytes: int
    modified: str  # ISO 8601, UTC, with microseconds; taken before reading
    n_pages: int  # number of `unit`s
    unit: Unit
    unreadable: dict[int, str]
    omitted: tuple[str, ...] = ()  # as in `Document`
    ocr_pages: tuple[int, ...]
    tags: dict[str, str]  # from the command line
    rights: Rights | msgspec.UnsetType = msgspec.UNSET  # unset: everyone may read it
    version: Version | msgspec.UnsetType = msgspec.UNSET  # of a URL; unset: it is a file


class Located(Protocol):
    """A document that can be opened."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str:
        """Its path, or its URL on a server."""
        ...


class AllowRule(_Value, frozen=True, kw_only=True):
    """Lets groups read documents."""

    documents: str  # pattern of their names, or of their paths if it has a slash; "": all others
    groups: tuple[str, ...]


class ReadRequest(_Value, frozen=True, kw_only=True):
    """The arguments of an ingest, which an update repeats."""

    paths: tuple[str, ...]  # files, folders and patterns, absolute; URLs
    tags: dict[str, str]
    ocr_languages: str | None  # None: no OCR for pages without a text layer
    allow: tuple[AllowRule, ...] | msgspec.UnsetType = (
        msgspec.UNSET
    )  # unset: an index without rights


class IndexRequest(_Value, frozen=True, kw_only=True):
    """The settings of the vector index. 0: chosen from the number of vectors."""

    index_type: Literal["auto", "flat", "hnsw", "ivf", "ivfpq"] = "auto"
    hnsw_m: int = 0
    ef_construction: int = 0
    ef_search: int = 0
    nlist: int = 0
    nprobe: int = 0
    pq_m: int = 0
    pq_bits: int = 0
    target_recall: float = 0.98  # minimum recall of the 10 nearest


class Flat(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="flat"):
    """Exact search over all vectors."""


class Hnsw(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="hnsw"):
    """A graph of near neighbours. Source: Malkov & Yashunin 2016."""

    hnsw_m: int  # links per vector; twice as many in the lowest layer
    ef_construction: int  # candidates while linking a vector
    ef_search: int  # candidates while searching: more find more, and take longer


class Ivf(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="ivf"):
    """Lists of vectors by nearest centre; a search compares the nearest lists."""

    nlist: int
    nprobe: int  # lists compared in a search: more find more, and take longer


class IvfPq(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="ivfpq"):
    """Like `Ivf`, with a short code per vector. Source: Jégou, Douze & Schmid 2011."""

    nlist: int
    nprobe: int
    pq_m: int  # pieces of a vector
    pq_bits: int  # of the code of a piece


IndexParameters: TypeAlias = Flat | Hnsw | Ivf | IvfPq


class Recall(_Value, frozen=True, kw_only=True):
    """The recall of an approximate index against exact search, measured when it was built."""

    share: float  # of the `k` nearest, mean over the queries
    k: int
    n_queries: int
    is_tuned: bool  # ef_search or nprobe was tuned to the target; else set by the user


class VectorIndexRecord(_Value, frozen=True, kw_only=True):
    """The vector index of a generation."""

    asked: IndexRequest
    parameters: IndexParameters
    why: str  # the reason for the type and its parameters
    recall: Recall | None  # None: exact


class Manifest(_Value, frozen=True, kw_only=True):
    """Describes a generation. Its files are verified against `files` before use."""

    format_version: int
    text_version: int  # of cleaning and chunking; another one gives other chunks
    generation: int
    created: str  # ISO 8601, UTC
    ragguide_version: str
    request: ReadRequest
    sources: tuple[SourceRecord, ...]
    embedder: str
    embedder_sha256: str  # of the weights
    dim: int
    metric: Literal["inner product"]
    vector_index: VectorIndexRecord
    chunk_tokens: int
    chunk_overlap: int
    chunk_strategy: str
    n_chunks: int
    n_statements: int  # of all chunks; a statement in two chunks counts twice
    n_tokens: int  # of all chunks, in tokens of the embedder
    files: dict[str, str]  # file name → sha256


# ── exchangeable parts ──────────────────────────────────────────────────────────────────────────


class Embedder(Protocol):
    """Turns text into unit vectors."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def embed(self, texts: Sequence[str], *, kind: TextKind = "passage") -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1; no texts give `(0, dim)`.

        A model may read questions and passages differently, so compare vectors of one with those
        of the other.
        """
        ...


class Reranker(Protocol):
    """Scores how well texts answer a question, reading both together."""

    @property
    def name(self) -> str: ...

    def scores(self, question: str, texts: Sequence[str]) -> "FloatVector":
        """Return float32 `(len(texts),)`; better when higher, within one question.

        A text's score does not depend on the other texts.
        """
        ...


def is_server(generator: str) -> bool:
    """Whether a generator is the URL of a server, which then receives text of the guide."""
    return generator.lower().startswith(("http://", "https://"))


def is_object(place: str) -> bool:
    """Whether it is the URL of objects in a bucket of S3, Google Cloud or Azure."""
    return place.lower().startswith(("s3://", "gs://", "az://"))


def is_remote(path: str) -> bool:
    """Whether a document's path is a URL, so that only `ingest` and `update` fetch it."""
    return is_server(path) or is_object(path)


def is_database(store: str) -> bool:
    """Whether a store is the URL of a PostgreSQL database."""
    return store.startswith(("postgresql://", "postgres://"))


def is_bucket(store: str) -> bool:
    """Whether a store is the URL of Lance tables on S3."""
    return store.startswith("s3://")


def is_lance(store: str) -> bool:
    """Whether a store is the URL of Lance tables, in a folder or on S3."""
    return is_bucket(store) or store.startswith("lance:")


def is_store_url(place: str) -> bool:
    """Whether it names a store that is not a folder of files."""
    return is_database(place) or is_lance(place)


class Generator(Protocol):
    """Continues a prompt, greedily: the same prompt gives the same text."""

    @property
    def name(self) -> str: ...

    @property
    def n_weights(self) -> int | None:
        """The number of weights; None: unknown."""
        ...

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        """Tokenise one exchange in the model's own chat template.

        `user` has (trusted, text) pieces. No piece, trusted or not, can inject a special token: the
        model sees `<|im_end|>` in a passage as plain characters. The answer continues `beginning`;
        a model that cannot continue a text is asked to start with it, and may repeat it.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in this model's tokens."""
        ...

    def next_logprobs(
        self,
        tokens: Sequence[int],
        texts: Sequence[str],
        *,
        until: float | None = None,
        reuse: bool = False,
    ) -> list[float] | None:
        """Return the log-probability of each text's first token as the next one, in nats.

        None: the generator cannot tell, or `until` has passed. The arguments are those of
        `generate`.

        Raises:
            ModelError: the prompt does not fit the context, or the model fails.
        """
        ...

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
    ) -> Iterator[str]:
        """Yield the continuation piece by piece, whole characters only.

        Args:
            tokens: from `build_prompt`.
            max_tokens: maximum length.
            until: stop at this `time.monotonic` value.
            reuse: reuse the cached part that this prompt shares with the last one. This is faster,
                but may round differently.

        Raises:
            ModelError: the prompt and `max_tokens` do not fit the context, or the model fails.
        """
        ...
