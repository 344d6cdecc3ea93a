"""Texts in, unit vectors out, by torch on a GPU: in 16 bits, in batches of up to N tokens.

The model is sentence-transformers' own. Three things make it faster than `encode`: the CPU
tokenizes while the GPU computes, batches are as large as memory allows, and each one is copied from
pinned memory while the previous one runs.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import torch

from ragguide.embed.export import tokenizer_of
from ragguide.embed.onnx_encoder import Padding, batches_of, brief, take_padding
from ragguide.embed.prompts import prompts_of
from ragguide.embed.samples import SAMPLES
from ragguide.errors import ModelError
from ragguide.types import TextKind

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragguide.types import FloatMatrix

Precision: TypeAlias = Literal["float16", "bfloat16", "float32"]

# Tokens of one batch, padding included. For a model like MiniLM this is about 200 MB of activations
# in 16 bits, and enough rows to keep a large card busy.
BATCH_TOKENS = 65_536
LEAST_TOKENS = 512  # as on the CPU; a card without memory for this is unusable
SLICE = 4096  # texts tokenized at once, while the previous slice is computed
LEAST_COSINE = 0.999  # between a vector in 16 bits and the model's own in float32
_TRIED: tuple[Precision, ...] = ("float16", "bfloat16")  # float16 keeps three more bits

_log = logging.getLogger(__name__)


class TorchEmbedder:
    """Any sentence-transformers folder with a fast tokenizer, on any torch device."""

    def __init__(
        self,
        loaded: "SentenceTransformerEmbedder",
        *,
        device: str,
        precision: Precision | Literal["auto"] = "auto",
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """Take over a model, and check that the precision preserves its vectors.

        Args:
            loaded: the model on that device; do not use it elsewhere afterwards.
            device: in torch's notation.
            precision: "auto" takes the first of float16, bfloat16 and float32 that is close enough.
            batch_tokens: most tokens of one batch, padding included.

        Raises:
            ModelError: it has no fast tokenizer, or the precision changes its vectors too much.
        """
        self.name, self.dim = loaded.name, loaded.dim
        self._model: Any = loaded.model.eval()
        self._tokenizer: Tokenizer = tokenizer_of(self._model)
        self._padding: Padding = take_padding(self._tokenizer)
        self._prompts = prompts_of(self._model)
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
        """Choose a precision in which the samples' vectors are close to the expected ones."""
        rejected: list[str] = []
        for precision in (*_TRIED, "float32") if asked == "auto" else (asked,):
            self._model.float().load_state_dict(weights)
            self._model.to(getattr(torch, precision))
            least = float((self.embed(SAMPLES) * expected).sum(axis=1).min())
            if least >= LEAST_COSINE:  # false for NaN, the result of an overflow in float16
                if rejected:
                    _log.warning("%s: %s; using %s", self.name, "; ".join(rejected), precision)
                return precision
            rejected.append(f"in {precision} its vectors differ (cosine {least:.4f})")
        raise ModelError(
            f"{self.name}: {'; '.join(rejected)}. Set embedding_precision to auto or float32."
        )

    def embed(
        self,
        texts: Sequence[str],
        *,
        kind: TextKind = "passage",
        on_done: Callable[[int], None] | None = None,
    ) -> "FloatMatrix":
        """Return float32 `(len(texts), dim)`, rows of length 1. `on_done` gets the rows done."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        prompt = self._prompts.of(kind)
        prompted = [prompt + text for text in texts] if prompt else texts
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        slices = [by_length[at : at + SLICE] for at in range(0, len(texts), SLICE)]
        n_done = 0
        with ThreadPoolExecutor(1) as aside, torch.inference_mode():
            coming = [aside.submit(self._tokens, prompted, rows) for rows in slices[:1]]
            for number, rows in enumerate(slices):
                tokens = coming.pop().result()
                coming += [
                    aside.submit(self._tokens, prompted, after)
                    for after in slices[number + 1 : number + 2]
                ]
                for places, output in self._fitting(tokens):
                    vectors[places] = output
                n_done += len(rows)
                if on_done:
                    on_done(n_done)
        return vectors

    def _tokens(self, texts: Sequence[str], rows: Sequence[int]) -> dict[int, list[int]]:
        encodings = self._tokenizer.encode_batch_fast([texts[row] for row in rows])
        return {row: encoding.ids for row, encoding in zip(rows, encodings, strict=True)}

    def _fitting(self, tokens: dict[int, list[int]]) -> list[tuple[list[int], "FloatMatrix"]]:
        """Call `_run`; halve the batch size while the device lacks memory."""
        while True:
            try:
                return self._run(tokens)
            except torch.OutOfMemoryError as exc:
                if self._batch_tokens <= LEAST_TOKENS:
                    raise ModelError(
                        f"{self._device} has too little memory for {self.name}, even in batches of "
                        f"{self._batch_tokens:,} tokens ({brief(exc)}). Stop other programs that "
                        "use it, or use --device cpu."
                    ) from exc
            self._batch_tokens //= 2
            _log.warning(
                "%s has too little memory; reducing batches to %s tokens",
                self._device,
                f"{self._batch_tokens:,}",
            )
            torch.cuda.empty_cache()  # does nothing before CUDA is initialized

    def _run(self, tokens: dict[int, list[int]]) -> list[tuple[list[int], "FloatMatrix"]]:
        """Return rows and their `(n, dim)` vectors; queues all batches before it waits for one."""
        is_cuda = self._device.type == "cuda"
        outputs = []
        for rows in batches_of(tokens, self._batch_tokens):
            inputs = {}
            for name, array in self._padding.pad([tokens[row] for row in rows]).items():
                tensor = torch.from_numpy(array)
                if is_cuda:  # allows an asynchronous copy
                    tensor = tensor.pin_memory()
                inputs[name] = tensor.to(self._device, non_blocking=is_cuda)
            found = self._model(inputs)["sentence_embedding"].float()
            outputs.append((rows, torch.nn.functional.normalize(found, dim=1)))
        return [(rows, output.cpu().numpy()) for rows, output in outputs]
