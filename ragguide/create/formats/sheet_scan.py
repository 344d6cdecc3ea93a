"""A sheet's XML in, its merged cells, hidden rows and unsaved formulas out.

openpyxl does not give these when it streams. They are searched for in the bytes, because a
parser would take as long as reading the sheet.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
from openpyxl.utils import get_column_letter, range_boundaries

MAX_MERGES = 20_000
MAX_COLUMNS = 16_384  # of a sheet
MAX_RANGES = 3  # of hidden rows or columns that a message names
_SCAN_BYTES = 1_000_000
_SCAN_OVERLAP = 1_000  # longer than any match

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_UNSAVED = re.compile(  # a formula without a value
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?"
    rb"\s*</(?:\w+:)?c>"
)
_HIDDEN = re.compile(rb'<(?:\w+:)?(?:row|col)\s[^>]*?\bhidden="(?:1|true)"[^>]*>')
_ROW = re.compile(rb'\br="(\d{1,7})"')
_COLUMNS = re.compile(rb'\b(min|max)="(\d{1,5})"')


class Merge(msgspec.Struct, frozen=True):
    """A range of merged cells; columns from 0, rows from 1, all inclusive."""

    column_first: int
    row_first: int
    column_last: int
    row_last: int


class SheetFacts(msgspec.Struct, frozen=True):
    """Facts about a sheet beside its cells."""

    merges: tuple[Merge, ...]  # the topmost first
    hidden_rows: frozenset[int]  # from 1
    hidden_columns: frozenset[int]  # from 0
    lacks_values: bool

    def report(self, name: str) -> Iterator[str]:
        """Yield what cannot be read of the sheet, and what to do."""
        if self.hidden_rows:
            yield (
                f"hidden rows of sheet {name} ({_ranges(self.hidden_rows, str)}). "
                "Show them, or clear the filter, to include them."
            )
        if self.hidden_columns:
            columns = _ranges(self.hidden_columns, lambda at: get_column_letter(at + 1))
            yield f"hidden columns of sheet {name} ({columns}). Show them to include them."
        if self.lacks_values:
            yield (
                f"formulas without a stored value on sheet {name}. "
                "Open the workbook in Excel and save it to include them."
            )


def scan_sheet(path: Path, part: str) -> SheetFacts:
    """Search the XML of a sheet; `part` is its name in the workbook."""
    merges: dict[Merge, None] = {}
    rows: set[int] = set()
    columns: set[int] = set()
    lacks_values = False
    for window in _windows(path, part):
        lacks_values = lacks_values or bool(_UNSAVED.search(window))
        for tag in _HIDDEN.finditer(window):
            if row := _ROW.search(tag[0]):
                rows.add(int(row[1]))
            if len(bounds := {name: int(at) for name, at in _COLUMNS.findall(tag[0])}) == 2:
                columns |= set(range(bounds[b"min"] - 1, min(bounds[b"max"], MAX_COLUMNS)))
        for found in _MERGE.finditer(window):
            if len(merges) < MAX_MERGES:
                column, row_first, last_column, row_last = range_boundaries(found[1].decode())
                merges[Merge(column - 1, row_first, last_column - 1, row_last)] = None
    return SheetFacts(
        tuple(sorted(merges, key=lambda merge: merge.row_first)),
        frozenset(rows),
        frozenset(columns),
        lacks_values,
    )


def _windows(path: Path, part: str) -> Iterator[bytes]:
    """Yield overlapping pieces of a part."""
    with zipfile.ZipFile(path) as archive, archive.open(part) as file:
        tail = b""
        while chunk := file.read(_SCAN_BYTES):
            window = tail + chunk
            yield window
            tail = window[-_SCAN_OVERLAP:]


def _ranges(numbers: frozenset[int], name: Callable[[int], str]) -> str:
    """Return "4-9, 12" of consecutive numbers."""
    ordered = sorted(numbers)
    starts = [ordered[0], *(b for a, b in pairwise(ordered) if b > a + 1)]
    ends = [*(a for a, b in pairwise(ordered) if b > a + 1), ordered[-1]]
    ranges = [
        name(first) if first == last else f"{name(first)}-{name(last)}"
        for first, last in zip(starts, ends, strict=True)
    ]
    more = f" and {len(ranges) - MAX_RANGES} more ranges" if len(ranges) > MAX_RANGES else ""
    return ", ".join(ranges[:MAX_RANGES]) + more
