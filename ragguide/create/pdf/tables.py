"""Lines with the positions of their cells in, table rows out. No I/O.

A table is a run of lines whose cells start at the same few positions. Its first row names the
columns. Each row repeats these names, `Instance: p5.48xlarge; Memory: 80 GB`, so that reader,
embedder and generator understand it without the table.
"""

from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from ragguide.create.pdf.clean import Line

SAME_COLUMN = 3.0  # points; the starts of cells in one column differ by at most this
MAX_CELLS = 5  # median per line; with more, the PDF positions single words, not cells
LETTER_WIDTH = 0.45  # of the type size; a low estimate of the mean over Latin typefaces
MAX_HEADER_LINES = 6
MIN_ROWS = 3  # including the header


class Row(msgspec.Struct, frozen=True):
    """A table row: its lines, and its text with column names."""

    lines: tuple[Line, ...]
    text: str
    header: str  # names of the columns


class Table(msgspec.Struct, frozen=True):
    """A table's rows, the header first."""

    rows: tuple[Row, ...]


class _OpenRow(msgspec.Struct):
    """A row whose lines are being collected."""

    lines: list[Line]
    columns: list[list[str]]  # for each column, the texts of its lines

    def add(self, line: Line, cells: Sequence[tuple[int, str]]) -> None:
        self.lines.append(line)
        for column, text in cells:
            self.columns[column].append(text)

    def texts(self) -> list[str]:
        return [" ".join(texts) for texts in self.columns]


def split_tables(lines: Sequence[Line]) -> Iterator[list[Line] | Table]:
    """Yield the tables, and the runs of lines between them, in order."""
    outside: list[Line] = []
    at = 0
    usable = _places_cells(lines)
    while at < len(lines):
        rows = _table_at(lines, at) if usable else []
        if rows:
            if outside:
                yield outside
                outside = []
            yield Table(tuple(rows))
            at += sum(len(row.lines) for row in rows)
        else:
            outside.append(lines[at])
            at += 1
    if outside:
        yield outside


def _places_cells(lines: Sequence[Line]) -> bool:
    counts = [len(line.type.cells) for line in lines if line.type is not None]
    return bool(counts) and median(counts) <= MAX_CELLS


def _table_at(lines: Sequence[Line], first: int) -> list[Row]:
    """Return the rows of the table that starts at a line; empty if none starts there."""
    if not _may_open_table(lines[first]):
        return []
    columns = _columns(lines[first : first + MAX_HEADER_LINES + 1])
    grid = _collect_rows(lines[first:], columns)
    while grid and not _is_full(grid[-1]):  # text after a table may start at its first column
        grid.pop()
    return _label_rows(grid) if len(grid) >= MIN_ROWS else []


def _may_open_table(line: Line) -> bool:
    return line.type is not None and len(line.type.cells) >= 2 and not line.is_item


def _collect_rows(lines: Sequence[Line], columns: Sequence[float]) -> list[_OpenRow]:
    """Group lines into rows, up to the first line on another page or outside the columns.

    A line starts a row if it starts in the first column, unless the line before has only that one.
    """
    grid: list[_OpenRow] = []
    last_column = len(columns)
    for line in lines:
        cells = _cells_in(line, columns) if line.page == lines[0].page else None
        if cells is None:
            break
        if not grid or (cells[0][0] == 0 and last_column > 0):
            grid.append(_OpenRow([], [[] for _ in columns]))
        grid[-1].add(line, cells)
        last_column = cells[-1][0]
    return grid


def _label_rows(grid: Sequence[_OpenRow]) -> list[Row]:
    """Return the rows, each cell with its column's name from the first row."""
    names = grid[0].texts()
    header = " | ".join(names)
    return [
        Row(tuple(row.lines), _row_text(names, row.texts(), number), header)
        for number, row in enumerate(grid)
    ]


def _columns(lines: Sequence[Line]) -> list[float]:
    """Return where the columns start, from all header lines and the row below."""
    places: list[float] = []
    for number, line in enumerate(lines):
        cells = line.type.cells if line.type is not None else ()
        places += [x for x, _ in cells if all(abs(x - known) > SAME_COLUMN for known in places)]
        if number and cells and abs(cells[0][0] - places[0]) <= SAME_COLUMN:
            break
    return sorted(places)


def _cells_in(line: Line, columns: Sequence[float]) -> list[tuple[int, str]] | None:
    """Return (column, text) of each cell; None if one is outside the columns or overlaps one."""
    if line.type is None or line.is_item:
        return None
    found = []
    for x, text in line.type.cells:
        column = next((i for i, at in enumerate(columns) if abs(x - at) <= SAME_COLUMN), None)
        if column is None:
            return None
        room = columns[column + 1] - x if column + 1 < len(columns) else float("inf")
        if len(text) * line.type.size * LETTER_WIDTH > room:
            return None
        found.append((column, text))
    return found or None


def _is_full(row: _OpenRow) -> bool:
    return sum(bool(texts) for texts in row.columns) >= 2


def _row_text(names: Sequence[str], texts: Sequence[str], number: int) -> str:
    if number == 0:
        return " | ".join(names)
    return "; ".join(
        f"{name}: {text}" if name else text for name, text in zip(names, texts, strict=True) if text
    )
