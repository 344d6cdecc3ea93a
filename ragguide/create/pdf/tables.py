"""Lines with the positions of their cells in, table rows out. No I/O.

A table is a run of lines whose cells are aligned to the same few columns.
It may go on over the next page. Its first row names the columns, unless it already holds pairs of
names and values. Each row repeats these names, `Instance: p5.48xlarge; Memory: 80 GB`, so that
reader, embedder and generator understand it without the table. Sentences beside hanging labels,
such as clause numbers, speakers or words that are defined, are no table: each label keeps its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, pairwise
from statistics import median

import msgspec

from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.line_numbers import without_cell
from ragguide.create.pdf.pairs import are_pairs
from ragguide.create.pdf.table_columns import (
    SAME_COLUMN,
    Column,
    cells_in,
    find_columns,
    is_set_apart,
    places_of,
)

MAX_CELLS = 5  # median per line; with more, the PDF positions single words, not cells
MAX_HEADER_LINES = 6
MIN_ROWS = 3  # including the header
ROWS_ABOVE = 10  # with which the distance of a line is compared
MIN_SENTENCE_WORDS = 5  # of a sentence beside a label; headers have fewer
MAX_LABEL_WORDS = 4

_LEADER = re.compile(r"\s*(?:[.·…_]\s?){5,}$|\s*…{2,}$")  # fills the gap before a value
_CENTRED_NAMES = re.compile(r"(?:vn){2,}")  # see `_shape_of`
_PAGE = re.compile(r"\d{1,4}")
_DIGIT = re.compile(r"\d")
_VALUE = re.compile(  # with a unit or a sign
    r"[^\w\s]?\s?\d[\d.,' ]*(?:\s?[^\W\d]{1,4}|\s?[^\w\s])?"
)
_SENTENCE_END = re.compile(r"[.!?…]['\"’”»)\]]*$")
_MARK = re.compile(  # `1`, `1.1`, `12)`, `§ 3`, `(a)`, `[12]`, `b.`, `iv)`, `00:12`, `[1:02:45]`
    r"§?\s?\d{1,3}(?:\.\d{1,3})*[.)]?|\(\w{1,4}\)|\[\w{1,4}\]|[^\W\d_][.)]|[ivx]{1,5}[.)]"
    r"|[\[(]?\d{1,2}(?::\d\d){1,2}[\])]?"
)


class Row(msgspec.Struct, frozen=True):
    """A table row: its lines, and its text with column names."""

    lines: tuple[Line, ...]
    text: str
    header: str  # names of the columns
    is_prose: bool = False  # a sentence behind a number: its lines are read as printed


class Table(msgspec.Struct, frozen=True):
    """A table's rows, the header first."""

    rows: tuple[Row, ...]


_Named = tuple[Column, str]  # a cell's place and text


class _OpenRow(msgspec.Struct):
    """A row whose lines are being collected."""

    lines: list[Line]
    columns: list[list[str]]  # for each column, the texts of its lines

    def add(self, line: Line, cells: Sequence[tuple[int, str]]) -> None:
        self.lines.append(line)
        for column, text in cells:
            self.columns[column].append(text)

    def texts(self) -> list[str]:
        return [_LEADER.sub("", " ".join(texts)) for texts in self.columns]


def split_tables(lines: Sequence[Line]) -> Iterator[list[Line] | Table]:
    """Yield the tables, and the runs of lines between them, in order."""
    outside: list[Line] = []
    at = 0
    usable = _places_cells(lines)
    while at < len(lines):
        rows = _table_at(lines, at) if usable else []
        if not rows:
            outside.append(lines[at])
        elif _count_lines(rows):
            outside += [_without_number(line) for row in rows for line in row.lines]
        else:
            if outside:
                yield outside
                outside = []
            yield Table(tuple(rows))
        at += sum(len(row.lines) for row in rows) or 1
    if outside:
        yield outside


def _count_lines(rows: Sequence[Row]) -> bool:
    """Whether the numbers in front of all rows count the lines of a running text."""
    if not all(row.is_prose and len(row.lines) == 1 for row in rows):
        return False
    cells = [_texts(row.lines[0]) for row in rows]
    if not all(len(texts) == 2 and texts[0].isdecimal() for texts in cells):
        return False
    if not all(int(after[0]) == int(before[0]) + 1 for before, after in pairwise(cells)):
        return False
    goes_on = [
        before[-1].isalnum() and after[0].islower() and " " in before
        for (_, before), (_, after) in pairwise(cells)
    ]
    return sum(goes_on) * 3 >= len(rows)


