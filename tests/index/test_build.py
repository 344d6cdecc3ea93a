"""The vectors of a generation: from the embedder, from the cache and from the one before."""

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.embed.weights import Weights
from ragguide.index.build import _embed, _Known, _places, _statements_of
from ragguide.models.find import EmbedderFiles
from ragguide.types import Chunk
from tests.fakes import FakeEmbedder
from tests.retrieve.made import a_chunk

WEIGHTS = Weights(EmbedderFiles(name="fake", folder=Path("nowhere"), spec=None), "0" * 64)
NONE = _Known({}, np.empty((0, 0), np.float32))
EMBEDDER = FakeEmbedder()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were embedded."""
    texts: list[str] = []

    def embed(
        batches: Sequence[Sequence[str]], *_: object
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for number, batch in reversed(list(enumerate(batches))):  # workers end in any order
            texts.extend(batch)
            yield number, EMBEDDER.embed(batch)

    monkeypatch.setattr("ragguide.embed.passages._embed", embed)
    monkeypatch.setattr("ragguide.embed.passages.AT_ONCE", 5)
    return texts


def chunks_of(*texts: str) -> list[Chunk]:
    return [
        a_chunk(text, statements=[(said, ("Quay",)) for said in text.split(", ")]) for text in texts
    ]


def test_each_row_has_the_vector_of_its_text(settings: Settings, embedded: list[str]) -> None:
    before = chunks_of("Oats, rye", "Coal, salt")
    texts = [chunk.embedded_text for chunk in before], _statements_of(before)
    known = tuple(_Known(_places(each), 2 * EMBEDDER.embed(each)) for each in texts)  # marked by 2
    chunks = chunks_of("Rope, tar", "Oats, rye", "Tar", "Rope, tar", "Salt", *map(str, range(20)))
    for is_cached in (False, True):
        vectors, statements, n_embedded = _embed(
            chunks, (known[0], known[1]), WEIGHTS, settings, Clock(None), None
        )
        assert n_embedded == len(embedded) == len(set(embedded))
        assert bool(n_embedded) is not is_cached
        assert not {"Oats, rye", "Quay\nrye"} & set(embedded)  # the last generation has them
        of_chunks = EMBEDDER.embed([chunk.embedded_text for chunk in chunks])
        of_chunks[1] *= 2
        assert np.array_equal(vectors, of_chunks)
        of_statements = EMBEDDER.embed(_statements_of(chunks))
        of_statements[2:4] *= 2
        assert np.array_equal(statements, of_statements)
        embedded.clear()


def test_no_vector_is_in_memory_twice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def embed(
        batches: Sequence[Sequence[str]], *_: object
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for number, batch in enumerate(batches):
            yield number, np.ones((len(batch), 384), np.float32)

    monkeypatch.setattr("ragguide.embed.passages._embed", embed)
    chunks = chunks_of(*(f"Berth {n}, rope {n}, tar {n}, oats {n}" for n in range(1000)))
    tracemalloc.start()
    try:
        vectors, statements, _ = _embed(chunks, (NONE, NONE), WEIGHTS, settings, Clock(None), None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.6 * (vectors.nbytes + statements.nbytes)
