"""A Word document in, its `Document` out: headings by style, lists by numbering, tables in place.

python-docx opens the package. The text is read from the XML, because python-docx's paragraphs skip
insertions, content controls and text boxes. Notes and comments follow the paragraph, list or table
that refers to them; headers and footers come first, once.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import msgspec
from docx.opc.constants import RELATIONSHIP_TYPE

from ragguide.create.body import BodyBuilder, one_line, typed_item
from ragguide.create.formats.files import check_office, to_document
from ragguide.create.formats.grid import Cell, GridRow, add_grid, n_columns
from ragguide.create.formats.numbering import Numbering
from ragguide.create.formats.package import report_unread
from ragguide.create.formats.raised import drop_marks, find_notes
from ragguide.create.formats.word_notes import Notes
from ragguide.create.formats.word_text import MC, W, WordText
from ragguide.types import ITEM_SIGN, Document

DRAWN = {"charts/chart": "charts", "diagrams/data": "SmartArt graphics"}  # parts without text flow
MAX_SPAN = 63  # the most columns of a Word table

_HOLDERS = {W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")}
_HOLDERS |= {MC + "AlternateContent", MC + "Choice"}
_HEADING = re.compile(r"heading ([1-9])")
_CONTENTS = re.compile(r"toc \d|table of figures|toa heading|index \d")
# Styles of Word, LibreOffice, pandoc and docx writers for code.
_CODE = re.compile(
    r"source ?code|code(?: block)?|verbatim|html preformatted|preformatted text|macro(?: text)?"
)
_BODY_LEVEL = 9  # the outline level of ordinary text


class _Style(msgspec.Struct, frozen=True):
    """A paragraph style, with the properties inherited from its base styles."""

    names: tuple[str, ...]  # its own first, then those of its base styles; in lower case
    outline_level: int = _BODY_LEVEL
    list_id: str = ""
    list_level: int | None = None
    list_style: str = ""  # the style in the chain that has the list


def read_docx(path: Path) -> Document:
    check_office(path, "wordprocessingml.")
    opened = docx.Document(str(path))
    converter = _Converter(opened)
    converter.add_document(opened.element.body)
    title = converter.title
    if not title:
        with contextlib.suppress(Exception):  # a broken property only costs the title
            title = opened.core_properties.title or ""
    omitted = [*converter.omitted, *report_unread(path, DRAWN)]
    return to_document(path, converter.body.finish(), title=title, omitted=omitted)


class _Converter:
    """Turns a document's body into blocks. Recursion is safe: libxml2 limits nesting to 256."""

    def __init__(self, opened: Any) -> None:
        self.body = BodyBuilder()
        self.title = ""  # the first paragraph of the style Title
        self.omitted: list[str] = []  # what is not read of the document, and what to do
        self._text = WordText(opened.styles.element)
        self._notes = Notes(opened.part, self._text)
        self._pending: list[str] = []  # notes of the open list
        body = opened.element.body
        has_marks = self._text.raises_text(body)
        paragraphs = body.iter(W + "p") if has_marks else iter(())
        self._typed_notes = find_notes(map(self._text.of, paragraphs))
        self._styles = _read_styles(opened.styles.element)
        self._default = next(
            (
                style.get(W + "styleId", "")
                for style in opened.styles.element.iter(W + "style")
                if style.get(W + "type") == "paragraph"
                and style.get(W + "default") in ("1", "true")
            ),
            "",
        )
        numbering = next(
            (
                rel.target_part.element
                for rel in opened.part.rels.values()
                if rel.reltype == RELATIONSHIP_TYPE.NUMBERING and not rel.is_external
            ),
            None,
        )
        self._numbering = Numbering(numbering)

    def add_document(self, body: Any) -> None:
        for text in self._notes.edges:
            self.body.paragraph(text)
        self.add_flow(body)
        self._add_notes()
        if self._text.hides_text(body):
            self.omitted.append("hidden text. Show it in Word to include it.")
        if next(body.iter(W + "altChunk"), None) is not None:
            self.omitted.append("inserted documents. Save it again in Word to include them.")

    def _add_notes(self) -> None:
        """Add the notes that items refer to, after the list."""
        for note in self._pending:
            self.body.paragraph(note)
        self._pending.clear()

    def add_flow(self, container: Any) -> None:
        """Add paragraphs and tables in document order."""
        for child in container:
            if child.tag == W + "p":
                self._add_paragraph(child)
            elif child.tag == W + "tbl":
                self._add_table(child)
            elif child.tag in _HOLDERS:
                self.add_flow(child)

    def _add_paragraph(self, paragraph: Any) -> None:
        style = self._style_of(paragraph)
        raw = self._text.of(paragraph)
        text = drop_marks(one_line(raw), self._typed_notes)
        if text and any(_CODE.fullmatch(name) for name in style.names):
            self._add_notes()
            self.body.code(raw)
        elif text and not any(_CONTENTS.fullmatch(name) for name in style.names):
            self._add_text(paragraph, style, text, drop_marks(raw, self._typed_notes))
        elif not text:
            self._pending += self._notes.of(paragraph)
        for box in _boxes(paragraph):
            self.add_flow(box)

    def _add_text(self, paragraph: Any, style: _Style, text: str, lines: str) -> None:
        """Add a text, which is one line, or its `lines` if it is neither heading nor item."""
        level = _heading_level(paragraph, style)
        sign = self._sign_of(paragraph, style)
        item = (sign, text) if sign is not None else typed_item(text)
        is_listed = level is None and item is not None
        if not is_listed:
            self._add_notes()
        if level is not None:
            number = "" if sign is None or sign == ITEM_SIGN else sign
            self.body.heading(number + text, level)
            self.title = self.title or (text if level == 0 else "")
        elif item is not None:
            self.body.item(item[1], sign=item[0])
        else:
            self.body.paragraph(lines)
        self._pending += self._notes.of(paragraph)
        if not is_listed:
            self._add_notes()

    def _style_of(self, paragraph: Any) -> _Style:
        found = paragraph.find(f"{W}pPr/{W}pStyle")
        style_id = self._default if found is None else found.get(W + "val", "")
        return self._styles.get(style_id) or _Style(())

    def _sign_of(self, paragraph: Any, style: _Style) -> str | None:
        """Return the bullet or number that Word shows; None if this is not a list item."""
        list_id, list_level = style.list_id, style.list_level
        own = paragraph.find(f"{W}pPr/{W}numPr")
        if own is not None:
            list_id = _value(own, "numId") or list_id
            level = _value(own, "ilvl")
            list_level = int(level) if level.isdecimal() else list_level
        if not list_id or list_id == "0":  # 0 removes a paragraph from its style's list
            by_name = any(name.startswith("list bullet") for name in style.names)
            return ITEM_SIGN if by_name and list_id != "0" else None
        return self._numbering.sign(list_id, list_level, style.list_style)

    def _add_table(self, table: Any) -> None:
        rows: list[list[Any]] = []
        for row in _children(table, "tr"):
            if row.find(f"{W}trPr/{W}del") is None:
                rows.append(list(_children(row, "tc")))
        self._add_notes()
        grid = list(self._grid(rows))
        if n_columns(grid) == 1:  # a frame around text
            for cells in rows:
                for cell in cells:
                    self.add_flow(cell)
        else:
            look = table.find(f"{W}tblPr/{W}tblLook")
            add_grid(self.body, grid, has_header=look is None or _looks_at_first_row(look))
            self._pending += self._notes.of(table)
            self._add_notes()

    def _grid(self, rows: list[list[Any]]) -> Iterator[GridRow]:
        """Yield the rows; a cell merged downwards is repeated in each row."""
        above: dict[int, str] = {}
        for number, cells in enumerate(rows):
            filled: list[Cell] = []
            column = 0
            texts: dict[int, str] = {}
            for cell in cells:
                span = _value(cell, f"tcPr/{W}gridSpan")
                width = min(max(1, int(span)), MAX_SPAN) if span.isdecimal() else 1
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                text = one_line(self._cell_text(cell))
                if merged is not None and merged.get(W + "val", "continue") == "continue":
                    text = above.get(column, text)
                texts[column] = text
                filled.append(Cell(text, width))
                column += width
            above = texts
            head = cells[0].getparent().find(f"{W}trPr/{W}tblHeader") if cells else None
            yield GridRow(filled, in_head=head is not None and number < len(rows) - 1)

    def _cell_text(self, cell: Any) -> str:
        return " ".join(
            self._text.of(paragraph)
            for paragraph in cell.iter(W + "p")
            if not any(parent.tag == MC + "Fallback" for parent in paragraph.iterancestors())
        )


