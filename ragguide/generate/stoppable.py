"""A generator and a deadline in, a generator that stops when the deadline is cancelled out."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragguide.base.clock import Deadline
from ragguide.generate.interrupt import cancellable

if TYPE_CHECKING:
    from ragguide.types import Generator


class StoppableGenerator:
    """Looks at the deadline before each piece of text, and while a prompt is read.

    A generator gets the time of a deadline when it begins, so it would miss `Deadline.cancel`. One
    on a server reads its prompt to the end.
    """

    def __init__(self, generator: "Generator", deadline: Deadline) -> None:
        self._generator = generator
        self._deadline = deadline

    @property
    def name(self) -> str:
        return self._generator.name

    @property
    def n_weights(self) -> int | None:
        return self._generator.n_weights

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        return self._generator.build_prompt(system, user, beginning=beginning)

    def count_tokens(self, text: str) -> int:
        return self._generator.count_tokens(text)

    def next_logprobs(
        self,
        tokens: Sequence[int],
        texts: Sequence[str],
        *,
        until: float | None = None,
        reuse: bool = False,
    ) -> list[float] | None:
        if self._deadline.has_passed:
            return None
        with cancellable(self._deadline):
            return self._generator.next_logprobs(tokens, texts, until=until, reuse=reuse)

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
    ) -> Iterator[str]:
        pieces = self._generator.generate(tokens, max_tokens=max_tokens, until=until, reuse=reuse)
        while not self._deadline.has_passed:
            with cancellable(self._deadline):  # the first piece reads the prompt
                piece = next(pieces, None)
            if piece is None:
                break
            yield piece