def _without_number(line: Line) -> Line:
    if line.type is None:
        return line
    type_ = without_cell(line.type, 0)
    return msgspec.structs.replace(line, text=type_.cells[0][1], type=type_)


def _places_cells(lines: Sequence[Line]) -> bool:
    counts = [len(line.type.cells) for line in lines if line.type is not None]
    return bool(counts) and median(counts) <= MAX_CELLS


def _table_at(lines: Sequence[Line], first: int) -> list[Row]:
    """Return the rows of the table that starts at a line; empty if none starts there."""
    if not _may_open_table(lines[first]):
        return []
    grid = _grid_at(lines, first)
    if _has_groups(lines[first : first + 2]) and (not grid or len(grid[0].lines) == 1):
        grid = _grid_at(lines, first + 1)
        if grid:
            _put_above(grid[0], lines[first])
    grid = grid or _below_names(lines, first)
    if not grid or _is_contents(grid):
        return []
    _join_columns(grid)
    _repeat_group_names(grid)
    return _label_rows(grid)


def _grid_at(lines: Sequence[Line], first: int) -> list[_OpenRow]:
    """Return the rows from a line on, if the line is their header; empty if they are too few."""
    return _rows_in(_columns_at(lines, first), lines, first)


def _columns_at(lines: Sequence[Line], first: int) -> list[Column]:
    """Return the columns of the table whose header is at a line."""
    return find_columns(lines[first : first + MAX_HEADER_LINES + 1])


def _rows_in(columns: Sequence[Column], lines: Sequence[Line], first: int) -> list[_OpenRow]:
    """Return the rows from a line on that these columns have; empty if they are too few."""
    grid = _collect_rows((lines[at] for at in range(first, len(lines))), columns)
    while grid and not _is_full(grid[-1]):  # text after a table may start at its first column
        grid.pop()
    return grid if len(grid) >= MIN_ROWS else []


def _below_names(lines: Sequence[Line], first: int) -> list[_OpenRow]:
    """Return a line of names and the rows below it, if each name is nearest to its own column.

    Names that are set flush left above numbers set flush right have no edge in common with them.
    The rows are no table with a header of its own: the first one has digits.
    """
    header, names = lines[first], _texts(lines[first])
    is_above = first + 1 < len(lines) and lines[first + 1].page == header.page
    if not is_above or any(map(_DIGIT.search, names)):
        return []
    columns = _columns_at(lines, first + 1)
    grid = _rows_in(columns, lines, first + 1) if len(columns) == len(names) else []
    if not grid or not any(map(_DIGIT.search, grid[0].texts())):
        return []
    extents = _extents(grid, columns)
    nearest = [_nearest(place, extents) for place in places_of(header)]
    if len(extents) != len(columns) or nearest != list(range(len(columns))):
        return []
    return [_OpenRow([header], [[name] for name in names]), *grid]


def _extents(grid: Sequence[_OpenRow], columns: Sequence[Column]) -> list[Column]:
    """Return from where to where the cells of each column are printed."""
    found: dict[int, Column] = {}
    for line in (line for row in grid for line in row.lines):
        for place, (at, _) in zip(places_of(line), cells_in(line, columns) or (), strict=False):
            known = found.get(at, place)
            left, right = min(known.left, place.left), max(known.right, place.right)
            found[at] = Column(left, right)
    return [found[at] for at in sorted(found)]


def _nearest(place: Column, columns: Sequence[Column]) -> int:
    """Return the index of the column above which a name stands, or that is nearest to it."""
    gaps = [max(0.0, each.left - place.right, place.left - each.right) for each in columns]
    return gaps.index(min(gaps))


