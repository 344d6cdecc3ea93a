"""Two ranked lists in, one out.

The fused score of a passage is `w · cosine + (1 − w) · b / (b + 10)`, where b is its BM25
score: both parts lie between 0 and 1 and mean the same for every question, so scores of two
questions can be compared. `benchmarks/retrieval.py` measures it against rank fusion and against
normalising each list by its best hit.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.types import Confidence

KEYWORD_HALF = 10.0  # BM25 score that counts half; a middling hit's on the guides measured
CANDIDATES = 100  # taken from each list before fusion

# Least fused score for each word. Of the first hits for 173 questions to two guides, those of each
# word stood on a gold page in this share (benchmarks/README.md).
_CONFIDENCE: tuple[tuple[float, Confidence], ...] = (
    (0.40, "very high"),  # .90
    (0.35, "high"),  # .75
    (0.30, "medium"),  # .64; low: .49
)


class Ranked(msgspec.Struct, frozen=True):
    """A row of the index with its scores; higher is better."""

    row: int
    score: float
    cosine: float
    keyword_score: float


def fuse(
    rows: Sequence[int],
    cosines: NDArray[np.float32],
    keyword_scores: NDArray[np.float32],
    *,
    dense_weight: float,
    top_k: int,
) -> list[Ranked]:
    """Order candidate rows by their fused score, best first.

    Args:
        rows: the candidates, each once.
        cosines: (n,) theirs.
        keyword_scores: (n,) their BM25 scores, 0 where no word matches.
        dense_weight: share of the cosine, 0 to 1.
        top_k: how many to return.
    """
    keyword_parts = keyword_scores / (keyword_scores + KEYWORD_HALF)
    scores = dense_weight * cosines + (1.0 - dense_weight) * keyword_parts  # (n,)
    best = np.argsort(-scores, kind="stable")[:top_k]
    return [
        Ranked(rows[i], float(scores[i]), float(cosines[i]), float(keyword_scores[i])) for i in best
    ]


def confidence_of(score: float) -> Confidence:
    """The word for a fused score."""
    return next((word for least, word in _CONFIDENCE if score >= least), "low")
