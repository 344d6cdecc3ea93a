"""Chosen candidates in, procedures completed with the steps that were not chosen, out. No I/O."""

from collections.abc import Mapping, Sequence

from ragguide.augment.evidence import Candidate
from ragguide.augment.repeats import merge

MIN_CHOSEN = 3  # steps; fewer may answer alone
MIN_SHARE = 0.5  # of the steps, if there are few
MOST_CHOSEN = 5  # steps that are enough evidence in a longer procedure
MOST_WORDS = 170  # of a completed procedure


def complete_steps(
    chosen: Mapping[int, Candidate], places: Sequence[int], candidates: Sequence[Candidate]
) -> dict[int, Candidate]:
    """Add the missing steps of numbered lists of which most steps are chosen.

    A procedure that lacks a step is wrong, even if the step has no word of the question.

    Args:
        chosen: candidates after merging, by the index of the first of each.
        places: indices of all chosen candidates before merging.
        candidates: all of them.
    """
    completed = dict(chosen)
    for at, candidate in chosen.items():
        own = [
            candidates[place] for place in places if candidates[place].own_piece in candidate.pieces
        ]
        steps = _steps(next(filter(_is_step, own), None), candidates)
        n_chosen = sum(place in steps for place in places)
        if n_chosen < max(MIN_CHOSEN, min(MIN_SHARE * len(steps), MOST_CHOSEN)):
            continue
        whole = candidate
        for i in steps:
            whole = merge(whole, candidates[i])
        if len(whole.quote.split()) <= MOST_WORDS:
            completed[at] = whole
    return completed


def _steps(step: Candidate | None, candidates: Sequence[Candidate]) -> list[int]:
    """Return the indices of all steps of the procedure that a step belongs to."""
    if step is None:
        return []
    return [
        i
        for i, other in enumerate(candidates)
        if _is_step(other)
        and other.leads == step.leads
        and other.hit.chunk.document == step.hit.chunk.document
    ]


def _is_step(candidate: Candidate) -> bool:
    """Whether this is an item that starts with a number, with the lead of its list."""
    is_item = candidate.statement.kind == "item" and bool(candidate.leads)
    return is_item and candidate.text[0].isdigit()
