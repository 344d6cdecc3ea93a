"""Documents, passages and words in, the same out as tables have them. No I/O."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ragguide.index.bm25 import rarity_of
from ragguide.index.keywords import known_weights
from ragguide.index.stores.parts import sha256_of
from ragguide.index.stores.protocols import Draft
from ragguide.types import Chunk, Document

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

LONGEST_TERM = 200  # characters; an encoded picture may be a "word" of megabytes

# A term, the passages with it, its count in each, and their lengths in terms.
Posting = tuple[str, list[int], list[int], list[int]]


class Piece(msgspec.Struct, frozen=True):
    """A document of a draft, with its passages."""

    document: Document
    chunks: Sequence[Chunk]
    vectors: "FloatMatrix"  # (n, dim)
    statements: Sequence["FloatMatrix"]  # (n,) each (n_statements, dim)
    terms: Sequence[Counter[str]]  # (n,)


def split(draft: Draft, terms: Sequence[Counter[str]]) -> Iterator[Piece]:
    """Split a draft by document."""
    starts = list(accumulate((len(chunk.statements) for chunk in draft.chunks), initial=0))
    at = 0
    for document in draft.documents:
        first = at
        while at < len(draft.chunks) and draft.chunks[at].document == document.name:
            at += 1
        yield Piece(
            document,
            draft.chunks[first:at],
            draft.vectors[first:at],
            [draft.statements[starts[row] : starts[row + 1]] for row in range(first, at)],
            terms[first:at],
        )
    assert at == len(draft.chunks), "the chunks are in the order of the documents"


def digest_of(
    document: bytes, encoded: Sequence[tuple[bytes, bytes, bytes]], postings: Sequence[Posting]
) -> str:
    """Return the sha256 of all that is stored of a document."""
    digest = hashlib.sha256(document)
    for parts in encoded:
        for part in parts:
            digest.update(part)
    digest.update(msgspec.json.encode(postings))
    return digest.hexdigest()


def postings_of(terms: Sequence[Counter[str]]) -> list[Posting]:
    """Return the terms of a document's passages, by term."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for place, counts in enumerate(terms):
        length = counts.total()
        for term, count in counts.items():
            found.setdefault(stored_term(term), []).append((place, count, length))
    return [
        (term, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
        for term, rows in sorted(found.items())
    ]


def stored_term(term: str) -> str:
    """Return a term as postings have it: without what a key of a table cannot have."""
    term = term.replace("\0", "")
    if len(term) <= LONGEST_TERM:
        return term
    return f"{term[:LONGEST_TERM]} {sha256_of(term.encode())}"


def rarity_in(terms: bytes, n_passages: int) -> dict[str, float]:
    """Return the rarity of each term, from the stored numbers of passages with it."""
    counts = msgspec.json.decode(terms, type=dict[str, int])
    rarity = rarity_of(np.array(list(counts.values()), np.int64), n_passages)
    return dict(zip(counts, rarity.tolist(), strict=True))


def gains_of(weights: Mapping[str, float], rarity: Mapping[str, float]) -> dict[str, float]:
    """Return the known terms of a question, as stored, with their weight times their rarity."""
    known = known_weights(weights, rarity)
    return {stored_term(term): weight * rarity[term] for term, weight in known.items()}


def titles_of(chunk: Chunk) -> str:
    """Return all titles of a passage in small letters, to search with `--filter section=`."""
    paths = {chunk.section, *(statement.section for statement in chunk.statements)}
    titles = sorted(" > ".join(path).casefold() for path in paths)
    return "\n".join(titles).replace("\0", "")
