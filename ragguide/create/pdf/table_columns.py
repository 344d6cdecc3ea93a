"""Lines with the positions of their cells in, the columns that they share out. No I/O.

Cells of one column are aligned to its left, its right, its centre, or their decimal points.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.text_runs import text_width

SAME_COLUMN = 3.0  # points; the edges or centres of cells in one column differ by at most this
MIN_ROWS_ABOVE = 1  # gaps between them
WIDE_GAP = 1.4  # times the widest gap between lines of the table
SAME_SIZE = 0.5  # points
LETTER_WIDTH = 0.45  # of the type size; a low estimate of the mean over Latin typefaces

_DECIMAL = re.compile(r"([-+−]?\d[\d' ]*)(?:[.,]\d+)?")


class Column(msgspec.Struct, frozen=True):
    """Where the first cell of a column is printed."""

    left: float  # points
    right: float  # as wide as in Helvetica, if unknown
    point: float | None = None  # of a number: where its decimal point is, or would be

    def starts(self, other: "Column") -> bool:
        return abs(self.left - other.left) <= SAME_COLUMN

    def lines_up(self, other: "Column") -> bool:
        """Whether two cells have the same right edge, centre or decimal point."""
        point = float("inf")
        if self.point is not None and other.point is not None:
            point = abs(self.point - other.point)
        right, left = self.right - other.right, self.left - other.left
        return min(point, abs(right), abs(right + left) / 2) <= SAME_COLUMN


def places_of(line: Line) -> list[Column]:
    """Return where each cell of a line is printed."""
    if line.type is None:
        return []
    size, cells = line.type.size, line.type.cells
    rights = line.type.rights or tuple(x + text_width(text) * size for x, text in cells)
    return [
        Column(x, right, _point(x, right, text))
        for (x, text), right in zip(cells, rights, strict=True)
    ]


def _point(left: float, right: float, text: str) -> float | None:
    number = _DECIMAL.fullmatch(text)
    if not number:
        return None
    return left + (right - left) * text_width(number[1]) / text_width(text)


def find_columns(lines: Sequence[Line]) -> list[Column]:
    """Return the columns in order, from all header lines and the row below.

    If that row has empty cells, numbers in the next rows show where the other columns are.
    """
    found: list[Column] = []
    n_rows = 0
    for line in lines:
        places = places_of(line)
        leftmost = min(found, key=lambda known: known.left, default=None)
        n_rows += bool(leftmost and places and places[0].starts(leftmost))
        known = list(found)  # a line has one cell in each column
        for place in places:
            same = next((column for column in known if _is_same(place, column)), None)
            if same is not None:
                known.remove(same)
                at = found.index(same)
                found[at] = msgspec.structs.replace(found[at], point=found[at].point or place.point)
            elif n_rows < 2 or place.point is not None:
                found.append(place)
        if n_rows and len(places) == len(found):
            break
    return sorted(found, key=lambda column: column.left)


def _is_same(place: Column, known: Column) -> bool:
    """Whether two cells are in one column: aligned, or the first number is below the name."""
    is_below = place.left < known.right and known.left < place.right
    is_first = place.point is not None and known.point is None
    return place.starts(known) or place.lines_up(known) or (is_first and is_below)


def cells_in(line: Line, columns: Sequence[Column]) -> list[tuple[int, str]] | None:
    """Return (column, text) of each cell; None if one is outside the columns or overlaps one."""
    if line.type is None or line.is_item:
        return None
    found: list[tuple[int, str]] = []
    places = places_of(line)
    for place, (_, text) in zip(places, line.type.cells, strict=True):
        column = _column_of(place, text, line.type.size, columns)
        if column is None or (found and column <= found[-1][0]):
            return None
        found.append((column, text))
    if len(found) == 1 and not places[0].starts(columns[found[0][0]]):
        return None  # a paragraph may be centred on a column by chance
    return found or None


def _column_of(place: Column, text: str, size: float, columns: Sequence[Column]) -> int | None:
    """Return the index of a cell's column; None if it has none or does not fit into it."""
    for i, column in enumerate(columns):
        if place.starts(column):
            room = columns[i + 1].left - place.left if i + 1 < len(columns) else float("inf")
            fits = len(text) * size * LETTER_WIDTH <= room
            if fits or not place.lines_up(column):
                return i if fits else None
    return next((i for i in range(len(columns)) if _lines_up(place, columns, i)), None)


def _lines_up(place: Column, columns: Sequence[Column], i: int) -> bool:
    """Whether a cell is aligned to the right or centre of a column, between its neighbours."""
    follows = i == 0 or place.left > columns[i - 1].right - SAME_COLUMN
    ends = i + 1 == len(columns) or place.right < columns[i + 1].left + SAME_COLUMN
    return follows and ends and place.lines_up(columns[i])


def is_set_apart(line: Line, first: int, rows: Sequence[Line]) -> bool:
    """Whether a line below rows is a total or a heading: a wide gap above it shows that.

    Its first cell is in the column `first`.
    """
    before = rows[-1].type
    if line.type is None or before is None or not _is_below_gap(line, rows):
        return False
    is_short = len(line.type.cells) < len(before.cells)
    return is_short and (first > 0 or line.type.size > before.size + SAME_SIZE)


def _is_below_gap(line: Line, rows: Sequence[Line]) -> bool:
    """Whether the gap above a line is wider than those between the rows of its page."""
    types = [each.type for each in (*rows, line) if each.page == line.page]
    places = [type_.y for type_ in types if type_ and type_.y is not None]
    gaps = [high - low for high, low in pairwise(places)]
    return len(gaps) > MIN_ROWS_ABOVE and gaps[-1] > WIDE_GAP * max(gaps[:-1])
