"""The values that flow through ragguide, and the Protocols of its exchangeable parts.

Every value is frozen and complete at birth. They are msgspec Structs, so the same class checks a
line of JSON at the door: unknown keys and wrong types are refused with the place of the fault.

    create    PDF → Source(Page, Bookmark) → Document(Block, Section) → Chunk → generation
    retrieve  question → Hit
    augment   Hit → Evidence → Prompt → text → Answer(Citation)
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatMatrix: TypeAlias = NDArray[np.float32]
    FloatVector: TypeAlias = NDArray[np.float32]

SCHEMA_VERSION = 1  # of the JSON that commands print

Confidence = Literal["very high", "high", "medium", "low"]
BlockKind = Literal["heading", "paragraph", "item", "row", "code"]
Unit = Literal["page", "slide", "sheet", "text"]  # what a document is counted in


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all values: frozen, and strict about keys when read from JSON."""


# ── create ──────────────────────────────────────────────────────────────────────────────────────


class Type(_Value, frozen=True, kw_only=True):
    """How a printed line is set."""

    size: float  # of most of its letters, in points
    is_bold: bool  # all its letters are
    cells: tuple[tuple[float, str], ...]  # its runs from left to right, each with where it begins


class Page(_Value, frozen=True, kw_only=True):
    """One page as the PDF's text layer reads."""

    number: int  # 1-based, as a PDF viewer counts
    label: str  # the printed number, "iv" or "12"
    text: str
    types: tuple[Type, ...] = ()  # one for each line of the text; none if it came by OCR


class Bookmark(_Value, frozen=True, kw_only=True):
    title: str
    level: int  # 1 for a chapter
    page: int


class Source(_Value, frozen=True, kw_only=True):
    """A document as read, before cleaning."""

    name: str  # file name without suffix; unique in one index
    path: str  # absolute
    title: str
    sha256: str  # of the file
    size_bytes: int
    pages: tuple[Page, ...]
    bookmarks: tuple[Bookmark, ...]
    unreadable: dict[int, str]  # page number → why it gave no text
    ocr_pages: tuple[int, ...] = ()  # read from their image, which may misread a letter


class Block(_Value, frozen=True, kw_only=True):
    """A paragraph, list item, table row or heading: a span of the document's text."""

    kind: BlockKind
    start: int
    end: int  # exclusive
    level: int = 0  # of a heading, from 1; 0: to be told from the text's shape
    line: int | None = None  # from 1: row of its sheet, or line of its text file
    header: str = ""  # of a row: the table's header, which each chunk of its rows repeats


class PrintedLine(_Value, frozen=True, kw_only=True):
    """Where a printed line of a page went in the cleaned text."""

    start: int  # offset in the document's text
    page: int
    raw_line: int  # its place in the page's raw text, from 0


class Section(_Value, frozen=True, kw_only=True):
    """A heading and all that follows until the next one."""

    path: tuple[str, ...]  # titles from the chapter down to this heading
    start: int  # offset of its heading in the document
    end: int


class Document(_Value, frozen=True, kw_only=True):
    """A cleaned document: one text, with pages and sections as offsets into it."""

    name: str
    path: str
    title: str
    sha256: str
    text: str
    page_starts: tuple[int, ...]  # offset at which page i + 1 begins; never decreasing
    page_labels: tuple[str, ...]
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]  # in order; together they cover the text
    unreadable: dict[int, str]
    unit: Unit = "page"  # what `page_starts` counts; a text has one
    raw_pages: tuple[str, ...] = ()  # as the text layer reads, for what must be found there
    lines: tuple[PrintedLine, ...] = ()  # in order; none for what was not printed


def locator_of(
    unit: Unit, page_first: int, page_last: int, label: str, lines: Sequence[int] = ()
) -> str:
    """Tell a place: "p. 25 (printed 21)", "slides 3-4", "sheet Prices, rows 7-9", "line 40"."""
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
    """A sentence, list item or table row of a chunk: what can be quoted."""

    start: int  # offset in the chunk's text
    end: int  # exclusive
    section: tuple[str, ...]  # a chunk of several short sections begins in another one
    line: int | None = None  # from 1: row of its sheet, or line of its text file


