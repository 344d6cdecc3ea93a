"""Counting in the embedder's own tokens, without loading it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.embed.tokens import BATCH, USUAL_LIMIT, TokenCounter
from ragguide.errors import ModelError
from ragguide.models.find import find_embedder

MINILM = find_embedder("all-MiniLM-L6-v2").folder
CONFIGS = ("tokenizer.json", "tokenizer_config.json", "config.json", "sentence_bert_config.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The default embedder without its weights."""
    for name in CONFIGS:
        shutil.copy(MINILM / name, tmp_path)
    return tmp_path


def set_key(path: Path, key: str, value: object) -> None:
    fields = json.loads(path.read_text("utf-8"))
    fields[key] = value
    path.write_text(json.dumps(fields), "utf-8")


def test_texts_are_counted_in_word_pieces_without_special_tokens(folder: Path) -> None:
    count = TokenCounter(folder)
    # em ##bed ##ding ##s; "A\n B" is cut at white space; nothing is nothing
    assert count(["word", "embeddings", "A\n B.", ""]) == [1, 4, 3, 0]
    assert count([]) == []
    many = [("word " * (i % 3)).strip() for i in range(BATCH + 5)]
    assert count(many) == [i % 3 for i in range(BATCH + 5)]
    assert count(["word " * 1000]) == [1000]  # what the embedder would drop is counted, too


def test_the_limit_is_what_the_embedder_reads(folder: Path) -> None:
    assert TokenCounter(folder).max_tokens == 256


def test_without_an_explicit_limit_the_lower_of_tokenizer_and_model_applies(folder: Path) -> None:
    (folder / "sentence_bert_config.json").unlink()
    assert TokenCounter(folder).max_tokens == 512
    set_key(folder / "tokenizer_config.json", "model_max_length", 128)
    assert TokenCounter(folder).max_tokens == 128
    set_key(folder / "tokenizer_config.json", "model_max_length", 10**30)  # its author knew none
    set_key(folder / "config.json", "max_position_embeddings", 384)
    assert TokenCounter(folder).max_tokens == 384


def test_a_folder_that_states_no_limit_has_the_usual_one(folder: Path) -> None:
    for name in CONFIGS[1:]:
        (folder / name).unlink()
    assert TokenCounter(folder).max_tokens == USUAL_LIMIT == 512


def test_a_transformer_in_a_folder_of_its_own_is_found(folder: Path) -> None:
    own = folder / "0_Transformer"
    own.mkdir()
    for name in CONFIGS:
        (folder / name).rename(own / name)
    (folder / "modules.json").write_text('[{"idx": 0, "name": "0", "path": "0_Transformer"}]')
    count = TokenCounter(folder)
    assert (count(["embeddings"]), count.max_tokens) == ([4], 256)


def test_a_folder_without_a_tokenizer_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(
        ModelError, match=r"tokenizer\.json cannot be read \(No such file"
    ) as caught:
        TokenCounter(folder)
    assert str(caught.value).endswith(
        "Set embedder to a folder that was saved with a fast tokenizer."
    )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b'{"model": 1}', b"\xff\xfe\0", b"{}"])
def test_a_broken_tokenizer_gives_a_one_line_error(content: bytes, folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be read \(.+\)\. Set") as caught:
        TokenCounter(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["sentence_bert_config.json", "modules.json"])
@pytest.mark.parametrize("content", [b"", b"{", b'"text"', b"\xff", b'[{"path": 3}]'])
def test_a_broken_config_gives_a_one_line_error(name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{name} is damaged: .+\. Download the embedder again\."):
        TokenCounter(folder)


def test_counting_loads_no_model() -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\nfrom pathlib import Path\n"
            "from ragguide.embed.tokens import TokenCounter\n"
            "print(TokenCounter(Path(sys.argv[1]))(['embeddings']))\n"
            "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))",
            str(MINILM),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout == "[4]\n[]\n"


@pytest.mark.model
def test_counts_are_those_of_the_embedder_on_the_default_guide(guide: Guide) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(MINILM), local_files_only=True)
    texts = [chunk.embedded_text for chunk in guide.chunks] + ["naïve café", "機械学習", "x" * 300]
    encoded = model.tokenizer(texts, add_special_tokens=True, truncation=False)["input_ids"]
    count = TokenCounter(MINILM)
    assert count(texts) == [len(ids) - 2 for ids in encoded]
    assert count.max_tokens == model.max_seq_length == 256
    read = model.tokenize(texts)["attention_mask"].sum(1).tolist()
    n_chunks = len(guide.chunks)
    assert read[:n_chunks] == [n + 2 for n in count(texts)[:n_chunks]]  # of no chunk a word is lost


@pytest.mark.model
def test_a_folder_that_sentence_transformers_saved_has_the_same_limit(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(MINILM), local_files_only=True)
    model.max_seq_length = 100
    model.save(str(tmp_path), create_model_card=False)
    again = SentenceTransformer(str(tmp_path), local_files_only=True)
    assert TokenCounter(tmp_path).max_tokens == again.max_seq_length == 100
