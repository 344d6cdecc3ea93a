"""Which searches run on a GPU. Only a machine with a GPU runs the search itself."""

import logging

import faiss
import numpy as np
import pytest

from ragguide import Settings
from ragguide.base.devices import Card, Cards, find_cards
from ragguide.errors import DeviceMissing
from ragguide.index.flat import FlatBackend
from ragguide.index.gpu import MOST_ROWS, SCRATCH_BYTES, GpuBackend, has_gpu_build, needed_bytes
from ragguide.index.search_device import FEWEST_ON_GPU, search_gpu

MANY = 1_000_000
CARD = Card(
    number=0, uuid="GPU-1", name="NVIDIA RTX A2000", compute_capability="8.6",
    total_bytes=6 << 30, free_bytes=5 << 30, driver="580",
)  # fmt: skip


@pytest.fixture
def with_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragguide.base.devices.find_cards", lambda: Cards((CARD,)))


@pytest.fixture
def with_gpu_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)


def test_small_indexes_never_ask_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Cards:
        raise AssertionError("the driver was asked")

    monkeypatch.setattr("ragguide.base.devices.find_cards", fails)
    assert search_gpu(Settings(), FEWEST_ON_GPU - 1, 384) is None
    assert search_gpu(Settings(device="cpu"), MANY, 384) is None


def test_a_requested_card_is_required_even_for_a_small_index() -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    with pytest.raises(DeviceMissing, match="search cannot run on cuda: there is no NVIDIA dri"):
        search_gpu(Settings(device="cuda"), 10, 384)


@pytest.mark.usefixtures("with_card")
def test_a_build_without_gpu_is_an_error_only_if_search_device_asks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    if has_gpu_build():
        pytest.skip("FAISS has its GPU part here")
    caplog.set_level(logging.INFO, "ragguide.index.search_device")
    assert search_gpu(Settings(device="cuda"), MANY, 384) is None
    assert caplog.messages == ["search on the CPU: FAISS was built without GPU support"]
    with pytest.raises(
        DeviceMissing, match=r"FAISS was built without GPU support\. Run `pip uninst"
    ):
        search_gpu(Settings(search_device="cuda"), MANY, 384)


@pytest.mark.usefixtures("with_card", "with_gpu_build")
def test_many_vectors_go_to_a_card_with_enough_memory(caplog: pytest.LogCaptureFixture) -> None:
    assert search_gpu(Settings(), MANY, 384) == 0
    assert search_gpu(Settings(device="cuda"), FEWEST_ON_GPU - 1, 384) is None
    caplog.set_level(logging.INFO, "ragguide.index.search_device")
    assert search_gpu(Settings(), 8 * MANY, 384) is None
    assert caplog.messages[-1] == (
        "search on the CPU: cuda:0 (NVIDIA RTX A2000, 6 GB) has 5.37 GB free, but 8,000,000 "
        "vectors need 6.41 GB"
    )
    with pytest.raises(DeviceMissing, match=r"8,000,000 vectors need 6\.41 GB\. Stop"):
        search_gpu(Settings(search_device="cuda:0"), 8 * MANY, 384)


def test_the_cpu_answers_the_first_queries_and_those_for_very_many_rows() -> None:
    vectors = np.eye(8, dtype=np.float32)
    backend = GpuBackend(vectors, FlatBackend(vectors), gpu=0, after=3)
    for n in (2, 1):
        assert backend.find(vectors[:n], 1, 0)[:, 0].tolist() == list(range(n))
    assert backend.find(vectors[:1], MOST_ROWS + 1, 0)[0, 0] == 0
    assert needed_bytes(10, 384) == 10 * 384 * 2 + SCRATCH_BYTES


@pytest.mark.gpu
def test_a_card_finds_the_nearest(gpu: int) -> None:
    if not has_gpu_build():
        pytest.skip("FAISS has no GPU part here: pip install faiss-gpu")
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((20_000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    flat = FlatBackend(vectors)
    found = GpuBackend(vectors, flat, gpu=gpu, after=0).find(vectors[:200], 100, 0)
    expected = flat.find(vectors[:200], 10, 0)
    for row, best in zip(found, expected, strict=True):
        assert set(best.tolist()) <= set(row.tolist())
