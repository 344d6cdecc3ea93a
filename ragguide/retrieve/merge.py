"""Ranked chunks in, passages out: overlapping chunks joined, copies merged. No I/O.

Neighbouring chunks overlap, and several documents may contain the same paragraph. Shown one by one
they would repeat themselves, and displace other passages.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from ragguide.types import Chunk, Statement

MAX_JOINED = 2  # chunks in one passage: more would be a page, not a passage

T = TypeVar("T")


class Passage(msgspec.Struct, Generic[T]):
    """Chunks that are shown as one passage."""

    ranked: list[T]  # the rank of each chunk, best first
    chunks: list[Chunk]  # in the same order
    copies: list[Chunk]  # other chunks with the same text

    @property
    def chunk(self) -> Chunk:
        """The chunks joined to one."""
        return join(sorted(self.chunks, key=lambda chunk: chunk.start))


def merge(ranked: Iterable[tuple[T, Chunk]], *, top_k: int) -> list[Passage[T]]:
    """Take chunks, best first, until they make `top_k` passages.

    A chunk that overlaps an earlier one joins its passage; one with the same text is a copy.
    """
    passages: list[Passage[T]] = []
    for rank, chunk in ranked:
        same = next((p for p in passages if any(_have_same_text(chunk, c) for c in p.chunks)), None)
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
    """Join overlapping chunks, in the order of the document. One chunk is returned unchanged."""
    first, *rest = chunks
    if not rest:
        return first
    labels = {
        chunk.page_first + i: label for chunk in chunks for i, label in enumerate(chunk.page_labels)
    }
    return msgspec.structs.replace(
        first,
        id="+".join([first.id, *(chunk.id.rpartition("/")[2] for chunk in rest)]),
        text=_joined_text(chunks),
        end=max(chunk.end for chunk in chunks),
        statements=_joined_statements(chunks),
        page_last=max(labels),
        page_labels=tuple(labels[page] for page in sorted(labels)),
        page_breaks=_joined_breaks(chunks),
    )


def _joined_text(chunks: list[Chunk]) -> str:
    first, *rest = chunks
    text, end = first.text, first.end
    for chunk in rest:
        assert chunk.document == first.document
        assert first.start <= chunk.start <= end
        if chunk.end > end:
            text += chunk.text[end - chunk.start :]
            end = chunk.end
    return text


def _joined_statements(chunks: list[Chunk]) -> tuple[Statement, ...]:
    """The statements of all chunks, each once, with offsets in the joined text."""
    statements: dict[tuple[int, int], Statement] = {}
    for chunk in chunks:
        shift = chunk.start - chunks[0].start
        for each in chunk.statements:
            start, end = each.start + shift, each.end + shift
            statements[start, end] = msgspec.structs.replace(each, start=start, end=end)
    return tuple(statements[key] for key in sorted(statements))


def _joined_breaks(chunks: list[Chunk]) -> tuple[int, ...]:
    """The offsets in the joined text at which the second and later pages begin."""
    breaks = {  # keyed by page: after a blank page, two pages begin at the same offset
        page: at + chunk.start - chunks[0].start
        for chunk in chunks
        for page, at in enumerate(chunk.page_breaks, start=chunk.page_first + 1)
    }
    return tuple(breaks[page] for page in sorted(breaks))


def _can_join(chunk: Chunk, passage: "Passage[T]") -> bool:
    return len(passage.chunks) < MAX_JOINED and any(
        chunk.document == other.document and chunk.start < other.end and other.start < chunk.end
        for other in passage.chunks
    )


def _have_same_text(one: Chunk, other: Chunk) -> bool:
    return " ".join(one.text.split()).casefold() == " ".join(other.text.split()).casefold()
