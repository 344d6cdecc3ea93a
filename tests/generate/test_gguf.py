"""A GGUF's header is read as llama.cpp reads it; a broken one is refused in one line."""

import ctypes
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragguide.config import load_settings
from ragguide.errors import ModelError
from ragguide.generate.gguf import Layout, read_layout
from ragguide.models.find import find_generator

UINT32, FLOAT32, STRING, ARRAY, UINT64 = 4, 6, 8, 9, 10
KEYS = {
    "general.architecture": (STRING, "tiny"),
    "tiny.block_count": (UINT32, 2),
    "tiny.embedding_length": (UINT32, 8),
    "tiny.context_length": (UINT64, 512),
    "tiny.attention.head_count": (UINT32, 4),
    "tiny.rope.freq_base": (FLOAT32, 1e4),
    "tokenizer.ggml.tokens": (ARRAY, (STRING, ["a", "b", "cd"] * 2000)),
}
TENSORS = {  # name → bytes
    "token_embd.weight": 320,
    "blk.0.attn_q.weight": 64,
    "blk.0.attn_norm.weight": 32,
    "blk.1.attn_q.weight": 96,
    "output_norm.weight": 32,
}


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def value(kind: int, content: Any) -> bytes:
    if kind == STRING:
        return string(content)
    if kind == ARRAY:
        inner, values = content
        return struct.pack("<IQ", inner, len(values)) + b"".join(value(inner, v) for v in values)
    return struct.pack({UINT32: "<I", UINT64: "<Q", FLOAT32: "<f"}[kind], content)


def gguf(keys: dict[str, Any] = KEYS, tensors: dict[str, int] = TENSORS) -> bytes:
    """A whole file: header, and zeros for weights."""
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for name, (kind, content) in keys.items():
        header += string(name) + struct.pack("<I", kind) + value(kind, content)
    at = 0
    for name, size in tensors.items():
        header += string(name) + struct.pack("<IQIQ", 1, size // 4, 0, at)
        at += size
    return header + bytes(-len(header) % 32) + bytes(at)


def read(data: bytes, folder: Path) -> Layout:
    path = folder / "tiny.gguf"
    path.write_bytes(data)
    return read_layout(path)


def test_sizes_are_read_layer_by_layer(tmp_path: Path) -> None:
    layout = read(gguf(), tmp_path)
    assert layout == Layout(
        layer_bytes=(96, 96),
        output_bytes=320,  # it has no matrix of its own: the embeddings'
        other_bytes=352,
        kv_values=(16, 16),
        n_vocab=6000,
        n_embedding=8,
        n_context=512,
    )
    assert layout.weight_bytes == sum(TENSORS.values())


def test_key_and_value_heads_are_counted_per_layer(tmp_path: Path) -> None:
    keys = KEYS | {
        "tiny.attention.head_count_kv": (ARRAY, (UINT32, [1, 2])),
        "tiny.attention.key_length": (UINT32, 6),
        "tiny.attention.value_length": (UINT32, 4),
    }
    layout = read(gguf(keys, TENSORS | {"output.weight": 640}), tmp_path)
    assert layout.kv_values == (10, 20)
    assert layout.output_bytes == 640


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"tiny.block_count": (UINT32, 10**9)}, "is inconsistent"),
        ({"tiny.block_count": (UINT32, 0)}, "is inconsistent"),
        ({"tiny.block_count": (STRING, "two")}, "tiny.block_count is 'two'"),
        ({"tiny.attention.head_count": (ARRAY, (UINT32, [4]))}, "is inconsistent"),
        ({"general.alignment": (UINT32, 0)}, "is inconsistent"),
    ],
)
def test_inconsistent_numbers_are_refused(tmp_path: Path, keys: Any, reason: str) -> None:
    with pytest.raises(ModelError, match=rf"tiny.gguf needs \(.*{reason}"):
        read(gguf(KEYS | keys), tmp_path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GGML" + gguf()[4:], "it is not a GGUF file"),
        (b"GGUF" + struct.pack("<I", 1) + gguf()[8:], r"version 1; supported versions: \(2, 3\)"),
        (gguf()[:200], ""),
        (b"", "empty"),
    ],
)
def test_an_incomplete_header_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=rf"\(.*{reason}.*\)\. Set gpu_layers to a number"):
        read(data, tmp_path)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_a_damaged_header_is_read_or_a_one_line_error(tmp_path: Path, data: st.DataObject) -> None:
    short = {name: kind for name, kind in KEYS.items() if name != "tokenizer.ggml.tokens"}
    whole = bytearray(gguf(short))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    told = ""
    try:
        assert min(read(bytes(whole), tmp_path).layer_bytes, default=0) >= 0
    except ModelError as exc:
        told = str(exc)
    assert "\n" not in told


@pytest.mark.model
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"])
def test_sizes_of_real_files_agree_with_llama_cpp(name: str) -> None:
    """By its own report of the model and of the KV cache, in MiB to two places."""
    import llama_cpp

    from ragguide.generate.llama_load import _silent_log
    from ragguide.generate.placement import MICRO_BATCH, kv_bytes

    lines: list[str] = []

    @llama_cpp.llama_log_callback
    def keep(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        lines.append(text.decode())

    llama_cpp.llama_log_set(keep, ctypes.c_void_p(0))

    path = find_generator(name, models_dir=load_settings().models_dir).path
    layout = read_layout(path)
    llama = llama_cpp.Llama(
        str(path), n_ctx=1024, n_threads=1, flash_attn=True, type_k=8, type_v=8, verbose=True
    )
    size = llama_cpp.llama_model_size(llama.model)
    assert llama_cpp.llama_model_n_layer(llama.model) == layout.n_layers
    assert llama.n_vocab() == layout.n_vocab
    llama.close()
    llama_cpp.llama_log_set(_silent_log(), ctypes.c_void_p(0))  # before `keep` is gone
    said = "".join(lines)
    assert 0 <= layout.weight_bytes - size < 32 * 1000  # padding between tensors
    (kv_mib,) = re.findall(r"KV buffer size = +([\d.]+) MiB", said)
    assert kv_bytes(layout, 1024, "q8_0", layout.n_layers) / 2**20 == pytest.approx(
        float(kv_mib), abs=0.01
    )
    (computing_mib,) = re.findall(r"reserve: .*compute buffer size = +([\d.]+) MiB", said)
    bound = MICRO_BATCH * 4 * (layout.n_vocab + 8 * layout.n_embedding) / 2**20
    assert 0.85 * bound < float(computing_mib) <= bound
