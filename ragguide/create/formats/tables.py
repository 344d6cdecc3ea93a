"""Rows of cells in, row blocks out: which row is the header, and where another table begins."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ragguide.create.body import BodyBuilder

N_BELOW = 20  # rows below a row that tell whether it is a header
MIN_COLUMNS_FOR_HEADER = 3  # in two columns, the first row may as well be a name and its value

_NUMBER = re.compile(r"[-+(]?\s*[$€£¥]?\s*[-+]?[\d.,' ]*\d[\d.,]*\s*(?:%|[$€£¥]|[A-Z]{3})?\)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Row(msgspec.Struct, frozen=True):
    """One row of a sheet."""

    number: int | None  # from 1, as the program shows it
    cells: Sequence[str]
    spread: Sequence[str] = ()  # the cells, those merged across columns repeated in each
    is_emphasised: bool = False  # set in bold, as headers are
    after_gap: bool = False  # stands below an empty row

    @property
    def columns(self) -> set[int]:
        return {i for i, cell in enumerate(self.cells) if cell.strip()}


def add_table(
    body: BodyBuilder,
    rows: Sequence[Sequence[str]],
    *,
    lines: Sequence[int | None] = (),
    n_header: int,
) -> None:
    """Add a table whose first `n_header` rows are its header."""
    if len(rows) <= n_header:  # nothing below it
        n_header = 0
    header = join_headers(rows[:n_header])
    numbers = lines or [None] * len(rows)
    for cells, line in list(zip(rows, numbers, strict=True))[n_header:]:
        body.row(cells, header=header, line=line)


def add_sheet(body: BodyBuilder, rows: Iterable[Row], *, has_header: bool = False) -> None:
    """Add the tables of a sheet, and the lines over and under them as paragraphs.

    `has_header`: the first row of each table is its header unless numbers in it deny that.
    """
    header: Sequence[str] | None = None  # None: no table has begun
    header_columns: set[int] = set()
    skips = False
    for row, below, is_narrow in _with_below(rows):
        if skips:  # the second row of a header
            skips = False
            continue
        begins = header is None or (row.after_gap and _is_other_table(row, below, header_columns))
        if len(row.columns) == 1 and not is_narrow and (header is None or row.after_gap):
            body.paragraph(" ".join(row.cells), line=row.number)
            header = None
            continue
        if begins:
            header, header_columns = [], set(row.columns)
            if not is_narrow and _is_header(row, below, has_header):
                header = row.spread or row.cells
                if row.spread and list(row.spread) != list(row.cells) and _is_text(below[0]):
                    header = join_headers([row.spread, below[0].cells])
                    header_columns |= below[0].columns
                    skips = len(below) > 1
                    header = header if skips else row.spread
                continue
        body.row(row.cells, header=header or (), line=row.number)


def join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """One name for each column, of those that stand over it from the top down."""
    width = max((len(row) for row in rows), default=0)
    return [
        " ".join(dict.fromkeys(row[i].strip() for row in rows if i < len(row) and row[i].strip()))
        for i in range(width)
    ]


def _with_below(rows: Iterable[Row]) -> Iterator[tuple[Row, list[Row], bool]]:
    """Yield each row with text, those right below it, and whether its part has a single column."""
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
    """The rows with text; those below empty ones say so."""
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
    """Whether a name stands over a column of numbers."""
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
    """Whether the cell is a number that no header would have; years stand in headers."""
    return _is_number(cell) and not _YEAR.fullmatch(cell.strip())
