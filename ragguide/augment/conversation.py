"""The evidence of a conversation's questions in, the excerpts of its prompts out. No I/O.

A model reads only the part of a prompt that follows the beginning shared with the last prompt.
So new evidence goes after the evidence of earlier questions, until there is too much of it.
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
        """Return a prompt's excerpts twice: in prompt order, and in the order of their marks.

        Args:
            found: evidence for the question, marked from 1. All of it goes into the prompt.
            n_tokens: counts the generator's tokens in a text.
            most_tokens: limit for all excerpts; above it, earlier questions' excerpts are dropped.
        """
        known = set(map(_key, self._read))
        order = [*self._read, *(item for item in found if _key(item) not in known)]
        if sum(n_tokens(item.text) for item in order) > most_tokens:
            order = list(found)
        self._read = order
        marked = {_key(item): item for item in found}
        for item in order:
            if _key(item) not in marked:
                marked[_key(item)] = msgspec.structs.replace(item, mark=len(marked) + 1)
        return [marked[_key(item)] for item in order], list(marked.values())

    def forget(self) -> None:
        """Drop all excerpts, so that the next prompt contains its own only."""
        self._read = []


def _key(item: Evidence) -> tuple[str, int, str]:
    return item.document, item.page_first, item.text
