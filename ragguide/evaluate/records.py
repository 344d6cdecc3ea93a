"""The records of an evaluation, as its files store them.

    cases.jsonl     Case      a question and its gold answer
    run.json        Run       the settings, the index and the models of the run
    results.jsonl   Outcome   one outcome a line, in the order in which the cases finished
    passages.jsonl  Passage   the text of each passage that was found, once

A run's folder has all four files, so other measures can be computed without running it again. Gold
labels name pages and quotes, never chunks, so they stay valid when the chunking changes.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNANSWERABLE = "unanswerable"  # kind of a question that the guide does not answer
MULTI = "multi"  # kind of a question that needs all of its pages together

Mode = Literal["search", "quotes", "answers"]  # search only; also quotes; also the model's answers


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all records: frozen, and strict about keys when read from JSON."""


class Case(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """A question and its gold answer."""

    id: str
    question: str
    kind: str = ""
    answer: str = ""  # reference answer, free wording
    other_answers: tuple[str, ...] = ()  # equally good references
    verdict: Literal["yes", "no"] | None = None  # right answer to a yes/no question
    wrong: tuple[str, ...] = ()  # wordings that occur in wrong answers only
    facts: tuple[tuple[str, ...], ...] = ()  # an answer must state one alternative of each fact
    # Each page alone has the answer; for a "multi" question all of them together.
    pages: tuple[int, ...] = ()
    evidence: str = ""  # verbatim quote from one of the pages
    evidence2: str = ""  # for "multi" only: verbatim quote from another page
    more_evidence: tuple[str, ...] = ()  # in sets with more than two reference passages
    document: str = ""  # that the pages belong to; may be empty if the index has one document
    relevant: dict[str, int] = {}  # document → grade, if whole documents are judged
    metadata: dict[str, Any] = {}  # the set's other keys: kept, never used

    @property
    def is_answerable(self) -> bool:
        return self.kind != UNANSWERABLE

    @property
    def quotes(self) -> tuple[str, ...]:
        """All evidence, which is needed together."""
        return tuple(q for q in (self.evidence, self.evidence2, *self.more_evidence) if q)


class Span(_Record, frozen=True, kw_only=True):
    """A run of characters in a cleaned document."""

    document: str
    start: int
    end: int  # exclusive


class FoundPassage(_Record, frozen=True, kw_only=True):
    """A hit, without its text."""

    chunk_id: str
    span: Span
    page_first: int
    page_last: int  # inclusive
    score: float


class Passage(_Record, frozen=True, kw_only=True):
    """The text of a hit."""

    chunk_id: str
    section: tuple[str, ...]
    text: str


class Quoted(_Record, frozen=True, kw_only=True):
    """A quote or citation in an answer."""

    mark: int
    document: str
    page_first: int
    page_last: int
    text: str


class Outcome(_Record, frozen=True, kw_only=True):
    """The result of one case."""

    case_id: str
    error: str = ""  # if set, the case failed, has no other values, and counts as 0
    hits: tuple[FoundPassage, ...] = ()  # best first
    gold: tuple[tuple[Span, ...], ...] = ()  # for each of `Case.quotes`, its places
    section: tuple[str, ...] = ()  # of the first gold quote or page, from the chapter down
    answerability: float = 0.0  # higher: more certain that the guide answers
    refused: bool = False
    answer: str = ""  # with its citation marks
    quotes: tuple[Quoted, ...] = ()
    citations: tuple[Quoted, ...] = ()
    timings_s: dict[str, float] = {}  # step → seconds, as `Answer.timings_s` names them
    tokens: dict[str, int] = {}
    degraded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class ModelRecord(_Record, frozen=True, kw_only=True):
    name: str
    sha256: str | None  # None: a server's model, whose file is not accessible


class Machine(_Record, frozen=True, kw_only=True):
    """The machine of a run, without any name of a person or host."""

    system: str
    processor: str
    n_cores: int
    memory_gb: float
    python: str


class Run(_Record, frozen=True, kw_only=True):
    """Everything that a run's results depend on. Runs of one `fingerprint` give equal results."""

    schema_version: int
    fingerprint: str  # sha256 of all other fields but `created` and `machine`
    created: str  # ISO 8601, UTC
    machine: Machine
    ragguide_version: str
    code_sha256: str  # of ragguide's modules, which change within a version during development
    packages: dict[str, str]  # packages that results depend on → version
    mode: Mode
    depth: int  # passages ranked for a question; an answer uses the settings' top_k
    cases_name: str
    cases_sha256: str  # of cases.jsonl
    n_cases: int
    index: str
    generation: int
    index_sha256: str  # of the generation's files
    sources: dict[str, str]  # document → sha256
    embedder: ModelRecord
    generator: ModelRecord | None
    prompt_version: str
    seed: int
    settings: dict[str, str | int | float | bool | None]
    reranker: ModelRecord | None = None
    calibration_sha256: str | None = None  # of the refusals; None: there is none for the embedder


def encode_lines(records: Iterable[msgspec.Struct]) -> bytes:
    """Return one JSON object a line."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


class Judged(_Record, frozen=True, kw_only=True):
    """A case with its outcome: the input of a measure."""

    case: Case
    outcome: Outcome


class Measure(_Record, frozen=True, kw_only=True):
    """A figure of a run, in a form that can be resampled.

    `row_of` returns a case's row, always of one width, or None if the measure does not apply to the
    case. `summarise` turns rows `(n, width)` into the figure, for most measures the mean of the
    first column; NaN if it is undefined. So a bootstrap can draw rows, and a paired test can swap
    rows between two runs, for AUROC and percentiles as well as for means.
    """

    name: str  # as reports and flags use it: "hit@5", "MRR:span", "AUROC"
    higher_is_better: bool
    row_of: Callable[[Judged], tuple[float, ...] | None]
    summarise: "Callable[[NDArray[np.float64]], float]"
    unit: str = ""  # "s"; empty for shares and counts
