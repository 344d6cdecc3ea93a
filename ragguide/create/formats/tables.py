"""Rows of cells in, row blocks out. Finds header rows and where another table starts."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.beside import take_left
from ragguide.create.formats.rows import (
    Row,
    all_digits,
    all_numbers,
    has_no_digit,
    is_measure,
    is_number,
    is_text,
)

N_BELOW = 20  # rows below a row that decide whether it is a header
MIN_COLUMNS_ABOVE_PAIRS = 4  # of a table with names and values below it
MIN_COLUMNS_FOR_HEADER = 3  # with two columns, the first row may be a name and its value

_UNIT = re.compile(r"[\[(]?[^\s\d\[\]()][^\s\[\]()]{0,9}[\])]?")  # `kg`, `[m/s2]`


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


def add_sheet(
    body: BodyBuilder, rows: Iterable[Row], *, has_header: bool = False, splits: bool = False
) -> None:
    """Add the tables of a sheet, and the lines above and below them as paragraphs.

    Args:
        body: takes the rows and lines.
        rows: of the sheet, in order.
        has_header: treat the first row of each table as its header, unless it contains numbers
            above columns of numbers.
        splits: tables may stand beside one another, with empty columns in between.
    """
    header: _Header | None = None  # None: outside of a table
    n_skipped = 0
    right: list[Row] = []
    for row, below, is_narrow in _with_below(take_left(rows, right) if splits else rows):
        if n_skipped:  # second row of a header
            n_skipped -= 1
        elif _is_title(row, below, is_narrow, header):
            body.paragraph(" ".join(row.cells), line=row.number)
            header = None
        elif header is None or _is_other_table(row, below, header.columns):
            header = _open_table(row, [] if is_narrow else below, has_header, header)
            n_skipped = max(0, header.n_rows - 1)
            if not header.n_rows:
                body.row(row.cells, line=row.number)
        else:
            body.row(row.cells, header=header.names, line=row.number)
    if right:
        add_sheet(body, right, has_header=has_header, splits=True)


def _open_table(row: Row, below: Sequence[Row], has_header: bool, above: _Header | None) -> _Header:
    """Return the header of the table that starts at a row, below another one if there is one."""
    if above and _is_pair(row, below, above.columns):
        return _Header((), row.columns, 0)
    return _read_header(row, below, has_header)


def _is_title(row: Row, below: Sequence[Row], is_narrow: bool, header: _Header | None) -> bool:
    """Whether a row is a line above or below a table: one cell, where other rows have more."""
    if len(row.columns) != 1 or is_narrow or (header and not row.after_gap):
        return False
    names_group = row.is_grouped and min(row.columns) > 0 and bool(below)
    return not (names_group and row.columns_named < below[0].columns)


def _read_header(row: Row, below: Sequence[Row], has_header: bool) -> _Header:
    """Return the header of the table that starts at a row; it may have two rows."""
    if not _is_header(row, below, has_header):
        return _Header((), row.columns, 0)
    names = row.spread or row.cells
    second, columns = below[0], row.columns_named | below[0].columns
    if len(below) == 1:  # the table's only row
        return _Header(names, columns if row.is_grouped else row.columns_named, 1)
    if row.is_grouped and is_text(second):
        return _Header(join_headers([names, second.cells]), columns, 2)
    if _names_repeat(row, below):
        return _Header(join_headers([_fill_right(row.cells, second), second.cells]), columns, 2)
    if _are_units(second, below[1:]):
        return _Header(join_headers([names, second.cells]), columns, 2)
    return _Header(names, row.columns_named, 1)


def _names_repeat(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names groups of the columns below: `2023`, `2024` above `In, Out, In, Out`."""
    names = [name for name in below[0].cells if name.strip()]
    is_part = row.columns < below[0].columns
    return is_part and is_text(below[0]) and len(set(names)) < len(names)


def _fill_right(cells: Sequence[str], below: Row) -> list[str]:
    """Repeat the name of a group in its further columns."""
    names = [*cells, *[""] * (len(below.cells) - len(cells))]
    for i in range(1, len(names)):
        if not names[i].strip() and i in below.columns:
            names[i] = names[i - 1]
    return names


def _are_units(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row has units above the columns of numbers, and nothing else."""
    return bool(row.columns) and all(
        _UNIT.fullmatch(row.cells[i].strip()) and all_numbers(below, i) for i in row.columns
    )


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
            width = max(width, len(row.columns))
        if not window:
            return
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
    if any(is_measure(row.cells[i]) and all_numbers(below, i) for i in row.columns):
        return False
    names_groups = row.is_grouped and row.columns < below[0].columns
    n_columns = len(row.columns_named if names_groups else row.columns)
    if row.is_emphasised or n_columns >= MIN_COLUMNS_FOR_HEADER:
        return True
    if has_header:
        return not _is_name_with_value(row, below)
    return _is_proven_header(row, below) or _names_repeat(row, below)


def _is_name_with_value(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row of two cells is a name with its value, as all rows below it."""
    columns = sorted(row.columns)
    if len(columns) != 2 or not all(each.columns <= row.columns for each in below):
        return False
    first, second = columns
    value = row.cells[second]
    names = [each.cells[first] for each in (row, *below) if first < len(each.cells)]
    if not all(map(has_no_digit, names)):
        return False
    is_code = not has_no_digit(value) and not is_number(value)  # a number alone may be a year
    return is_measure(value) or (is_code and not all_digits(below, second))


def _is_proven_header(row: Row, below: Sequence[Row]) -> bool:
    """Whether the row has a name above a column of numbers, or of values such as `900 g`."""
    return bool(below) and any(
        not is_number(row.cells[i])
        and (all_numbers(below, i) or (has_no_digit(row.cells[i]) and _are_alike(below, i)))
        for i in row.columns
    )


def _are_alike(rows: Sequence[Row], column: int) -> bool:
    """Whether all cells have digits, and all begin with a letter or none does."""
    cells = [row.cells[column].strip() for row in rows if column < len(row.cells)]
    return all_digits(rows, column) and len({cell[0].isalpha() for cell in cells if cell}) == 1


def _is_other_table(row: Row, below: Sequence[Row], columns: set[int]) -> bool:
    """Whether a row below a table that uses `columns` begins another one."""
    if len(row.columns) == 1:
        return False
    if not row.after_gap:
        return row.is_emphasised and is_text(row) and _is_proven_header(row, below)
    if not row.columns <= columns or _is_pair(row, below, columns):
        return True
    return is_text(row) and (row.is_emphasised or _is_proven_header(row, below))


def _is_pair(row: Row, below: Sequence[Row], columns: set[int]) -> bool:
    """Whether a gap divides a wide table from names and values in its first two columns."""
    pair = set(sorted(columns)[:2])
    return (
        row.after_gap
        and len(columns) >= MIN_COLUMNS_ABOVE_PAIRS
        and bool(below)
        and all(each.columns == pair for each in (row, *below))
        and not is_number(row.cells[min(pair)])
        and not (is_text(row) and _is_proven_header(row, below))
    )
