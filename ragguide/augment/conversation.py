"""The evidence of a conversation's questions in, the excerpts of its prompts out. No I/O.

A model need not read again what a prompt shares with the one before it, from its beginning on. So
what a question finds is put after what earlier ones did, until that is too much.
"""

from collections.abc import Callable, Sequence

import msgspec

from ragguide.types import Evidence


class Excerpts:
    """What a generator has read in one conversation, in the order of its prompts."""

    def __init__(self) -> None:
        self._read: list[Evidence] = []

    def add(
        self, found: Sequence[Evidence], n_tokens: Callable[[str], int], *, most_tokens: int
    ) -> tuple[list[Evidence], list[Evidence]]:
        """Return a prompt's excerpts in their order, and all of them by their marks.

        Args:
            found: for the question, marked from 1. All of it is in the prompt.
            n_tokens: counts the generator's tokens.
            most_tokens: of all excerpts; if they are more, those of earlier questions go.
        """
        known = set(map(_key, self._read))
        order = [*self._read, *(item for item in found if _key(item) not in known)]
        if sum(n_tokens(item.text) for item in order) > most_tokens:
            order = list(found)
        self._read = order
        mine = set(map(_key, found))
        others = [item for item in order if _key(item) not in mine]
        marks = range(len(found) + 1, len(order) + 1)
        marked = [
            msgspec.structs.replace(item, mark=mark)
            for item, mark in zip(others, marks, strict=True)
        ]
        return order, [*found, *marked]


def _key(item: Evidence) -> tuple[str, int, str]:
    return item.document, item.page_first, item.text
