"""Lines of a page in, bullets and numbers in front of the items that they stand beside out. No I/O.

Some programs draw them after the text, or on a baseline of their own.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from ragguide.create.pdf.raised import GAP, is_raised
from ragguide.create.pdf.text_runs import Run

BULLET_GAP = 3.0  # of the type size, at most between a bullet and its text
BULLET_RISE = 0.4  # of the type size, at most between their baselines
SAME_BASELINE = 0.5  # points

_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxl]{1,5})[.)]|\d{1,3}")


def place_signs(lines: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Put each line that is a bullet or a number before the line that it stands beside."""
    signs: list[Sequence[Run]] = []
    texts: list[list[Run]] = []
    for before, line in pairwise([[], *lines]):
        if _is_sign(before, line, lines):
            signs.append(line)
        else:
            texts.append(list(line))
    for sign in signs:
        beside = [line for line in texts if _is_beside(sign[0], line)]
        nearest = min(beside, key=lambda line: line[0].x, default=None)
        if nearest is None:
            return [list(line) for line in lines]
        nearest.insert(0, _before_text(sign[0]))
    return texts


def _is_sign(before: Sequence[Run], line: Sequence[Run], lines: Sequence[Sequence[Run]]) -> bool:
    return _is_bullet(before, line) or _is_number_beside(before, line, lines)


def _is_bullet(before: Sequence[Run], line: Sequence[Run]) -> bool:
    """Whether a line is a single sign that marks no note behind the line before."""
    text = line[0].text.strip() if len(line) == 1 else ""
    is_sign = len(text) == 1 and not text.isalnum() and line[0].y is not None
    return is_sign and not (before and is_raised(before[-1], line[0]))


def _is_number_beside(
    before: Sequence[Run], line: Sequence[Run], lines: Sequence[Sequence[Run]]
) -> bool:
    """Whether a line is the number of an item, a little lower than the text that it stands beside.

    The number of a note stands higher; lowered numbers are smaller or end a text.
    """
    if len(line) != 1 or not _LIST_NUMBER.fullmatch(line[0].text.strip()):
        return False
    if before and abs(line[0].x - before[-1].right) <= GAP * line[0].size:
        return False
    return any(_is_beside(line[0], text) and _is_lower(line[0], text[0]) for text in lines)


def _is_lower(number: Run, text: Run) -> bool:
    is_lower = (number.y or 0.0) < (text.y or 0.0) - SAME_BASELINE
    return is_lower and number.size >= text.size


def _before_text(bullet: Run) -> Run:
    """Return a bullet or number as it stands before its text."""
    text = bullet.text.strip()
    return msgspec.structs.replace(bullet, text=f"{text}. " if text.isdigit() else f"{text} ")


def _is_beside(bullet: Run, line: Sequence[Run]) -> bool:
    """Whether a line begins right behind a bullet, on nearly the same baseline."""
    if not line or line[0].y is None or bullet.y is None:
        return False
    is_near = 0 < line[0].x - bullet.x <= BULLET_GAP * line[0].size
    return is_near and abs(bullet.y - line[0].y) <= BULLET_RISE * line[0].size