class Chunk(_Value, frozen=True, kw_only=True):
    """A run of cleaned text. Always: `document.text[start:end] == text`."""

    id: str  # "guide/p0041-02": document, page it starts on, place there; unique in one index
    document: str
    section: tuple[str, ...]  # in which it begins
    text: str
    text_sha: str  # of what is embedded; keys the stored vector: a moved page embeds nothing anew
    statements: tuple[Statement, ...]  # in order; headings are none
    start: int  # character offset in the cleaned document
    end: int  # exclusive
    page_first: int  # 1-based, as a PDF viewer counts
    page_last: int  # inclusive; covers the overlap too
    page_labels: tuple[str, ...]  # printed numbers, from the first page to the last
    page_breaks: tuple[int, ...]  # offsets within text at which the next page begins
    unit: Unit = "page"

    @property
    def embedded_text(self) -> str:
        """What the embedder reads: the section's titles in front of the text."""
        return " > ".join(self.section) + "\n" + self.text if self.section else self.text

    def statement_text(self, statement: Statement) -> str:
        """What the embedder reads of a statement: the title that it stands under, and its text."""
        text = self.text[statement.start : statement.end]
        return f"{statement.section[-1]}\n{text}" if statement.section else text

    @property
    def locator(self) -> str:
        """Where it stands, for people."""
        lines = [each.line for each in self.statements if each.line is not None]
        return locator_of(
            self.unit, self.page_first, self.page_last, self.page_labels[0], lines[:1] + lines[-1:]
        )

    def page_at(self, offset: int) -> int:
        """Page of the character `text[offset]`."""
        return self.page_first + sum(1 for at in self.page_breaks if at <= offset)


# ── retrieve ────────────────────────────────────────────────────────────────────────────────────


class Filter(_Value, frozen=True, kw_only=True):
    """Where a search may look. All that it names must hold; of several values, one."""

    documents: tuple[str, ...] = ()  # names or patterns of names, such as "guide-*"
    sections: tuple[str, ...] = ()  # words of a title
    tags: dict[str, tuple[str, ...]] = {}  # as given at ingest; values may be patterns
    page_first: int = 1
    page_last: int | None = None  # inclusive; None: to the end


class Why(_Value, frozen=True, kw_only=True):
    """How a hit came to its rank. All scores are better when higher."""

    cosine: float  # of the question to the passage
    cosine_rank: int  # by it alone, among the candidates, from 1
    statement_cosine: float  # to the statement of it that is nearest
    keyword_score: float  # BM25
    keyword_rank: int | None  # by it alone; None: no word matches
    matched: tuple[str, ...]  # the words of the passage that the question's terms found


class Hit(_Value, frozen=True, kw_only=True):
    """A passage found for a question: a chunk, or several that overlap joined to one."""

    rank: int  # from 1
    score: float  # better when higher; means the same for every question
    confidence: Confidence
    why: Why
    chunk: Chunk
    rows: tuple[int, ...]  # in the index, of the chunks that it was joined from
    copies: tuple[str, ...] = ()  # where else the same text stands
    rerank_score: float | None = None  # a reranker's, which then orders the hits


# ── augment ─────────────────────────────────────────────────────────────────────────────────────


class Evidence(_Value, frozen=True, kw_only=True):
    """A sentence, list item or row of a hit that bears on the question."""

    mark: int  # from 1, as the prompt numbers it
    chunk_id: str
    document: str
    section: tuple[str, ...]
    text: str
    page_first: int
    page_last: int
    page_label: str
    locator: str  # the same for people, and for what has no pages
    score: float


class Citation(_Value, frozen=True, kw_only=True):
    """A quote and where it stands. `mark` is the number in the answer's text."""

    mark: int
    quote: str  # word for word; a label stands on a line of its own
    document: str
    page_first: int
    page_last: int
    page_label: str
    locator: str  # the same for people, and for what has no pages
    section: str

    @property
    def told(self) -> str:
        """The quote on one line."""
        return " ".join(self.quote.split())


class Answer(_Value, frozen=True, kw_only=True):
    """What ragguide says to one question."""

    question: str
    answer: str  # the model's sentences with their marks; empty if refused or without a generator
    refused: bool
    chance: float | None  # that the guide answers; None: not calibrated for this index
    looked_for: tuple[str, ...]  # the question's words that were searched for
    absent: tuple[str, ...]  # those of them that stand nowhere in the guide
    quotes: tuple[Citation, ...]  # the guide's own sentences that answer best, best first
    citations: tuple[Citation, ...]  # those that the answer's marks name
    hits: tuple[Hit, ...]
    model: str | None
    index: str
    timings_s: dict[str, float]
    tokens: dict[str, int]
    degraded: tuple[str, ...]  # what was left out, and why
    warnings: tuple[str, ...]


class Found(_Value, frozen=True, kw_only=True):
    """The first event of an answer: what was found, before the generator has said a word."""

    hits: tuple[Hit, ...]
    quotes: tuple[Citation, ...]
    refused: bool
    chance: float | None  # that the guide answers; None: not calibrated for this index
    looked_for: tuple[str, ...]  # the question's words that were searched for
    absent: tuple[str, ...]  # those of them that stand nowhere in the guide


class Piece(_Value, frozen=True, kw_only=True):
    """More of the answer's text. An answer's pieces joined are its text."""

    text: str


# ── on disk ─────────────────────────────────────────────────────────────────────────────────────


class SourceRecord(_Value, frozen=True, kw_only=True):
    """What a generation knows of one of its documents."""

    name: str
    path: str
    title: str
    sha256: str
    size_bytes: int
    modified: str  # ISO 8601, UTC, to the microsecond; as it was before it was read
    n_pages: int  # or slides, or sheets: its `unit`
    unit: Unit
    unreadable: dict[int, str]
    ocr_pages: tuple[int, ...]
    tags: dict[str, str]  # as given when it was read


