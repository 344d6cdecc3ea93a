"""Values in, JSON and short texts out."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.index.plan import describe
from ragguide.types import SCHEMA_VERSION, Answer, Chunk, Citation, Hit, Unit, VectorIndexRecord

if TYPE_CHECKING:
    from ragguide.create.rawmap import RawLine

MOST_NEAREST = 3  # sections offered with a refusal
RawLines = Callable[[Citation], "Sequence[RawLine]"]  # the printed lines that a quote comes from

# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def print_json(value: object) -> None:
    """Print a value as one line of JSON, with the schema version first.

    An output that cannot encode a character gets its escape in JSON.
    """
    line = json_line(value)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        line = json.dumps(msgspec.json.decode(line))
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def json_line(value: object) -> str:
    """A value as JSON, with the schema version first."""
    line = {"schema_version": SCHEMA_VERSION} | msgspec.to_builtins(value)
    return msgspec.json.encode(line).decode()


def hit_fields(hit: Hit, *, explain: bool = False) -> dict[str, object]:
    """The JSON fields of a hit; `explain` adds `why`."""
    reranked = {} if hit.rerank_score is None else {"rerank_score": round(hit.rerank_score, 4)}
    why = {"why": _rounded(msgspec.structs.asdict(hit.why))} if explain else {}
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        **reranked,
        "confidence": hit.confidence,
        "document": hit.chunk.document,
        "page_first": hit.chunk.page_first,
        "page_last": hit.chunk.page_last,
        "page_label": hit.chunk.page_labels[0],
        "locator": hit.chunk.locator,
        "section": section_of(hit.chunk),
        "text": hit.chunk.text,
        "copies": hit.copies,
        **why,
    }


def _rounded(values: dict[str, object]) -> dict[str, object]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in values.items()
    }


def answer_fields(answer: Answer, raw_lines: RawLines) -> dict[str, object]:
    """The JSON fields of an answer; each quote comes with its printed lines."""
    return msgspec.structs.asdict(answer) | {
        "chance": None if answer.chance is None else round(answer.chance, 4),
        "quotes": [_citation_fields(quote, raw_lines) for quote in answer.quotes],
        "citations": [_citation_fields(citation, raw_lines) for citation in answer.citations],
        "hits": [hit_fields(hit) for hit in answer.hits],
    }


def _citation_fields(citation: Citation, raw_lines: RawLines) -> dict[str, object]:
    printed = [{"page": line.page, "text": line.text} for line in raw_lines(citation)]
    return msgspec.structs.asdict(citation) | {"printed": printed}


# ── short texts ─────────────────────────────────────────────────────────────────────────────────


def nearest_sections(answer: Answer) -> list[Chunk]:
    """Return the best passage of each of the sections nearest to a refused question."""
    chunks = [hit.chunk for hit in answer.hits]
    first = {(chunk.document, chunk.section): chunk for chunk in reversed(chunks)}
    return [chunk for chunk in chunks if chunk is first[chunk.document, chunk.section]][
        :MOST_NEAREST
    ]


def section_of(place: Chunk | Citation) -> str:
    """The titles above a passage or quote, from the chapter down."""
    return place.section if isinstance(place, Citation) else " > ".join(place.section)


def count_of(unit: Unit, number: int) -> str:
    """The length of a document: "3 pages", "1 sheet"; a text has no pages to count."""
    return "text" if unit == "text" else counted(number, unit)


def counted(n: int, noun: str) -> str:
    """A number with its noun: "1 page", "2,000 pages"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def size_of(n_bytes: int | None) -> str:
    """A size in MB or GB; "?" if unknown."""
    if n_bytes is None:
        return "?"
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def seconds_line(seconds: Mapping[str, float]) -> str:
    """The total time and that of each stage."""
    stages = ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items())
    return f"{sum(seconds.values()):.1f} s: {stages}"


def describe_vector_index(record: VectorIndexRecord) -> str:
    """Type, parameters and measured recall of a vector index."""
    text = describe(record.parameters)
    if (recall := record.recall) is not None:
        text += f", recall@{recall.k} {recall.share:.3f}"
        if recall.share < record.asked.target_recall:
            target = record.asked.target_recall
            text += f" (below the target of {target:g}: the search effort was set by hand)"
    return text
