"""Cosines that are close together are spread; others stay as they are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ragguide import Guide
from ragguide.index.closeness import FEWEST, MOST, closeness_of
from ragguide.index.keywords import KeywordIndex
from ragguide.index.stored_chunks import statement_starts
from ragguide.index.stores.file_engine import FileEngine
from ragguide.index.vectors import VectorIndex
from ragguide.retrieve.question import Reading
from ragguide.retrieve.search import Asked, Searcher
from ragguide.retrieve.stretch import UNRELATED, stretch, stretch_of
from tests.retrieve.made import a_chunk, a_source


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def narrow(n_rows: int, mean: float, *, seed: int = 0) -> NDArray[np.float32]:
    """Random vectors with this mean cosine of two rows."""
    rng = np.random.default_rng(seed)
    rows = unit(rng.standard_normal((n_rows, 512)))
    common = np.zeros((1, 512))
    common[0, 0] = np.sqrt(mean / (1 - mean))
    return unit(rows + common)


@pytest.mark.parametrize("mean", [0.0, 0.2, 0.38])
def test_cosines_of_a_usual_embedder_stay_as_they_are(mean: float) -> None:
    assert stretch_of(closeness_of(narrow(200, mean))) == 1.0
    cosines = np.array([0.1, 0.9], np.float32)
    assert stretch(cosines, 1.0) is cosines


@pytest.mark.parametrize("mean", [0.6, 0.8, 0.9])
def test_unrelated_passages_become_as_far_apart_as_usual(mean: float) -> None:
    vectors = narrow(300, mean)
    factor = stretch_of(closeness_of(vectors))
    assert factor == pytest.approx((1 - UNRELATED) / (1 - mean), rel=0.03)
    pairs = (vectors @ vectors.T)[np.triu_indices(300, 1)]
    stretched = stretch(pairs, factor)
    assert stretched.mean() == pytest.approx(UNRELATED, abs=1e-3)
    assert (np.argsort(stretched, kind="stable") == np.argsort(pairs, kind="stable")).mean() > 0.99


def test_few_passages_tell_nothing_of_an_embedder() -> None:
    assert stretch_of(closeness_of(narrow(FEWEST - 1, 0.9))) == 1.0
    assert stretch_of(closeness_of(narrow(FEWEST, 0.9))) > 4


def test_many_passages_are_sampled() -> None:
    vectors = narrow(2 * MOST + 5, 0.8)
    assert stretch_of(closeness_of(vectors)) == pytest.approx(0.6 / 0.2, rel=0.03)


def test_a_stretched_cosine_ends_at_its_bounds() -> None:
    cosines = np.array([1.0, 0.75, 0.5, -0.5], np.float32)
    assert stretch(cosines, 3.0).tolist() == [1.0, 0.25, -0.5, -1.0]


def test_meaning_counts_beside_words_with_narrow_cosines() -> None:
    """A passage that answers in other words comes before one that shares a common word."""
    n = 100
    rng = np.random.default_rng(1)
    vectors = narrow(n, 0.8)
    query = unit(vectors[:1] + 0.02 * rng.standard_normal((1, 512)))  # near passage 0
    texts = ["Ships wait outside.", *(f"The harbour has berth {i}." for i in range(1, n))]
    chunks = [a_chunk(text, start=1000 * i, statements=[]) for i, text in enumerate(texts)]
    searcher = Searcher(
        FileEngine(
            chunks,
            [a_source("guide")],
            VectorIndex.build(vectors),
            np.zeros((0, 512), np.float32),
            statement_starts(chunks),
            KeywordIndex.build(texts),
        )
    )
    asked = Asked(Reading("where do vessels berth", {"vessel": 1.0, "berth": 1.0}, {}, {}), query)
    hits = searcher.search(asked, top_k=2, dense_weight=0.5, statement_weight=0.3)
    assert hits[0].chunk is chunks[0]
    raw = vectors @ query[0]
    expected = stretch(raw, stretch_of(closeness_of(vectors)))
    assert hits[0].why.cosine == pytest.approx(expected[0], abs=1e-5)
    assert hits[0].score - hits[1].score > 1.5 * 0.5 * (raw[0] - np.sort(raw)[-2])


@pytest.mark.model
def test_the_default_embedder_is_not_stretched(guide: Guide) -> None:
    assert guide._searcher._stretch == 1.0
