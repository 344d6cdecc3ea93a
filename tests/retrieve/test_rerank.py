"""A cross-encoder orders what was found; what is none is refused before it is loaded."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from ragguide import Guide, Hit
from ragguide.augment.evidence import BY_PASSAGE
from ragguide.errors import ModelError
from ragguide.retrieve.rerank import RERANKED, CrossEncoderReranker, check_reranker
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
    for top_k in (40, 31, 30, 5, 1):
        assert reranked.search(QUESTION, top_k=40)[:top_k] == reranked.search(QUESTION, top_k=top_k)


class Backwards:
    """Prefers what the search ranks last."""

    name = "backwards"

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._places = {hit.chunk.embedded_text: hit.rank for hit in hits}

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:  # noqa: ARG002
        return np.array([self._places[text] for text in texts], np.float32)

    def get(self) -> "Backwards":
        return self


def test_the_rerankers_order_reaches_the_quotes(
    guide: Guide, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = guide.search(QUESTION, top_k=RERANKED)
    settings = msgspec.structs.replace(guide.settings, reranker=str(tiny), false_refusals=0.0)
    reranked = guide.under(settings)
    monkeypatch.setattr(reranked, "_reranker", Backwards(hits))
    (asked,) = reranked._ask([QUESTION])
    found = reranked._find(asked, 5, None)
    assert [hit.chunk.id for hit in found] == [hit.chunk.id for hit in hits[:-6:-1]]
    # The weights of the places are those of the best hits, so the last one now weighs most.
    assert [hit.place_score for hit in found] == [hit.score for hit in hits[:5]]
    weighed = reranked._weigh(asked, found)
    plain = guide._weigh(asked, [msgspec.structs.replace(hit, place_score=None) for hit in found])
    gains = [
        candidate.hit.score - each.hit.score
        for candidate, each in zip(weighed.candidates, plain.candidates, strict=True)
    ]
    assert min(gains) > 0
    assert weighed.weights == pytest.approx(
        [weight + BY_PASSAGE * gain for weight, gain in zip(plain.weights, gains, strict=True)]
    )
    quoted = {quote.quote for quote in reranked.query(QUESTION, quotes_only=True).quotes}
    assert quoted
    assert quoted <= {candidate.text for candidate in weighed.candidates}


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
