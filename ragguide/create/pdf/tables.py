"""Lines with the places of their cells in, table rows out. No I/O.

A table is a run of lines whose cells begin at the same few places. Its first row names the columns,
and each row is told with these names, `Instance: p5.48xlarge; Memory: 80 GB`: so a row makes sense
by itself, to a reader, to the embedder and to the generator.
"""

from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from ragguide.create.pdf.clean import Line

SAME_COLUMN = 3.0  # points that cells of one column may begin apart
MAX_CELLS = 5  # in the middle line; more, and the PDF places single words, not cells
LETTER_WIDTH = 0.45  # of the type size; a cautious mean over Latin faces
MAX_HEADER_LINES = 6
MIN_ROWS = 3  # the header's included


class Row(msgspec.Struct, frozen=True):
    """A row of a table: its lines and what they say."""

    lines: tuple[Line, ...]
    text: str
    header: str  # names of the columns


class Table(msgspec.Struct, frozen=True):
    """Its rows, the header first."""

    rows: tuple[Row, ...]


def split_tables(lines: Sequence[Line]) -> Iterator[list[Line] | Table]:
    """Yield tables, and the runs of lines between them, in order."""
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
    """The rows of the table that begins at a line; none if no table does."""
    head = lines[first]
    if head.type is None or len(head.type.cells) < 2 or head.is_item:
        return []
    columns = _columns(lines[first : first + MAX_HEADER_LINES + 1])
    grid: list[tuple[list[Line], list[list[str]]]] = []  # lines of a row, texts of its columns
    last_column = len(columns)
    for line in lines[first:]:
        cells = _cells_in(line, columns) if line.page == head.page else None
        if cells is None:
            break
        opened = cells[0][0]
        if not grid or (opened == 0 and last_column > 0):
            grid.append(([], [[] for _ in columns]))
        grid[-1][0].append(line)
        for column, text in cells:
            grid[-1][1][column].append(text)
        last_column = cells[-1][0]
    while grid and not _is_full(grid[-1][1]):  # the lines after a table may begin where it does
        grid.pop()
    if len(grid) < MIN_ROWS:
        return []
    names = [" ".join(texts) for texts in grid[0][1]]
    header = " | ".join(names)
    return [
        Row(tuple(row_lines), _tell(names, [" ".join(texts) for texts in row], number), header)
        for number, (row_lines, row) in enumerate(grid)
    ]


def _columns(lines: Sequence[Line]) -> list[float]:
    """Where the columns begin: from the header, however many lines it has, and the row below."""
    places: list[float] = []
    for number, line in enumerate(lines):
        cells = line.type.cells if line.type is not None else ()
        places += [x for x, _ in cells if all(abs(x - known) > SAME_COLUMN for known in places)]
        if number and cells and abs(cells[0][0] - places[0]) <= SAME_COLUMN:
            break
    return sorted(places)


def _cells_in(line: Line, columns: Sequence[float]) -> list[tuple[int, str]] | None:
    """(column, text) of each cell; None if one begins in no column or reaches into the next one."""
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


def _is_full(row: Sequence[Sequence[str]]) -> bool:
    return sum(bool(texts) for texts in row) >= 2


def _tell(names: Sequence[str], texts: Sequence[str], number: int) -> str:
    if number == 0:
        return " | ".join(names)
    return "; ".join(
        f"{name}: {text}" if name else text for name, text in zip(names, texts, strict=True) if text
    )
