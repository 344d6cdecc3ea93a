"""Two versions of a section in, the numbers that differ out. No I/O."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec

CONTEXT = 4  # words on either side of a number
MAX_STEPS = 4_000_000  # words before × words after to align; more takes seconds

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_AROUND = "()[]{}\"'“”‘’,;:!?"


class NumberChange(msgspec.Struct, frozen=True, kw_only=True):
    """A number that differs."""

    before: str | None  # None: the number is new
    after: str | None  # None: the number was removed
    context: str  # the words around it, after the change; of a removed number, before it


class _Number(msgspec.Struct, frozen=True):
    text: str
    context: str

    @property
    def key(self) -> str:
        """The comparison key: 1,024 and 1024 are equal."""
        return _THOUSANDS.sub("", self.text)


def number_changes(before: Sequence[str], after: Sequence[str]) -> tuple[NumberChange, ...]:
    """Align two lists of paragraphs; return the numbers that differ, in reading order."""
    return tuple(
        change
        for olds, news in _rewritten_words(before, after)
        for change in _differ(_numbers(*olds), _numbers(*news))
    )


_Span = tuple[Sequence[str], int, int]  # words, and the start and end of the rewritten run


def _rewritten_words(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[_Span, _Span]]:
    """Yield the runs of words that differ: compare paragraphs, then words within them."""
    for tag, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            continue
        old, new = " ".join(before[a:b]).split(), " ".join(after[c:d]).split()
        if len(old) * len(new) > MAX_STEPS:
            yield (old, 0, len(old)), (new, 0, len(new))
            continue
        for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what != "equal":
                yield (old, i, j), (new, k, m)


def _numbers(words: Sequence[str], start: int, end: int) -> list[_Number]:
    found = []
    for place in range(start, end):
        text = words[place].strip(_AROUND).rstrip(".")
        if any(letter.isdigit() for letter in text):
            around = words[max(0, place - CONTEXT) : place + CONTEXT + 1]
            found.append(_Number(text, " ".join(around)))
    return found


def _differ(olds: Sequence[_Number], news: Sequence[_Number]) -> Iterator[NumberChange]:
    keys = [number.key for number in olds], [number.key for number in news]
    for tag, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for old, new in zip_longest(olds[a:b], news[c:d]):
            yield NumberChange(
                before=old.text if old else None,
                after=new.text if new else None,
                context=(new or old).context,
            )
