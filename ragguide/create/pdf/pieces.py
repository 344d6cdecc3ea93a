"""The runs of a page's lines in, the same with the pieces of each cell joined out. No I/O.

Writers draw a line piece by piece. Pieces with narrow gaps are one text, except in a table whose
columns touch: there each piece is a cell, and cells line up with those of other rows.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby, pairwise

from ragguide.create.pdf.moves import CELL_GAP, WORD_GAP

Run = tuple[float, float | None, float, float, bool, bool, bool, str]
"""x, baseline, size, right edge, is bold, has a fixed pitch, goes on with the run before, text"""

CELL = "\t"  # begins a run that is a cell, however close the text before it is
MIN_ROWS = 3
MAX_ROUNDS = 8  # in which lines that are no rows are left out; a table needs two
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
    rows = list(lines) if any(map(_joints, lines)) else []
    for _ in range(MAX_ROUNDS):
        edges = _edges_of(rows)
        kept = [line for line in rows if _is_row(line, edges)]
        if len(kept) == len(rows):
            return rows if len(rows) >= MIN_ROWS else []
        rows = kept
    return []


def _edges_of(lines: Sequence[Sequence[Run]]) -> list[float]:
    """Return the left and right edges of all runs but the first of each line, sorted."""
    return sorted(x for line in lines for run in line[1:] for x in (run[0], run[3]))


def _is_row(line: Sequence[Run], edges: Sequence[float]) -> bool:
    """Whether each piece has an edge where cells of other rows have one; `edges` has them all."""
    own = _edges_of([line])
    return all(
        _may_be_cell(line, at)
        and any(
            _n_near(x, edges) - _n_near(x, own) >= MIN_ROWS - 1 for x in (line[at][0], line[at][3])
        )
        for at in _joints(line)
    )


def _n_near(x: float, edges: Sequence[float]) -> int:
    return bisect_right(edges, x + SAME_EDGE) - bisect_left(edges, x - SAME_EDGE)


def _joints(line: Sequence[Run]) -> list[int]:
    """Return the places of the runs that go on with the run before."""
    return [at for at, (before, run) in enumerate(pairwise(line), 1) if _is_one(before, run)]


def _is_one(before: Run, run: Run) -> bool:
    """Whether a run goes on with the one before, on its baseline and without a wide gap."""
    goes_on = run[6] and run[1:3] == before[1:3]
    return goes_on and -run[2] < run[0] - before[3] <= CELL_GAP * run[2]


def _may_be_cell(line: Sequence[Run], at: int) -> bool:
    """Whether a piece may be a cell.

    The text of an item is none, nor are letters that are placed one by one: in a font of one width
    they line up.
    """
    before, run = line[at - 1], line[at]
    is_letter = run[0] - before[3] < WORD_GAP * run[2] and (
        len(run[-1].strip()) == 1 or len(before[-1].strip()) == 1
    )
    is_item = at == 1 and _COUNTER.fullmatch(before[-1]) is not None
    return not (is_item or is_letter or run[5])


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
