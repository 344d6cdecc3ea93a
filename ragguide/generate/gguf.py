"""A GGUF file in, the sizes of its parts out: read from its header, without llama.cpp.

The file is untrusted: every length is compared with the bytes that the file has. Long arrays, such
as the vocabulary, are counted and skipped.

Source: the format's specification, ggml/docs/gguf.md, versions 2 and 3.
"""

import mmap
import re
import struct
from collections import defaultdict
from pathlib import Path

import msgspec

from ragguide.errors import ModelError

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
            12: "d"}  # fmt: skip
_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)
_ALIGNMENT = 32  # of the tensors' data; a file may set another
_MAX_KEPT = 4096  # longest array whose values are kept: one for each layer
_LAYER = re.compile(r"blk\.(\d+)\.")
_INCONSISTENT = "its header is inconsistent"

Value = str | int | float | tuple[int | float | str, ...]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of a model's parts, as llama.cpp lays them out."""

    layer_bytes: tuple[int, ...]  # weights of each repeating layer
    output_bytes: int  # the last matrix, or the embeddings if the two are shared
    other_bytes: int  # everything outside the layers, the last matrix included
    kv_values: tuple[int, ...]  # numbers that each layer caches per token: keys and values
    n_vocab: int
    n_embedding: int
    n_context: int  # that the model was trained with

    @property
    def n_layers(self) -> int:
        return len(self.layer_bytes)

    @property
    def weight_bytes(self) -> int:
        """Size of all tensors: the file without its header."""
        return sum(self.layer_bytes) + self.other_bytes


def read_layout(path: Path) -> Layout:
    """Read a file's header.

    Raises:
        ModelError: it cannot be read, or is no complete GGUF header.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _layout(_Header(data))
    except (OSError, ValueError, struct.error, UnicodeDecodeError, KeyError) as exc:
        raise ModelError(
            f"cannot find out how much GPU memory {path} needs "
            f"({' '.join(str(exc).split())[:120]}). Set gpu_layers to a number, or choose "
            "--device cpu."
        ) from exc


class _Header:
    """The keys of a GGUF header, and the names and sizes of its tensors."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = data, 0
        if data[:4] != b"GGUF":
            raise ValueError("it is not a GGUF file")
        self._at = 4
        if (version := self._read("I")) not in _VERSIONS:
            raise ValueError(f"it is GGUF version {version}; supported versions: {_VERSIONS}")
        n_tensors, n_keys = self._count(), self._count()
        self.values: dict[str, Value] = {}
        self.lengths: dict[str, int] = {}  # of arrays
        for _ in range(n_keys):
            self._key()
        starts = dict(self._tensor() for _ in range(n_tensors))
        self.sizes = self._sizes(starts)

    def _key(self) -> None:
        name, kind = self._string(), self._read("I")
        if kind != _ARRAY:
            self.values[name] = self._value(kind)
            return
        kind, length = self._read("I"), self._count()
        self.lengths[name] = length
        if kind in _SCALARS and length > _MAX_KEPT:
            self._skip(length * struct.calcsize("<" + _SCALARS[kind]))
        elif kind == _STRING and length > _MAX_KEPT:
            for _ in range(length):
                self._skip(self._count())
        else:
            self.values[name] = tuple(self._value(kind) for _ in range(length))

    def _value(self, kind: int) -> int | float | str:
        if kind == _STRING:
            return self._string()
        if kind not in _SCALARS:
            raise ValueError(f"it contains a value of unknown type {kind}")
        return self._read(_SCALARS[kind])

    def _tensor(self) -> tuple[str, int]:
        name, n_dims = self._string(), self._read("I")
        self._skip(n_dims * struct.calcsize("<Q") + struct.calcsize("<I"))  # dimensions, type
        return name, self._read("Q")

    def _sizes(self, starts: dict[str, int]) -> dict[str, int]:
        """Sizes by name: each tensor reaches to the next, so its size includes the padding."""
        alignment = self.values.get("general.alignment", _ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise ValueError(_INCONSISTENT)
        data_start = -(-self._at // alignment) * alignment
        order = sorted(starts, key=lambda name: starts[name])
        ends = [*(starts[name] for name in order[1:]), len(self._data) - data_start]
        sizes = {name: end - starts[name] for name, end in zip(order, ends, strict=True)}
        if any(size < 0 for size in sizes.values()):
            raise ValueError(_INCONSISTENT)
        return sizes

    def _read(self, code: str) -> int:
        (value,) = struct.unpack_from("<" + code, self._data, self._at)
        self._at += struct.calcsize("<" + code)
        return value  # type: ignore[no-any-return]

    def _count(self) -> int:
        """Read a number of items, each of which takes at least one byte."""
        count = self._read("Q")
        if count > len(self._data) - self._at:
            raise ValueError(_INCONSISTENT)
        return count

    def _skip(self, n_bytes: int) -> None:
        if n_bytes > len(self._data) - self._at:
            raise ValueError(_INCONSISTENT)
        self._at += n_bytes

    def _string(self) -> str:
        length = self._count()
        text = self._data[self._at : self._at + length].decode("utf-8")
        self._at += length
        return text


def _layout(header: _Header) -> Layout:
    architecture = header.values["general.architecture"]

    def value(key: str, default: int | None = None) -> int:
        found = header.values.get(f"{architecture}.{key}", default)
        if not isinstance(found, int) or found < 0:
            raise ValueError(f"{architecture}.{key} is {found!r}")
        return found

    n_layers = value("block_count")
    if not 0 < n_layers <= _MAX_KEPT:
        raise ValueError(_INCONSISTENT)
    layers: dict[int, int] = defaultdict(int)
    outside = 0
    for name, size in header.sizes.items():
        match = _LAYER.match(name)
        if match:
            layers[int(match[1])] += size
        else:
            outside += size
    n_embedding = value("embedding_length")
    n_heads = _per_layer(header.values.get(f"{architecture}.attention.head_count"), n_layers, 1)
    kv_heads = header.values.get(f"{architecture}.attention.head_count_kv")
    n_kv_heads = _per_layer(kv_heads, n_layers, 0) if kv_heads is not None else n_heads
    head = n_embedding // max(1, *n_heads)
    kept = value("attention.key_length", head) + value("attention.value_length", head)
    embeddings = header.sizes.get("token_embd.weight", 0)
    return Layout(
        layer_bytes=tuple(layers[number] for number in range(n_layers)),
        output_bytes=header.sizes.get("output.weight", embeddings),
        other_bytes=outside,
        kv_values=tuple(n * kept for n in n_kv_heads),
        n_vocab=header.lengths.get("tokenizer.ggml.tokens", 0),
        n_embedding=n_embedding,
        n_context=value("context_length"),
    )


def _per_layer(value: Value | None, n_layers: int, least: int) -> tuple[int, ...]:
    """Return one number per layer, from one for all or one each."""
    found = value if isinstance(value, tuple) else (value,) * n_layers
    whole = tuple(each for each in found if isinstance(each, int) and each >= least)
    if len(whole) != n_layers:
        raise ValueError(_INCONSISTENT)
    return whole
