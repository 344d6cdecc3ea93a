"""The tokens that prompts share in, a context that has read them once out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragguide.generate.llama_context import restore_state, save_state
from ragguide.generate.prefix_cache import PrefixCache

if TYPE_CHECKING:
    from llama_cpp import Llama


class SharedPrefix:
    """The beginning that prompts share, kept in a model's context and in a cache on disk."""

    def __init__(self, llama: "Llama", cache: PrefixCache | None) -> None:
        """Take the model and its cache; None: each process reads the prefix once."""
        self._llama = llama
        self._cache = cache
        self.tokens: tuple[int, ...] = ()
        self._is_loaded = False  # whether the context begins with it, read as a batch of its own

    def expect(self, tokens: tuple[int, ...]) -> None:
        """Set the prefix, and load its state from the cache if it is there."""
        self.tokens = tokens
        self._is_loaded = False
        self._restore()

    def rewind(self, tokens: Sequence[int], *, reuse: bool) -> None:
        """Prepare the context for a prompt: empty, or with the prefix if the prompt begins with it.

        llama.cpp would reuse everything that two prompts share, computed in batches of another
        size, which round differently, so that a near tie could fall the other way. The prefix is
        always one batch. With `reuse`, llama.cpp may reuse everything.
        """
        n = len(self.tokens)
        if not n or tuple(tokens[:n]) != self.tokens:
            if not reuse:
                self.clear()
            self._is_loaded = False  # llama.cpp overwrites it
        elif not self._is_loaded:
            self._read()
        elif not reuse:
            self._llama.n_tokens = n

    def clear(self) -> None:
        """Empty the context."""
        self._llama.reset()  # type: ignore[no-untyped-call]
        self._is_loaded = False

    def _read(self) -> None:
        if self._restore():
            return
        self._llama.reset()  # type: ignore[no-untyped-call]
        self._llama.eval(self.tokens)
        self._is_loaded = True
        if self._cache:
            self._cache.write(self.tokens, save_state(self._llama))

    def _restore(self) -> bool:
        """Load the prefix's state from the cache; whether it was there."""
        state = self._cache.read(self.tokens) if self._cache else None
        if state is None:
            return False
        self._llama.reset()  # type: ignore[no-untyped-call]
        if restore_state(self._llama, state):
            self._llama.input_ids[: len(self.tokens)] = self.tokens
            self._llama.n_tokens = len(self.tokens)
            self._is_loaded = True
        return self._is_loaded
