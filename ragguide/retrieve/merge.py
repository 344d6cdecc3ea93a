"""Ranked chunks in, passages out: those that overlap joined, those that repeat named. No I/O.

Neighbouring chunks share their overlap, and several documents may hold the same paragraph. Shown
one by one they would tell the reader the same thing twice, and crowd other passages out.
"""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from ragguide.types import Chunk, Statement

MAX_JOINED = 2  # chunks in one passage: more would be a page, not a passage

T = TypeVar("T")


class Passage(msgspec.Struct, Generic[T]):
    """Chunks that are shown as one."""

    ranked: list[T]  # what each of its chunks ranks by; the best comes first
    chunks: list[Chunk]  # beside them
    copies: list[Chunk]  # others of the same text

    @property
    def chunk(self) -> Chunk:
        """Its chunks as one."""
        return join(sorted(self.chunks, key=lambda chunk: chunk.start))


def merge(ranked: Iterable[tuple[T, Chunk]], *, top_k: int) -> list[Passage[T]]:
    """Take chunks, best first, until they make `top_k` passages.

    A chunk that overlaps one already taken joins it; one that says the same is noted as its copy.
    """
    passages: list[Passage[T]] = []
    for rank, chunk in ranked:
        same = next((p for p in passages if any(_say_the_same(chunk, c) for c in p.chunks)), None)
        near = next((p for p in passages if _can_join(chunk, p)), None)
        if same is not None:
            same.copies.append(chunk)
        elif near is not None:
            near.ranked.append(rank)
            near.chunks.append(chunk)
        elif len(passages) == top_k:
            break
        else:
            passages.append(Passage([rank], [chunk], []))
    return passages


def join(chunks: list[Chunk]) -> Chunk:
    """One chunk of several that overlap, in the order of the document. `[a]` is `a`."""
    first, *rest = chunks
    if not rest:
        return first
    text, end = first.text, first.end
    for chunk in rest:
        assert chunk.document == first.document
        assert first.start <= chunk.start <= end
        text += chunk.text[end - chunk.start :] if chunk.end > end else ""
        end = max(end, chunk.end)
    pages = {
        chunk.page_first + i: label for chunk in chunks for i, label in enumerate(chunk.page_labels)
    }
    statements = {
        (statement.start, statement.end): statement
        for chunk in chunks
        for statement in _shifted(chunk, chunk.start - first.start)
    }
    breaks = {  # by the page that begins there: two begin at one place if the first is blank
        page: at + chunk.start - first.start
        for chunk in chunks
        for page, at in enumerate(chunk.page_breaks, start=chunk.page_first + 1)
    }
    return msgspec.structs.replace(
        first,
        id="+".join([first.id, *(chunk.id.rpartition("/")[2] for chunk in rest)]),
        text=text,
        end=end,
        statements=tuple(statements[key] for key in sorted(statements)),
        page_last=max(pages),
        page_labels=tuple(pages[page] for page in sorted(pages)),
        page_breaks=tuple(breaks[page] for page in sorted(breaks)),
    )


def _shifted(chunk: Chunk, by: int) -> Iterator[Statement]:
    for each in chunk.statements:
        yield msgspec.structs.replace(each, start=each.start + by, end=each.end + by)


def _can_join(chunk: Chunk, passage: "Passage[T]") -> bool:
    return len(passage.chunks) < MAX_JOINED and any(
        chunk.document == other.document and chunk.start < other.end and other.start < chunk.end
        for other in passage.chunks
    )


def _say_the_same(one: Chunk, other: Chunk) -> bool:
    return " ".join(one.text.split()).casefold() == " ".join(other.text.split()).casefold()
