"""An exported embedder gives the vectors of its model, for any kind of pooling."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ragguide.embed.export import export
from ragguide.embed.onnx_encoder import OnnxEmbedder
from ragguide.embed.prompts import Prompts, prompts_of
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.errors import ModelError
from tests.tiny import DIM, MAX_TOKENS, write_embedder

pytestmark = pytest.mark.model

TEXTS = [
    "How much do Spot Instances save?",
    "",
    "a b c d e f g",
    "s3:GetObject § 日本語 🙂",
    "word " * (2 * MAX_TOKENS),
    "WORD " * 3,
]


def cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    result: NDArray[np.float32] = (one * other).sum(axis=1) / lengths
    return result


@pytest.mark.parametrize(
    "traits",
    [
        {"pooling": "mean"},
        {"pooling": "cls", "lowercase": False},
        {"pooling": "max", "dense": True},
        {"pooling": "lasttoken", "causal": True},
        {"pooling": "mean", "prompts": {"passage": "word for word: "}, "default_prompt": "passage"},
        {"pooling": "mean", "half": True},
    ],
    ids=str,
)
def test_vectors_are_those_of_sentence_transformers(tmp_path: Path, traits: dict[str, Any]) -> None:
    folder = write_embedder(tmp_path, **traits)
    original = SentenceTransformerEmbedder("tiny", folder)
    (tmp_path / "out").mkdir()
    export(original, tmp_path / "out", sha256="of the weights")
    exported = OnnxEmbedder("tiny", tmp_path / "out", threads=2)
    assert exported.dim == original.dim == (DIM // 2 if "dense" in traits else DIM)
    expected = original.model.encode(TEXTS, show_progress_bar=False)
    assert cosines(exported.embed(TEXTS), expected).min() > 0.99999
    # Other texts have other vectors: the equality above is no accident.
    assert cosines(expected[:1], expected[2:]).max() < 0.99


def test_questions_and_passages_get_the_models_own_prompts(tmp_path: Path) -> None:
    prompts = {"query": "how much: ", "document": "feature store: "}
    original = SentenceTransformerEmbedder("tiny", write_embedder(tmp_path, prompts=prompts))
    (tmp_path / "out").mkdir()
    export(original, tmp_path / "out", sha256="of the weights")
    exported = OnnxEmbedder("tiny", tmp_path / "out", threads=1)
    questions = original.model.encode_query(TEXTS, show_progress_bar=False)
    passages = original.model.encode_document(TEXTS, show_progress_bar=False)
    for embedder in (original, exported):
        assert cosines(embedder.embed(TEXTS, kind="query"), questions).min() > 0.99999
        assert cosines(embedder.embed(TEXTS, kind="passage"), passages).min() > 0.99999
    assert cosines(questions, passages).min() < 0.99


@pytest.mark.parametrize(
    ("prompts", "default", "query", "passage"),
    [
        ({}, None, "", ""),
        ({"query": "q: ", "document": "d: "}, None, "q: ", "d: "),
        ({"query": "q: ", "passage": "p: ", "document": ""}, None, "q: ", "p: "),
        ({"any": "a: "}, "any", "a: ", "a: "),
        ({"query": "q: ", "any": "a: "}, "any", "q: ", "a: "),
        ({"query": "q: ", "any": "a: "}, None, "q: ", ""),
        ({"query": "q: "}, "query", "q: ", ""),  # not before passages
        ({"passage": "p: "}, "passage", "", "p: "),
    ],
)
def test_prompts_are_found_by_their_names(
    prompts: dict[str, str], default: str | None, query: str, passage: str
) -> None:
    model = SimpleNamespace(prompts=prompts, default_prompt_name=default)
    assert prompts_of(model) == Prompts(query, passage)


def test_a_text_is_truncated_where_the_model_truncates_it(tmp_path: Path) -> None:
    original = SentenceTransformerEmbedder("tiny", write_embedder(tmp_path))
    (tmp_path / "out").mkdir()
    export(original, tmp_path / "out", sha256="of the weights")
    exported = OnnxEmbedder("tiny", tmp_path / "out", threads=1)
    read = "word " * (MAX_TOKENS - 2)  # and two special tokens
    same, other = exported.embed([read + "how much", read[:-5] + "how much"])
    assert same == pytest.approx(exported.embed([read])[0], abs=1e-6)
    assert other != pytest.approx(same, abs=1e-2)


def test_model_without_a_fast_tokenizer_is_refused(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW

    bag = BoW(["how", "much", "word"])
    SentenceTransformer(modules=[bag], device="cpu").save(str(tmp_path / "bag"))
    original = SentenceTransformerEmbedder("bag", tmp_path / "bag")
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelError, match=r"^the model has no fast tokenizer$"):
        export(original, tmp_path / "out", sha256="of the weights")


def test_model_whose_trace_gives_other_vectors_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = SentenceTransformerEmbedder("tiny", write_embedder(tmp_path))
    pooling = original.model[1]
    forward = pooling.forward

    def by_length(features: dict[str, Any], **options: Any) -> Any:
        # A trace keeps the number that its example had.
        n_tokens = int(features["attention_mask"].sum())
        features["token_embeddings"] = features["token_embeddings"].roll(n_tokens, dims=-1)
        return forward(features, **options)

    monkeypatch.setattr(pooling, "forward", by_length)
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelError, match=r"^its export gives other vectors: cosine -?0\.\d{4}$"):
        export(original, tmp_path / "out", sha256="of the weights")


def test_model_that_cannot_be_traced_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = SentenceTransformerEmbedder("tiny", write_embedder(tmp_path))

    def broken(*_features: Any, **_options: Any) -> Any:
        raise KeyError("a key\nthat tokens alone do not have")

    monkeypatch.setattr(original.model[1], "forward", broken)
    (tmp_path / "out").mkdir()
    with pytest.raises(
        ModelError, match=r"^torch cannot trace the model: .*that tokens alone"
    ) as caught:
        export(original, tmp_path / "out", sha256="of the weights")
    assert "\n" not in str(caught.value)


def test_operation_unknown_to_onnx_is_refused_without_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    original = SentenceTransformerEmbedder("tiny", write_embedder(tmp_path))
    forward = original.model[1].forward

    def with_bessel(features: dict[str, Any], **options: Any) -> Any:
        features["token_embeddings"] = torch.special.bessel_j0(features["token_embeddings"])
        return forward(features, **options)

    monkeypatch.setattr(original.model[1], "forward", with_bessel)
    (tmp_path / "out").mkdir()
    capfd.readouterr()
    with pytest.raises(
        ModelError, match=r"^torch cannot trace the model: .*special_bessel_j0"
    ) as caught:
        export(original, tmp_path / "out", sha256="of the weights")
    assert "\n" not in str(caught.value)
    assert tuple(capfd.readouterr()) == ("", "")
