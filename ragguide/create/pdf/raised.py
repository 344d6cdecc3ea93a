"""Runs of text with their places in, raised and lowered digits written as such out. No I/O."""

import re
from collections.abc import Sequence

import msgspec

from ragguide.create import superscripts
from ragguide.create.pdf.text_runs import Run

SMALL = 0.85  # times the size of its line; smaller digits may be raised
LOWERED = (0.1, 0.5)  # of its line's size, by which lowered digits stand below the baseline
LOWERED_GAP = 0.3  # of the type size: the right edge of text leaves out a blank before it
RAISED = (0.1, 0.8)  # of its line's size, by which raised digits stand above the baseline

_BEFORE_MARK = re.compile(r"(?:\d|[a-z]{3}[.,;:)\"']?)$")
_RAISED_TEXT = re.compile(r"[-+−–]?\d{1,3}|\d[-+−–]")
_LOWERED_TEXT = re.compile(r"\d{1,3}")
_BEFORE_LOWERED = re.compile(r"[^\W\d_]$|[)\]]$")


def is_raised(before: Run, run: Run) -> bool:
    """Whether a run is a raised number that follows `before`.

    If the writer raises it without moving its place, a smaller number after a digit is raised.
    """
    if before.y is None or run.y is None or run.size > before.size:
        return False
    follows = before.text[-1:]
    if not _RAISED_TEXT.fullmatch(run.text.strip()) or not follows.strip():
        return False
    low, high = (share * before.size for share in RAISED)
    is_higher = low <= run.y - before.y <= high
    if run.size > SMALL * before.size:  # raised or lowered: a number in a formula may be either
        return is_higher and bool(_BEFORE_MARK.search(before.text))
    return is_higher or (run.y == before.y and run.x == before.x and follows.isdigit())


def raise_digits(line: Sequence[Run]) -> list[Run]:
    """Write raised digits as such, in the run that they follow."""
    found: list[Run] = []
    before: Run | None = None  # the run in full size, as it was drawn
    goes_on = 0.0  # x up to which a run continues the last one
    if len(line) > 1 and _is_label(line[0], line[1]):
        first = msgspec.structs.replace(line[0], text=line[0].text.strip() + " ")
        line = [first, *line[1:]]
    for run in line:
        if before is not None and is_raised(before, run):
            signs = run.text.strip().translate(superscripts.RAISED)
            found[-1] = msgspec.structs.replace(found[-1], text=found[-1].text + signs)
            goes_on = run.x + (len(signs) + 1) * run.size
        elif found and run.x < goes_on:
            text = found[-1].text + re.sub(r"^\s+(?=[.,;:)])|^\s+(?=\s)", "", run.text)
            found[-1] = msgspec.structs.replace(found[-1], text=text)
            before, goes_on = run, 0.0
        else:
            found.append(run)
            before, goes_on = run, 0.0
    return found


def _is_label(run: Run, follows: Run) -> bool:
    """Whether a raised number stands before a text: the note of that number."""
    if run.y is None or follows.y is None or not run.text.strip().isdigit():
        return False
    return run.size <= follows.size and run.y - follows.y >= RAISED[0] * follows.size


def is_lowered(before: Sequence[Run], line: Sequence[Run]) -> bool:
    """Whether a line is nothing but lowered digits right behind the text of the line before."""
    if not before or len(line) != 1 or not _LOWERED_TEXT.fullmatch(line[0].text.strip()):
        return False
    full, run = before[-1], line[0]
    if full.y is None or run.y is None or run.size > SMALL * full.size:
        return False
    low, high = (share * full.size for share in LOWERED)
    is_close = abs(run.x - full.right) <= LOWERED_GAP * full.size
    return is_close and low <= full.y - run.y <= high and bool(_BEFORE_LOWERED.search(full.text))
