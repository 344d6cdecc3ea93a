"""Searches that wait in, their questions read and embedded together out.

Embedded together, sixteen questions take two thirds of the processor time of one after another.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Lock
from typing import TypeVar

from ragguide.errors import RagguideError
from ragguide.guide import Guide

MOST_TOGETHER = 16  # searches; the first one waits for the questions of all

_T = TypeVar("_T")


class Search:
    """A search in a guide, and the texts that it will look for, as far as they are known."""

    def __init__(self, guide: Guide, texts: Sequence[str]) -> None:
        self.guide = guide
        self.texts = texts
        self.is_read = Event()


class Ahead:
    """The searches that wait, in the order of their arrival."""

    def __init__(self) -> None:
        self._waiting: dict[int, Search] = {}
        self._lock = Lock()

    def add(self, search: Search) -> None:
        """Note a search that will run; `read` must follow, or `drop`."""
        with self._lock:
            self._waiting[id(search)] = search

    def drop(self, search: Search) -> None:
        """Forget a search that nobody waits for any more."""
        with self._lock:
            self._waiting.pop(id(search), None)

    def reading(self, search: Search, work: Callable[[], _T]) -> Callable[[], _T]:
        """Return the work of a search, with the reading of its question before it."""

        def read_first() -> _T:
            self.read(search)
            return work()

        return read_first

    def read(self, first: Search) -> None:
        """Read the question of a search, and those of others that wait for the same guide.

        A reader with other rights has a guide of its own, so questions of both never mix.
        """
        with self._lock:
            is_taken = self._waiting.pop(id(first), None) is None
            same = [each for each in self._waiting.values() if each.guide is first.guide]
            together = [] if is_taken else [first, *same[: MOST_TOGETHER - 1]]
            for each in together:
                self._waiting.pop(id(each), None)
        if is_taken:  # by another thread, which has begun
            first.is_read.wait()
            return
        try:
            if texts := [text for each in together for text in each.texts]:
                with suppress(RagguideError):  # each search meets the fault by itself
                    first.guide.expect(texts)
        finally:
            for each in together:
                each.is_read.set()
