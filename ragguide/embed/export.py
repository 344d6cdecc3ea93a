"""A loaded sentence-transformers model in, the files of an `OnnxEmbedder` out.

torch's TorchScript exporter traces the model. On twelve architectures (BERT, MPNet, DeBERTa,
ModernBERT, T5, Qwen3, …) it gave the same vectors as the exporter built on torch.export, in 1 to
2 s instead of 10 to 20. `export` then compares the trace with the model, to detect any difference.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from ragguide.embed.onnx_encoder import (
    GRAPH,
    INPUTS,
    OUTPUT,
    TOKENIZER,
    OnnxEmbedder,
    brief,
    optimize,
    write_record,
)
from ragguide.embed.prompts import prompts_of
from ragguide.embed.samples import SAMPLES, require_equal
from ragguide.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.types import TextKind

OPSET = 18


def export(embedder: "SentenceTransformerEmbedder", folder: Path, *, sha256: str) -> None:
    """Write the files into an empty folder, whose contents are invalid after a failure.

    The model stays usable; weights of fewer than 32 bits become float32.

    Args:
        embedder: the loaded model.
        folder: the target.
        sha256: checksum of the model's weights.

    Raises:
        ModelError: the model has no fast tokenizer, cannot be traced, or its export gives other
            vectors.
        OSError: the folder cannot be written.
    """
    model = embedder.model
    tokenizer = tokenizer_of(model)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    with TemporaryDirectory(dir=folder) as scratch:
        traced = Path(scratch) / GRAPH
        trace(model, tokenizer, traced)
        version = optimize(traced, folder)
    write_record(
        folder,
        name=embedder.name,
        sha256=sha256,
        version=version,
        dim=embedder.dim,
        prompts=prompts_of(model),
    )
    exported = OnnxEmbedder(embedder.name, folder, threads=1)
    kinds: tuple[TextKind, ...] = ("query", "passage")
    for kind in kinds:
        expected = embedder.embed(SAMPLES, kind=kind)  # (n, dim)
        alone = np.concatenate([exported.embed([text], kind=kind) for text in SAMPLES])
        for vectors in (alone, exported.embed(SAMPLES, kind=kind)):
            require_equal(vectors, expected)


def tokenizer_of(model: Any) -> "Tokenizer":
    """Return a copy of the model's tokenizer, with the model's truncation and padding.

    Raises:
        ModelError: the model has no fast tokenizer.
    """
    from tokenizers import Tokenizer

    if not has_fast_tokenizer(model):
        raise ModelError("the model has no fast tokenizer")
    own = model.tokenizer
    tokenizer = Tokenizer.from_str(own.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    if model.max_seq_length:
        tokenizer.enable_truncation(model.max_seq_length, direction=own.truncation_side)
    tokenizer.enable_padding(direction=own.padding_side, pad_id=own.pad_token_id or 0)
    return tokenizer


def has_fast_tokenizer(model: Any) -> bool:
    """Whether `tokenizer_of` supports the model."""
    from tokenizers import Tokenizer

    return isinstance(getattr(model.tokenizer, "backend_tokenizer", None), Tokenizer)


def trace(model: Any, tokenizer: "Tokenizer", path: Path) -> None:
    """Write the graph from token ids to unit vectors, not optimised yet, with its weights.

    Raises:
        ModelError: torch cannot trace the model.
        OSError: the file cannot be written.
    """
    import torch

    class FromTokens(torch.nn.Module):
        """Maps `(n, length)` token ids and mask to `(n, dim)` unit vectors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            features = self.model(dict(zip(INPUTS, (ids, mask), strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    encodings = tokenizer.encode_batch(list(SAMPLES[:3]))
    example = (
        torch.tensor([encoding.ids for encoding in encodings], device=model.device),
        torch.tensor([encoding.attention_mask for encoding in encodings], device=model.device),
    )
    sizes = {0: "n", 1: "length"}
    try:
        model.float()  # onnxruntime computes in float32 on a CPU
        with (
            warnings.catch_warnings(),
            torch.no_grad(),
            _hide_graphs(),
            _plain_attention(model),
        ):
            warnings.simplefilter(
                "ignore"
            )  # about tracing in general; the result is compared below
            torch.onnx.export(
                FromTokens().eval(),
                example,
                str(path),
                dynamo=False,
                opset_version=OPSET,
                input_names=INPUTS,
                output_names=(OUTPUT,),
                dynamic_axes=dict.fromkeys(INPUTS, sizes) | {OUTPUT: {0: "n"}},
            )
    except OSError:
        raise
    except Exception as exc:  # of any kind, since the model is the user's
        raise ModelError(f"torch cannot trace the model: {brief(exc)}") from exc


@contextmanager
def _plain_attention(model: Any) -> Iterator[None]:
    """Trace plain attention, which runs 7 % faster than the trace of torch's fused one."""
    parts = [part for part in model if hasattr(part, "auto_model")]
    used = [part.auto_model.config._attn_implementation for part in parts]
    try:
        for part in parts:
            part.auto_model.set_attn_implementation("eager")  # every model supports it
        yield
    finally:
        for part, implementation in zip(parts, used, strict=True):
            part.auto_model.set_attn_implementation(implementation)


@contextmanager
def _hide_graphs() -> Iterator[None]:
    """Keep torch from printing the graph of a model that it cannot export to stdout."""
    from torch import _C

    shown = _C._jit_onnx_log
    _C._jit_onnx_log = lambda *_graph: None
    try:
        yield
    finally:
        _C._jit_onnx_log = shown
