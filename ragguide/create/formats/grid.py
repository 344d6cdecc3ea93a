"""Cells that span rows and columns in, full rows out: what HTML and Word share of a table."""

from collections.abc import Iterator, Sequence

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
    n_header = 0
    while n_header < len(rows) and (
        rows[n_header].in_head or all(cell.is_header for cell in rows[n_header].cells)
    ):
        n_header += 1
    if n_header or any(cell.is_header for row in rows for cell in row.cells):
        add_table(
            body,
            [spread if i < n_header else cells for i, (_, cells, spread) in enumerate(full)],
            lines=[row.line for row in rows],
            n_header=n_header,
        )
    else:
        add_sheet(body, (Row(row.line, cells, spread) for row, cells, spread in full))


def n_columns(rows: Sequence[GridRow]) -> int:
    """Columns of the widest row, as far as its own cells tell."""
    return max((sum(cell.n_columns for cell in row.cells) for row in rows), default=0)


def _fill(rows: Sequence[GridRow]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each row's texts, and the same with those of spanned columns repeated."""
    from_above: dict[int, tuple[Cell, bool, int]] = {}  # column → cell, if its first, rows left
    n_spanned = 0
    for row in rows:
        texts: list[str] = []
        spread: list[str] = []
        own = iter(row.cells)
        below: dict[int, tuple[Cell, bool, int]] = {}
        while True:
            column = len(texts)
            if column in from_above:
                cell, is_first, n_left = from_above.pop(column)
                if n_left > 1:
                    below[column] = (cell, is_first, n_left - 1)
                    n_spanned += 1
                texts.append(cell.text if is_first else "")
                spread.append(cell.text)
                continue
            next_cell = next(own, None)
            if next_cell is None:
                if not from_above:
                    break
                texts.append("")
                spread.append("")
                continue
            width = max(1, next_cell.n_columns)
            if n_spanned + width > MAX_SPANNED_CELLS:
                width = 1
            n_spanned += width - 1
            for i in range(width):
                if next_cell.n_rows > 1 and n_spanned < MAX_SPANNED_CELLS:
                    below[column + i] = (next_cell, i == 0, next_cell.n_rows - 1)
                    n_spanned += 1
                from_above.pop(column + i, None) if i else None
                texts.append(next_cell.text if i == 0 else "")
                spread.append(next_cell.text)
        from_above = below if n_spanned < MAX_SPANNED_CELLS else {}
        yield texts, spread
