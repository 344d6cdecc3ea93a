"""A loaded model in; its tokens, logits and state out, by calls that llama-cpp-python lacks."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray


def tokenize(llama: "Llama", text: str, *, special: bool = False) -> list[int]:
    """Return the tokens of a text; with `special`, `<|im_end|>` becomes one special token."""
    data = text.encode("utf-8", "replace")  # an argument may contain half a surrogate pair
    return list(llama.tokenize(data, add_bos=False, special=special))


def ends_answer(llama: "Llama", token: int) -> bool:
    """Whether a model ends its answer with this token."""
    import llama_cpp

    vocab = llama_cpp.llama_model_get_vocab(llama.model)
    return bool(llama_cpp.llama_vocab_is_eog(vocab, token))


def next_logits(llama: "Llama") -> "NDArray[np.float32]":
    """Return the `(n_vocab,)` logits of the next token. The next computation overwrites them."""
    import llama_cpp
    import numpy as np

    pointer = llama_cpp.llama_get_logits_ith(llama.ctx, -1)
    return np.ctypeslib.as_array(pointer, (llama.n_vocab(),))


def next_logprob(llama: "Llama", token: int) -> float:
    """Return the natural log-probability of a token to come next."""
    import numpy as np

    logits = next_logits(llama).astype(np.float64)
    top = logits.max()
    return float(logits[token] - top - np.log(np.exp(logits - top).sum()))


def save_state(llama: "Llama") -> bytes:
    """Return the whole state of the context."""
    import llama_cpp

    size = llama_cpp.llama_state_seq_get_size(llama.ctx, 0)
    buffer = (ctypes.c_uint8 * size)()
    n_bytes = llama_cpp.llama_state_seq_get_data(llama.ctx, buffer, size, 0)
    return bytes(buffer[:n_bytes])


def restore_state(llama: "Llama", state: bytes) -> bool:
    """Replace the context's state by a saved one; return whether it fits this context."""
    import llama_cpp

    buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
    return bool(llama_cpp.llama_state_seq_set_data(llama.ctx, buffer, len(state), 0))


@contextmanager
def abort_when(llama: "Llama", is_due: Callable[[], bool]) -> Iterator[None]:
    """Let llama.cpp poll `is_due` at each step of its computation, and stop when it is true.

    Use it only while a prompt is read, which may take seconds: polling costs a few percent.
    """
    import llama_cpp

    poll = llama_cpp.ggml_abort_callback(lambda _: is_due())
    llama_cpp.llama_set_abort_callback(llama.ctx, poll, ctypes.c_void_p(0))
    try:
        yield
    finally:
        never = llama_cpp.ggml_abort_callback()
        llama_cpp.llama_set_abort_callback(llama.ctx, never, ctypes.c_void_p(0))


def n_weights(llama: "Llama") -> int:
    """How many weights the model has."""
    import llama_cpp

    return int(llama_cpp.llama_model_n_params(llama.model))
