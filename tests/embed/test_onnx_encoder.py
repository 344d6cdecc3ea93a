"""An exported embedder loads only undamaged files, and embeds any number of texts."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ragguide.embed.export import export
from ragguide.embed.onnx_encoder import (
    BATCH_TOKENS,
    GRAPH,
    RECORD,
    SLICE,
    TOKENIZER,
    WEIGHTS,
    OnnxEmbedder,
    batches_of,
)
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.errors import ModelError
from tests.tiny import write_embedder

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    original = SentenceTransformerEmbedder("tiny", write_embedder(tmp_path_factory.mktemp("tiny")))
    export(original, folder, sha256="of the weights")
    return folder


@pytest.fixture
def copied(exported: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported, tmp_path / "exported")


@pytest.mark.parametrize("threads", [1, 3])
def test_many_texts_have_the_vectors_that_each_has_alone(exported: Path, threads: int) -> None:
    embedder = OnnxEmbedder("tiny", exported, threads=threads)
    texts = [f"word {n} " * (n % 7) for n in range(SLICE + 70)]
    n_done: list[int] = []
    vectors = embedder.embed(texts, on_done=n_done.append)
    assert n_done == sorted(n_done)
    assert n_done[-1] == len(texts)
    for row in (0, 1, 6, 500, SLICE - 1, SLICE, len(texts) - 1):
        assert embedder.embed([texts[row]])[0] == pytest.approx(vectors[row], abs=1e-5)


def test_a_text_longer_than_a_batch_runs_alone() -> None:
    tokens = {0: [7] * 3, 1: [7] * (2 * BATCH_TOKENS), 2: [7] * 4, 3: [7] * (BATCH_TOKENS // 2)}
    assert list(batches_of(tokens, BATCH_TOKENS)) == [[0, 2], [3], [1]]


def test_a_padded_batch_stays_within_its_tokens() -> None:
    rng = np.random.default_rng(0)
    tokens = {row: [7] * int(n) for row, n in enumerate(rng.integers(1, BATCH_TOKENS, 300))}
    batches = list(batches_of(tokens, BATCH_TOKENS))
    assert sorted(row for batch in batches for row in batch) == list(tokens)
    padded = [len(batch) * max(len(tokens[row]) for row in batch) for batch in batches]
    assert max(padded) <= BATCH_TOKENS
    assert sum(padded) < 1.05 * sum(map(len, tokens.values()))


@pytest.mark.parametrize("name", [TOKENIZER, GRAPH, WEIGHTS])
def test_a_changed_byte_is_detected_before_parsing(copied: Path, name: str) -> None:
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)
    with pytest.raises(ModelError, match=rf"{name} is damaged: sha256 .{{12}}…, recorded .{{12}}…"):
        OnnxEmbedder("tiny", copied, threads=1)


@pytest.mark.parametrize("name", [RECORD, TOKENIZER, GRAPH, WEIGHTS])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} cannot be read"):
        OnnxEmbedder("tiny", copied, threads=1)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"dim"', '"dims"', "cannot be read .*unknown field `dims`"),
        (f'"{WEIGHTS}"', '"../elsewhere.bin"', "lists other files: .*elsewhere.bin"),
        ('"onnxruntime": "', '"onnxruntime": "0.', "was exported for onnxruntime 0."),
    ],
)
def test_a_record_that_does_not_match_is_refused(
    copied: Path, old: str, new: str, match: str
) -> None:
    text = (copied / RECORD).read_text()
    assert old in text
    (copied / RECORD).write_text(text.replace(old, new))
    with pytest.raises(ModelError, match=match):
        OnnxEmbedder("tiny", copied, threads=1)
