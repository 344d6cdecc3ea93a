"""Lines of pages in, running heads that change with the chapter out. No I/O.

`3 Wells | Water manual` on one page and `4 Pumps | Water manual` on another repeat only one cell,
and `Wells 3` may face `4 Water manual`. Such a head consists of parts that are known: a cell that
repeats, the page number, and the title of a chapter, which is a line of the text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from ragguide.create.pdf.running import MIN_REPEATS, Content, Printed, height, shape

_T = TypeVar("_T")

_NUMBERS_AT_ENDS = (re.compile(r"^(\d{1,4})\s+(?=\S)"), re.compile(r"(?<=\S)\s+(\d{1,4})$"))


class Known(msgspec.Struct, frozen=True):
    """The parts of heads that several pages share."""

    heights: frozenset[int]  # rounded baselines
    cells: frozenset[tuple[int, str]]  # rounded x, text
    leads: frozenset[int]  # printed page number - place in the file


def find_chapter_heads(
    pages: Sequence[tuple[int, Sequence[Printed]]], content: Content
) -> set[int]:
    """Return the numbers of the pages whose first line is a head with its chapter's title."""
    heads = [
        (number, lines[0])
        for number, lines in pages
        if lines and height(lines[0]) is not None and _may_be_head(lines, content)
    ]
    unknown = _unknown_parts(heads, _learn(heads))
    shapes = {shape(line.text) for _, lines in pages for line in lines[1:]} if unknown else set()
    return {number for number, text in unknown.items() if not text or shape(text) in shapes}


def _may_be_head(lines: Sequence[Printed], content: Content) -> bool:
    """Whether a page's first line stands apart, as no heading and no value does.

    Large type is a heading, unless the line has parts at its left and at its right.
    """
    is_heading = content.is_large(lines[0]) and len(_cells(lines[0])) < 2
    is_content = is_heading or content.is_value(lines[0])
    return content.blocks(lines[:2]) != [[0, 1]] and not is_content


def _learn(heads: Sequence[tuple[int, Printed]]) -> Known:
    heights = Counter(y for _, head in heads if (y := height(head)) is not None)
    cells = Counter(cell for _, head in heads for cell in set(_cells(head)))
    leads = Counter(lead for number, head in heads for lead in {n - number for n in _ends(head)})
    return Known(_frequent(heights), _frequent(cells), _frequent(leads))


def _frequent(counts: Counter[_T]) -> frozenset[_T]:
    return frozenset(key for key, n in counts.items() if n >= MIN_REPEATS)


def _unknown_parts(heads: Sequence[tuple[int, Printed]], known: Known) -> dict[int, str]:
    """Return the rest of each head that has a known part, by its page."""
    parts = {number: _unknown_part(number, head, known) for number, head in heads}
    return {number: text for number, text in parts.items() if text is not None}


def _unknown_part(page: int, head: Printed, known: Known) -> str | None:
    """Return a head without its known parts; None if it has none."""
    if height(head) not in known.heights:
        return None
    cells = _cells(head)
    others = [text for x, text in cells if (x, text) not in known.cells]
    rest = " ".join(others)
    for number in _NUMBERS_AT_ENDS:
        found = number.search(rest)
        if found and int(found[1]) - page in known.leads:
            return number.sub("", rest)
    return rest if len(others) < len(cells) else None


def _ends(head: Printed) -> Iterator[int]:
    """Yield the numbers at both ends of a head."""
    for number in _NUMBERS_AT_ENDS:
        if found := number.search(head.text):
            yield int(found[1])


def _cells(head: Printed) -> list[tuple[int, str]]:
    if head.type is None or len(head.type.cells) < 2:
        return [(0, head.text)]
    return [(round(x), " ".join(text.split())) for x, text in head.type.cells]