def _join_columns(grid: Sequence[_OpenRow]) -> None:
    """Join each column that only the header has with the next that only rows have, in place.

    A name that is set flush left above numbers that are set flush right has no edge in common. Nor
    have centred names with cells set flush left; there the column of each name comes second.
    """
    rows = [row for row in grid if row.columns != grid[0].columns]
    shape = "".join(_shape_of(texts, at, rows) for at, texts in enumerate(grid[0].columns))
    joint = "vn" if _CENTRED_NAMES.fullmatch(shape) else "nv"
    for found in reversed(list(re.finditer(joint, shape))):
        at = found.start()
        for row in grid:
            row.columns[at : at + 2] = [row.columns[at] + row.columns[at + 1]]


def _shape_of(name: Sequence[str], at: int, rows: Sequence[_OpenRow]) -> str:
    """Return whether a column has a name only (n), values only (v), or both or neither (b)."""
    has_values = any(row.columns[at] for row in rows)
    return "b" if bool(name) == has_values else "v" if has_values else "n"


def _repeat_group_names(grid: Sequence[_OpenRow]) -> None:
    """Put the names above groups of columns before the names in each group, in place.

    Such a header has two lines. The names in its second line recur, `low, high, low, high`, or the
    first line has names of single columns, too. A name is set flush left above its group, or
    centred.
    """
    own = grid[0].columns
    named = _names_in_groups(grid[0])
    for row in [row for row in grid if named and row.columns == own]:  # pages may repeat it
        row.columns = named
    _drop_empty_columns(grid)


def _has_groups(lines: Sequence[Line]) -> bool:
    """Whether the first line names groups of the columns that the second one names."""
    if len(lines) < 2 or lines[0].page != lines[1].page:
        return False
    own, upper, lower = _group_lines(lines)
    return _are_groups(own, upper, lower) and not any(_VALUE.fullmatch(text) for _, text in lower)


def _put_above(header: _OpenRow, line: Line) -> None:
    """Put a line of group names above a header; its first names are those of single columns."""
    header.lines.insert(0, line)
    own, _, _ = _group_lines(header.lines)
    unnamed = [texts for texts in header.columns if not texts]
    for (_, text), texts in zip(own, unnamed, strict=False):
        texts.append(text)


def _group_lines(lines: Sequence[Line]) -> tuple[list[_Named], list[_Named], list[_Named]]:
    """Return the upper names of single columns, those of groups, and the names in the groups.

    A name at either end that does not recur, and has none above it, belongs to no group, unless the
    upper names of single columns show that all names stand as high as they can.
    """
    upper, lower = (list(zip(places_of(line), _texts(line), strict=True)) for line in lines)
    own = []
    while upper and lower and upper[0][0].right < lower[0][0].left:
        own.append(upper.pop(0))
    if not upper:
        return own, upper, lower
    names = [text for _, text in lower]
    first, last = upper[0][0].left, upper[-1][0].right
    in_groups = [
        (place, text)
        for place, text in lower
        if own or names.count(text) > 1 or not (place.right < first or place.left > last)
    ]
    return own, upper, in_groups


def _are_groups(own: Sequence[_Named], upper: Sequence[_Named], lower: Sequence[_Named]) -> bool:
    """Whether the upper names are those of groups; see `_repeat_group_names`."""
    names = [text for _, text in lower]
    return 1 < len(upper) < len(lower) and (bool(own) or len(set(names)) < len(names))


def _names_in_groups(header: _OpenRow) -> list[list[str]]:
    """Return a header's columns with the names of their groups; nothing if it has no groups."""
    if len(header.lines) != 2:
        return []
    own, upper, lower = _group_lines(header.lines)
    if not _are_groups(own, upper, lower):
        return []
    names = [[_group_of(place, upper, lower), text] for place, text in lower]
    return _put_names(header.columns, names, [[text] for _, text in upper])


def _put_names(
    columns: Sequence[list[str]], names: Sequence[list[str]], groups: Sequence[list[str]]
) -> list[list[str]]:
    """Return the columns with their full names in order, and without the groups' own columns."""
    below = {name for _, name in names}
    at = [i for i, texts in enumerate(columns) if below & set(texts)]
    if len(at) != len(names):
        return []
    named = dict(zip(at, names, strict=True))
    return [named.get(i, [] if each in groups else each) for i, each in enumerate(columns)]


def _drop_empty_columns(grid: Sequence[_OpenRow]) -> None:
    filled = [any(row.columns[i] for row in grid) for i in range(len(grid[0].columns))]
    for row in grid:
        row.columns = list(compress(row.columns, filled))


