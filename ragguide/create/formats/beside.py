"""Rows of a sheet in, those of its left tables out; tables to the right of them apart. No I/O.

As in Excel, an empty column divides two tables. It does not if the columns to its right have no
names, or only numbers: then it is a gap between columns of one table.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice, pairwise

import msgspec

from ragguide.create.formats.rows import Row, is_number, is_text

N_HEAD = 200  # rows of a block that decide whether it has two tables
MIN_COLUMNS = 2  # of a table that stands beside another one


def take_left(rows: Iterable[Row], right: list[Row]) -> Iterator[Row]:
    """Yield the rows; tables that stand to the right of others go to `right` instead."""
    for is_filled, block in groupby(rows, key=lambda row: any(map(str.strip, row.cells))):
        head = list(islice(block, N_HEAD))
        at = _border(head) if is_filled else None
        for row in chain(head, block):
            if at is None:
                yield row
            else:
                yield msgspec.structs.replace(row, cells=row.cells[:at], spread=row.spread[:at])
                right.append(
                    msgspec.structs.replace(row, cells=row.cells[at:], spread=row.spread[at:])
                )
        if at is not None:
            right.append(Row(None, ()))


def _border(rows: Sequence[Row]) -> int | None:
    """Return the first column of the table to the right; None if there is only one table."""
    wide = [row for row in rows if len(row.columns) > 1]
    used = sorted(set().union(*(row.columns_named for row in wide)))
    for left, right in pairwise(used):
        if right - left > 1 and used.index(right) >= MIN_COLUMNS and _is_table(wide, right):
            return right
    return None


def _is_table(rows: Sequence[Row], first: int) -> bool:
    """Whether the columns from `first` on are a table with names and a column of words."""
    cut = [Row(None, row.cells[first:]) for row in rows]
    filled = [row for row in cut if len(row.columns) >= MIN_COLUMNS]
    if len(filled) < 2 or not is_text(filled[0]) or 0 not in filled[0].columns:
        return False
    return any(row.cells[0].strip() and not is_number(row.cells[0]) for row in filled[1:])
