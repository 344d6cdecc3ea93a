"""The candidates of two searches in, one ranked list out.

The fused score of a passage is `w · d + (1 − w) · b / (b + 24)`. d is its similarity in meaning:
its own cosine to the question, mixed with that of its best statement, since a passage of several
sentences is about more than the one that answers. b is its BM25 score. Both parts are below 1 and
mean the same for every question, so scores of different questions can be compared.
`benchmarks/retrieval.py` measures the effect of each part, and compares rank fusion.
"""

from collections.abc import Sequence
from math import exp

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.types import Confidence

KEYWORD_HALF = 24.0  # BM25 score that becomes 0.5
CANDIDATES = 100  # from each search, before fusion
_DIGITS = 6  # of a score; the next ones depend on the order of the sum

# The chance that a hit is on a gold page is the logistic of `score · 11.4 + lead · 5.1 − 3.7`. The
# lead is the distance to the best other hit. Fitted on 10 hits each for 200 questions to two
# guides, unanswerable ones included; a fit on either guide alone works for the other. The comments
# give the share of such hits that were on a gold page (benchmarks/README.md).
_BY_SCORE, _BY_LEAD, _AT_ZERO = 11.4, 5.1, -3.7
_CONFIDENCE: tuple[tuple[float, Confidence], ...] = (
    (0.85, "very high"),  # .95
    (0.65, "high"),  # .85
    (0.40, "medium"),  # .47; low: .10
)


class Candidates(msgspec.Struct, frozen=True):
    """The results of both searches for one question: rows of the index, and their scores."""

    rows: tuple[int, ...]  # (n,) rising
    cosines: NDArray[np.float32]  # (n,) between the question and each passage, stretched
    statement_cosines: NDArray[np.float32]  # (n,) and the best statement of each
    keyword_scores: NDArray[np.float32]  # (n,) BM25, 0 where no word matches


class Ranked(msgspec.Struct, frozen=True):
    """A row of the index with its scores; higher is better."""

    row: int
    score: float
    cosine: float
    statement_cosine: float
    keyword_score: float
    cosine_rank: int  # among the candidates, from 1
    keyword_rank: int | None  # likewise; None: no word matches


def fuse(found: Candidates, *, dense_weight: float, statement_weight: float) -> list[Ranked]:
    """Order candidates by their fused score, best first; ties by row.

    Args:
        found: the candidates of both searches.
        dense_weight: share of d in the score, 0 to 1; b has the rest.
        statement_weight: share of the best statement in d, 0 to 1.
    """
    meaning = (1.0 - statement_weight) * found.cosines + statement_weight * found.statement_cosines
    words = found.keyword_scores / (found.keyword_scores + KEYWORD_HALF)
    blend = dense_weight * meaning + (1.0 - dense_weight) * words  # (n,)
    scores = blend.astype(np.float64).round(_DIGITS)
    cosine_ranks = _ranks(found.cosines)
    keyword_ranks = _ranks(found.keyword_scores)
    return [
        Ranked(
            row=found.rows[i],
            score=float(scores[i]),
            cosine=float(found.cosines[i]),
            statement_cosine=float(found.statement_cosines[i]),
            keyword_score=float(found.keyword_scores[i]),
            cosine_rank=int(cosine_ranks[i]),
            keyword_rank=int(keyword_ranks[i]) if found.keyword_scores[i] > 0 else None,
        )
        for i in np.argsort(-scores, kind="stable")
    ]


def best_in_groups(
    values: NDArray[np.float32], sizes: Sequence[int], *, empty: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the `(n,)` maxima of n consecutive groups; an empty group has `empty[i]`.

    Args:
        values: (sum of sizes,) values of all groups, in order.
        sizes: (n,) sizes of the groups.
        empty: (n,) values for groups of size 0.
    """
    best = empty.astype(np.float32, copy=True)
    filled = np.flatnonzero(sizes)
    if len(filled):
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))[filled]
        best[filled] = np.maximum.reduceat(values, starts)
    return best


def confidences(scores: Sequence[float]) -> list[Confidence]:
    """Return the confidence of each hit of one question, from its fused score and its lead.

    `scores` are best first. The lead of an only hit is 0.
    """
    words: list[Confidence] = []
    for i, score in enumerate(scores):
        rivals = scores[1:2] if i == 0 else scores[:1]
        lead = score - max(rivals, default=score)
        chance = 1.0 / (1.0 + exp(-(_BY_SCORE * score + _BY_LEAD * lead + _AT_ZERO)))
        words.append(next((word for least, word in _CONFIDENCE if chance >= least), "low"))
    return words


def _ranks(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rank of each score; the greatest has rank 1."""
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
