"""Prompt pieces in, a stream of text out, by llama-cpp-python. The only module that imports it."""

import codecs
import ctypes
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ragguide.errors import DeviceMissing, ModelError
from ragguide.generate.constrained_choice import TokenPath, likeliest
from ragguide.generate.interrupt import Stop
from ragguide.generate.placement import Placement
from ragguide.generate.prefix_cache import PrefixStore
from ragguide.generate.template import split_template

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray

N_BATCH = 512
N_CONTEXT = 4096  # ours; a prompt of 400 tokens and an answer of 200 need far less
ON_CPU = Placement(n_context=N_CONTEXT)
_KV_TYPES = {"f16": 1, "q8_0": 8}  # enum ggml_type in ggml.h


class Scored(msgspec.Struct, frozen=True):
    """An answer that a model was given to read."""

    n_tokens: int
    logprob: float  # the sum of its tokens', natural
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
            name: as it is told.
            path: the GGUF file.
            threads: that it computes with.
            seed: of what is drawn; nothing is, at temperature 0.
            repack: whether llama.cpp copies the weights into the order that its fastest kernels
                want. Of 4-bit K-quants on AVX2 that gains nothing and triples the time to load.
            prefixes: folder for what was computed of the beginning that prompts share; None: it is
                computed anew in every process.
            placement: what of it goes to a GPU, and how long a prompt with its answer may be.

        Raises:
            DeviceMissing: layers are to go to a GPU, and llama.cpp sees none.
            ModelError: the file is no GGUF that llama.cpp can load, or has no chat template that
                can be used; or llama.cpp itself cannot be loaded.
        """
        llama_cpp = load_llama_cpp()
        self.name = name
        on_gpu = placement.n_gpu_layers > 0
        if (
            on_gpu and not llama_cpp.llama_supports_gpu_offload()
        ):  # or the CPU would do it in silence
            raise DeviceMissing(
                f"llama.cpp sees no GPU, and {placement.n_gpu_layers} layers of {name} are to go "
                "to one. Run ./scripts/install_cuda, or choose --device cpu."
            )
        try:
            self._llama = _llama_class()(
                repack=repack,
                model_path=str(path),
                n_ctx=placement.n_context,
                n_batch=N_BATCH,
                n_gpu_layers=placement.n_gpu_layers,
                split_mode=llama_cpp.LLAMA_SPLIT_MODE_NONE,
                main_gpu=placement.gpu if on_gpu else -1,  # -1: none, also of a build with CUDA
                offload_kqv=on_gpu,
                op_offload=on_gpu,  # or a GPU would be used for long prompts all the same
                type_k=_KV_TYPES[placement.kv_type],
                type_v=_KV_TYPES[placement.kv_type],
                n_threads=threads,
                n_threads_batch=threads,
                flash_attn=True,
                seed=seed,
                verbose=False,
            )
        except (
            Exception
        ) as exc:  # the file is the user's; llama-cpp-python compiles its template too
            told = f"{path} cannot be loaded by llama.cpp ({' '.join(str(exc).split())[:120]}). "
            mend = f"Check it: ragguide models verify {name}"
            if on_gpu:  # llama.cpp does not say whether it was for lack of memory
                mend += (
                    f"; or cuda:{placement.gpu} has too little memory for {placement.n_gpu_layers} "
                    "layers: set gpu_layers to fewer, or choose --device cpu"
                )
            raise ModelError(told + mend) from exc
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise ModelError(
                f"{path} has no chat template, so it cannot be asked. Use an instruct model."
            )
        self._vocab = llama_cpp.llama_model_get_vocab(self._llama.model)
        try:
            frame = split_template(template, bos=self._special("bos"), eos=self._special("eos"))
        except ValueError as exc:
            raise ModelError(
                f"the chat template of {path} cannot be used: {exc}. Use another instruct model."
            ) from exc
        self._frame = [self._tokenize(part, special=True) for part in frame]
        place = msgspec.structs.replace(placement, note="")
        run_as = f"{place}, repack {repack}"
        self._prefixes = PrefixStore(prefixes, path, run_as) if prefixes else None
        self._opening: tuple[int, ...] = ()  # what prompts begin with
        self._holds_opening = False  # whether the context begins with it, computed by itself

    def prepare(self, system: str) -> None:
        """Expect prompts of this system message, and take up what is kept of their beginning."""
        head, middle, _ = self._frame
        self._opening = (*head, *self._tokenize(system, special=False), *middle)
        self._holds_opening = False
        state = self._prefixes.read(self._opening) if self._prefixes else None
        if state is not None:
            self._llama.reset()  # type: ignore[no-untyped-call]
            if self._set_state(state):
                self._llama.input_ids[: len(self._opening)] = self._opening
                self._llama.n_tokens = len(self._opening)
                self._holds_opening = True

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        """Tokenise one exchange in the model's own chat template, and the answer's beginning.

        `user` holds (trusted, text) pieces. The template's own text may hold special tokens; no
        piece can, so `<|im_end|>` in a passage reaches the model as plain characters.
        """
        head, middle, tail = self._frame
        tokens = [*head, *self._tokenize(system, special=False), *middle]
        for _, text in user:
            tokens += self._tokenize(text, special=False)
        return (*tokens, *tail, *self._tokenize(beginning, special=False))

    def count_tokens(self, text: str) -> int:
        """Length of `text` in this model's tokens."""
        return len(self._tokenize(text, special=False))

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
        favours: Mapping[str, float] | None = None,
    ) -> Iterator[str]:
        """Yield the greedy continuation piece by piece, whole characters only.

        At `until`, and by Ctrl-C, it ends at once, though the prompt be half read. With `reuse`
        what the last prompt shares with this one is not read again. Of the texts in `favours` the
        likeliest comes first (bound.py). Once it is settled which, it is read in one go, several
        times as fast as it would be written.

        Raises:
            ModelError: the prompt and `max_tokens` do not fit the context, or the model fails.
        """
        if len(tokens) + max_tokens > self._llama.n_ctx():
            raise ModelError(
                f"{len(tokens)} tokens of prompt and {max_tokens} of answer exceed the "
                f"{self._llama.n_ctx()} that {self.name} is run with. Lower --context-tokens."
            )
        if max_tokens < 1:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        stop = Stop(until)
        try:
            with stop.on_interrupt(), self._heeding(stop):
                self._rewind(tokens, reuse=reuse)
                stream = self._continue(tokens, favours or {})
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

    def _continue(self, tokens: Sequence[int], favours: Mapping[str, float]) -> Iterator[int]:
        """Yield the likeliest tokens, up to the end."""
        paths = {
            tuple(self._tokenize(text, special=False)): favour for text, favour in favours.items()
        }
        written = list(tokens)
        if paths:
            self._read(tokens)  # before a token of theirs, which may be settled without it

        def logits(done: TokenPath, nexts: Sequence[int]) -> list[float]:
            if done:
                self._read([*tokens, *done])
            told = self._logits()
            return [float(told[token]) for token in nexts]

        for token in likeliest(paths, logits):
            written.append(token)
            yield token
        for token in self._llama.generate(written, temp=0.0, repeat_penalty=1.0):
            if self._is_end(token):
                return
            yield token

    def _read(self, tokens: Sequence[int]) -> None:
        """Read what is not read yet of some tokens, for what may come next."""
        next(self._llama.generate(tokens, temp=0.0))

    def _is_end(self, token: int) -> bool:
        import llama_cpp

        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    @contextmanager
    def _heeding(self, stop: Stop) -> Iterator[None]:
        """Make llama.cpp ask whether to stop, at each step of its computation.

        Only while it reads a prompt, which may take seconds: asking costs a few percent.
        """
        import llama_cpp

        ask = llama_cpp.ggml_abort_callback(lambda _: stop.is_due)
        llama_cpp.llama_set_abort_callback(self._llama.ctx, ask, ctypes.c_void_p(0))
        try:
            yield
        finally:
            never = llama_cpp.ggml_abort_callback()
            llama_cpp.llama_set_abort_callback(self._llama.ctx, never, ctypes.c_void_p(0))

    def _rewind(self, tokens: Sequence[int], *, reuse: bool) -> None:
        """Forget the last prompt, but for the opening if these tokens begin with it.

        llama.cpp would reuse all that both share, computed in batches of another size, which round
        differently, so that a near tie could fall the other way. The opening is always a batch.
        With `reuse` it may.
        """
        n = len(self._opening)
        if not n or tuple(tokens[:n]) != self._opening:
            self._llama.reset()  # type: ignore[no-untyped-call]
            self._holds_opening = False
        elif self._holds_opening:
            if not reuse:
                self._llama.n_tokens = n
        else:
            self._llama.reset()  # type: ignore[no-untyped-call]
            self._llama.eval(self._opening)
            self._holds_opening = True
            if self._prefixes:
                self._prefixes.write(self._opening, self._state())

    def _state(self) -> bytes:
        """What the context holds, all of it."""
        import llama_cpp

        size = llama_cpp.llama_state_seq_get_size(self._llama.ctx, 0)
        buffer = (ctypes.c_uint8 * size)()
        n_bytes = llama_cpp.llama_state_seq_get_data(self._llama.ctx, buffer, size, 0)
        return bytes(buffer[:n_bytes])

    def _set_state(self, state: bytes) -> bool:
        """Put what a context held into ours; whether it fits."""
        import llama_cpp

        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        return bool(llama_cpp.llama_state_seq_set_data(self._llama.ctx, buffer, len(state), 0))

    def score(self, tokens: Sequence[int], answer: str) -> Scored:
        """Tell how likely an answer is to a prompt, and what reading the two takes.

        The answer is read a token at a time, which takes as long as to write it.

        Raises:
            ModelError: the model fails.
        """
        answered = self._tokenize(answer, special=False)
        try:
            self._holds_opening = False
            self._llama.reset()  # type: ignore[no-untyped-call]
            began = time.perf_counter()
            self._llama.eval(list(tokens))
            read = time.perf_counter()
            logprob = 0.0
            for token in answered:
                logprob += self._logprob(token)
                self._llama.eval([token])
            done = time.perf_counter()
        except RuntimeError as exc:
            raise ModelError(f"{self.name} failed while reading: {exc}.") from exc
        return Scored(len(answered), logprob, read - began, done - read)

    def _logprob(self, token: int) -> float:
        """Of a token to come next."""
        import numpy as np

        logits = self._logits().astype(np.float64)
        top = logits.max()
        return float(logits[token] - top - np.log(np.exp(logits - top).sum()))

    def _logits(self) -> "NDArray[np.float32]":
        """Of each token to come next; `(n_vocab,)`. The next computation overwrites them."""
        import llama_cpp
        import numpy as np

        pointer = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
        return np.ctypeslib.as_array(pointer, (self._llama.n_vocab(),))

    @property
    def n_weights(self) -> int:
        import llama_cpp

        return int(llama_cpp.llama_model_n_params(self._llama.model))

    @property
    def file_type(self) -> str:
        """The quantisation of most weights, as llama.cpp numbers them."""
        return str(self._llama.metadata.get("general.file_type", ""))

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")  # an argument may hold half a surrogate pair
        return list(self._llama.tokenize(data, add_bos=False, special=special))

    def _special(self, which: str) -> str:
        token = self._llama.token_bos() if which == "bos" else self._llama.token_eos()
        if token < 0:
            return ""
        return self._llama.detokenize([token], special=True).decode("utf-8", "replace")


