"""The sizes of a model's parts and a GPU's free memory in, the layers that go to the GPU out.

Weights and KV cache are exact, to the byte; the compute buffer is an upper bound. No I/O: nothing
here queries a GPU.
"""

from typing import Literal, TypeAlias

import msgspec

from ragguide.errors import DeviceMissing
from ragguide.generate.gguf import Layout

KvType: TypeAlias = Literal["f16", "q8_0"]

MICRO_BATCH = 512  # tokens computed at once: llama.cpp's own default
CONTEXT_STEP = 256  # llama.cpp rounds a context up to a multiple of this
# For CUDA itself, its kernels and cuBLAS's workspace, which no header states: llama.cpp's own --fit
# finds 300 to 500 MB on cards since 2018, and leaves a GiB free in addition.
RESERVE_BYTES = 768 << 20
_BYTES = {"f16": (2, 1), "q8_0": (34, 32)}  # (bytes, numbers) of one block; ggml-common.h


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """How a generator is split between CPU and GPU."""

    n_gpu_layers: int = 0  # as llama.cpp counts: the last matrix counts as one more layer
    gpu: int = 0  # the card's number
    n_context: int
    kv_type: KvType = "f16"
    note: str = ""  # what does not fit, and by how much; "": everything fits


def kv_bytes(layout: Layout, n_context: int, kv_type: KvType, n_layers: int) -> int:
    """Bytes of the KV cache of the last `n_layers`."""
    n_bytes, n_values = _BYTES[kv_type]
    return sum(
        values * n_context * n_bytes // n_values
        for values in layout.kv_values[layout.n_layers - n_layers :]
    )


def needed_bytes(layout: Layout, n_gpu_layers: int, n_context: int, kv_type: KvType) -> int:
    """GPU memory for the last `n_gpu_layers` layers, in bytes, `RESERVE_BYTES` included.

    One layer more than the model has adds the last matrix and the `(512, n_vocab)` logits.
    """
    if not n_gpu_layers:
        return 0
    n_layers = min(n_gpu_layers, layout.n_layers)
    weights = sum(layout.layer_bytes[layout.n_layers - n_layers :])
    width = 8 * layout.n_embedding  # of a layer's buffers per token, generously
    if n_gpu_layers > layout.n_layers:
        weights += layout.output_bytes
        width += layout.n_vocab
    buffers = MICRO_BATCH * width * 4  # float32
    return RESERVE_BYTES + weights + buffers + kv_bytes(layout, n_context, kv_type, n_layers)


def fit(
    layout: Layout,
    free_bytes: int,
    *,
    gpu: int,
    n_context: int,
    least_context: int,
    kv_type: KvType,
    gpu_layers: int = -1,
    when_too_large: Literal["split", "refuse"],
    name: str,
) -> Placement:
    """Place a model: whole, else with a shorter context, else split.

    Args:
        layout: of the model.
        free_bytes: of the GPU.
        gpu: its number.
        n_context: tokens to aim for.
        least_context: tokens that are required.
        kv_type: of the KV cache.
        gpu_layers: maximum, the last matrix counted as one; -1: all.
        when_too_large: "split" leaves layers on the CPU; "refuse" raises.
        name: of the model, for messages.

    Raises:
        DeviceMissing: it does not fit, and `when_too_large` is "refuse".
    """
    every = layout.n_layers + 1
    wanted = every if gpu_layers < 0 else min(gpu_layers, every)
    n_context, least_context = _round_up(n_context), _round_up(min(least_context, n_context))

    def place(n_gpu_layers: int, n_tokens: int, note: str = "") -> Placement:
        return Placement(
            n_gpu_layers=n_gpu_layers, gpu=gpu, n_context=n_tokens, kv_type=kv_type, note=note
        )

    def has_room(n_gpu_layers: int, n_tokens: int) -> bool:
        return needed_bytes(layout, n_gpu_layers, n_tokens, kv_type) <= free_bytes

    if has_room(wanted, n_context):
        return place(wanted, n_context)
    need = needed_bytes(layout, wanted, n_context, kv_type)
    shortage = (
        f"{name} needs {_gb(need)} on cuda:{gpu}, which has {_gb(free_bytes)} free: "
        f"{_gb(need - free_bytes)} too little"
    )
    for n_tokens in range(n_context - CONTEXT_STEP, least_context - 1, -CONTEXT_STEP):
        if has_room(wanted, n_tokens):
            return place(wanted, n_tokens, f"{shortage}, so its context is {n_tokens:,} tokens")
    if when_too_large == "refuse":
        raise DeviceMissing(f"{shortage}. {_hint(kv_type)}")
    n_kept = next(n for n in range(wanted - 1, -1, -1) if has_room(n, least_context))
    if not n_kept:
        return place(0, n_context, f"{shortage}, so the CPU runs all of it")
    split = f"{n_kept} of its {every} layers go to the GPU, and its context is"
    return place(n_kept, least_context, f"{shortage}, so {split} {least_context:,} tokens")


def _hint(kv_type: KvType) -> str:
    q8 = ', kv_cache = "q8_0"' if kv_type == "f16" else ""
    return f'Set when_too_large = "split"{q8}, choose a smaller model, or --device cpu.'


def _round_up(n_tokens: int) -> int:
    return -(-n_tokens // CONTEXT_STEP) * CONTEXT_STEP


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.2f} GB"
