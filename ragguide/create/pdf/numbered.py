"""Drafts of blocks in, the same with numbered headings marked out. No I/O.

`2.4 Storing data`, `2.4.1 Limits` and `2.5 …` form a sequence; `2.5 GB of memory` does not fit into
one. A number marks a heading if it belongs to the longest sequence of the document. This needs
neither type nor bookmarks, so it works for scans too.
"""

import re
from collections.abc import Iterator, Sequence

from ragguide.create.pdf.headings import (
    MAX_HEADING_WORDS,
    Draft,
    can_have_heading,
    looks_like_heading,
    page_openers,
)

MIN_NUMBERED = 5  # headings with a point in their number; fewer may be a chance sequence
MAX_STEP = 3  # between consecutive numbers, since OCR may miss headings
MAX_LINES = 2  # of a heading

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[^\W\d_]")

_Number = tuple[int, ...]
_Candidate = tuple[int, _Number]  # index in the drafts, number


def mark_by_numbers(drafts: list[Draft], measure: int) -> list[Draft]:
    """Mark numbered headings, and unnumbered chapter titles at the start of a page.

    A numbered heading has as its level the number of its parts, a title has level 1.
    """
    numbered = dict(_longest_run(list(_candidates(drafts))))
    if sum(len(number) > 1 for number in numbered.values()) < MIN_NUMBERED:
        return drafts
    openers = page_openers(drafts)
    marked = []
    for i, draft in enumerate(drafts):
        if i in numbered:
            marked.append(Draft(draft.lines, "heading", len(numbered[i])))
        elif (
            i in openers
            and i + 1 < len(drafts)
            and looks_like_heading(draft, measure, opens_page=True)
            and can_have_heading(drafts[i + 1], measure)
        ):
            marked.append(Draft(draft.lines, "heading", 1))
        else:
            marked.append(draft)
    return marked


def _candidates(drafts: Sequence[Draft]) -> Iterator[_Candidate]:
    """Yield the drafts that read like numbered headings.

    A heading right above another is skipped, unless the second is its first part: consecutive
    headings are usually a table of contents.
    """
    numbers = [_number(draft) for draft in drafts]
    for i, (number, after) in enumerate(zip(numbers, [*numbers[1:], ()], strict=False)):
        if number and (not after or after == (*number, 1)):
            yield i, number


def _number(draft: Draft) -> _Number:
    if draft.row or len(draft.lines) > MAX_LINES:
        return ()
    return number_of(" ".join(line.text for line in draft.lines))


def number_of(text: str) -> tuple[int, ...]:
    """Return the number of a text that reads like a numbered heading, as (2, 4, 1); else ()."""
    found = _NUMBERED.match(text)
    if not found or len(text.split()) > MAX_HEADING_WORDS + 1 or text[-1] in ".:;,|":
        return ()
    return tuple(int(part) for part in found[1].split("."))


def _longest_run(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the longest sequence of candidates."""
    runs = _Runs()
    for _, number in candidates:
        runs.add(number)
    return [candidates[at] for at in runs.longest()]


class _Runs:
    """Finds sequences of numbers; add each number once, in document order."""

    def __init__(self) -> None:
        self._before: list[int | None] = []  # index → index of the previous number in its run
        self._lengths: list[int] = []  # index → length of the run that ends there
        # Number → its index with the longest run; the last of equals.
        self._last: dict[_Number, int] = {}
        # Number → the same among this number and all its parts; the first of equals.
        self._within: dict[_Number, int] = {}

    def add(self, number: _Number) -> None:
        at = len(self._before)
        origin = max(
            self._origins(number), key=lambda found: (self._lengths[found], found), default=None
        )
        self._before.append(origin)
        self._lengths.append(1 if origin is None else self._lengths[origin] + 1)
        last = self._last.get(number)
        if last is None or self._lengths[at] >= self._lengths[last]:
            self._last[number] = at
        for depth in range(1, len(number) + 1):
            known = self._within.get(number[:depth])
            if known is None or self._lengths[at] > self._lengths[known]:
                self._within[number[:depth]] = at

    def _origins(self, number: _Number) -> Iterator[int]:
        """Yield the indices of the numbers that this one may follow."""
        found = [self._within.get(_below(number, depth, step)) for depth, step in _steps(number)]
        for depth in range(1, len(number)):
            if _begins(number[depth:]):
                found.append(self._last.get(number[:depth]))
        return (at for at in found if at is not None)

    def longest(self) -> list[int]:
        """Return the indices of the longest run; the first of equals."""
        run: list[int] = []
        at = max(range(len(self._lengths)), key=self._lengths.__getitem__, default=None)
        while at is not None:
            run.append(at)
            at = self._before[at]
        return run[::-1]


def _steps(number: _Number) -> Iterator[tuple[int, int]]:
    """Yield each (depth, step): the number may follow one that is `step` lower at that depth."""
    for depth in range(len(number)):
        if _begins(number[depth + 1 :]):
            for step in range(1, min(MAX_STEP, number[depth]) + 1):
                yield depth, step


def _below(number: _Number, depth: int, step: int) -> _Number:
    return (*number[:depth], number[depth] - step)


def _begins(parts: _Number) -> bool:
    """Whether these parts begin a sequence, allowing for headings that OCR missed."""
    return all(part <= MAX_STEP for part in parts)
