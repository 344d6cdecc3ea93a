"""Drafts of blocks in, the same with the headings that the document numbers marked out. No I/O.

`2.4 Storing data`, `2.4.1 Limits`, `2.5 …` count on from each other. What stands alone, such as
`2.5 GB of memory`, does not: a number is a heading's if it takes its place in the longest run that
counts on through the document. This holds without type or bookmarks, so for a scan too.
"""

import re
from collections.abc import Iterator, Sequence

from ragguide.create.pdf.headings import (
    MAX_HEADING_WORDS,
    Draft,
    looks_like_heading,
    page_openers,
    stands_over,
)

MIN_NUMBERED = 5  # headings with a point in their number; fewer may be figures that count by chance
MAX_STEP = 3  # from one number to the next: OCR may lose a heading
MAX_LINES = 2  # of a heading

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[^\W\d_]")

_Number = tuple[int, ...]
_Candidate = tuple[int, _Number]  # place in the drafts, number


def mark_by_numbers(drafts: list[Draft], measure: int) -> list[Draft]:
    """Mark numbered headings, and titles that open a page and a chapter without a number.

    The level of a numbered heading is the length of its number, that of a title 1.
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
            and stands_over(drafts[i + 1], measure)
        ):
            marked.append(Draft(draft.lines, "heading", 1))
        else:
            marked.append(draft)
    return marked


def _candidates(drafts: Sequence[Draft]) -> Iterator[_Candidate]:
    """Yield what reads like a numbered heading.

    One over another is none, unless it is the first part of it: so is a table of contents.
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
    """The number in front of what reads like a numbered heading: (2, 4, 1); () for any other."""
    found = _NUMBERED.match(text)
    if not found or len(text.split()) > MAX_HEADING_WORDS + 1 or text[-1] in ".:;,|":
        return ()
    return tuple(int(part) for part in found[1].split("."))


def _longest_run(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The longest run of candidates whose numbers count on."""
    before: list[int | None] = []  # of each candidate: the one that it follows in its run
    lengths: list[int] = []
    last: dict[_Number, int] = {}  # number → its candidate with the longest run, the latest of them
    within: dict[_Number, int] = {}  # number → the same among it and all its parts, the first

    for at, (_, number) in enumerate(candidates):
        origins = [within.get(_below(number, depth, step)) for depth, step in _steps(number)]
        origins += [
            last.get(number[:depth]) for depth in range(1, len(number)) if _begins(number[depth:])
        ]
        origin = max(
            (found for found in origins if found is not None),
            key=lambda found: (lengths[found], found),
            default=None,
        )
        before.append(origin)
        lengths.append(1 if origin is None else lengths[origin] + 1)
        if number not in last or lengths[at] >= lengths[last[number]]:
            last[number] = at
        for depth in range(1, len(number) + 1):
            known = within.get(number[:depth])
            if known is None or lengths[at] > lengths[known]:
                within[number[:depth]] = at
    run: list[_Candidate] = []
    place = max(range(len(lengths)), key=lengths.__getitem__, default=None)
    while place is not None:
        run.append(candidates[place])
        place = before[place]
    return run[::-1]


def _steps(number: _Number) -> Iterator[tuple[int, int]]:
    """Yield (depth, step) by which a number may follow one with another figure at that depth."""
    for depth in range(len(number)):
        if _begins(number[depth + 1 :]):
            for step in range(1, min(MAX_STEP, number[depth]) + 1):
                yield depth, step


def _below(number: _Number, depth: int, step: int) -> _Number:
    return (*number[:depth], number[depth] - step)


def _begins(parts: _Number) -> bool:
    """Whether these are the first parts of something, save for what OCR may have lost."""
    return all(part <= MAX_STEP for part in parts)
