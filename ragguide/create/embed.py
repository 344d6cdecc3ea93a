"""Texts in, unit vectors out, by sentence-transformers. The only module that imports it.

Takes any model, and a GPU if there is one; but its imports alone take seconds. `onnx_encoder.py`
runs the same models without.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragguide.errors import ModelError

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

BATCH = 32
SLICE = 128  # texts between two reports of progress


# Read by the libraries when they are imported; nothing may be fetched at query time.
_AT_IMPORT = {
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for a while, those of the user's own excepted."""
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


class SentenceTransformerEmbedder:
    """Any sentence-transformers folder, offline."""

    def __init__(self, name: str, folder: Path) -> None:
        """Load the model: 5 to 6 s, nearly all of it imports.

        Raises:
            ModelError: the folder holds no model that sentence-transformers can load.
        """
        try:
            with _environment(_AT_IMPORT), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecations between libraries, not of our making
                from sentence_transformers import SentenceTransformer
                from transformers.utils import logging as transformers_logging

                transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
                logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
                self.model = SentenceTransformer(str(folder), local_files_only=True)
        except Exception as exc:  # the folder is the user's, and so is whatever is wrong with it
            if isinstance(exc, ModuleNotFoundError):
                raise
            raise ModelError(
                f"{folder} holds no model that sentence-transformers can load "
                f"({' '.join(str(exc).split())[:160]}). Name another folder as embedder."
            ) from exc
        self.name = name

    @property
    def dim(self) -> int:
        dim = self.model.get_embedding_dimension()
        assert dim is not None
        return dim

    def embed(
        self, texts: Sequence[str], *, on_done: Callable[[int], None] | None = None
    ) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1. `on_done` is told rows done."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))  # little padding
        for at in range(0, len(by_length), SLICE):
            rows = by_length[at : at + SLICE]
            vectors[rows] = self.model.encode(
                [texts[row] for row in rows],
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            if on_done:
                on_done(at + len(rows))
        return vectors
