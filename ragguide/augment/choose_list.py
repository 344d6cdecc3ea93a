"""A question and lists of the guide in, the one that the generator takes for its answer out.

The rules of `listing.py` find a list whose title has the question's words. Here the generator finds
one that is named in other words; it only chooses, and code lists and counts the items.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.lists.nearby import Nearby
from ragguide.augment.lists.nouns import number_of
from ragguide.augment.lists.values import Listing
from ragguide.augment.prompt import (
    SUCH_ITEMS,
    THAT_LIST,
    WHICH_LIST,
    such_items_message,
    that_list_message,
    which_list_message,
)

if TYPE_CHECKING:
    from ragguide.types import Generator

# Bounds in nats, chosen on questions about six guides (benchmarks/README.md, "Lists").
LEAST_SUCH = 0.5  # log odds that the items are such things
LEAST_THAT = 1.2  # log odds that the list answers the question
LEAST_SUM = 2.5  # of both, with the log-probability of the list's number
IS_COUNTED = 1.0  # added if the list's lead states how many items it has
LEAST_LEAD = 1.0  # of the best sum over the next list's
SURE = 2.0  # lead in log-probability at which the next list is not looked at

_TITLE_WORDS = 18
_SHORT_ITEMS, _SHORT_WORDS = 5, 5
_ITEMS, _WORDS = 8, 10


class _Choice(msgspec.Struct):
    """The generator's choice among lists."""

    generator: "Generator"
    question: str
    things: str
    until: float | None

    def numbers(self, lists: Sequence[Nearby]) -> list[float] | None:
        """Return the log-probability of each list's number, that of 0 first."""
        shown = [(_end(each.title, _TITLE_WORDS), _items(each, short=True)) for each in lists]
        pieces = which_list_message(self.question, shown)
        tokens = self.generator.build_prompt(WHICH_LIST, pieces, beginning="[")
        texts = [str(n) for n in range(len(lists) + 1)]
        return self.generator.next_logprobs(tokens, texts, until=self.until)

    def sum_of(self, each: Nearby, number: float) -> float | None:
        """Return the sum of a list's signs; None if one of them is below its bound."""
        items = _items(each)
        such = self._odds(SUCH_ITEMS, such_items_message(self.things, items))
        if such is None or such < LEAST_SUCH:
            return None
        that = self._odds(THAT_LIST, that_list_message(self.question, each.title, items))
        if that is None or that < LEAST_THAT:
            return None
        return number + such + that + IS_COUNTED * _is_counted(each)

    def _odds(self, system: str, pieces: Sequence[tuple[bool, str]]) -> float | None:
        tokens = self.generator.build_prompt(system, pieces)
        logprobs = self.generator.next_logprobs(tokens, ("Yes", "No"), until=self.until)
        return None if logprobs is None else logprobs[0] - logprobs[1]


def choose_list(
    generator: "Generator",
    question: str,
    things: str,
    lists: Sequence[Nearby],
    *,
    until: float | None = None,
) -> Listing | None:
    """Return the list that answers; None if none does, or it is unclear which.

    Args:
        generator: loaded.
        question: as the user typed it.
        things: that it counts or asks to list, "payment options".
        lists: of the guide, near the hits; fewer than ten.
        until: time on the monotonic clock, in seconds, at which the generator stops.

    Raises:
        ModelError: the generator fails.
    """
    choice = _Choice(generator, question, things, until)
    numbers = choice.numbers(lists) if lists else None
    if numbers is None:
        return None
    none, *of_lists = numbers
    first, *others = sorted(range(len(lists)), key=lambda i: -of_lists[i])
    if of_lists[first] < none:
        return None
    total = choice.sum_of(lists[first], of_lists[first])
    if total is None or total < LEAST_SUM:
        return None
    for other in others[:1]:
        if of_lists[first] - of_lists[other] < SURE:
            rival = choice.sum_of(lists[other], of_lists[other])
            if rival is not None and total - rival < LEAST_LEAD:
                return None
    return lists[first].listing


def _is_counted(each: Nearby) -> bool:
    return any(number_of(word) == len(each.listing.items) for word in each.title.split())


def _items(each: Nearby, *, short: bool = False) -> list[str]:
    n_items, n_words = (_SHORT_ITEMS, _SHORT_WORDS) if short else (_ITEMS, _WORDS)
    items = [_start(item.text, n_words) for item in each.listing.items]
    return items[:n_items] + (["…"] if len(items) > n_items else [])


def _start(text: str, most: int) -> str:
    words = text.split()
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


def _end(text: str, most: int) -> str:
    return " ".join(text.split()[-most:])
