"""Real FAISS, against plain numpy."""

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragguide.index.vectors import METRIC, VectorIndex


def unit_rows(n: int, dim: int, *, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 200),
    dim=st.sampled_from([3, 64, 384]),
    k=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_flat_search_agrees_with_brute_force_in_order_and_score(
    n: int, dim: int, k: int, seed: int
) -> None:
    vectors, query = unit_rows(n, dim, seed=seed), unit_rows(1, dim, seed=seed + 1000)
    cosines = (vectors.astype(np.float64) @ query[0].astype(np.float64)).tolist()
    expected = sorted(range(n), key=lambda row: -cosines[row])[:k]
    found = VectorIndex.build(vectors).search(query, k)
    assert [row for row, _ in found] == expected
    assert [score for _, score in found] == pytest.approx(
        [cosines[row] for row in expected], abs=1e-6
    )


def test_a_vector_finds_itself_with_score_one() -> None:
    vectors = unit_rows(50, 384)
    index = VectorIndex.build(vectors)
    for row in range(50):
        (found, score), *_ = index.search(vectors[row : row + 1], 3)
        assert found == row
        assert score == pytest.approx(1.0, abs=1e-6)


def test_more_neighbours_than_rows_give_every_row_once_and_no_padding() -> None:
    found = VectorIndex.build(unit_rows(4, 8)).search(unit_rows(1, 8, seed=1), 100)
    assert sorted(row for row, _ in found) == [0, 1, 2, 3]


def test_the_metric_is_the_inner_product_and_nothing_is_normalised() -> None:
    vectors = unit_rows(5, 16)
    index = VectorIndex.build(2.0 * vectors)
    assert METRIC == faiss.METRIC_INNER_PRODUCT
    (row, score), *_ = index.search(vectors[3:4], 1)
    assert row == 3
    assert score == pytest.approx(2.0, abs=1e-6)
    assert index.cosines(vectors[3:4], [3]) == pytest.approx([2.0], abs=1e-6)


def test_an_opposite_vector_comes_last_with_score_minus_one() -> None:
    vectors = np.stack([-unit_rows(1, 8)[0], unit_rows(1, 8)[0], unit_rows(1, 8, seed=5)[0]])
    found = VectorIndex.build(vectors).search(unit_rows(1, 8), 3)
    assert [row for row, _ in found] == [1, 2, 0]
    assert found[2][1] == pytest.approx(-1.0, abs=1e-6)


def test_cosines_of_chosen_rows_stand_in_the_order_asked() -> None:
    vectors, query = unit_rows(20, 32), unit_rows(1, 32, seed=7)
    index = VectorIndex.build(vectors)
    rows = [17, 0, 3, 3, 19]
    assert index.cosines(query, rows) == pytest.approx(vectors[rows] @ query[0], abs=1e-6)
    assert index.cosines(query, []).shape == (0,)
    scores = dict(index.search(query, 20))
    assert index.cosines(query, rows) == pytest.approx([scores[row] for row in rows], abs=1e-6)


def test_an_index_of_no_rows_finds_nothing(tmp_path: Path) -> None:
    index = VectorIndex.build(np.zeros((0, 384), np.float32))
    index.save(tmp_path / "vectors.faiss")
    for empty in (index, VectorIndex.load(tmp_path / "vectors.faiss")):
        assert (empty.n_rows, empty.dim) == (0, 384)
        assert empty.search(unit_rows(1, 384), 5) == []


def test_a_saved_index_loads_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "véctors.faiss"
    vectors, query = unit_rows(30, 24), unit_rows(1, 24, seed=3)
    built = VectorIndex.build(vectors)
    built.save(path)
    loaded = VectorIndex.load(path)
    assert (loaded.n_rows, loaded.dim) == (30, 24)
    assert loaded.search(query, 30) == built.search(query, 30)
    assert loaded.cosines(query, range(30)).tolist() == built.cosines(query, range(30)).tolist()


def test_the_file_is_one_that_faiss_reads(tmp_path: Path) -> None:
    VectorIndex.build(unit_rows(3, 4)).save(tmp_path / "vectors.faiss")
    index = faiss.read_index(str(tmp_path / "vectors.faiss"))
    assert index.metric_type == faiss.METRIC_INNER_PRODUCT
    assert index.reconstruct_n(0, 3).tolist() == unit_rows(3, 4).tolist()


def test_rows_need_not_be_contiguous_nor_float32() -> None:
    vectors = np.asfortranarray(unit_rows(6, 8).astype(np.float64))
    (row, score), *_ = VectorIndex.build(vectors).search(vectors[4:5], 1)  # type: ignore[arg-type]
    assert row == 4
    assert score == pytest.approx(1.0, abs=1e-6)
