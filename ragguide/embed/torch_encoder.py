"""Texts in, unit vectors out, by torch: a GPU's way, in 16 bits and in batches of so many tokens.

The model is sentence-transformers' own. What `encode` leaves slow is not: texts are tokenised on
the processor while the GPU computes, batches are as large as their tokens allow, and go over from
pinned memory while the last one runs.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import torch

from ragguide.embed.export import SAMPLES, prompt_of, tokenizer_of
from ragguide.embed.onnx_encoder import Padding, batches_of, brief, take_padding
from ragguide.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.types import FloatMatrix

Precision: TypeAlias = Literal["float16", "bfloat16", "float32"]

# Tokens of one batch, padding included: of a model like MiniLM some 200 MB of activations in 16
# bits, and enough rows to fill a large card.
BATCH_TOKENS = 65_536
LEAST_TOKENS = 512  # what the processor runs at once, too: a card without room for that has none
SLICE = 4096  # texts tokenised at once, while the slice before is computed
LEAST_COSINE = 0.999  # of a vector in 16 bits to the model's own in float32
_TRIED: tuple[Precision, ...] = ("float16", "bfloat16")  # the former keeps three more bits

_log = logging.getLogger(__name__)


class TorchEmbedder:
    """Any sentence-transformers folder with a fast tokenizer, on any device of torch."""

    def __init__(
        self,
        loaded: "SentenceTransformerEmbedder",
        *,
        device: str,
        precision: Precision | Literal["auto"] = "auto",
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """Take a model, and see that its vectors are its own in that precision.

        Args:
            loaded: the model on that device; it is this one's from then on.
            device: as torch names it.
            precision: "auto" takes the first of float16, bfloat16 and float32 that is near.
            batch_tokens: most of one batch, padding included.

        Raises:
            ModelError: it has no fast tokenizer, or other vectors in that precision.
        """
        self.name, self.dim = loaded.name, loaded.dim
        self._model: Any = loaded.model.eval()
        self._tokenizer: Tokenizer = tokenizer_of(self._model)
        self._padding: Padding = take_padding(self._tokenizer)
        self._prompt = prompt_of(self._model)
        self._device = torch.device(device)
        self._batch_tokens = batch_tokens
        self._model.float()
        expected = loaded.embed(SAMPLES)
        weights = {key: value.clone() for key, value in self._model.state_dict().items()}
        self.precision = self._settle(precision, expected, weights)

    def _settle(
        self,
        asked: Precision | Literal["auto"],
        expected: "FloatMatrix",
        weights: dict[str, torch.Tensor],
    ) -> Precision:
        """Set the model to a precision in which the samples' vectors are as expected."""
        told: list[str] = []
        for precision in (*_TRIED, "float32") if asked == "auto" else (asked,):
            self._model.float().load_state_dict(weights)
            self._model.to(getattr(torch, precision))
            least = float((self.embed(SAMPLES) * expected).sum(axis=1).min())
            if least >= LEAST_COSINE:  # and no NaN, which float16 overflows to
                if told:
                    _log.warning("%s: %s, so %s it is", self.name, "; ".join(told), precision)
                return precision
            told.append(f"in {precision} its vectors differ (cosine {least:.4f})")
        raise ModelError(
            f"{self.name}: {'; '.join(told)}. Set embedding_precision to auto, or float32."
        )

    def embed(
        self, texts: Sequence[str], *, on_done: Callable[[int], None] | None = None
    ) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1. `on_done` is told rows done."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        slices = [by_length[at : at + SLICE] for at in range(0, len(texts), SLICE)]
        n_done = 0
        with ThreadPoolExecutor(1) as aside, torch.inference_mode():
            coming = [aside.submit(self._tokens, texts, rows) for rows in slices[:1]]
            for number, rows in enumerate(slices):
                tokens = coming.pop().result()
                coming += [
                    aside.submit(self._tokens, texts, after)
                    for after in slices[number + 1 : number + 2]
                ]
                for places, output in self._fitting(tokens):
                    vectors[places] = output
                n_done += len(rows)
                if on_done:
                    on_done(n_done)
        return vectors

    def _tokens(self, texts: Sequence[str], rows: Sequence[int]) -> dict[int, list[int]]:
        encodings = self._tokenizer.encode_batch_fast([self._prompt + texts[row] for row in rows])
        return {row: encoding.ids for row, encoding in zip(rows, encodings, strict=True)}

    def _fitting(self, tokens: dict[int, list[int]]) -> list[tuple[list[int], "FloatMatrix"]]:
        """`_run` in batches that the device has room for."""
        while True:
            try:
                return self._run(tokens)
            except torch.OutOfMemoryError as exc:
                if self._batch_tokens <= LEAST_TOKENS:
                    raise ModelError(
                        f"{self._device} has too little memory for {self.name}, even in batches of "
                        f"{self._batch_tokens:,} tokens ({brief(exc)}). End what else uses it, or "
                        "choose --device cpu."
                    ) from exc
            self._batch_tokens //= 2
            _log.warning(
                "%s has too little memory: batches of %s tokens now",
                self._device,
                f"{self._batch_tokens:,}",
            )
            torch.cuda.empty_cache()  # does nothing where CUDA was not begun

    def _run(self, tokens: dict[int, list[int]]) -> list[tuple[list[int], "FloatMatrix"]]:
        """Rows and their `(n, dim)` vectors; all batches are under way before one is waited for."""
        is_cuda = self._device.type == "cuda"
        outputs = []
        for rows in batches_of(tokens, self._batch_tokens):
            inputs = {}
            for name, array in self._padding.pad([tokens[row] for row in rows]).items():
                tensor = torch.from_numpy(array)
                if is_cuda:  # so that the copy need not be waited for
                    tensor = tensor.pin_memory()
                inputs[name] = tensor.to(self._device, non_blocking=is_cuda)
            found = self._model(inputs)["sentence_embedding"].float()
            outputs.append((rows, torch.nn.functional.normalize(found, dim=1)))
        return [(rows, output.cpu().numpy()) for rows, output in outputs]
