"""The values of an evaluation, as its files hold them.

    cases.jsonl     Case      a question and what is known of its answer
    run.json        Run       what was asked, of which index, with which models
    results.jsonl   Outcome   what came of a case; one a line, in the order in which they finished
    passages.jsonl  Passage   the text of what was found, each once

A run's folder holds all four, so it can be judged again, by other measures, without being run
again. Gold labels name pages and quotes, never chunks, and so survive a new chunking.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNANSWERABLE = "unanswerable"  # the kind of a question that the guide does not answer
MULTI = "multi"  # the kind of a question that needs all of its pages together

Mode = Literal["search", "quotes", "answers"]  # how far each question is taken


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all records: frozen, and strict about keys when read from JSON."""


class Case(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """A question and what is known of its answer."""

    id: str
    question: str
    kind: str = ""
    answer: str = ""  # for reference, in anybody's words
    other_answers: tuple[str, ...] = ()  # as good as `answer`
    facts: tuple[tuple[str, ...], ...] = ()  # each must be said by one of its alternatives
    # Each page alone holds the answer; of a "multi" question all do together.
    pages: tuple[int, ...] = ()
    evidence: str = ""  # verbatim, from one of the pages
    evidence2: str = ""  # for "multi" alone: verbatim, from another one
    more_evidence: tuple[str, ...] = ()  # of sets that name passages, and more than two
    document: str = ""  # whose pages; empty where the index holds one document
    relevant: dict[str, int] = {}  # document → grade, where whole documents are judged
    metadata: dict[str, Any] = {}  # what else a set says of it: carried along, never looked at

    @property
    def is_answerable(self) -> bool:
        return self.kind != UNANSWERABLE

    @property
    def quotes(self) -> tuple[str, ...]:
        """All evidence: what is needed together."""
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
    """A quote or citation that was shown."""

    mark: int
    document: str
    page_first: int
    page_last: int
    text: str


class Outcome(_Record, frozen=True, kw_only=True):
    """What came of one case."""

    case_id: str
    error: str = ""  # why there is nothing else here; such a case counts as zero
    hits: tuple[FoundPassage, ...] = ()  # best first
    gold: tuple[tuple[Span, ...], ...] = ()  # for each of `Case.quotes`, where its text lies
    section: tuple[str, ...] = ()  # in which the first gold lies, from the chapter down
    answerability: float = 0.0  # higher: surer that the guide answers
    refused: bool = False
    answer: str = ""  # with its marks
    quotes: tuple[Quoted, ...] = ()
    citations: tuple[Quoted, ...] = ()
    timings_s: dict[str, float] = {}  # step → seconds, as `Answer.timings_s` names them
    tokens: dict[str, int] = {}
    degraded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class ModelRecord(_Record, frozen=True, kw_only=True):
    name: str
    sha256: str | None  # None: a server's, whose bytes nobody here sees


class Machine(_Record, frozen=True, kw_only=True):
    """Where a run was made; no name of a person or host."""

    system: str
    processor: str
    n_cores: int
    memory_gb: float
    python: str


class Run(_Record, frozen=True, kw_only=True):
    """All that a run's results hang on. Two runs of one `fingerprint` must come out alike."""

    schema_version: int
    fingerprint: str  # sha256 of all below, `created` and `machine` excepted
    created: str  # ISO 8601, UTC
    machine: Machine
    ragguide_version: str
    code_sha256: str  # of ragguide's own modules: a version that is being worked on changes
    packages: dict[str, str]  # those that a result hangs on → version
    mode: Mode
    depth: int  # passages ranked for a question; an answer is made of the settings' top_k
    cases_name: str
    cases_sha256: str  # of cases.jsonl
    n_cases: int
    index: str
    generation: int
    index_sha256: str  # of the files that the generation is made of
    sources: dict[str, str]  # document → sha256
    embedder: ModelRecord
    generator: ModelRecord | None
    prompt_version: str
    seed: int
    settings: dict[str, str | int | float | bool | None]


def encode_lines(records: Iterable[msgspec.Struct]) -> bytes:
    """One JSON object a line, as the files hold them."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


class Judged(_Record, frozen=True, kw_only=True):
    """A case with its outcome: what a measure looks at."""

    case: Case
    outcome: Outcome


class Measure(_Record, frozen=True, kw_only=True):
    """A figure of a run that can be resampled: rows for its cases in, one number out.

    `row_of` gives a case's row, always of one width, or None where the measure says nothing of
    such a case. `summarise` turns rows `(n, width)` into the figure, the mean of the first column
    for most; NaN where it is not defined. So a bootstrap draws rows, and a paired test swaps them
    between two runs, for AUROC and percentiles as for means.
    """

    name: str  # as the field and the flags name it: "hit@5", "MRR:span", "AUROC"
    higher_is_better: bool
    row_of: Callable[[Judged], tuple[float, ...] | None]
    summarise: "Callable[[NDArray[np.float64]], float]"
    unit: str = ""  # "s"; empty for shares and counts
