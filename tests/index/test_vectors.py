"""Real FAISS against plain numpy, the same tests for every back end."""

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ragguide.errors import IndexCorrupt
from ragguide.index.backend import METRIC
from ragguide.index.vectors import VectorIndex
from ragguide.types import Flat, Hnsw, IndexParameters, Ivf, IvfPq
from tests.index.clusters import clustered, unit_rows

DIM = 32
FLAT = Flat()
GRAPH = Hnsw(hnsw_m=16, ef_construction=100, ef_search=64)
LISTS = Ivf(nlist=12, nprobe=6)
CODES = IvfPq(nlist=12, nprobe=6, pq_m=16, pq_bits=6)


def of_types(*each: IndexParameters) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("parameters", each, ids=[type(p).__name__ for p in each])


EVERY = of_types(FLAT, GRAPH, LISTS, CODES)
APPROXIMATE = of_types(GRAPH, LISTS, CODES)


def saved(index: VectorIndex, path: Path) -> NDArray[np.uint8] | None:
    """What a generation keeps of an index beside its vectors."""
    index.save(path)
    return np.fromfile(path, np.uint8) if path.exists() else None


def exact(vectors: NDArray[np.float32], query: NDArray[np.float32], k: int) -> list[int]:
    """The k nearest rows to a `(dim,)` query, best first."""
    cosines = vectors.astype(np.float64) @ query.astype(np.float64)
    return np.argsort(-cosines, kind="stable")[:k].tolist()


# ── every back end ──────────────────────────────────────────────────────────────────────────────


@EVERY
def test_a_vector_finds_itself_with_score_one(parameters: IndexParameters) -> None:
    vectors = clustered(600, DIM)
    index = VectorIndex.build(vectors, parameters)
    for row in range(0, 600, 7):
        (found, score), *_ = index.search(vectors[row : row + 1], 3)
        assert found == row
        assert score == pytest.approx(1.0, abs=1e-6)


@EVERY
def test_scores_are_the_exact_cosines_best_first(parameters: IndexParameters) -> None:
    vectors, query = clustered(600, DIM), unit_rows(1, DIM, seed=5)
    found = VectorIndex.build(vectors, parameters).search(query, 20)
    scores = [score for _, score in found]
    assert len({row for row, _ in found}) == 20
    assert scores == sorted(scores, reverse=True)
    assert scores == pytest.approx([float(vectors[row] @ query[0]) for row, _ in found], abs=1e-6)


@APPROXIMATE
def test_of_clustered_vectors_the_ten_nearest_are_found(parameters: IndexParameters) -> None:
    vectors, queries = np.split(clustered(2200, DIM, seed=3), [2000])
    index = VectorIndex.build(vectors, parameters)
    n_found = sum(
        len({row for row, _ in index.search(query[None], 10)} & set(exact(vectors, query, 10)))
        for query in queries
    )
    assert n_found / 2000 >= 0.95


@EVERY
def test_more_neighbours_than_rows_give_each_row_once_and_no_padding(
    parameters: IndexParameters,
) -> None:
    index = VectorIndex.build(clustered(80, DIM), parameters)
    query = unit_rows(1, DIM, seed=1)
    found = [row for row, _ in index.search(query, 1000)]
    assert len(found) == len(set(found))
    assert set(found) <= set(range(80))
    ((rows, _),) = index.search_many(query, 1000, effort=1000)
    assert sorted(rows.tolist()) == list(range(80))


@of_types(FLAT, GRAPH, Ivf(nlist=1, nprobe=1))
def test_one_vector_is_found(parameters: IndexParameters, tmp_path: Path) -> None:
    vectors = unit_rows(1, DIM)
    built = VectorIndex.build(vectors, parameters)
    data = saved(built, tmp_path / "vectors.faiss")
    for index in (built, VectorIndex.load(vectors, parameters, data)):
        ((row, score),) = index.search(-vectors, 5)
        assert row == 0
        assert score == pytest.approx(-1.0, abs=1e-6)


@EVERY
def test_equal_vectors_are_all_found(parameters: IndexParameters) -> None:
    vectors = clustered(300, DIM)
    vectors[100:104] = vectors[7]
    found = VectorIndex.build(vectors, parameters).search(vectors[7:8], 5)
    assert {row for row, _ in found} == {7, 100, 101, 102, 103}


