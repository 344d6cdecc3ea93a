"""A question and passages in, a score for each pair out, by a sentence-transformers CrossEncoder.

A cross-encoder reads question and passage together. It is orders of magnitude slower than comparing
vectors, so it only reranks hits.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.base.devices import choose, torch_fault
from ragguide.base.offline import offline
from ragguide.config import Settings
from ragguide.errors import ModelError
from ragguide.types import Hit

if TYPE_CHECKING:
    from ragguide.types import FloatVector, Reranker

RERANKED = 30  # hits passed to the reranker
_HEAD = "ForSequenceClassification"


class _Config(msgspec.Struct):
    """The fields that two files of a folder contain, one each."""

    architectures: tuple[str, ...] = ()  # config.json
    model_type: str = ""  # config_sentence_transformers.json


class CrossEncoderReranker:
    """A cross-encoder from a folder, offline."""

    def __init__(self, folder: Path, *, device: str = "cpu") -> None:
        """Load the model onto a torch device. This takes seconds, most of them for imports.

        Raises:
            ModelError: the folder contains no cross-encoder with one score per pair.
        """
        check_reranker(folder)
        self.name = str(folder)
        try:
            with offline():
                from sentence_transformers import CrossEncoder

                self._model = CrossEncoder(str(folder), device=device, local_files_only=True)
        except ModuleNotFoundError:
            raise
        except Exception as exc:  # the user's folder may be wrong in any way
            raise ModelError(
                f"{folder} contains no cross-encoder that sentence-transformers can load "
                f"({' '.join(str(exc).split())[:160]}). Choose another reranker folder."
            ) from exc
        if self._model.num_labels != 1:
            raise ModelError(
                f"{folder} returns {self._model.num_labels} scores per pair instead of one. Choose "
                "a cross-encoder that was trained for ranking."
            )

    def scores(self, question: str, texts: Sequence[str]) -> "FloatVector":
        """Return `(len(texts),)` scores of the texts for the question; higher is better."""
        import numpy as np

        if not texts:
            return np.zeros(0, np.float32)
        pairs = [(question, text) for text in texts]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float32)


def check_reranker(folder: Path) -> None:
    """Raise ModelError unless the folder was saved as a cross-encoder; load no library.

    `CrossEncoder` loads any other model, too, and adds a last layer with random weights.
    """
    if not folder.is_dir():
        raise ModelError(
            f"the reranker folder {folder} does not exist. Choose the folder of a cross-encoder."
        )
    has_head = any(name.endswith(_HEAD) for name in _read(folder / "config.json").architectures)
    saved_as = _read(folder / "config_sentence_transformers.json").model_type
    if not has_head and saved_as != "CrossEncoder":
        raise ModelError(
            f"{folder} is no cross-encoder: its config.json names no …{_HEAD}. Choose a folder "
            "that `CrossEncoder.save` wrote."
        )


def _read(path: Path) -> _Config:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Config)
    except FileNotFoundError:
        return _Config()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ModelError(f"{path} cannot be read: {exc}. Download the model again.") from exc


class LazyReranker:
    """The reranker that the settings name, loaded on first use."""

    def __init__(self, settings: Settings) -> None:
        """Check that the folder contains a cross-encoder, without loading it.

        Raises:
            ModelError: it does not.
        """
        self._settings = settings
        self._loaded: Reranker | None = None
        if settings.reranker:
            check_reranker(Path(settings.reranker))

    def get(self) -> "Reranker":
        """Return the reranker.

        Raises:
            DeviceMissing: the settings ask for a GPU that cannot be used.
            ModelError: it does not load.
        """
        if self._loaded is None:
            device = choose(
                "embedding", self._settings.device_of("embedding"), library=torch_fault
            ).name
            self._loaded = CrossEncoderReranker(Path(self._settings.reranker), device=device)
        return self._loaded


def rerank(question: str, hits: Sequence[Hit], reranker: "Reranker") -> list[Hit]:
    """Return the same hits with the first `RERANKED` in the reranker's order; ties keep theirs.

    The number does not depend on how many hits the user asks for, so nor does the order.
    """
    first, rest = hits[:RERANKED], hits[RERANKED:]
    scores = reranker.scores(question, [hit.chunk.embedded_text for hit in first])  # (n_first,)
    places = sorted((hit.score for hit in first), reverse=True)
    best = sorted(zip(scores.tolist(), first, strict=True), key=lambda pair: -pair[0])
    return [
        *(
            msgspec.structs.replace(hit, rank=rank, rerank_score=score, place_score=place)
            for rank, ((score, hit), place) in enumerate(zip(best, places, strict=True), start=1)
        ),
        *rest,
    ]
