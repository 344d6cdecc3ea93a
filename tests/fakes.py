"""Stand-ins for the models: deterministic, quick, and held to the contract by `test_protocols`."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ragguide.errors import ContextFull
from ragguide.types import TextKind

_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"\s*\S+")
_START, _END = 1, 2  # the special tokens; words have greater numbers


class FakeEmbedder:
    """Texts that share words lie near each other: the sum of one random vector for each word."""

    name = "fake-embedder"
    dim = 64
    max_tokens = 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def embed(
        self,
        texts: Sequence[str],
        *,
        kind: TextKind = "passage",  # noqa: ARG002
        on_done: Callable[[int], None] | None = None,
    ) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            total = sum((self._vector(word) for word in _WORD.findall(text.casefold())), 0.0)
            total = total + 0.01 * self._vector("")  # so that a text without words has a length
            vectors[row] = total / np.linalg.norm(total)
        if on_done:
            on_done(len(texts))
        return vectors

    def _vector(self, word: str) -> NDArray[np.float64]:
        seed = int.from_bytes(sha256(word.encode()).digest()[:8])
        return np.random.default_rng(seed).standard_normal(self.dim)


class FakeReranker:
    """Prefers the text that has more of the question's words."""

    name = "fake-reranker"

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        words = set(_WORD.findall(question.casefold()))
        return np.array(
            [len(words & set(_WORD.findall(text.casefold()))) for text in texts], np.float32
        )


class FakeGenerator:
    """Says `reply` to every prompt, a word at a time."""

    name = "fake-generator"
    n_weights = None

    def __init__(
        self, reply: str = "The excerpts answer the question.", *, n_context: int = 4096
    ) -> None:
        self.reply = reply
        self.n_context = n_context

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        words = [number for _, text in user for number in self._numbers(text)]
        turns = (_START, *self._numbers(system), _END, _START, *words, _END, _START)
        return (*turns, *self._numbers(beginning))

    def count_tokens(self, text: str) -> int:
        return len(self._numbers(text))

    def next_logprobs(
        self,
        tokens: Sequence[int],  # noqa: ARG002
        texts: Sequence[str],
        *,
        until: float | None = None,  # noqa: ARG002
        reuse: bool = False,  # noqa: ARG002
    ) -> list[float] | None:
        return self.logprobs_of(texts)

    def logprobs_of(self, texts: Sequence[str]) -> list[float] | None:
        """Return the log-probability of each text; of numbered excerpts it takes the first one."""
        return [0.0 if self.reply.startswith(text) or text == "1" else -9.0 for text in texts]

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,  # noqa: ARG002
    ) -> Iterator[str]:
        if len(tokens) + max_tokens > self.n_context:
            raise ContextFull(
                f"{len(tokens)} tokens of prompt and {max_tokens} of answer exceed the "
                f"{self.n_context} of {self.name}'s context."
            )
        for piece in islice(_PIECE.findall(self.reply), max_tokens):
            if until is not None and time.monotonic() >= until:
                return
            yield piece

    def _numbers(self, text: str) -> list[int]:
        return [
            int.from_bytes(sha256(piece.encode()).digest()[:4]) + _END + 1
            for piece in _PIECE.findall(text)
        ]