def _texts(line: Line) -> list[str]:
    return [text for _, text in line.type.cells] if line.type else []


def _group_of(place: Column, upper: Sequence[_Named], lower: Sequence[_Named]) -> str:
    """Return the name above a cell's group: the last one to its left, or the nearest if centred."""
    if all(any(group.starts(cell) for cell, _ in lower) for group, _ in upper):
        return [text for group, text in upper if group.left <= place.left + SAME_COLUMN][-1]
    middle = place.left + place.right
    return min(upper, key=lambda named: abs(named[0].left + named[0].right - middle))[1]


def _is_contents(grid: Sequence[_OpenRow]) -> bool:
    """Whether all rows, the first too, are titles with page numbers that never fall."""
    if len(grid[0].columns) != 2:
        return False
    numbers = [row.texts()[1] for row in grid]
    if not all(_PAGE.fullmatch(number) for number in numbers):
        return False
    return all(int(number) <= int(after) for number, after in pairwise(numbers))


def _may_open_table(line: Line) -> bool:
    return line.type is not None and len(line.type.cells) >= 2 and not line.is_item


def _collect_rows(lines: Iterable[Line], columns: Sequence[Column]) -> list[_OpenRow]:
    """Group lines into rows, up to the first line outside the columns.

    A line starts a row if it starts in the first column, unless the line before has only that one.
    So does a line with a value below each value: the name of its group stands in an earlier row.
    """
    grid: list[_OpenRow] = []
    last_column = len(columns)
    for line in lines:
        cells = cells_in(line, columns)
        if cells is None or (grid and not _may_follow(grid, line, cells)):
            break
        is_grouped = len(grid) > 1 and _is_in_group(grid[-1], cells)
        if not grid or is_grouped or (cells[0][0] == 0 and last_column > 0):
            group = grid[-1].columns[0] if is_grouped else []
            grid.append(_OpenRow([], [list(group), *([] for _ in columns[1:])]))
        grid[-1].add(line, cells)
        last_column = cells[-1][0]
    return grid


def _is_in_group(row: _OpenRow, cells: Sequence[tuple[int, str]]) -> bool:
    """Whether a line lacks the first cell only, and has a number wherever the row above has one."""
    texts = row.texts()
    if cells[0][0] != 1 or len(cells) < 2:
        return False
    below = dict(cells)
    filled = [i for i, text in enumerate(texts[1:], start=1) if text]
    numbers = [i for i in filled if _VALUE.fullmatch(texts[i])]
    has_numbers = bool(numbers) and all(_VALUE.fullmatch(below.get(i, "")) for i in numbers)
    return has_numbers and set(filled) <= below.keys()


def _may_follow(grid: Sequence[_OpenRow], line: Line, cells: Sequence[tuple[int, str]]) -> bool:
    """Whether a line can belong to a table.

    A total or a heading below a wide gap cannot. On the next page a line can if a row with several
    cells ends the page, and it is no other header.
    """
    before = grid[-1].lines[-1]
    if line.page == before.page:
        above = [each for row in grid[-ROWS_ABOVE:] for each in row.lines]
        return not is_set_apart(line, cells[0][0], above)
    if line.page > before.page + 1 or len(cells) < 2 or not _is_full(grid[-1]):
        return False
    if all([text] == grid[0].columns[column] for column, text in cells):  # repeats the header
        return True
    if len(grid) == 1:
        return _is_header_of(grid[0], line, cells)
    return not _is_other_header(grid, line, cells)


def _is_header_of(row: _OpenRow, line: Line, cells: Sequence[tuple[int, str]]) -> bool:
    """Whether the only row on a page names the columns of the next one: it has no numbers."""
    if any(_DIGIT.search(text) for text in row.texts()):
        return False
    is_bolder = _is_bold(row) and line.type is not None and not line.type.is_bold
    fills_all = len(cells) == len(row.columns)
    return is_bolder or (fills_all and any(_VALUE.fullmatch(text) for _, text in cells))


def _is_other_header(
    grid: Sequence[_OpenRow], line: Line, cells: Sequence[tuple[int, str]]
) -> bool:
    """Whether a line is bolder than the row before, or has a name where all rows have a number."""
    is_bolder = line.type is not None and line.type.is_bold and not _is_bold(grid[-1])
    return is_bolder or any(
        all(_DIGIT.search(" ".join(row.columns[column])) for row in grid[1:])
        and not _DIGIT.search(text)
        for column, text in cells
    )


