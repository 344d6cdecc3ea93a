"""The runs of a page's lines in, the same with the pieces of each cell joined out. No I/O.

Writers draw a line piece by piece. Pieces with narrow gaps are one text, except in a table whose
columns touch: there each piece is a cell, and cells line up with those of other rows.
"""

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from ragguide.create.pdf.moves import CELL_GAP, WORD_GAP

Run = tuple[float, float | None, float, float, bool, bool, bool, str]
"""x, baseline, size, right edge, is bold, has a fixed pitch, goes on with the run before, text"""

CELL = "\t"  # begins a run that is a cell, however close the text before it is
MIN_ROWS = 3
SAME_EDGE = 0.3  # points; writers round places
_COUNTER = re.compile(r"\W*(?:\d{1,4}|[A-Za-z]|[ivxlc]{1,5})?[.):]?\W*")  # of an item or line


def join_pieces(lines: Sequence[list[Run]]) -> list[list[Run]]:
    """Join the runs that go on with the one before, except where columns touch."""
    found: list[list[Run]] = []
    for has_pieces, group in groupby(lines, key=lambda line: len(line) > 1):
        together = list(group)
        rows = {id(line) for line in _rows(together)} if has_pieces else set()
        found += [_apart(line) if id(line) in rows else _joined(line) for line in together]
    return found


def _rows(lines: Sequence[list[Run]]) -> list[list[Run]]:
    """Return the lines whose pieces are all cells of columns; none if no columns touch."""
    if not any(map(_joints, lines)):
        return []
    rows = list(lines)
    while True:
        kept = [line for line in rows if all(_is_edge(line, at, rows) for at in _joints(line))]
        if len(kept) == len(rows):
            return kept if len(kept) >= MIN_ROWS else []
        rows = kept


def _joints(line: Sequence[Run]) -> list[int]:
    """Return the places of the runs that go on with the run before."""
    return [at for at, (before, run) in enumerate(pairwise(line), 1) if _is_one(before, run)]


def _is_one(before: Run, run: Run) -> bool:
    """Whether a run goes on with the one before, on its baseline and without a wide gap."""
    goes_on = run[6] and run[1:3] == before[1:3]
    return goes_on and -run[2] < run[0] - before[3] <= CELL_GAP * run[2]


def _is_edge(line: Sequence[Run], at: int, rows: Sequence[Sequence[Run]]) -> bool:
    """Whether a piece may be a cell, and has an edge where cells of other rows have one.

    Letters that are placed one by one in a font of one width line up, too.
    """
    before, run = line[at - 1], line[at]
    is_first = at == 1 and _COUNTER.fullmatch(before[-1])
    is_letter = run[0] - before[3] < WORD_GAP * run[2] and (
        len(run[-1].strip()) == 1 or len(before[-1].strip()) == 1
    )
    if is_first or is_letter or run[5]:
        return False
    others = [each for row in rows if row is not line for each in row[1:]]
    return any(
        sum(min(abs(each[0] - x), abs(each[3] - x)) <= SAME_EDGE for each in others) >= MIN_ROWS - 1
        for x in (run[0], run[3])
    )


def _apart(line: Sequence[Run]) -> list[Run]:
    """Return a row with a tab before each cell but the first: cells may have no gap between."""
    return [line[0], *((*run[:-1], f"{CELL}{run[-1].lstrip()}") for run in line[1:])]


def _joined(line: Sequence[Run]) -> list[Run]:
    found: list[Run] = []
    for run in line:
        if found and _is_one(found[-1], run):
            before = found[-1]
            found[-1] = (*before[:3], run[3], *before[4:-1], before[-1] + run[-1])
        else:
            found.append(run)
    return found
