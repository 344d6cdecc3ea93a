"""Rows of cells in, row blocks out. Finds header rows and where another table starts."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ragguide.create.body import BodyBuilder

N_BELOW = 20  # rows below a row that decide whether it is a header
MIN_COLUMNS_FOR_HEADER = 3  # with two columns, the first row may be a name and its value

_NUMBER = re.compile(r"[-+(]?\s*[$€£¥]?\s*[-+]?[\d.,' ]*\d[\d.,]*\s*(?:%|[$€£¥]|[A-Z]{3})?\)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Row(msgspec.Struct, frozen=True):
    """One row of a sheet."""

    number: int | None  # from 1, as Excel shows it
    cells: Sequence[str]
    spread: Sequence[str] = ()  # `cells`, but merged cells are repeated in all their columns
    is_emphasised: bool = False  # bold, as headers often are
    after_gap: bool = False  # the row above is empty

    @property
    def columns(self) -> set[int]:
        return {i for i, cell in enumerate(self.cells) if cell.strip()}


class _Header(msgspec.Struct, frozen=True):
    """The names of a table's columns."""

    names: Sequence[str]
    columns: set[int]  # the columns that the table is known to use
    n_rows: int  # rows of the header; 0 if the table has none


def add_table(
    body: BodyBuilder,
    rows: Sequence[Sequence[str]],
    *,
    lines: Sequence[int | None] = (),
    n_header: int,
) -> None:
    """Add a table whose first `n_header` rows are its header."""
    if len(rows) <= n_header:  # no rows below the header
        n_header = 0
    header = join_headers(rows[:n_header])
    numbers = lines or [None] * len(rows)
    for cells, line in list(zip(rows, numbers, strict=True))[n_header:]:
        body.row(cells, header=header, line=line)


def add_sheet(body: BodyBuilder, rows: Iterable[Row], *, has_header: bool = False) -> None:
    """Add the tables of a sheet, and the lines above and below them as paragraphs.

    `has_header`: treat the first row of each table as its header, unless it contains numbers above
    columns of numbers.
    """
    header: _Header | None = None  # None: outside of a table
    n_skipped = 0
    for row, below, is_narrow in _with_below(rows):
        if n_skipped:  # second row of a header
            n_skipped -= 1
        elif _is_title(row, is_narrow, header):
            body.paragraph(" ".join(row.cells), line=row.number)
            header = None
        elif header is None or (row.after_gap and _is_other_table(row, below, header.columns)):
            header = _read_header(row, [] if is_narrow else below, has_header)
            n_skipped = max(0, header.n_rows - 1)
            if not header.n_rows:
                body.row(row.cells, line=row.number)
        else:
            body.row(row.cells, header=header.names, line=row.number)


def _is_title(row: Row, is_narrow: bool, header: _Header | None) -> bool:
    """Whether a row is a line above or below a table: one cell, where other rows have more."""
    return len(row.columns) == 1 and not is_narrow and (header is None or row.after_gap)


def _read_header(row: Row, below: Sequence[Row], has_header: bool) -> _Header:
    """Return the header of the table that starts at a row; merged cells make it two rows."""
    if not _is_header(row, below, has_header):
        return _Header((), row.columns, 0)
    names = row.spread or row.cells
    if list(names) == list(row.cells) or not _is_text(below[0]):
        return _Header(names, row.columns, 1)
    columns = row.columns | below[0].columns
    if len(below) == 1:  # the table's only row
        return _Header(names, columns, 1)
    return _Header(join_headers([names, below[0].cells]), columns, 2)


def join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one name for each column: the header cells above it, joined from the top down."""
    width = max((len(row) for row in rows), default=0)
    return [
        " ".join(dict.fromkeys(row[i].strip() for row in rows if i < len(row) and row[i].strip()))
        for i in range(width)
    ]


def _with_below(rows: Iterable[Row]) -> Iterator[tuple[Row, list[Row], bool]]:
    """Yield each row with text, the rows right below it, and whether there is only one column."""
    window: deque[Row] = deque()
    ahead = _filled(rows)
    width = 0
    while True:
        while len(window) <= N_BELOW and (row := next(ahead, None)) is not None:
            window.append(row)
        if not window:
            return
        width = max(width, *(len(row.columns) for row in window))
        row = window.popleft()
        below: list[Row] = []
        for other in window:
            if other.after_gap:
                break
            below.append(other)
        yield row, below, width == 1


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows with text; set `after_gap` on those below an empty row."""
    gap = False
    for row in rows:
        if row.columns:
            yield msgspec.structs.replace(row, after_gap=gap)
        gap = not row.columns


def _is_header(row: Row, below: Sequence[Row], has_header: bool) -> bool:
    if not below:
        return False
    if any(_is_measure(row.cells[i]) and _all_numbers(below, i) for i in row.columns):
        return False
    if has_header or row.is_emphasised or len(row.columns) >= MIN_COLUMNS_FOR_HEADER:
        return True
    return _is_proven_header(row, below)


def _is_proven_header(row: Row, below: Sequence[Row]) -> bool:
    """Whether the row has a name above a column of numbers."""
    return any(not _is_number(row.cells[i]) and _all_numbers(below, i) for i in row.columns)


def _is_other_table(row: Row, below: Sequence[Row], columns: set[int]) -> bool:
    if len(row.columns) == 1:
        return False
    return not row.columns <= columns or (_is_text(row) and _is_proven_header(row, below))


def _is_text(row: Row) -> bool:
    return not any(_is_measure(cell) for cell in row.cells)


def _all_numbers(rows: Sequence[Row], column: int) -> bool:
    cells = [row.cells[column].strip() for row in rows if column < len(row.cells)]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_is_number(cell) for cell in filled)


def _is_number(cell: str) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def _is_measure(cell: str) -> bool:
    """Whether the cell is a number, but not a year, since headers may contain years."""
    return _is_number(cell) and not _YEAR.fullmatch(cell.strip())
