"""Recall is measured against the exact search, and the effort is the least that reaches it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragguide.errors import RecallTooLow
from ragguide.index import plan as planning
from ragguide.index.plan import choose, effort_of
from ragguide.index.tuning import QUERY_COSINE, Truth, least_effort, stand_ins, tune
from ragguide.index.vectors import VectorIndex
from ragguide.types import Flat, Hnsw, IndexRequest, Recall, VectorIndexRecord
from tests.index.clusters import clustered, unit_rows

DIM = 32


def tuned(
    vectors: NDArray[np.float32], request: IndexRequest
) -> tuple[VectorIndex, VectorIndexRecord]:
    plan = choose(request, *vectors.shape)
    return tune(VectorIndex.build(vectors, plan.parameters), plan, request)


def recall_by_hand(index: VectorIndex, queries: NDArray[np.float32], k: int = 10) -> float:
    found = 0
    for query in queries:
        nearest = np.argsort(-(index.vectors @ query), kind="stable")[:k].tolist()
        found += len({row for row, _ in index.search(query[None], k)} & set(nearest))
    return found / (k * len(queries))


@pytest.mark.parametrize("kind", ["hnsw", "ivf", "ivfpq"])
def test_the_effort_is_the_least_that_reaches_the_target(kind: str) -> None:
    vectors = clustered(3000, DIM)
    request = IndexRequest(index_type=kind, target_recall=0.97)  # type: ignore[arg-type]
    index, record = tuned(vectors, request)
    assert record.asked == request
    assert record.parameters == index.parameters
    assert record.recall is not None
    assert (record.recall.k, record.recall.n_queries, record.recall.is_tuned) == (10, 1000, True)
    assert record.recall.share >= 0.97
    assert recall_by_hand(index, stand_ins(vectors, 1000)) == pytest.approx(
        record.recall.share, abs=1e-4
    )
    effort = effort_of(index.parameters)
    assert effort > 1
    if kind != "hnsw" or effort > 10:  # a graph's least is the number of hits
        assert Truth(vectors).share_found(index, effort - 1) < 0.97


def test_an_effort_that_is_given_stays_and_is_measured() -> None:
    vectors = clustered(3000, DIM)
    index, record = tuned(vectors, IndexRequest(index_type="ivf", nlist=60, nprobe=1))
    assert effort_of(index.parameters) == 1
    assert record.recall is not None
    assert not record.recall.is_tuned
    assert record.recall.share == pytest.approx(
        recall_by_hand(index, stand_ins(vectors, 1000)), abs=1e-4
    )
    assert record.recall.share < 0.9  # less than the target, but so it was asked for


def test_an_index_that_misses_its_target_is_refused_with_the_numbers() -> None:
    vectors = unit_rows(3000, DIM)
    request = IndexRequest(index_type="ivfpq", nlist=4, pq_m=1, pq_bits=4, target_recall=0.9)
    with pytest.raises(RecallTooLow, match="short of target_recall") as caught:
        tuned(vectors, request)
    message = str(caught.value)
    assert message.startswith("ivfpq (nlist 4, nprobe 4, pq_m 1, pq_bits 4) finds 0.")
    assert message.endswith(
        " of the 10 nearest, short of target_recall = 0.9. Raise pq_m or pq_bits, lower "
        "target_recall, or set index_type = 'flat', which is exact."
    )


def test_a_graph_that_misses_its_target_is_refused_with_its_own_mend() -> None:
    request = IndexRequest(index_type="hnsw", hnsw_m=2, ef_construction=2, target_recall=1.0)
    with pytest.raises(RecallTooLow, match=r"ef_search 2048\) finds .* Raise hnsw_m or ef_constr"):
        tuned(unit_rows(5000, DIM), request)


def test_where_autos_choice_misses_the_target_all_are_compared_and_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "FLAT_UP_TO", 1000)
    vectors = unit_rows(5000, DIM)
    request = IndexRequest(hnsw_m=2, ef_construction=2, target_recall=1.0)
    index, record = tuned(vectors, request)
    assert index.parameters == record.parameters == Flat()
    assert record.recall is None
    assert record.why.startswith(
        "auto: hnsw (hnsw_m 2, ef_construction 2, ef_search 2048) finds 0."
    )
    assert record.why.endswith("short of target_recall = 1, so the search is exact")
    assert index.search(vectors[8:9], 1) == [(8, pytest.approx(1.0, abs=1e-6))]


def test_a_flat_index_is_exact_and_not_measured() -> None:
    index, record = tuned(clustered(200, DIM), IndexRequest())
    assert (index.parameters, record.recall) == (Flat(), None)


@pytest.mark.parametrize("n_rows", [1, 2, 7])
def test_fewer_vectors_than_nearest_ones_are_all_found(n_rows: int) -> None:
    _, record = tuned(unit_rows(n_rows, DIM), IndexRequest(index_type="hnsw"))
    assert record.parameters == Hnsw(hnsw_m=32, ef_construction=200, ef_search=10)
    assert record.recall == Recall(share=1.0, k=n_rows, n_queries=n_rows, is_tuned=True)


def test_equal_vectors_count_as_each_other() -> None:
    vectors = np.repeat(unit_rows(40, DIM), 50, axis=0)  # 50 equal ones: any 10 of them are nearest
    _, record = tuned(vectors, IndexRequest(index_type="ivf"))
    assert record.recall is not None
    assert record.recall.share >= 0.98


def test_stand_ins_lie_near_rows_at_length_one_and_are_the_same_each_time() -> None:
    vectors = clustered(500, DIM)
    queries = stand_ins(vectors, 100)
    assert queries.dtype == np.float32
    assert queries.shape == (100, DIM)
    assert np.linalg.norm(queries, axis=1) == pytest.approx(np.ones(100), abs=1e-5)
    cosines = queries @ vectors.T
    assert (np.abs(cosines - QUERY_COSINE) < 1e-5).any(axis=1).all()
    assert (stand_ins(vectors, 100) == queries).all()
    assert len(stand_ins(vectors, 1000)) == 500


@given(first=st.integers(1, 20), most=st.integers(1, 5000), reached=st.integers(1, 6000))
def test_the_least_effort_is_found_wherever_it_is(first: int, most: int, reached: int) -> None:
    most = max(first, most)
    tried: list[int] = []

    def reaches(effort: int) -> bool:
        tried.append(effort)
        return effort >= reached

    expected = max(first, reached) if reached <= most else None
    assert least_effort(reaches, first, most) == expected
    assert all(first <= effort <= most for effort in tried)
    assert len(tried) <= 2 * most.bit_length() + 2