class ReadRequest(_Value, frozen=True, kw_only=True):
    """What was asked to be read, so that an update can ask it again."""

    paths: tuple[str, ...]  # files, folders and patterns; absolute
    tags: dict[str, str]
    ocr_languages: str | None  # None: pages without a text layer stay unread


class IndexRequest(_Value, frozen=True, kw_only=True):
    """How a user wants the vectors indexed. What is 0 is chosen from their number."""

    index_type: Literal["auto", "flat", "hnsw", "ivf", "ivfpq"] = "auto"
    hnsw_m: int = 0
    ef_construction: int = 0
    ef_search: int = 0
    nlist: int = 0
    nprobe: int = 0
    pq_m: int = 0
    pq_bits: int = 0
    target_recall: float = 0.98  # share of the 10 nearest that an approximate search must find


class Flat(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="flat"):
    """Every vector is compared: exact."""


class Hnsw(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="hnsw"):
    """A graph of near neighbours is walked. Source: Malkov & Yashunin 2016."""

    hnsw_m: int  # links of a vector; twice as many on the ground floor
    ef_construction: int  # candidates kept while a vector is linked
    ef_search: int  # candidates kept while searching: more find more, and take longer


class Ivf(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="ivf"):
    """Vectors are put in lists by their nearest centre; the nearest lists are compared."""

    nlist: int
    nprobe: int  # lists compared in a search: more find more, and take longer


class IvfPq(_Value, frozen=True, kw_only=True, tag_field="index_type", tag="ivfpq"):
    """Like `Ivf`, by a short code of each vector. Source: Jégou, Douze & Schmid 2011."""

    nlist: int
    nprobe: int
    pq_m: int  # pieces that a vector is cut into
    pq_bits: int  # of the code of a piece


IndexParameters: TypeAlias = Flat | Hnsw | Ivf | IvfPq


class Recall(_Value, frozen=True, kw_only=True):
    """How much of the exact result an approximate search found, when the index was built."""

    share: float  # of the `k` nearest, mean over the queries
    k: int
    n_queries: int
    is_tuned: bool  # ef_search or nprobe is the least that reaches the target; else as given


class VectorIndexRecord(_Value, frozen=True, kw_only=True):
    """How a generation's vectors are indexed."""

    asked: IndexRequest
    parameters: IndexParameters
    why: str  # how the type and its parameters came about
    recall: Recall | None  # None: exact


class Manifest(_Value, frozen=True, kw_only=True):
    """What a generation is made of. Its files are checked against `files` before use."""

    format_version: int
    text_version: int  # of cleaning and chunking: another one cuts the same document otherwise
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
    n_statements: int  # of all chunks; one that two of them share counts twice
    n_tokens: int  # of all chunks, as the embedder counts
    files: dict[str, str]  # file name → sha256


# ── exchangeable parts ──────────────────────────────────────────────────────────────────────────


class Embedder(Protocol):
    """Turns text into unit vectors."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1; no texts give `(0, dim)`."""
        ...


class Reranker(Protocol):
    """Judges how well texts answer a question, reading both together."""

    @property
    def name(self) -> str: ...

    def scores(self, question: str, texts: Sequence[str]) -> "FloatVector":
        """Return float32 `(len(texts),)`; better when higher, within one question.

        A text has the same score in any company.
        """
        ...


def is_server(generator: str) -> bool:
    """Whether a generator's name is the address of a server, which then reads the guide's words."""
    return generator.lower().startswith(("http://", "https://"))


class Generator(Protocol):
    """Continues a prompt, greedily: the same prompt gives the same text."""

    @property
    def name(self) -> str: ...

    @property
    def n_weights(self) -> int | None:
        """How many weights the model has; None: that is not known."""
        ...

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        """Tokenise one exchange in the model's own chat template.

        `user` holds (trusted, text) pieces. No piece, trusted or not, can smuggle a special token:
        `<|im_end|>` in a passage reaches the model as plain characters. The answer goes on from
        `beginning`; a model that cannot be made to do so is asked for it, and may repeat it.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Length of `text` in this model's tokens."""
        ...

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
        favours: Mapping[str, float] | None = None,
    ) -> Iterator[str]:
        """Yield the continuation piece by piece, whole characters only.

        Args:
            tokens: as `build_prompt` returns them.
            max_tokens: most to write.
            until: when it ends, wherever it is then: a moment of `time.monotonic`.
            reuse: whether what the last prompt shares with this one may be taken from there. It is
                quicker, and may round otherwise than a prompt by itself.
            favours: texts, one of which comes first, where the model can be made to write it; and
                by how much each is favoured, in nats.

        Raises:
            ModelError: the prompt and `max_tokens` do not fit the context, or the model fails.
        """
        ...
