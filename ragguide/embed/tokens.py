"""An embedder's folder in, a counter of its tokens out. The model is not loaded.

Chunks are measured in the embedder's own tokens: it silently ignores text beyond its limit.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from ragguide.errors import ModelError

BATCH = 1000  # texts tokenized at once; each takes many times its length in memory
USUAL_LIMIT = 512  # of the BERT family, if the folder states none


class _Module(msgspec.Struct):
    path: str


class _SentenceBert(msgspec.Struct):
    max_seq_length: int | None = None


class _TokenizerConfig(msgspec.Struct):
    model_max_length: float | None = None  # 1e30 means unknown


class _Config(msgspec.Struct):
    max_position_embeddings: int | None = None


_T = TypeVar("_T")


class TokenCounter:
    """Counts tokens as the embedder does."""

    def __init__(self, folder: Path) -> None:
        """Read `tokenizer.json`.

        Raises:
            ModelError: the folder has none, or a file cannot be read.
        """
        from tokenizers import Tokenizer

        modules = _read(folder / "modules.json", list[_Module]) or [_Module("")]
        folder = folder / modules[0].path  # of the transformer
        path = folder / "tokenizer.json"
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as exc:  # the library raises bare Exceptions
            raise ModelError(
                f"{path} cannot be read ({' '.join(str(exc).split())[:120]}). Set embedder to a "
                "folder that was saved with a fast tokenizer."
            ) from exc
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.max_tokens = _limit(folder)

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Return the length of each text, without special tokens."""
        return [
            len(text.ids)
            for at in range(0, len(texts), BATCH)
            for text in self._tokenizer.encode_batch(
                list(texts[at : at + BATCH]), add_special_tokens=False
            )
        ]


def _limit(folder: Path) -> int:
    """Return the most tokens that the model reads, special tokens included."""
    set_by_hand = _read(folder / "sentence_bert_config.json", _SentenceBert)
    if set_by_hand and set_by_hand.max_seq_length:
        return set_by_hand.max_seq_length
    tokenizer = _read(folder / "tokenizer_config.json", _TokenizerConfig)
    model = _read(folder / "config.json", _Config)
    limits = (tokenizer and tokenizer.model_max_length, model and model.max_position_embeddings)
    return int(min((limit for limit in limits if limit and limit > 0), default=USUAL_LIMIT))


def _read(path: Path, kind: type[_T]) -> _T | None:
    """Parse a JSON file of the folder; None if the file is missing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ModelError(f"{path} is damaged: {exc}. Download the embedder again.") from exc
