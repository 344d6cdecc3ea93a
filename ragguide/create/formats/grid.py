"""Cells that span rows and columns in, full rows out: what HTML and Word share of a table."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.tables import Row, add_sheet, add_table

MAX_SPANNED_CELLS = 100_000  # of one table; beyond it, spans are ignored: each may claim millions


class Cell(msgspec.Struct, frozen=True):
    text: str
    n_columns: int = 1
    n_rows: int = 1
    is_header: bool = False


class GridRow(msgspec.Struct, frozen=True):
    cells: Sequence[Cell]
    line: int | None = None
    in_head: bool = False


def add_grid(body: BodyBuilder, rows: Sequence[GridRow]) -> None:
    """Add a table; its header are the first rows that stand in a head or hold header cells only.

    A cell that spans rows is said in each, one that spans columns in the first; in a header, in
    all of them. If no cell is marked as a header, the first row may still prove to be one.
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
    else:
        add_sheet(body, (Row(row.line, cells, spread) for row, cells, spread in full))


def _header_length(rows: Sequence[GridRow]) -> int:
    """How many rows from the first on stand in a head, or hold header cells only."""
    header = takewhile(lambda row: row.in_head or all(c.is_header for c in row.cells), rows)
    return sum(1 for _ in header)


def n_columns(rows: Sequence[GridRow]) -> int:
    """Columns of the widest row, as far as its own cells tell."""
    return max((sum(cell.n_columns for cell in row.cells) for row in rows), default=0)


def _fill(rows: Sequence[GridRow]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each row's texts, and the same with those of spanned columns repeated."""
    filler = _Filler()
    for row in rows:
        yield filler.fill(row)


class _FromAbove(msgspec.Struct, frozen=True):
    """What a cell leaves in one of its columns for the rows below."""

    cell: Cell
    is_first: bool  # of the cell's columns
    n_rows: int  # that are left


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
                self._put_again(above)
            elif cell := next(own, None):
                self._put_cell(cell)
            elif self._above:  # a cell further right
                self._put("", "")
            else:
                break
        self._above = self._below if self._n_spanned < MAX_SPANNED_CELLS else {}
        return self._texts, self._spread

    def _put(self, text: str, spread: str) -> None:
        self._texts.append(text)
        self._spread.append(spread)

    def _put_again(self, above: _FromAbove) -> None:
        if above.n_rows > 1:
            self._leave(above.cell, above.is_first, above.n_rows - 1)
        self._put(above.cell.text if above.is_first else "", above.cell.text)

    def _put_cell(self, cell: Cell) -> None:
        n_columns = max(1, cell.n_columns)
        if self._n_spanned + n_columns > MAX_SPANNED_CELLS:
            n_columns = 1
        self._n_spanned += n_columns - 1
        for i in range(n_columns):
            if cell.n_rows > 1 and self._n_spanned < MAX_SPANNED_CELLS:
                self._leave(cell, i == 0, cell.n_rows - 1)
            self._above.pop(len(self._texts), None)
            self._put(cell.text if i == 0 else "", cell.text)

    def _leave(self, cell: Cell, is_first: bool, n_rows: int) -> None:
        """Leave a cell in the present column for the rows below."""
        self._below[len(self._texts)] = _FromAbove(cell, is_first, n_rows)
        self._n_spanned += 1
