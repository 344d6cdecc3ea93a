"""A model goes to a GPU whole, else with a shorter context, else in part."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.errors import DeviceMissing
from ragguide.generate.gguf import Layout
from ragguide.generate.placement import (
    CONTEXT_STEP,
    RESERVE_BYTES,
    Placement,
    fit,
    kv_bytes,
    needed_bytes,
)

MB = 1 << 20
# As Qwen2.5 7B in Q4_K_M: 28 layers of 132 MB, 4 heads of 128 for keys and values.
LARGE = Layout(
    layer_bytes=(132 * MB,) * 28,
    output_bytes=426 * MB,
    other_bytes=718 * MB,
    kv_values=(1024,) * 28,
    n_vocab=152_064,
    n_embedding=3584,
    n_context=32_768,
)


def place(free_bytes: int, **changes: object) -> Placement:
    options: dict[str, object] = {
        "gpu": 0, "n_context": 4096, "least_context": 1024, "kv_type": "f16",
        "when_too_large": "split", "name": "large",
    }  # fmt: skip
    return fit(LARGE, free_bytes, **(options | changes))  # type: ignore[arg-type]


def test_a_model_that_fits_goes_to_the_gpu_whole_without_a_note() -> None:
    need = needed_bytes(LARGE, 29, 4096, "f16")
    assert place(need) == Placement(n_gpu_layers=29, n_context=4096)
    assert place(need - 1).note


def test_needed_bytes_are_the_sum_of_the_parts() -> None:
    assert kv_bytes(LARGE, 4096, "f16", 28) == 28 * 1024 * 4096 * 2 == 224 * MB
    assert kv_bytes(LARGE, 4096, "q8_0", 28) == 119 * MB
    assert kv_bytes(LARGE, 4096, "f16", 7) == 56 * MB
    assert needed_bytes(LARGE, 0, 4096, "f16") == 0
    computing = 512 * 4 * 8 * 3584
    assert needed_bytes(LARGE, 1, 4096, "f16") == RESERVE_BYTES + 140 * MB + computing
    last = needed_bytes(LARGE, 29, 4096, "f16") - needed_bytes(LARGE, 28, 4096, "f16")
    assert last == 426 * MB + 512 * 4 * 152_064  # the matrix and its logits


def test_a_shorter_context_comes_before_a_split() -> None:
    placed = place(needed_bytes(LARGE, 29, 2048, "f16") + 1)
    assert (placed.n_gpu_layers, placed.n_context) == (29, 2048)
    assert placed.note == (
        "large needs 5.73 GB on cuda:0, which has 5.62 GB free: 0.12 GB too little, so its "
        "context is 2,048 tokens"
    )


def test_layers_that_do_not_fit_stay_on_the_cpu() -> None:
    placed = place(4_000_000_000, gpu=1)
    assert (placed.n_gpu_layers, placed.n_context, placed.gpu) == (22, 1024, 1)
    assert placed.note == (
        "large needs 5.73 GB on cuda:1, which has 4.00 GB free: 1.73 GB too little, so 22 of its "
        "29 layers go to the GPU, and its context is 1,024 tokens"
    )
    nothing = place(RESERVE_BYTES)
    assert (nothing.n_gpu_layers, nothing.n_context) == (0, 4096)
    assert nothing.note.endswith("so the CPU runs all of it")


def test_a_forbidden_split_is_an_error_with_the_missing_memory_and_a_hint() -> None:
    with pytest.raises(DeviceMissing, match="too little") as caught:
        place(4_000_000_000, when_too_large="refuse")
    assert str(caught.value) == (
        "large needs 5.73 GB on cuda:0, which has 4.00 GB free: 1.73 GB too little. Set "
        'when_too_large = "split", kv_cache = "q8_0", choose a smaller model, or --device cpu.'
    )


@given(
    free_bytes=st.integers(0, 8_000_000_000),
    kv_type=st.sampled_from(["f16", "q8_0"]),
    gpu_layers=st.integers(-1, 40),
    least_context=st.integers(1, 5000),
)
def test_every_placement_fits_and_one_more_layer_would_not(
    free_bytes: int, kv_type: str, gpu_layers: int, least_context: int
) -> None:
    placed = place(free_bytes, kv_type=kv_type, gpu_layers=gpu_layers, least_context=least_context)
    wanted = 29 if gpu_layers < 0 else min(gpu_layers, 29)
    n, context = placed.n_gpu_layers, placed.n_context
    assert 0 <= n <= wanted
    assert needed_bytes(LARGE, n, context, placed.kv_type) <= free_bytes
    assert min(least_context, 4096) <= context <= 4096
    assert context % CONTEXT_STEP == 0
    if 0 < n < wanted:
        assert needed_bytes(LARGE, n + 1, context, placed.kv_type) > free_bytes
    assert bool(placed.note) == ((n, context) != (wanted, 4096))
    if placed.note:
        need, free, lack = map(float, re.findall(r"([\d.]+) GB", placed.note))
        assert need - free == pytest.approx(lack, abs=0.011)
        assert "too little" in placed.note


@given(free_bytes=st.integers(0, 8_000_000_000), more=st.integers(0, 3_000_000_000))
def test_more_memory_never_means_fewer_layers(free_bytes: int, more: int) -> None:
    assert place(free_bytes).n_gpu_layers <= place(free_bytes + more).n_gpu_layers
