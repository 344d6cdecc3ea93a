"""An embedder's folder in, a counter of its tokens out, without loading the model.

Chunks are sized in the embedder's own tokens: what is longer than it reads, it drops in silence.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from ragguide.errors import ModelError

BATCH = 1000  # texts that are taken apart at a time; each costs many times its length
USUAL_LIMIT = 512  # of BERT's family, where a folder states none


class _Module(msgspec.Struct):
    path: str


class _SentenceBert(msgspec.Struct):
    max_seq_length: int | None = None


class _TokenizerConfig(msgspec.Struct):
    model_max_length: float | None = None  # 1e30 where its author knew none


class _Config(msgspec.Struct):
    max_position_embeddings: int | None = None


_T = TypeVar("_T")


class TokenCounter:
    """Counts as the embedder will read."""

    def __init__(self, folder: Path) -> None:
        """Read `tokenizer.json`.

        Raises:
            ModelError: the folder has none, or a file of it cannot be read.
        """
        from tokenizers import Tokenizer

        modules = _read(folder / "modules.json", list[_Module]) or [_Module("")]
        folder = folder / modules[0].path  # the transformer's
        path = folder / "tokenizer.json"
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as exc:  # the library raises bare Exceptions
            raise ModelError(
                f"{path} cannot be read ({' '.join(str(exc).split())[:120]}). Name an embedder's "
                "folder that was saved with a fast tokenizer."
            ) from exc
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.max_tokens = _limit(folder)

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Length of each text, special tokens not counted."""
        return [
            len(text.ids)
            for at in range(0, len(texts), BATCH)
            for text in self._tokenizer.encode_batch(
                list(texts[at : at + BATCH]), add_special_tokens=False
            )
        ]


def _limit(folder: Path) -> int:
    """What the model reads at most, special tokens counted."""
    set_by_hand = _read(folder / "sentence_bert_config.json", _SentenceBert)
    if set_by_hand and set_by_hand.max_seq_length:
        return set_by_hand.max_seq_length
    tokenizer = _read(folder / "tokenizer_config.json", _TokenizerConfig)
    model = _read(folder / "config.json", _Config)
    limits = (tokenizer and tokenizer.model_max_length, model and model.max_position_embeddings)
    return int(min((limit for limit in limits if limit and limit > 0), default=USUAL_LIMIT))


def _read(path: Path, kind: type[_T]) -> _T | None:
    """What a file of the folder says; None if there is no such file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ModelError(f"{path} is damaged: {exc}. Fetch the embedder again.") from exc
