"""Hits in, a verdict out: does the guide say anything on this? No I/O.

A small model asked to refuse refuses what stands before it, so the verdict comes from the
retrieval.
"""

from collections.abc import Sequence

from ragguide.types import Hit


def should_refuse(hits: Sequence[Hit], *, min_score: float) -> bool:
    """Whether the best passage is too far from the question to be shown as an answer."""
    # Not the first hit's score: a reranker may have put another one there.
    return max((hit.score for hit in hits), default=-1.0) < min_score
