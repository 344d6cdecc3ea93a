"""Chunks and the lead of a statement in, its text with its pages out. No I/O."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ragguide.create.leads import refers_back
from ragguide.types import ITEM_SIGN, Chunk, Statement

MOST_BETWEEN = 1 + len(ITEM_SIGN)  # characters between neighbours: a line break and a bullet
MOST_OVERLAPPING = 3  # chunks that start before a span and may contain all of it
MOST_SENTENCES = 2  # that a lead consists of


class Piece(msgspec.Struct, frozen=True):
    """A run of a document's text, as a quote shows it."""

    start: int  # character offset in the document
    end: int
    text: str
    page_first: int
    page_last: int
    page_label: str  # of the first page
    lines: tuple[int, ...]  # of a sheet or text file
    goes_on: bool  # continues the line of the text before

    def follows(self, other: "Piece") -> bool:
        """Whether nothing but white space or a bullet is between the two."""
        return 0 <= self.start - other.end <= MOST_BETWEEN

    def overlaps(self, other: "Piece") -> bool:
        return self.start < other.end and other.start < self.end

    def is_within(self, other: "Piece") -> bool:
        return other.start <= self.start and self.end <= other.end


def piece_of(chunk: Chunk, parts: Sequence[Statement]) -> Piece:
    """Return consecutive statements of a chunk as one piece."""
    first, last = parts[0], parts[-1]
    page = chunk.page_at(first.start)
    before = chunk.text[: first.start]
    return Piece(
        start=chunk.start + first.start,
        end=chunk.start + last.end,
        text=chunk.text[first.start : last.end],
        page_first=page,
        page_last=chunk.page_at(last.end - 1),
        page_label=chunk.page_labels[page - chunk.page_first],
        lines=tuple(part.line for part in parts if part.line is not None),
        goes_on=before.endswith(" ") and not before.endswith(ITEM_SIGN),
    )


def join_pieces(pieces: Iterable[Piece]) -> str:
    """Return the text of pieces in reading order, a line for each that begins or skips a line."""
    text = ""
    before: Piece | None = None
    for piece in sorted(pieces, key=lambda piece: piece.start):
        if before is not None:
            text += " " if piece.goes_on and piece.follows(before) else "\n"
        text += piece.text
        before = piece
    return text


class LeadFinder:
    """Finds the leads of statements in the chunks of their documents."""

    def __init__(self, chunks_of: Callable[[str], Sequence[Chunk]]) -> None:
        """`chunks_of` returns the chunks of a document in order, or none."""
        self._chunks_of = chunks_of

    def find(self, document: str, span: tuple[int, int]) -> tuple[Piece, ...]:
        """Return a lead, and the sentences before that it refers to itself; empty if not found."""
        pieces: list[Piece] = []
        wanted: tuple[int, int] | None = span
        while wanted is not None and len(pieces) < MOST_SENTENCES:
            found = self._statement(document, wanted)
            if found is None:
                break
            chunk, statement = found
            pieces.append(piece_of(chunk, (statement,)))
            wanted = statement.lead if refers_back(pieces[-1].text) else None
        return tuple(reversed(pieces))

    def _statement(self, document: str, span: tuple[int, int]) -> tuple[Chunk, Statement] | None:
        chunks = self._chunks_of(document)
        at = bisect_right(chunks, span[0], key=lambda chunk: chunk.start)
        for chunk in reversed(chunks[max(0, at - MOST_OVERLAPPING) : at]):
            for each in chunk.statements:
                if (chunk.start + each.start, chunk.start + each.end) == span:
                    return chunk, each
        return None