@cache
def load_llama_cpp() -> Any:
    """Import it.

    Raises:
        ModelError: a library that it was built with is not there, such as the NVIDIA driver's.
    """
    try:
        import llama_cpp
    except (OSError, RuntimeError) as exc:
        raise ModelError(
            f"llama.cpp cannot be loaded ({' '.join(str(exc).split())[-160:]}). If it was built "
            "with CUDA, install the NVIDIA driver; else run `pip install --force-reinstall "
            "--no-deps llama-cpp-python`."
        ) from exc
    return llama_cpp


def _llama_class() -> "type[Llama]":
    """`llama_cpp.Llama`, made fit to be loaded beside a thread that prints.

    While it loads, the library points stdout and stderr of the whole process elsewhere, so that
    what another thread prints is lost. What it hides so comes through llama.cpp's log callback,
    too, which is silenced here. And it is given a parameter that the library does not pass on.
    """
    import llama_cpp
    from llama_cpp import _internals, llama

    class Llama(llama_cpp.Llama):
        def __init__(self, *, repack: bool, **options: Any) -> None:
            self._repack = repack
            super().__init__(**options)

        @property
        def model_params(self) -> "llama_cpp.llama_model_params":
            return self._model_params

        @model_params.setter
        def model_params(self, params: "llama_cpp.llama_model_params") -> None:
            params.use_extra_bufts = self._repack
            self._model_params = params

    for module in (llama, _internals):
        module.suppress_stdout_stderr = _hide_nothing  # type: ignore[attr-defined]
    llama_cpp.llama_log_set(_silent_log(), ctypes.c_void_p(0))
    return Llama


def _hide_nothing(disable: bool = True) -> AbstractContextManager[None]:  # noqa: ARG001
    return nullcontext()


@cache  # which keeps it alive as long as llama.cpp may call it
def _silent_log() -> Any:
    import llama_cpp

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def drop(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
        pass

    return drop
