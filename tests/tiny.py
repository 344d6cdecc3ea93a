"""Models of random weights, made in a second: what is tested is how they are run."""

import string
from pathlib import Path
from typing import Any, Literal

from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece

DIM = 32
MAX_TOKENS = 24
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_WORDS = ("how", "much", "do", "spot", "instances", "save", "word", "feature", "store", "for")


def write_embedder(
    folder: Path,
    *,
    pooling: Literal["cls", "mean", "max", "lasttoken"] = "mean",
    causal: bool = False,
    lowercase: bool = True,
    prompts: dict[str, str] | None = None,
    default_prompt: str | None = None,
    dense: bool = False,
    half: bool = False,
) -> Path:
    """Write a sentence-transformers folder with two layers of BERT; of Qwen3, if causal."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import BertModel, Qwen3Model

    torch.manual_seed(0)
    parts = folder / "parts"
    layers = Qwen3Model(_qwen3()) if causal else BertModel(_bert())
    (layers.half() if half else layers).save_pretrained(parts)
    _fast_tokenizer(lowercase).save_pretrained(parts)
    transformer = Transformer(str(parts), max_seq_length=MAX_TOKENS)
    modules: list[Any] = [transformer, Pooling(DIM, pooling)]
    if dense:
        modules.append(Dense(DIM, DIM // 2))
    model = SentenceTransformer(
        modules=modules,
        device="cpu",
        prompts=prompts,
        default_prompt_name=default_prompt,
    )
    model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def write_cross_encoder(folder: Path, *, n_scores: int = 1) -> Path:
    """Write a sentence-transformers CrossEncoder's folder with a BERT of two layers."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertForSequenceClassification

    torch.manual_seed(0)
    config = _bert()
    config.num_labels = n_scores
    BertForSequenceClassification(config).save_pretrained(folder / "parts")
    _fast_tokenizer(lowercase=True).save_pretrained(folder / "parts")
    model = CrossEncoder(str(folder / "parts"), device="cpu", local_files_only=True)
    model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def _bert() -> Any:
    from transformers import BertConfig

    return BertConfig(**_size())


def _qwen3() -> Any:
    from transformers import Qwen3Config

    return Qwen3Config(**_size(), num_key_value_heads=2, head_dim=DIM // 4)


def _size() -> dict[str, Any]:
    return {
        "vocab_size": len(_vocabulary()),
        "hidden_size": DIM,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 2 * DIM,
        "max_position_embeddings": 2 * MAX_TOKENS,
        "initializer_range": 0.5,  # so that texts differ in more than the last digits
        "pad_token_id": 0,
    }


def _vocabulary() -> dict[str, int]:
    letters = (*string.ascii_letters, *string.digits, *string.punctuation)
    pieces = (*_SPECIAL, *_WORDS, *letters, *(f"##{letter}" for letter in letters))
    return {piece: number for number, piece in enumerate(pieces)}


def _fast_tokenizer(lowercase: bool) -> Any:
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(WordPiece(_vocabulary(), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, _vocabulary()[name]) for name in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=2 * MAX_TOKENS,
    )
