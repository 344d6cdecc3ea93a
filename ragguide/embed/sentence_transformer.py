"""Texts in, unit vectors out, by sentence-transformers.

It runs any model on any device, but its imports alone take seconds. `onnx_encoder.py` runs the same
models without them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragguide.base.offline import offline
from ragguide.embed.prompts import prompts_of
from ragguide.errors import DeviceMissing, ModelError
from ragguide.types import TextKind

if TYPE_CHECKING:
    from ragguide.types import FloatMatrix

BATCH = 32
SLICE = 128  # texts between two progress reports


class SentenceTransformerEmbedder:
    """Any sentence-transformers folder, used offline."""

    def __init__(self, name: str, folder: Path, *, device: str = "cpu") -> None:
        """Load the model onto a device, in torch's notation. Takes 5 to 6 s, mostly imports.

        Raises:
            DeviceMissing: the device has too little memory.
            ModelError: sentence-transformers cannot load the folder.
        """
        try:
            with offline():
                from sentence_transformers import SentenceTransformer

                self.model = SentenceTransformer(str(folder), device=device, local_files_only=True)
        except Exception as exc:  # of any kind, since the folder is the user's
            if isinstance(exc, ModuleNotFoundError):
                raise
            if type(exc).__name__ == "OutOfMemoryError":  # torch's, which is not imported here
                raise DeviceMissing(
                    f"{device} has too little memory for {name} "
                    f"({' '.join(str(exc).split())[:160]}). Stop other programs that use it, or "
                    "use --device cpu."
                ) from exc
            raise ModelError(
                f"sentence-transformers cannot load a model from {folder} "
                f"({' '.join(str(exc).split())[:160]}). Set embedder to another folder."
            ) from exc
        self.name = name

    @property
    def dim(self) -> int:
        dim = self.model.get_embedding_dimension()
        assert dim is not None
        return dim

    def embed(
        self,
        texts: Sequence[str],
        *,
        kind: TextKind = "passage",
        on_done: Callable[[int], None] | None = None,
    ) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1. `on_done` gets the rows done."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        prompt = prompts_of(self.model).of(kind)
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))  # saves padding
        for at in range(0, len(by_length), SLICE):
            rows = by_length[at : at + SLICE]
            vectors[rows] = self.model.encode(
                [texts[row] for row in rows],
                prompt=prompt,
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            if on_done:
                on_done(at + len(rows))
        return vectors
