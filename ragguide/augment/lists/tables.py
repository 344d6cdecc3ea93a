"""The lines of a section in, the first columns of its tables out. No I/O."""

import re
from collections.abc import Iterator, Sequence

from ragguide.augment.lists.found import FoundList, Shape, title_of
from ragguide.augment.lists.leads import lead_heads
from ragguide.augment.lists.lines import Line
from ragguide.augment.lists.nouns import heads_of

_FIRST_CELL = re.compile(r"(?P<column>[^:;.]{1,40}): [^;]+; [^:;]{1,60}: ")
_PROPERTY = re.compile(
    r"propert(?:y|ies)|aspects?|characteristics?|criteri(?:on|a)|attributes?", re.I
)
_ANY_COLUMN = re.compile(r"names?|items?|types?|kinds?|terms?|services?|products?", re.I)


def table_lists(block: Sequence[Line]) -> Iterator[FoundList]:
    """Yield the first column of each table, or its header where the rows are properties."""
    i = 0
    while i < len(block):
        rows, last = _rows(block, i)
        if len(rows) < 2:
            i += 1
            continue
        has_header = i > 0 and bool(block[i - 1].columns)
        at = i - 1 - has_header
        yield _table(rows, block[i - 1] if has_header else None, block[at] if at >= 0 else None)
        i = last + 1


def _rows(block: Sequence[Line], first: int) -> tuple[list[Line], int]:
    """Return the rows of the table that begins at `first`, and the index of its last line."""
    rows: list[Line] = []
    last = first
    column = _column(block[first])
    for i in range(first, len(block)):
        line = block[i]
        if column and line.begins_line and _column(line) == column:
            rows.append(line)
        elif line.begins_line or not rows:
            break
        last = i
    return rows, last


def _column(line: Line) -> str:
    """Return a row's first column, "Mode" for "Mode: Auto; Use: Daily"; "" for other lines."""
    if line.is_heading or line.columns or line.sign:
        return ""
    match = _FIRST_CELL.match(line.text)
    return match["column"] if match else ""


def _table(rows: Sequence[Line], header: Line | None, caption: Line | None) -> FoundList:
    column = _column(rows[0])
    names = tuple(row.text[len(column) + 2 :].split("; ")[0] for row in rows)
    items = tuple(rows)
    title = "" if caption is None else title_of(caption) if caption.is_heading else caption.text
    if _PROPERTY.fullmatch(column) and header is not None:
        column, names = "", header.columns[1:]
        items = (header,) * len(names)
    elif not _is_of_column(title, column):
        title = ""
    return FoundList(
        Shape.ROWS,
        lead=(caption or header or rows[0],),
        about=(column, title),
        context=(*rows[0].section, "" if caption is None else caption.text),
        items=items,
        names=names,
    )


def _is_of_column(title: str, column: str) -> bool:
    """Whether a table's caption and first column match: "Scaling methods" and "Method"."""
    if _ANY_COLUMN.fullmatch(column):
        return True
    heads = lead_heads(title, is_kind=True) | lead_heads(title)
    return not heads.isdisjoint(heads_of(column.split()[-1]))
