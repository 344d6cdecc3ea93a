"""Which index is chosen for how many vectors, and which requests are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.errors import SettingsError
from ragguide.index.plan import FLAT_UP_TO, POINTS_PER_CENTRE, choose, describe, with_effort
from ragguide.types import Flat, Hnsw, IndexRequest, Ivf, IvfPq

DIM = 384


def test_auto_chooses_exact_search_for_a_guide() -> None:
    plan = choose(IndexRequest(), 312, DIM)
    assert plan.parameters == Flat()
    assert plan.why == "auto: exact search, fast at 312 vectors"
    assert not plan.to_tune


def test_auto_chooses_a_graph_for_a_library() -> None:
    assert choose(IndexRequest(), FLAT_UP_TO, DIM).parameters == Flat()
    plan = choose(IndexRequest(), FLAT_UP_TO + 1, DIM)
    assert plan.parameters == Hnsw(hnsw_m=32, ef_construction=200, ef_search=10)
    assert plan.why == (
        f"auto: approximate search, since {FLAT_UP_TO + 1:,} vectors are more than {FLAT_UP_TO:,}"
    )
    assert plan.to_tune


def test_auto_uses_the_parameters_of_the_chosen_type() -> None:
    request = IndexRequest(hnsw_m=8, ef_search=77, nprobe=3)
    assert choose(request, 100, DIM).parameters == Flat()
    plan = choose(request, FLAT_UP_TO + 1, DIM)
    assert plan.parameters == Hnsw(hnsw_m=8, ef_construction=200, ef_search=77)
    assert not plan.to_tune


@pytest.mark.parametrize(
    ("n_rows", "nlist"), [(1, 1), (77, 1), (78, 2), (1000, 25), (10_000, 256), (1_000_000, 4000)]
)
def test_the_number_of_lists_follows_the_number_of_vectors(n_rows: int, nlist: int) -> None:
    plan = choose(IndexRequest(index_type="ivf"), n_rows, DIM)
    assert plan.parameters == Ivf(nlist=nlist, nprobe=1)
    assert plan.to_tune


@pytest.mark.parametrize(
    ("n_rows", "pq_bits"),
    [(16, 4), (624, 4), (1247, 4), (1248, 5), (9983, 7), (9984, 8), (10**6, 8)],
)
def test_the_bits_of_codes_follow_the_number_of_vectors(n_rows: int, pq_bits: int) -> None:
    parameters = choose(IndexRequest(index_type="ivfpq"), n_rows, DIM).parameters
    assert isinstance(parameters, IvfPq)
    assert (parameters.pq_m, parameters.pq_bits) == (64, pq_bits)


@pytest.mark.parametrize(("dim", "pq_m"), [(384, 64), (768, 128), (50, 5), (7, 1), (3, 1), (2, 1)])
def test_pieces_of_a_code_divide_the_vector(dim: int, pq_m: int) -> None:
    parameters = choose(IndexRequest(index_type="ivfpq"), 1000, dim).parameters
    assert isinstance(parameters, IvfPq)
    assert parameters.pq_m == pq_m


def test_requested_parameters_are_kept() -> None:
    graph = choose(
        IndexRequest(index_type="hnsw", hnsw_m=5, ef_construction=6, ef_search=7), 100, DIM
    )
    assert (graph.parameters, graph.to_tune, graph.why) == (
        Hnsw(hnsw_m=5, ef_construction=6, ef_search=7), False, "as requested",
    )  # fmt: skip
    codes = choose(
        IndexRequest(index_type="ivfpq", nlist=3, nprobe=2, pq_m=8, pq_bits=5), 5000, DIM
    )
    assert (codes.parameters, codes.to_tune, codes.why) == (
        IvfPq(nlist=3, nprobe=2, pq_m=8, pq_bits=5), False, "as requested",
    )  # fmt: skip


def test_a_parameter_of_another_type_is_refused() -> None:
    with pytest.raises(SettingsError, match="does not apply to") as caught:
        choose(IndexRequest(index_type="hnsw", nprobe=8), 100, DIM)
    assert str(caught.value) == (
        "nprobe = 8 does not apply to index_type = 'hnsw'. "
        "Set nprobe = 0, or index_type = 'ivf' or 'ivfpq'."
    )


@pytest.mark.parametrize(
    ("request_", "match"),
    [
        (
            IndexRequest(index_type="hnsw", hnsw_m=1),
            r"^hnsw_m = 1 gives no graph\. Set it to 2 or more, or to 0 for the default\.$",
        ),
        (
            IndexRequest(index_type="ivfpq", pq_bits=3),
            r"^pq_bits = 3 is too coarse\. Set it to 4 or more, or to 0 for the default\.$",
        ),
        (
            IndexRequest(index_type="ivf", nlist=4, nprobe=5),
            r"^nprobe = 5 is more than nlist = 4\. Lower it\.$",
        ),
        (
            IndexRequest(index_type="ivf", nlist=2000),
            r"^nlist = 2,000 is more than the 1,000 vectors\. Set it to 25 or less, or",
        ),
        (
            IndexRequest(index_type="ivfpq", pq_bits=10),
            r"^ivfpq trains 1,024 codes \(pq_bits = 10\), but there are only 1,000 vectors\. ",
        ),
        (
            IndexRequest(index_type="ivfpq", pq_m=50),
            r"^pq_m = 50 does not divide a vector's 384 dimensions\. Set it to 32, 48, 64, or to 0",
        ),
    ],
)
def test_an_impossible_request_is_refused_with_a_fix(request_: IndexRequest, match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        choose(request_, 1000, DIM)


def test_too_few_vectors_for_codes_recommend_flat() -> None:
    with pytest.raises(SettingsError, match=r"only 12 vectors\. Set index_type = 'flat', which"):
        choose(IndexRequest(index_type="ivfpq"), 12, DIM)


def test_poorly_trained_lists_are_built_with_a_warning() -> None:
    assert choose(IndexRequest(index_type="ivf", nlist=100), 100 * POINTS_PER_CENTRE, DIM).why == (
        "as requested"
    )
    assert choose(IndexRequest(index_type="ivf", nlist=100), 1000, DIM).why == (
        "as requested; only 1,000 vectors train 100 lists, 10 for each centre, "
        "where FAISS advises 39"
    )


def test_an_empty_index_is_always_flat() -> None:
    assert choose(IndexRequest(index_type="ivfpq"), 0, DIM).parameters == Flat()


@given(
    n_rows=st.integers(1, 2_000_000),
    dim=st.integers(1, 2000),
    kind=st.sampled_from(["auto", "flat", "hnsw", "ivf", "ivfpq"]),
)
def test_the_chosen_index_can_be_built(n_rows: int, dim: int, kind: str) -> None:
    if kind == "ivfpq" and n_rows < 16:
        return
    parameters = choose(IndexRequest(index_type=kind), n_rows, dim).parameters  # type: ignore[arg-type]
    if isinstance(parameters, Ivf | IvfPq):
        assert 1 <= parameters.nprobe <= parameters.nlist <= n_rows
    if isinstance(parameters, IvfPq):
        assert dim % parameters.pq_m == 0
        assert 2**parameters.pq_bits <= n_rows


def test_a_description_has_type_and_parameters() -> None:
    graph = Hnsw(hnsw_m=32, ef_construction=200, ef_search=10)
    assert describe(with_effort(graph, 48)) == "hnsw (hnsw_m 32, ef_construction 200, ef_search 48)"
    assert describe(with_effort(Ivf(nlist=9, nprobe=1), 4)) == "ivf (nlist 9, nprobe 4)"
    assert describe(with_effort(Flat(), 4)) == "flat"
