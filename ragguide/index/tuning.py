"""A new index in, the index tuned to the target recall out, with a record of its recall.

Tuning compares an approximate index with exact search on synthetic queries, which lie near rows but
not on them. Rows themselves, or rows left out of the index, are easier to find than real questions
(benchmarks/README.md). Tuning chooses the least `ef_search` or `nprobe` that reaches the target.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from ragguide.errors import RecallTooLow
from ragguide.index.backend import FloatMatrix
from ragguide.index.plan import RECALL_AT, Plan, describe, effort_of, with_effort
from ragguide.index.vectors import VectorIndex
from ragguide.types import (
    Flat,
    Hnsw,
    IndexParameters,
    IndexRequest,
    Ivf,
    IvfPq,
    Recall,
    VectorIndexRecord,
)

N_QUERIES = 1000
QUERY_COSINE = 0.7  # between a query and its row
MOST_EF_SEARCH = 2048  # with more, a graph is hardly faster than exact search
SUMMED = 1024  # rows that define the direction of the move
SEED = 0
TIE = 1e-6  # cosines this close count as equal, as those of equal passages


def tune(
    index: VectorIndex, plan: Plan, request: IndexRequest
) -> tuple[VectorIndex, VectorIndexRecord]:
    """Measure the recall of an index, and raise its effort as far as needed.

    An effort set by the user stays unchanged, whatever its recall. If an index chosen by `auto`
    misses the target, exact search replaces it.

    Raises:
        RecallTooLow: the requested index type cannot reach the target.
    """
    if isinstance(plan.parameters, Flat):
        return index, _record(request, plan.parameters, plan.why, None)
    truth = Truth(index.vectors)
    share_at = cache(lambda effort: truth.share_found(index, effort))
    effort = effort_of(plan.parameters)
    if plan.to_tune:
        most = _most_effort(plan.parameters, index.n_rows)
        least = least_effort(lambda at: share_at(at) >= request.target_recall, effort, most)
        if least is None:
            missed = (
                f"{describe(with_effort(plan.parameters, most))} finds {share_at(most):.3f} of "
                f"the {truth.k} nearest, short of target_recall = {request.target_recall:g}"
            )
            if request.index_type != "auto":
                raise RecallTooLow(f"{missed}. {_fix(plan.parameters)}")
            flat = VectorIndex.build(index.vectors)
            return flat, _record(request, Flat(), f"auto: {missed}, so the search is exact", None)
        effort = least
    recall = Recall(
        share=round(share_at(effort), 4),
        k=truth.k,
        n_queries=truth.n_queries,
        is_tuned=plan.to_tune,
    )
    tuned = index.with_effort(effort)
    return tuned, _record(request, tuned.parameters, plan.why, recall)


class Truth:
    """Synthetic queries near the vectors, and the results of exact search for them."""

    def __init__(self, vectors: FloatMatrix) -> None:
        self._queries = stand_ins(vectors, N_QUERIES)
        self._nearest = VectorIndex.build(vectors).search_many(self._queries, RECALL_AT)
        self.k = min(RECALL_AT, len(vectors))
        self.n_queries = len(self._queries)

    def share_found(self, index: VectorIndex, effort: int) -> float:
        """Return the share of the `k` nearest that an index finds, mean over the queries."""
        n_found = sum(
            int(np.count_nonzero(found >= exact[-1] - TIE))
            for (_, found), (_, exact) in zip(
                index.search_many(self._queries, self.k, effort=effort), self._nearest, strict=True
            )
        )
        return n_found / (self.k * self.n_queries)


def stand_ins(vectors: FloatMatrix, n: int) -> FloatMatrix:
    """Return up to `n` synthetic queries, unit vectors; the same vectors give the same queries.

    Each is a row rotated until its cosine to itself is `QUERY_COSINE`. The direction is a random
    sum of some centred rows, so it follows the spread of the vectors.
    """
    rng = np.random.default_rng(SEED)

    def draw(n_rows: int) -> FloatMatrix:
        rows = rng.choice(len(vectors), min(n_rows, len(vectors)), replace=False)
        return vectors[np.sort(rows)]

    at, others = draw(n), draw(SUMMED)  # (q, dim), (s, dim)
    weights = rng.standard_normal((len(at), len(others)), np.float32)
    aside = weights @ (others - others.mean(axis=0))  # (q, dim)
    aside = _unit(aside - (aside * at).sum(axis=1, keepdims=True) * at)  # orthogonal to `at`
    return _unit(QUERY_COSINE * at + (1 - QUERY_COSINE**2) ** 0.5 * aside)


def _unit(rows: FloatMatrix) -> FloatMatrix:
    """Scale rows to length 1; rows of zeros stay."""
    unit: FloatMatrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def least_effort(reaches: Callable[[int], bool], first: int, most: int) -> int | None:
    """Return the least effort from `first` to `most` that `reaches`; None if none does.

    It assumes that more effort never finds less.
    """
    low, high = first - 1, first
    while not reaches(high):
        if high == most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def _most_effort(parameters: Hnsw | Ivf | IvfPq, n_rows: int) -> int:
    if isinstance(parameters, Hnsw):
        return max(RECALL_AT, min(MOST_EF_SEARCH, n_rows))
    return parameters.nlist


def _fix(parameters: IndexParameters) -> str:
    better = "pq_m or pq_bits" if isinstance(parameters, IvfPq) else "hnsw_m or ef_construction"
    return f"Raise {better}, lower target_recall, or set index_type = 'flat', which is exact."


def _record(
    request: IndexRequest, parameters: IndexParameters, why: str, recall: Recall | None
) -> VectorIndexRecord:
    return VectorIndexRecord(asked=request, parameters=parameters, why=why, recall=recall)
