"""Values in, JSON and short texts out."""

import math
import sys
from collections.abc import Mapping
from datetime import datetime

import msgspec

from ragguide.fields import MOST_NEAREST, json_line
from ragguide.index.plan import describe
from ragguide.types import Answer, Chunk, Unit, VectorIndexRecord

# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def print_json(value: object) -> None:
    """Print a value as one line of JSON, with the schema version first.

    An output that cannot encode a character gets its escape in JSON.
    """
    line = json_line(value)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        import json

        line = json.dumps(msgspec.json.decode(line))
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# ── short texts ─────────────────────────────────────────────────────────────────────────────────


def nearest_sections(answer: Answer) -> list[Chunk]:
    """Return the best passage of each of the sections nearest to a refused question."""
    chunks = [hit.chunk for hit in answer.hits]
    first = {(chunk.document, chunk.section): chunk for chunk in reversed(chunks)}
    return [chunk for chunk in chunks if chunk is first[chunk.document, chunk.section]][
        :MOST_NEAREST
    ]


def count_of(unit: Unit, number: int) -> str:
    """The length of a document: "3 pages", "1 sheet"; a text has no pages to count."""
    return "text" if unit == "text" else counted(number, unit)


def counted(n: int, noun: str) -> str:
    """A number with its noun: "1 page", "2,000 pages"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def size_of(n_bytes: int | None) -> str:
    """A size in kB, MB or GB; "?" if unknown."""
    if n_bytes is None:
        return "?"
    if n_bytes < 1e5:
        return f"{math.ceil(n_bytes / 1e3)} kB"
    return f"{n_bytes / 1e9:.2f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def time_of(recorded: str) -> str:
    """A recorded time, which is in ISO form with its zone, as this machine's clock shows it."""
    return datetime.fromisoformat(recorded).astimezone().strftime("%Y-%m-%d %H:%M:%S")


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
