"""A cross-encoder orders what was found; what is none is refused before it is loaded."""

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from ragguide import Guide
from ragguide.errors import ModelError
from ragguide.guide import RERANKED
from ragguide.retrieve.rerank import CrossEncoderReranker, check_reranker
from tests.tiny import write_cross_encoder, write_embedder

pytestmark = pytest.mark.model

QUESTION = "How many passages can Amazon Kendra return for one query?"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cross_encoder(tmp_path_factory.mktemp("tiny"))


def test_scores_are_those_of_the_cross_encoder(tiny: Path) -> None:
    from sentence_transformers import CrossEncoder

    texts = ["spot instances save much", "word for word", "how do feature store"]
    expected = CrossEncoder(str(tiny), device="cpu", local_files_only=True).predict(
        [("how much", text) for text in texts], show_progress_bar=False
    )
    assert CrossEncoderReranker(tiny).scores("how much", texts) == pytest.approx(expected, abs=1e-6)


def test_hits_are_ordered_by_the_reranker(guide: Guide, tiny: Path) -> None:
    reranked = Guide.open(settings=msgspec.structs.replace(guide.settings, reranker=str(tiny)))
    candidates = guide.search(QUESTION, top_k=RERANKED)
    scores = CrossEncoderReranker(tiny).scores(
        QUESTION, [hit.chunk.embedded_text for hit in candidates]
    )
    best = np.argsort(-scores, kind="stable")[:7]
    hits = reranked.search(QUESTION, top_k=7)
    assert [hit.chunk.id for hit in hits] == [candidates[n].chunk.id for n in best]
    assert [hit.chunk.id for hit in hits] != [hit.chunk.id for hit in candidates[:7]]
    assert [hit.rank for hit in hits] == list(range(1, 8))
    assert [hit.rerank_score for hit in hits] == pytest.approx(scores[best].tolist(), abs=1e-5)
    for hit, n in zip(hits, best, strict=True):  # what both searches found stays as it was
        assert (hit.score, hit.confidence) == (candidates[n].score, candidates[n].confidence)
    assert all(hit.rerank_score is None for hit in candidates)


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"reranker folder .*none does not exist\. Choose"):
        check_reranker(tmp_path / "none")


def test_embedder_is_refused_since_its_scores_would_be_random(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is no cross-encoder: its config\.json names no …For"):
        check_reranker(write_embedder(tmp_path))


def test_model_with_several_scores_is_refused(tmp_path: Path) -> None:
    folder = write_cross_encoder(tmp_path, n_scores=3)
    with pytest.raises(ModelError, match=r"returns 3 scores per pair instead of one\."):
        CrossEncoderReranker(folder)


@pytest.mark.parametrize("content", ["{", "[]", '{"architectures": 3}'])
def test_broken_config_is_one_line(tmp_path: Path, tiny: Path, content: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "config.json").write_text(content)
    with pytest.raises(ModelError, match=r"config\.json cannot be read: .*Download") as caught:
        check_reranker(folder)
    assert "\n" not in str(caught.value)


def test_broken_weights_are_one_line(tmp_path: Path, tiny: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"\x10")
    with pytest.raises(
        ModelError, match=r"contains no cross-encoder that sentence-trans"
    ) as caught:
        CrossEncoderReranker(folder)
    assert "\n" not in str(caught.value)


def test_guide_refuses_a_reranker_when_it_is_opened(guide: Guide, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(guide.settings, reranker=str(tmp_path / "none"))
    with pytest.raises(ModelError, match=r"reranker folder .* does not exist"):
        Guide.open(settings=settings)


def test_another_kind_of_cross_encoder_is_known_by_how_it_was_saved(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["Qwen3ForCausalLM"]}))
    saved_as = tmp_path / "config_sentence_transformers.json"
    saved_as.write_text(json.dumps({"model_type": "CrossEncoder", "prompts": {}}))
    check_reranker(tmp_path)
