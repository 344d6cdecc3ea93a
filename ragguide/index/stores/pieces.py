"""Documents, passages and words in, the same out as tables have them. No I/O."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.index.bm25 import rarity_of
from ragguide.index.keywords import known_weights, terms_of
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
    statements: "FloatMatrix"  # (m, dim) of all of its passages

    def terms(self) -> list[Counter[str]]:
        """Return the terms of each passage. They take much memory, so keep those of few pieces."""
        return [Counter(terms_of(chunk.embedded_text)) for chunk in self.chunks]

    def statement_rows(self, rows: NDArray[Any]) -> list[bytes]:
        """Return those of each passage, of `(m, …)` rows."""
        ends = accumulate(len(chunk.statements) for chunk in self.chunks)
        return [each.tobytes() for each in np.split(rows, list(ends))[:-1]]


def split(draft: Draft) -> Iterator[Piece]:
    """Split a draft by document."""
    at, statement = 0, 0
    for document in draft.documents:
        first, first_statement = at, statement
        while at < len(draft.chunks) and draft.chunks[at].document == document.name:
            statement += len(draft.chunks[at].statements)
            at += 1
        yield Piece(
            document,
            draft.chunks[first:at],
            draft.vectors[first:at],
            draft.statements[first_statement:statement],
        )
    assert at == len(draft.chunks), "the chunks are in the order of the documents"


class EmbeddedTexts:
    """The embedded texts of passages, each made when it is read: all would take much memory."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[str]:
        return (chunk.embedded_text for chunk in self._chunks)


class TermCounts:
    """Counts the terms of a generation while its documents are read."""

    def __init__(self) -> None:
        self._n_with: Counter[str] = Counter()  # passages
        self._n_passages = 0
        self._n_terms = 0

    def add(self, terms: Sequence[Counter[str]]) -> None:
        """Add the passages of a document."""
        for each in terms:
            self._n_with.update(each.keys())
            self._n_terms += each.total()
        self._n_passages += len(terms)

    @property
    def mean_length(self) -> float:
        """Of a passage, in terms."""
        return self._n_terms / max(self._n_passages, 1)

    def to_json(self) -> bytes:
        """Return the number of passages with each term, for `rarity_in`."""
        return msgspec.json.encode(dict(sorted(self._n_with.items())))


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
    found: dict[str, Posting] = {}
    for place, counts in enumerate(terms):
        length = counts.total()
        for term, count in counts.items():
            stored = stored_term(term)
            posting = found.get(stored)
            if posting is None:
                posting = found[stored] = (stored, [], [], [])
            for numbers, number in zip(posting[1:], (place, count, length), strict=True):
                numbers.append(number)
    return [found[term] for term in sorted(found)]


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
