"""Weighed sentences in, the passages around the best of them out, for a generator to read. No I/O.

A sentence alone leaves out what the next ones add: the steps, the conditions, the reason. So a
generator that answers in several sentences reads them as they stand, under their sections' titles.
"""

from collections.abc import Callable, Collection, Sequence

import msgspec

from ragguide.augment.evidence import Candidate
from ragguide.augment.pieces import Piece, join_pieces
from ragguide.augment.titles import unnumbered

MOST_PASSAGES = 4
LEAST_TOKENS = 40  # of a part of a passage: less is a sentence without its neighbours


class Passage(msgspec.Struct, frozen=True):
    """Consecutive statements of a hit, as a generator reads them."""

    text: str  # lines, each a section's title or statements
    places: tuple[int, ...]  # indices of its candidates, in reading order


def choose_passages(
    candidates: Sequence[Candidate],
    weights: Sequence[float],
    n_tokens: Callable[[str], int],
    *,
    budget: int,
    first: Sequence[int] = (),
    without: Collection[int] = (),
) -> list[Passage]:
    """Return the passages of the hits, in their order, within a budget.

    A passage that does not fit gives the part around its best candidate.

    Args:
        candidates: all that the hits state.
        weights: of the candidates; higher is better.
        n_tokens: counts the generator's tokens in a text.
        budget: tokens of all passages together.
        first: candidates that are better than those with more weight.
        without: candidates that no passage contains.
    """
    by_weight = sorted(range(len(candidates)), key=lambda i: -weights[i])
    best_of: dict[str, int] = {}
    for i in [*first, *by_weight]:
        if i not in without:
            best_of.setdefault(candidates[i].hit.chunk.id, i)
    passages: list[Passage] = []
    left = budget
    for hit, best in sorted(best_of.items(), key=lambda item: candidates[item[1]].hit.rank):
        if len(passages) == MOST_PASSAGES or (passages and left < LEAST_TOKENS):
            break
        places = [
            i for i, each in enumerate(candidates) if each.hit.chunk.id == hit and i not in without
        ]
        passage = _around(
            best, sorted(places, key=lambda i: candidates[i].start), candidates, n_tokens, left
        )
        passages.append(passage)
        left -= n_tokens(passage.text)
    return passages


def _around(
    best: int,
    places: Sequence[int],
    candidates: Sequence[Candidate],
    n_tokens: Callable[[str], int],
    budget: int,
) -> Passage:
    """Return the run of a passage's candidates around the best one that fits the budget.

    It grows forwards first: what follows a statement is more often about it than what precedes.
    """
    if n_tokens(whole := _text([candidates[i] for i in places])) <= budget:
        return Passage(whole, tuple(places))
    at = places.index(best)
    start, end = at, at + 1
    grows = True
    while grows:
        grows = False
        for before, after in ((0, 1), (1, 0)):
            run = range(start - before, end + after)
            if run.start < 0 or run.stop > len(places):
                continue
            if n_tokens(_text([candidates[places[n]] for n in run])) <= budget:
                start, end, grows = run.start, run.stop, True
    chosen = places[start:end]
    return Passage(_text([candidates[i] for i in chosen]), tuple(chosen))


def _text(candidates: Sequence[Candidate]) -> str:
    """Return statements with the titles of their sections, each title once in a run."""
    parts: list[str] = []
    title = None
    pieces: dict[tuple[int, int], Piece] = {}
    for each in candidates:
        section = each.statement.section
        if (own := unnumbered(section[-1]) if section else "") != title:
            parts += [join_pieces(pieces.values()), own]
            title, pieces = own, {}
        pieces |= {(piece.start, piece.end): piece for piece in each.pieces}
    parts.append(join_pieces(pieces.values()))
    return "\n".join(filter(None, parts))
