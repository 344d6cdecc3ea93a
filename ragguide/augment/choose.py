"""Weighed candidates in, those with the most weight that fit a budget out. No I/O."""

from collections.abc import Callable, Collection, Sequence

from ragguide.augment.evidence import Candidate
from ragguide.augment.pieces import Piece
from ragguide.augment.repeats import Chosen

Cost = Callable[[Candidate, Sequence[Piece]], int]  # of a candidate, and its pieces that are new


def choose(
    candidates: Sequence[Candidate],
    weights: Sequence[float],
    cost: Cost,
    *,
    budget: int,
    first: Sequence[int] = (),
    without: Collection[int] = (),
    max_items: int | None = None,
    min_share: float = 0.0,
) -> list[int]:
    """Return the indices of the candidates with the most weight that fit the budget, best first.

    Candidates in `first` come first at any cost; candidates in `without` are never chosen. Of the
    others, one that does not fit is skipped and a shorter one may follow; one that repeats a chosen
    text is skipped, too. The best is chosen even if it alone exceeds the budget. None is chosen
    that weighs less than `min_share` of the best.
    """
    indices: list[int] = []
    chosen = Chosen()
    spent = 0
    least = min_share * max(weights, default=0.0)
    by_weight = sorted(
        (i for i, weight in enumerate(weights) if weight >= least), key=lambda i: -weights[i]
    )
    for i in dict.fromkeys([*first, *by_weight]):
        candidate = candidates[i]
        if i in without or (i not in first and chosen.repeats(candidate)):
            continue
        if len(indices) == max_items:
            break
        price = cost(candidate, chosen.new_pieces(candidate))
        if not indices or i in first or spent + price <= budget:
            indices.append(i)
            chosen.add(candidate)
            spent += price
    return indices