def _read_styles(styles: Any) -> dict[str, _Style]:
    own: dict[str, tuple[str, _Style]] = {}
    for style in styles.iter(W + "style"):
        level = _value(style, f"pPr/{W}outlineLvl")
        list_level = _value(style, f"pPr/{W}numPr/{W}ilvl")
        list_id = _value(style, f"pPr/{W}numPr/{W}numId")
        style_id = style.get(W + "styleId", "")
        own[style_id] = (
            _value(style, "basedOn"),
            _Style(
                (_value(style, "name").lower(),),
                int(level) if level.isdecimal() else _BODY_LEVEL,
                list_id,
                int(list_level) if list_level.isdecimal() else None,
                style_id if list_id else "",
            ),
        )
    return {style_id: _inherit(style_id, own) for style_id in own}


def _inherit(style_id: str, own: dict[str, tuple[str, _Style]]) -> _Style:
    chain: list[str] = []
    while style_id in own and style_id not in chain:  # a damaged file may form a circle
        chain.append(style_id)
        style_id = own[style_id][0]
    styles = [own[link][1] for link in chain]
    listed = next((style for style in styles if style.list_id), styles[0])
    return _Style(
        tuple(name for style in styles for name in style.names),
        next((s.outline_level for s in styles if s.outline_level < _BODY_LEVEL), _BODY_LEVEL),
        listed.list_id,
        listed.list_level,
        listed.list_style,
    )


def _heading_level(paragraph: Any, style: _Style) -> int | None:
    """Return 0 for the title, 1 to 9 for headings, None for text."""
    for name in style.names:
        if name == "title":
            return 0
        if found := _HEADING.fullmatch(name):
            return int(found[1])
    own = _value(paragraph, f"pPr/{W}outlineLvl")
    level = int(own) if own.isdecimal() else style.outline_level
    return level + 1 if level < _BODY_LEVEL else None


def _boxes(node: Any) -> Iterator[Any]:
    """Yield the outermost text boxes anchored in a paragraph."""
    for child in node:
        if child.tag == W + "txbxContent":
            yield child
        elif child.tag != MC + "Fallback":
            yield from _boxes(child)


def _children(node: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table, or the cells of a row, also inside content controls etc."""
    for child in node:
        if child.tag == W + name:
            yield child
        elif child.tag in _HOLDERS:
            yield from _children(child, name)


def _looks_at_first_row(look: Any) -> bool:
    """Whether the table's style highlights the first row."""
    flag = look.get(W + "firstRow")
    if flag is not None:
        return flag in ("1", "true", "on")
    bits = look.get(W + "val", "0020")
    return bool(int(bits, 16) & 0x20) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", bits) else True


def _value(node: Any, path: str) -> str:
    """Return the attribute `w:val` of a child; empty if there is none."""
    found = node.find(W + path)
    return "" if found is None else found.get(W + "val", "")