def _is_bold(row: _OpenRow) -> bool:
    return all(line.type is not None and line.type.is_bold for line in row.lines)


def _label_rows(grid: Sequence[_OpenRow]) -> list[Row]:
    """Return the rows, each cell with its column's name from the first row, or as pairs."""
    if _has_hanging_labels(grid):
        return [_labelled_sentence(row) for row in grid]
    if _has_pairs(grid):
        return [Row(tuple(row.lines), _pairs_text(row.texts()), "") for row in grid]
    names = grid[0].texts()
    header = " | ".join(names)
    return [
        Row(tuple(row.lines), _row_text(names, row.texts(), row is grid[0]), header) for row in grid
    ]


def _has_hanging_labels(grid: Sequence[_OpenRow]) -> bool:
    """Whether the rows are sentences beside short labels, the first row too; it is no header then.

    Without sentences, numbers that count the rows from the first one on show the same.
    """
    rows = [row.texts() for row in grid]
    first = rows[0]
    is_header = _is_bold(grid[0]) and not _is_bold(grid[1])
    if is_header or not (first[0] and first[-1]) or not all(map(_has_short_labels, rows)):
        return False
    if len(first) == 2 and " " in first[1] and all(_MARK.fullmatch(row[0]) for row in rows):
        return _counts_rows(first[0], rows[1][0])
    n_sentences = sum(_is_sentence(row[-1]) for row in rows)
    return _is_sentence(first[-1]) and n_sentences * 2 > len(rows)


def _has_short_labels(row: Sequence[str]) -> bool:
    return all(len(label.split()) <= MAX_LABEL_WORDS for label in row[:-1])


def _counts_rows(mark: str, after: str) -> bool:
    """Whether two marks have the same form and different values, as 1.1 and 1.2."""
    return mark != after and re.sub(r"\w+", "", mark) == re.sub(r"\w+", "", after)


def _is_sentence(text: str) -> bool:
    is_phrase = text[:1].islower() or bool(_SENTENCE_END.search(text))
    return is_phrase and len(text.split()) >= MIN_SENTENCE_WORDS


def _labelled_sentence(row: _OpenRow) -> Row:
    """Return a number with its sentence as prose, other labels with theirs as a pair."""
    *labels, text = row.texts()
    label = " ".join(filter(None, labels))
    if _MARK.fullmatch(label) or not label or not text:
        return Row(tuple(row.lines), "", "", is_prose=True)
    return Row(tuple(row.lines), _pairs_text((label, text)), "")


def _has_pairs(grid: Sequence[_OpenRow]) -> bool:
    """Whether all rows hold pairs of a name and a value; the first row then is no header."""
    if len(grid[0].columns) % 2 or _is_bold(grid[0]):
        return False
    if _are_names_bold(grid):
        return True
    return are_pairs([row.texts() for row in grid])


def _are_names_bold(grid: Sequence[_OpenRow]) -> bool:
    """Whether the names are bold, and no value is."""
    bold = {
        text
        for row in grid
        for line in row.lines
        if line.type is not None
        for (_, text), is_bold in zip(line.type.cells, line.type.bold, strict=False)
        if is_bold
    }
    cells = [texts for row in grid for texts in row.columns]
    return {*chain(*cells[::2])} <= bold and bold.isdisjoint(chain(*cells[1::2]))


def _pairs_text(texts: Sequence[str]) -> str:
    pairs = zip(texts[::2], texts[1::2], strict=True)
    return "; ".join(
        f"{name.removesuffix(':')}: {value}" if name and value else name + value
        for name, value in pairs
        if name or value
    )


def _is_full(row: _OpenRow) -> bool:
    return sum(bool(texts) for texts in row.columns) >= 2


def _row_text(names: Sequence[str], texts: Sequence[str], is_header: bool) -> str:
    if is_header or list(names) == list(texts):  # each page may repeat the header
        return " | ".join(names)
    return "; ".join(
        f"{name}: {text}" if name else text for name, text in zip(names, texts, strict=True) if text
    )
