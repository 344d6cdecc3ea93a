"""Cells that span rows and columns in, full rows out. For tables of HTML, Word and PowerPoint."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.rows import Row
from ragguide.create.formats.tables import add_sheet, add_table
from ragguide.create.pdf.pairs import are_names_with_values, are_several_pairs

MIN_ROWS_OF_PAIRS = 3
MAX_SPANNED_CELLS = 100_000  # per table; further spans are ignored, since each may claim millions


class Cell(msgspec.Struct, frozen=True):
    text: str
    n_columns: int = 1
    n_rows: int = 1
    is_header: bool = False


class GridRow(msgspec.Struct, frozen=True):
    cells: Sequence[Cell]
    line: int | None = None
    in_head: bool = False


def add_grid(body: BodyBuilder, rows: Sequence[GridRow], *, has_header: bool = False) -> None:
    """Add a table; its header is made of the first rows in a head or with only header cells.

    A cell that spans rows is repeated in each. A cell that spans columns appears in the first
    column only; in a header, in all of them. If no cell is marked as a header, the rows may hold
    pairs of names and values; if not, `add_sheet` decides whether the first row is a header, and
    `has_header` tells it that the first row is formatted as one.
    """
    rows = [row for row in rows if row.cells]
    full = [(row, *cells) for row, cells in zip(rows, _fill(rows), strict=True)]
    n_header = _header_length(rows)
    if n_header or any(cell.is_header for row in rows for cell in row.cells):
        add_table(
            body,
            [spread if i < n_header else cells for i, (_, cells, spread) in enumerate(full)],
            lines=[row.line for row in rows],
            n_header=n_header,
        )
    elif _are_pairs(full_rows := [Row(row.line, cells, spread) for row, cells, spread in full]):
        _add_pairs(body, full_rows)
    else:
        add_sheet(body, full_rows, has_header=has_header)


def _are_pairs(rows: Sequence[Row]) -> bool:
    cells = [row.cells for row in rows]
    if len(rows) < MIN_ROWS_OF_PAIRS:
        return False
    is_pair = all(len(each) == 2 and all(map(str.strip, each)) for each in cells)
    return are_names_with_values(cells) if is_pair else are_several_pairs(cells)


def _add_pairs(body: BodyBuilder, rows: Sequence[Row]) -> None:
    for row in rows:
        for at in range(0, len(row.cells), 2):
            body.row(row.cells[at : at + 2], line=row.number)


def _header_length(rows: Sequence[GridRow]) -> int:
    """Return how many rows at the start are in a head or have only header cells."""
    header = takewhile(lambda row: row.in_head or all(c.is_header for c in row.cells), rows)
    return sum(1 for _ in header)


def n_columns(rows: Sequence[GridRow]) -> int:
    """Return the columns of the widest row, without cells that span down from rows above."""
    return max((sum(cell.n_columns for cell in row.cells) for row in rows), default=0)


def _fill(rows: Sequence[GridRow]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each row's texts, and the same texts repeated in all columns that they span."""
    filler = _Filler()
    for row in rows:
        yield filler.fill(row)


class _FromAbove(msgspec.Struct, frozen=True):
    """A cell that continues in the next row, in one of its columns."""

    cell: Cell
    is_first: bool  # whether this is the cell's first column
    n_rows: int  # remaining


class _Filler:
    """Fills the rows of one table, from the top down."""

    def __init__(self) -> None:
        self._n_spanned = 0
        self._above: dict[int, _FromAbove] = {}  # by column
        self._below: dict[int, _FromAbove] = {}
        self._texts: list[str] = []
        self._spread: list[str] = []

    def fill(self, row: GridRow) -> tuple[list[str], list[str]]:
        self._texts, self._spread, self._below = [], [], {}
        own = iter(row.cells)
        while True:
            if above := self._above.pop(len(self._texts), None):
                self._put_from_above(above)
            elif cell := next(own, None):
                self._put_cell(cell)
            elif self._above:  # a cell from above follows further right
                self._put("", "")
            else:
                break
        self._above = self._below if self._n_spanned < MAX_SPANNED_CELLS else {}
        return self._texts, self._spread

    def _put(self, text: str, spread: str) -> None:
        self._texts.append(text)
        self._spread.append(spread)

    def _put_from_above(self, above: _FromAbove) -> None:
        if above.n_rows > 1:
            self._continue_below(above.cell, above.is_first, above.n_rows - 1)
        self._put(above.cell.text if above.is_first else "", above.cell.text)

    def _put_cell(self, cell: Cell) -> None:
        n_columns = max(1, cell.n_columns)
        if self._n_spanned + n_columns > MAX_SPANNED_CELLS:
            n_columns = 1
        self._n_spanned += n_columns - 1
        for i in range(n_columns):
            if cell.n_rows > 1 and self._n_spanned < MAX_SPANNED_CELLS:
                self._continue_below(cell, i == 0, cell.n_rows - 1)
            self._above.pop(len(self._texts), None)
            self._put(cell.text if i == 0 else "", cell.text)

    def _continue_below(self, cell: Cell, is_first: bool, n_rows: int) -> None:
        """Continue a cell in the current column of the rows below."""
        self._below[len(self._texts)] = _FromAbove(cell, is_first, n_rows)
        self._n_spanned += 1
