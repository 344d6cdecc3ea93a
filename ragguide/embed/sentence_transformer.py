"""Texts in, unit vectors out, by sentence-transformers.

Takes any model, and any device; but its imports alone take seconds. `onnx_encoder.py`
runs the same models without.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragguide.base.offline import offline
from ragguide.errors import DeviceMissing, ModelError

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

BATCH = 32
SLICE = 128  # texts between two reports of progress


class SentenceTransformerEmbedder:
    """Any sentence-transformers folder, offline."""

    def __init__(self, name: str, folder: Path, *, device: str = "cpu") -> None:
        """Load the model onto a device as torch names it: 5 to 6 s, nearly all of it imports.

        Raises:
            DeviceMissing: the device has too little memory.
            ModelError: the folder holds no model that sentence-transformers can load.
        """
        try:
            with offline():
                from sentence_transformers import SentenceTransformer

                self.model = SentenceTransformer(str(folder), device=device, local_files_only=True)
        except Exception as exc:  # the folder is the user's, and so is whatever is wrong with it
            if isinstance(exc, ModuleNotFoundError):
                raise
            if type(exc).__name__ == "OutOfMemoryError":  # torch's, which is not imported here
                raise DeviceMissing(
                    f"{device} has too little memory for {name} "
                    f"({' '.join(str(exc).split())[:160]}). End what else uses it, or choose "
                    "--device cpu."
                ) from exc
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
