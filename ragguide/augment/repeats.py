"""Candidates in, those that repeat each other left out or merged. No I/O."""

import re
from collections import defaultdict
from collections.abc import Sequence

from ragguide.augment.evidence import Candidate
from ragguide.augment.pieces import Piece

LEAST_WITHIN = 5  # words of a text that counts as repeated where a longer one contains it

_WORDS = re.compile(r"\w+(?:[.,]\d+)*")
_ARTICLES = frozenset(("a", "an", "the"))


class Chosen:
    """The texts that are chosen so far."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._pieces: dict[str, list[Piece]] = defaultdict(list)  # by document

    def add(self, candidate: Candidate) -> None:
        self._texts += [_plain(text) for text in (candidate.text, candidate.quote)]
        self._texts += [_plain(piece.text) for piece in candidate.leads]
        self._pieces[candidate.hit.chunk.document] += candidate.pieces

    def repeats(self, candidate: Candidate) -> bool:
        """Whether a candidate without its leads says the same as a chosen text.

        Of one piece of code, only the lines that are chosen first are quoted.
        """
        known = self._pieces[candidate.hit.chunk.document]
        if candidate.statement.kind == "code":
            return any(piece.overlaps(other) for piece in candidate.pieces for other in known)
        own = _plain(candidate.text)
        is_long = own.count(" ") + 1 >= LEAST_WITHIN
        return any(own == text or (is_long and f" {own} " in f" {text} ") for text in self._texts)

    def new_pieces(self, candidate: Candidate) -> list[Piece]:
        """Return the pieces of a candidate that no chosen one contains."""
        known = self._pieces[candidate.hit.chunk.document]
        return [piece for piece in candidate.pieces if not any(map(piece.is_within, known))]


def merge_sharing(candidates: Sequence[Candidate], places: Sequence[int]) -> dict[int, Candidate]:
    """Merge candidates that refer to one another, such as a sentence and the next one, "It …".

    Args:
        candidates: all of them.
        places: indices of those to merge, best first.

    Returns:
        The merged candidates by the index of the first of each, in the order of `places`.
    """
    merged: dict[int, Candidate] = {}
    for place in places:
        candidate = candidates[place]
        at = next((i for i, other in merged.items() if _share(candidate, other)), None)
        merged[place if at is None else at] = (
            candidate if at is None else merge(merged[at], candidate)
        )
    return merged


def _share(one: Candidate, other: Candidate) -> bool:
    """Whether one contains a sentence that the other refers to, or both are items of one list.

    Table rows stay apart: each is evidence of its own.
    """
    if one.hit.chunk.document != other.hit.chunk.document:
        return False
    if one.statement.kind == other.statement.kind == "item" and set(one.leads) & set(other.leads):
        return True
    return any(
        lead.is_within(a.own_piece) for a, b in ((one, other), (other, one)) for lead in b.leads
    )


def merge(first: Candidate, second: Candidate) -> Candidate:
    """Return the first with the pieces of the second as leads."""
    more = [piece for piece in second.pieces if not any(map(piece.is_within, first.pieces))]
    leads = [lead for lead in first.leads if not any(map(lead.is_within, more))]
    return Candidate(first.hit, first.parts, (*leads, *more))


def _plain(text: str) -> str:
    """Return the words of a text in small letters, without articles and punctuation."""
    words = _WORDS.findall(text.casefold())
    return " ".join(word for word in words if word not in _ARTICLES)
