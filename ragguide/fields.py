"""Values in, the fields of the JSON that commands and servers give out."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.types import SCHEMA_VERSION, Answer, Chunk, Citation, Found, Hit

if TYPE_CHECKING:
    from ragguide.create.rawmap import RawLine

MOST_NEAREST = 3  # sections offered with a refusal, by the terminal and the page of `serve`
MOST_STATEMENTS = 2  # the same of statements in which the model found no answer

RawLines = Callable[[Citation], "Sequence[RawLine]"]  # the printed lines that a quote comes from


def json_line(value: object) -> str:
    """A value as JSON, with the schema version first."""
    return msgspec.json.encode(versioned(value)).decode()


def versioned(value: object) -> dict[str, object]:
    """The fields of a value, with the schema version first."""
    fields: dict[str, object] = msgspec.to_builtins(value)
    return {"schema_version": SCHEMA_VERSION} | fields


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


def search_fields(
    question: str, hits: Sequence[Hit], *, index: str, warnings: Sequence[str], explain: bool
) -> dict[str, object]:
    """The JSON fields of a search; `index` is the name with the generation."""
    return {
        "question": question,
        "hits": [hit_fields(hit, explain=explain) for hit in hits],
        "index": index,
        "warnings": warnings,
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


def found_fields(found: Found, raw_lines: RawLines) -> dict[str, object]:
    """The JSON fields of what a search found; each quote comes with its printed lines."""
    return {
        "quotes": [_citation_fields(quote, raw_lines) for quote in found.quotes],
        "refused": found.refused,
    }


def _citation_fields(citation: Citation, raw_lines: RawLines) -> dict[str, object]:
    printed = [{"page": line.page, "text": line.text} for line in raw_lines(citation)]
    return msgspec.structs.asdict(citation) | {"printed": printed}


def section_of(place: Chunk | Citation) -> str:
    """The titles above a passage or quote, from the chapter down."""
    return place.section if isinstance(place, Citation) else " > ".join(place.section)