@EVERY
def test_a_saved_index_loads_unchanged(parameters: IndexParameters, tmp_path: Path) -> None:
    vectors, queries = clustered(500, DIM), unit_rows(20, DIM, seed=3)
    built = VectorIndex.build(vectors, parameters)
    data = saved(built, tmp_path / "véctors.faiss")
    assert (data is None) == (parameters == FLAT)
    loaded = VectorIndex.load(vectors, parameters, data)
    assert (loaded.n_rows, loaded.dim, loaded.parameters) == (500, DIM, parameters)
    for query in queries:
        assert loaded.search(query[None], 30) == built.search(query[None], 30)


@APPROXIMATE
def test_the_same_vectors_give_the_same_bytes_on_any_number_of_threads(
    parameters: IndexParameters, tmp_path: Path
) -> None:
    vectors = clustered(3000, DIM)
    threads = faiss.omp_get_max_threads()
    files = []
    try:
        for n_threads in (1, 2, 4, 4):
            faiss.omp_set_num_threads(n_threads)
            files.append(saved(VectorIndex.build(vectors, parameters), tmp_path / "vectors.faiss"))
    finally:
        faiss.omp_set_num_threads(threads)
    assert [file.tobytes() == files[0].tobytes() for file in files] == [True] * 4


@APPROXIMATE
def test_more_effort_finds_no_less(parameters: IndexParameters) -> None:
    vectors, queries = np.split(clustered(2100, DIM), [2000])
    index = VectorIndex.build(vectors, parameters)
    nearest = [set(exact(vectors, query, 10)) for query in queries]
    found = [
        sum(
            len(set(rows.tolist()) & each)
            for (rows, _), each in zip(
                index.search_many(queries, 10, effort=effort), nearest, strict=True
            )
        )
        for effort in (1, 4, 12)
    ]
    assert found == sorted(found)
    assert index.with_effort(4).search(queries[:1], 10) == list(
        zip(
            *(part.tolist() for part in index.search_many(queries[:1], 10, effort=4)[0]),
            strict=True,
        )
    )


@APPROXIMATE
def test_building_reports_progress(parameters: IndexParameters) -> None:
    told: list[int] = []
    VectorIndex.build(clustered(2500, DIM), parameters, on_done=told.append)
    assert told == [1024, 2048, 2500]


@EVERY
def test_building_prints_nothing_to_stderr(
    parameters: IndexParameters, capfd: pytest.CaptureFixture[str]
) -> None:
    VectorIndex.build(clustered(70, DIM), parameters)  # fewer than FAISS would learn a centre from
    assert capfd.readouterr() == ("", "")


@EVERY
def test_rows_need_not_be_contiguous_nor_float32(parameters: IndexParameters) -> None:
    vectors = np.asfortranarray(clustered(100, DIM).astype(np.float64))
    index = VectorIndex.build(vectors, parameters)  # type: ignore[arg-type]
    (row, score), *_ = index.search(vectors[4:5], 1)  # type: ignore[arg-type]
    assert row == 4
    assert score == pytest.approx(1.0, abs=1e-6)


# ── files ───────────────────────────────────────────────────────────────────────────────────────


@APPROXIMATE
def test_the_file_is_one_that_faiss_reads_with_the_metric(
    parameters: IndexParameters, tmp_path: Path
) -> None:
    saved(VectorIndex.build(clustered(300, DIM), parameters), tmp_path / "vectors.faiss")
    index = faiss.read_index(str(tmp_path / "vectors.faiss"))
    assert index.metric_type == METRIC == faiss.METRIC_INNER_PRODUCT
    assert (index.ntotal, index.d) == (300, DIM)


def test_a_graph_is_saved_without_the_vectors(tmp_path: Path) -> None:
    vectors = clustered(1000, 384)
    data = saved(VectorIndex.build(vectors, GRAPH), tmp_path / "vectors.faiss")
    assert data is not None
    assert data.nbytes < vectors.nbytes / 5


