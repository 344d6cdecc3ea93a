"""Prompt pieces in, a stream of text out, by llama.cpp in this process."""

import codecs
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec

from ragguide.errors import ContextFull, ModelError
from ragguide.generate.interrupt import Interrupt
from ragguide.generate.llama_context import (
    abort_when,
    ends_answer,
    n_weights,
    next_logprob,
    tokenize,
)
from ragguide.generate.llama_load import load_model, read_frame
from ragguide.generate.llama_prefix import SharedPrefix
from ragguide.generate.placement import Placement
from ragguide.generate.prefix_cache import PrefixCache

N_CONTEXT = 4096  # our default; a prompt of 400 tokens and an answer of 200 need far less
ON_CPU = Placement(n_context=N_CONTEXT)


class Scored(msgspec.Struct, frozen=True):
    """How likely a given answer is to a model, and how fast the model read it."""

    n_tokens: int
    logprob: float  # natural; sum over the answer's tokens
    prompt_s: float
    answer_s: float


class LlamaGenerator:
    """A GGUF model with a chat template, on the CPU or a GPU."""

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        threads: int,
        seed: int = 0,
        repack: bool = True,
        prefixes: Path | None = None,
        placement: Placement = ON_CPU,
    ) -> None:
        """Load the model, memory-mapped.

        Args:
            name: shown to the user.
            path: the GGUF file.
            threads: CPU threads to compute with.
            seed: for sampling; unused at temperature 0.
            repack: whether llama.cpp reorders the weights for its fastest kernels. On AVX2 this
                gains nothing for 4-bit K-quants, and triples the loading time.
            prefixes: folder that caches the state after the shared prompt prefix; None: every
                process reads the prefix once.
            placement: layers on the GPU, and the length of the context.

        Raises:
            DeviceMissing: layers are to go to a GPU, and llama.cpp sees none.
            ModelError: llama.cpp cannot load the file, the file has no usable chat template, or
                llama.cpp itself cannot be loaded.
        """
        self.name = name
        self._llama = load_model(
            name, path, threads=threads, seed=seed, repack=repack, placement=placement
        )
        self._frame = [self._tokenize(part, special=True) for part in read_frame(self._llama, path)]
        run_as = f"{msgspec.structs.replace(placement, note='')}, repack {repack}"
        cache = PrefixCache(prefixes, path, run_as) if prefixes else None
        self._prefix = SharedPrefix(self._llama, cache)

    def prepare(self, system: str) -> None:
        """Expect prompts with this system message; load the cached state of their prefix."""
        self._prefix.expect(self._prefix_of(system))

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        """Tokenise one exchange in the model's own chat template, and the answer's beginning.

        `user` contains (trusted, text) pieces. Only the template's own text may become special
        tokens, so `<|im_end|>` in a passage reaches the model as plain characters.
        """
        tokens = [*self._prefix_of(system)]
        for _, text in user:
            tokens += self._tokenize(text)
        return (*tokens, *self._frame[2], *self._tokenize(beginning))

    def _prefix_of(self, system: str) -> tuple[int, ...]:
        head, middle, _ = self._frame
        return (*head, *self._tokenize(system), *middle)

    def count_tokens(self, text: str) -> int:
        """Length of `text` in this model's tokens."""
        return len(self._tokenize(text))

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
    ) -> Iterator[str]:
        """Yield the greedy continuation piece by piece, whole characters only.

        It stops at once at `until` and on Ctrl-C, even while it reads the prompt. With `reuse` it
        does not read again what this prompt shares with the last one.

        Raises:
            ContextFull: the prompt and `max_tokens` do not fit the context.
            ModelError: the model fails.
        """
        self._require_room(tokens, max_tokens)
        if max_tokens < 1:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        stop = Interrupt(until)
        try:
            with stop.defer_ctrl_c(), abort_when(self._llama, lambda: stop.is_due):
                self._prefix.rewind(tokens, reuse=reuse)
                stream = self._continue(tokens)
                first = list(islice(stream, 1))
            for token in islice(chain(first, stream), max_tokens):
                text = decoder.decode(self._llama.detokenize([token]))
                if text:
                    yield text
                if stop.is_due:
                    break
        except RuntimeError as exc:
            if not stop.is_due:
                raise ModelError(f"{self.name} failed while answering: {exc}.") from exc

    def next_logprobs(
        self,
        tokens: Sequence[int],
        texts: Sequence[str],
        *,
        until: float | None = None,
        reuse: bool = False,
    ) -> list[float] | None:
        """Return the log-probability of each text's first token as the next one, in nats.

        None: `until` passed while the model read the prompt. Raises as `generate`.
        """
        self._require_room(tokens, 1)
        stop = Interrupt(until)
        try:
            with stop.defer_ctrl_c(), abort_when(self._llama, lambda: stop.is_due):
                self._prefix.rewind(tokens, reuse=reuse)
                self._read(tokens)
        except RuntimeError as exc:
            if not stop.is_due:
                raise ModelError(f"{self.name} failed while reading: {exc}.") from exc
        if stop.is_due:
            return None
        return [next_logprob(self._llama, self._tokenize(text)[0]) for text in texts]

    def _require_room(self, tokens: Sequence[int], max_tokens: int) -> None:
        if len(tokens) + max_tokens > self._llama.n_ctx():
            raise ContextFull(
                f"{len(tokens)} tokens of prompt and {max_tokens} of answer exceed the "
                f"{self._llama.n_ctx()} of {self.name}'s context. Shorten the question, or lower "
                "--context-tokens."
            )

    def _continue(self, tokens: Sequence[int]) -> Iterator[int]:
        """Yield the likeliest tokens until the model ends its answer."""
        for token in self._llama.generate(tokens, temp=0.0, repeat_penalty=1.0):
            if ends_answer(self._llama, token):
                return
            yield token

    def _read(self, tokens: Sequence[int]) -> None:
        """Read those of the tokens that the context does not contain yet."""
        next(self._llama.generate(tokens, temp=0.0))

    def score(self, tokens: Sequence[int], answer: str) -> Scored:
        """Measure how likely an answer is after a prompt, and the time to read both.

        The model reads the answer token by token, which takes as long as writing it.

        Raises:
            ModelError: the model fails.
        """
        answer_tokens = self._tokenize(answer)
        try:
            self._prefix.clear()
            started = time.perf_counter()
            self._llama.eval(list(tokens))
            read = time.perf_counter()
            logprob = 0.0
            for token in answer_tokens:
                logprob += next_logprob(self._llama, token)
                self._llama.eval([token])
            done = time.perf_counter()
        except RuntimeError as exc:
            raise ModelError(f"{self.name} failed while reading: {exc}.") from exc
        return Scored(len(answer_tokens), logprob, read - started, done - read)

    @property
    def n_weights(self) -> int:
        return n_weights(self._llama)

    @property
    def file_type(self) -> str:
        """The quantisation of most weights, as llama.cpp numbers it."""
        return str(self._llama.metadata.get("general.file_type", ""))

    def _tokenize(self, text: str, *, special: bool = False) -> list[int]:
        return tokenize(self._llama, text, special=special)
