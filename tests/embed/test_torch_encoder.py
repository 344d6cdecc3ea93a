"""The GPU encoder on a CPU: batches, order, precision, and too little memory."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ragguide.embed import torch_encoder
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.embed.torch_encoder import LEAST_COSINE, LEAST_TOKENS, TorchEmbedder
from ragguide.errors import DeviceMissing, ModelError
from tests.tiny import write_embedder

pytestmark = pytest.mark.model

TEXTS = [f"word {n} save spot " * (n % 9) for n in range(50)]


def load(folder: Path, **options: Any) -> TorchEmbedder:
    loaded = SentenceTransformerEmbedder("tiny", folder)
    return TorchEmbedder(loaded, device="cpu", **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_embedder(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float32"])
def test_vectors_in_any_precision_are_near_the_models_own(folder: Path, precision: Any) -> None:
    expected = SentenceTransformerEmbedder("tiny", folder).embed(TEXTS)
    embedder = load(folder, precision=precision, batch_tokens=64)
    n_done: list[int] = []
    vectors = embedder.embed(TEXTS, on_done=n_done.append)
    assert embedder.precision == precision
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-3)
    assert (vectors * expected).sum(axis=1).min() > LEAST_COSINE
    assert n_done == [len(TEXTS)]
    assert embedder.embed([]).shape == (0, embedder.dim)


@pytest.mark.parametrize(
    "traits",
    [
        {"pooling": "lasttoken", "causal": True},
        {"prompts": {"passage": "word for word: "}, "default_prompt": "passage"},
    ],
    ids=str,
)
def test_padding_prompt_and_pooling_are_the_models_own(tmp_path: Path, traits: Any) -> None:
    folder = write_embedder(tmp_path, **traits)
    expected = SentenceTransformerEmbedder("tiny", folder).embed(TEXTS)
    assert load(folder, precision="float32").embed(TEXTS) == pytest.approx(expected, abs=1e-5)


def test_slices_follow_each_other_in_the_order_of_the_texts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = load(folder, precision="float32")
    whole = embedder.embed(TEXTS)
    monkeypatch.setattr(torch_encoder, "SLICE", 7)
    n_done: list[int] = []
    assert embedder.embed(TEXTS, on_done=n_done.append) == pytest.approx(whole, abs=1e-5)
    assert n_done == [7, 14, 21, 28, 35, 42, 49, 50]


def scale(folder: Path, factor: float) -> SentenceTransformerEmbedder:
    """A model whose last layer's sums leave the range of float16 before they are normalised."""
    loaded = SentenceTransformerEmbedder("tiny", folder)
    layer = loaded.model[0].auto_model.encoder.layer[-1].output.LayerNorm
    with torch.no_grad():
        layer.weight.mul_(factor)
        layer.bias.mul_(factor)
    return loaded


def test_a_precision_that_overflows_is_logged_and_the_next_one_used(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = TorchEmbedder(scale(folder, 1e5), device="cpu")
    assert embedder.precision == "bfloat16"
    assert np.isfinite(embedder.embed(TEXTS)).all()
    assert caplog.messages == ["tiny: in float16 its vectors differ (cosine nan); using bfloat16"]
    with pytest.raises(ModelError, match=r"^tiny: in float16 its vectors differ .* to auto or fl"):
        TorchEmbedder(scale(folder, 1e5), device="cpu", precision="float16")


def out_of_memory_above(embedder: TorchEmbedder, n_tokens: int) -> None:
    """Make the model fail as torch does when a card lacks memory for that many tokens."""

    def fail(_module: Any, arguments: Any) -> None:
        if arguments[0]["input_ids"].numel() > n_tokens:
            raise torch.OutOfMemoryError("CUDA out of memory")

    embedder._model[0].register_forward_pre_hook(fail)


def test_batches_shrink_when_memory_is_short(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = load(folder, precision="float32", batch_tokens=2 * LEAST_TOKENS)
    expected = embedder.embed(TEXTS)
    out_of_memory_above(embedder, LEAST_TOKENS)
    assert embedder.embed(TEXTS) == pytest.approx(expected, abs=1e-5)
    assert caplog.messages == ["cpu has too little memory; reducing batches to 512 tokens"]


def test_a_card_too_small_for_a_batch_is_an_error(folder: Path) -> None:
    embedder = load(folder, precision="float32", batch_tokens=LEAST_TOKENS)
    out_of_memory_above(embedder, 10)
    with pytest.raises(ModelError, match="too little memory for tiny, even in batches of 512 tok"):
        embedder.embed(TEXTS)


def test_a_card_too_small_for_the_model_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 90 MiB")

    monkeypatch.setattr("sentence_transformers.SentenceTransformer", full)
    with pytest.raises(DeviceMissing, match=r"cuda:1 has too little memory for tiny \(CUDA out of"):
        SentenceTransformerEmbedder("tiny", folder, device="cuda:1")