def test_a_loaded_index_reads_its_vectors_in_place(tmp_path: Path) -> None:
    vectors = clustered(200, DIM)
    data = saved(VectorIndex.build(vectors, GRAPH), tmp_path / "vectors.faiss")
    moved = vectors.copy()
    index = VectorIndex.load(moved, GRAPH, data)
    moved[17] = -moved[17]  # as nobody does, but to see whose bytes are read
    assert index.search(vectors[17:18], 200)[-1] == (17, pytest.approx(-1.0, abs=1e-6))


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (LISTS, r"is IndexIVFFlat of 300 x 32; .* say IndexHNSWFlat of 300 x 32.* --rebuild"),
        (None, r"is hnsw .* but its file is missing.* --rebuild"),
    ],
)
def test_a_file_of_another_type_or_none_is_corrupt(
    wrong: IndexParameters | None, match: str, tmp_path: Path
) -> None:
    vectors = clustered(300, DIM)
    path = tmp_path / "vectors.faiss"
    data = None if wrong is None else saved(VectorIndex.build(vectors, wrong), path)
    with pytest.raises(IndexCorrupt, match=match):
        VectorIndex.load(vectors, GRAPH, data)


@APPROXIMATE
def test_a_file_of_other_vectors_is_corrupt(parameters: IndexParameters, tmp_path: Path) -> None:
    data = saved(VectorIndex.build(clustered(300, DIM), parameters), tmp_path / "vectors.faiss")
    for other in (clustered(299, DIM), clustered(300, 16)):
        with pytest.raises(IndexCorrupt, match=r"of 300 x 32; the manifest and the vectors say"):
            VectorIndex.load(other, parameters, data)


@APPROXIMATE
def test_what_faiss_cannot_read_is_corrupt(parameters: IndexParameters, tmp_path: Path) -> None:
    vectors = clustered(300, DIM)
    data = saved(VectorIndex.build(vectors, parameters), tmp_path / "vectors.faiss")
    assert data is not None
    for broken in (data[:40], data[: len(data) // 2], np.zeros(100, np.uint8)):
        with pytest.raises(IndexCorrupt, match=r"FAISS cannot read the vector index: .*--rebuild"):
            VectorIndex.load(vectors, parameters, broken)


# ── flat ────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=25)
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
    expected = exact(vectors, query[0], k)
    found = VectorIndex.build(vectors).search(query, k)
    assert [row for row, _ in found] == expected
    assert [score for _, score in found] == pytest.approx(
        [float(vectors[row] @ query[0]) for row in expected], abs=1e-6
    )


def test_the_score_is_the_inner_product_and_nothing_is_normalised() -> None:
    vectors = unit_rows(5, 16)
    index = VectorIndex.build(2.0 * vectors)
    (row, score), *_ = index.search(vectors[3:4], 1)
    assert row == 3
    assert score == pytest.approx(2.0, abs=1e-6)
    assert index.cosines(vectors[3:4], [3]) == pytest.approx([2.0], abs=1e-6)


def test_an_opposite_vector_comes_last_with_score_minus_one() -> None:
    vectors = np.stack([-unit_rows(1, 8)[0], unit_rows(1, 8)[0], unit_rows(1, 8, seed=5)[0]])
    found = VectorIndex.build(vectors).search(unit_rows(1, 8), 3)
    assert [row for row, _ in found] == [1, 2, 0]
    assert found[2][1] == pytest.approx(-1.0, abs=1e-6)


def test_cosines_of_chosen_rows_keep_their_order() -> None:
    vectors, query = unit_rows(20, 32), unit_rows(1, 32, seed=7)
    index = VectorIndex.build(vectors)
    rows = [17, 0, 3, 3, 19]
    assert index.cosines(query, rows) == pytest.approx(vectors[rows] @ query[0], abs=1e-6)
    assert index.cosines(query, []).shape == (0,)
    scores = dict(index.search(query, 20))
    assert index.cosines(query, rows) == pytest.approx([scores[row] for row in rows], abs=1e-6)


def test_an_index_of_no_rows_finds_nothing() -> None:
    vectors = np.zeros((0, 384), np.float32)
    for empty in (VectorIndex.build(vectors), VectorIndex.load(vectors, FLAT, None)):
        assert (empty.n_rows, empty.dim) == (0, 384)
        assert empty.search(unit_rows(1, 384), 5) == []
