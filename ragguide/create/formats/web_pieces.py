"""The blocks and tables of a web page, before filtering. No I/O."""

from collections.abc import Sequence

import msgspec
from turbohtml import Element

from ragguide.create.formats.grid import Cell, GridRow, n_columns
from ragguide.types import ITEM_SIGN, BlockKind

MAX_SPAN = 65_534  # the limit of browsers

_LAYOUT_ROLES = frozenset({"presentation", "none"})


class Piece(msgspec.Struct):
    """A block of the page, or of a table cell."""

    kind: BlockKind | None  # None for a table
    text: str
    line: int
    in_main: bool
    level: int = 0
    sign: str = ITEM_SIGN
    rows: list[GridRow] = []

    @property
    def one_line(self) -> str:
        """The text of the piece as part of a table cell."""
        if self.kind:
            return self.text
        return " ".join(cell.text for row in self.rows for cell in row.cells)


class Words(msgspec.Struct):
    """The text since the last piece."""

    line: int = 0  # of the first character
    line_of_words: int = 0  # of the first character that is not white space
    parts: list[str] = []  # joined only when needed: a page may have millions

    def add(self, text: str, line: int) -> None:
        self.line = self.line or line
        if not self.line_of_words and text.strip():
            n_blank = len(text) - len(text.lstrip())
            self.line_of_words = line + text.count("\n", 0, n_blank)
        self.parts.append(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


class _OpenCell(msgspec.Struct):
    n_columns: int
    n_rows: int
    is_header: bool
    pieces: list[Piece]

    def close(self) -> Cell:
        text = " ".join(piece.one_line for piece in self.pieces)
        return Cell(text, self.n_columns, self.n_rows, self.is_header)


class _OpenRow(msgspec.Struct):
    line: int
    in_head: bool
    cells: list[_OpenCell]


class OpenTable:
    """A table whose end has not been read yet."""

    def __init__(self, element: Element) -> None:
        self._is_layout = (element.attr("role") or "").lower() in _LAYOUT_ROLES
        self._rows: list[_OpenRow] = []

    def open_row(self, element: Element, line: int) -> None:
        in_head = isinstance(element.parent, Element) and element.parent.tag == "thead"
        self._rows.append(_OpenRow(line, in_head, []))

    def open_cell(self, element: Element) -> list[Piece]:
        """Begin a cell of the last row; return the list for its pieces."""
        cell = _OpenCell(
            _span(element, "colspan"), _span(element, "rowspan"), element.tag == "th", []
        )
        self._rows[-1].cells.append(cell)
        return cell.pieces

    def close(self, in_main: bool) -> list[Piece]:
        """Return the table as one piece; the pieces of its cells if it is a layout table."""
        rows = [
            GridRow([cell.close() for cell in row.cells], row.line, row.in_head)
            for row in self._rows
        ]
        if not rows or self._is_layout_table(rows):
            return self._pieces()
        return [Piece(None, "", rows[0].line or 1, in_main, rows=rows)]

    def _is_layout_table(self, rows: Sequence[GridRow]) -> bool:
        if self._is_layout or n_columns(rows) == 1:
            return True
        is_marked = any(cell.is_header for row in rows for cell in row.cells)
        return not is_marked and any(
            piece.kind in ("heading", "code", None) for piece in self._pieces()
        )

    def _pieces(self) -> list[Piece]:
        return [piece for row in self._rows for cell in row.cells for piece in cell.pieces]


def _span(element: Element, name: str) -> int:
    value = (element.attr(name) or "").strip()
    return min(max(1, int(value)), MAX_SPAN) if value.isdecimal() and len(value) < 7 else 1
