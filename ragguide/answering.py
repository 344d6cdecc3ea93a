"""A question, its evidence and a generator in, the checked answer out while it is written.

This is `augment/` and the terms of `index/` wired together. `Guide.stream` is its public face.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.cite import MarkedStream, SupportCheck
from ragguide.augment.prompt import SYSTEM, user_message
from ragguide.index.keywords import terms_of
from ragguide.types import Citation, Evidence, Piece

if TYPE_CHECKING:
    from ragguide.types import Generator


class Stopwatch:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now


class Said(msgspec.Struct, frozen=True):
    """What the generator wrote."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    tokens: dict[str, int] = {}  # msgspec copies it
    warnings: tuple[str, ...] = ()


class Writing:
    """One answer while the generator writes it."""

    def __init__(
        self,
        generator: "Generator",
        question: str,
        context: Sequence[Evidence],
        *,
        rarity: Mapping[str, float],
        max_tokens: int,
        clock: Stopwatch,
    ) -> None:
        """Take the evidence as the prompt numbers it, and how rare the guide's terms are."""
        self._generator = generator
        self._max_tokens = max_tokens
        self._clock = clock
        self._prompt = generator.build_prompt(SYSTEM, user_message(question, context))
        self._marked = MarkedStream(SupportCheck(context, terms_of, rarity))
        self._text: list[str] = []
        self._n_pieces = 0

    def pieces(self) -> Iterator[Piece]:
        for raw in self._generator.generate(self._prompt, max_tokens=self._max_tokens):
            if not self._n_pieces:
                self._clock.lap("first word")
                raw = raw.lstrip()
            self._n_pieces += 1
            yield from self._show(self._marked.feed(raw))
        yield from self._show(self._marked.finish())
        self._clock.lap("rest of the answer")

    def _show(self, texts: Iterator[str]) -> Iterator[Piece]:
        for text in texts:
            self._text.append(text)
            yield Piece(text=text)

    def result(self) -> Said:
        n_unsupported = self._marked.n_unsupported
        warnings = (
            (f"{n_unsupported} sentence(s) marked [?] are not supported by the guide.",)
            if n_unsupported
            else ()
        )
        tokens = {"prompt": len(self._prompt), "answer": self._n_pieces}
        return Said("".join(self._text), self._marked.citations, tokens, warnings)
