"""An Excel workbook in, its `Document` out: each sheet is a page, its name the heading.

Cells are read as Excel last showed them: formulas by their stored value, numbers and dates in their
format. Rows are streamed, so a big sheet needs little memory. Hidden sheets, rows and columns are
reported, not read; so are struck-out cells. Notes on cells and text boxes follow the rows.
"""

import datetime
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.worksheet._reader import WorkSheetParser

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.files import check_office, list_names, to_document
from ragguide.create.formats.number_format import (
    show_date,
    show_elapsed,
    show_number,
    show_text,
    show_time,
)
from ragguide.create.formats.package import report_unread
from ragguide.create.formats.rows import Row
from ragguide.create.formats.sheet_notes import read_notes
from ragguide.create.formats.sheet_scan import Merge, SheetFacts, scan_sheet
from ragguide.create.formats.tables import add_sheet
from ragguide.create.pdf.plain import brief
from ragguide.create.superscripts import raise_text
from ragguide.errors import InputError
from ragguide.types import Document

MAX_ROWS = 1_048_576  # of a sheet; a file may claim any
MAX_SPREAD = 200  # columns in which the text of one merged cell is repeated


def read_xlsx(path: Path) -> Document:
    check_office(path, "spreadsheetml.")
    body = BodyBuilder()
    unreadable: dict[int, str] = {}
    omitted: list[str] = []
    with path.open("rb") as file:  # openpyxl would leave the file open if it fails
        book = openpyxl.load_workbook(
            file, read_only=True, data_only=True, keep_links=False, rich_text=True
        )
        try:
            for number, name in enumerate(book.sheetnames, start=1):
                body.begin_page(number, name, closes_section=True)
                try:
                    why = _add_sheet(body, book[name], name, path, omitted)
                except InputError:
                    raise
                except MemoryError:
                    raise
                except Exception as exc:  # a damaged sheet can make openpyxl raise any exception
                    why = f"is damaged and was only partly read ({brief(exc)})"
                if why:
                    unreadable[number] = why
            title = book.properties.title or ""
        finally:
            book.close()
    omitted += report_unread(path, {"diagrams/data": "SmartArt graphics"})
    return to_document(
        path, body.finish(), title=title, unit="sheet", unreadable=unreadable, omitted=omitted
    )


def _add_sheet(body: BodyBuilder, sheet: Any, name: str, path: Path, omitted: list[str]) -> str:
    """Add a sheet; return why it was not, or only partly, read; empty if it was.

    `omitted` gets what was left out of a sheet that was read.
    """
    if sheet.sheet_state != "visible":
        return "is hidden in the workbook and was skipped"
    if not hasattr(sheet, "reset_dimensions"):
        return "is a chart without cells"
    facts = scan_sheet(path, sheet._worksheet_path)
    struck: list[str] = []
    rows = _rows(sheet, facts, struck)
    first = next((row for row in rows if row.columns), None)
    notes = read_notes(path, sheet._worksheet_path)
    if first is not None or notes:
        body.heading(name, 1)
    if first is not None:
        add_sheet(body, _chain(first, rows), splits=True)
    for row, note in notes:
        if row not in facts.hidden_rows:
            body.paragraph(note, line=row)
    omitted += facts.report(name)
    if struck:
        omitted.append(
            f"struck-out cells of sheet {name} ({list_names(struck)}). "
            "Clear their strikethrough to include them."
        )
    return ""


def _chain(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _rows(sheet: Any, facts: SheetFacts, struck: list[str]) -> Iterator[Row]:
    """Stream a sheet's visible rows; a cell merged over several rows is repeated in each.

    `struck` gets the places of cells that are left out because they are struck out.
    """
    may_strike = any(font.strike for font in sheet.parent._fonts)
    sheet.reset_dimensions()  # the size in the file may be wrong or malicious
    merged = _Merged(facts.merges)
    hidden = sorted(facts.hidden_columns, reverse=True)
    for number, cells in enumerate(_cells(sheet), start=1):
        if number > MAX_ROWS:
            return
        texts = [_shown(cell) for cell in cells]
        if may_strike:
            _drop_struck(cells, texts, struck)
        merged.put_from_above(number, texts)
        spread = merged.spread(number, texts) if texts else []
        if number in facts.hidden_rows:
            continue
        filled = [cell for cell, text in zip(cells, texts, strict=False) if text]
        is_bold = bool(filled) and all(_is_bold(cell) for cell in filled)
        for column in hidden:
            del texts[column : column + 1], spread[column : column + 1]
        yield Row(number, texts, spread, is_bold)


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    """Stream the rows of cells, as `iter_rows` does, which would read their rich text as plain.

    The private names are those of openpyxl 3.1; pyproject.toml excludes later versions.
    """
    book, after = sheet.parent, 1
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
            rich_text=True,
        )
        for number, row in parser.parse():
            yield from repeat((), number - after)
            if number >= after:
                yield sheet._get_row(row)
                after = number + 1


def _drop_struck(cells: Sequence[Any], texts: list[str], struck: list[str]) -> None:
    """Empty the texts of struck-out cells, in place."""
    for at, cell in enumerate(cells):
        if texts[at] and cell.font.strike:
            texts[at] = ""
            struck.append(cell.coordinate)


class _Merged:
    """The merged cells of a sheet. Call the methods for each row once, in order."""

    def __init__(self, merges: Sequence[Merge]) -> None:
        self._waiting = list(reversed(merges))  # the topmost last
        self._open: list[tuple[Merge, str]] = []  # those that continue in the rows below

    def put_from_above(self, number: int, texts: list[str]) -> None:
        """Insert the texts of merged cells from rows above into `texts`, in place."""
        self._open = [(merge, text) for merge, text in self._open if merge.row_last >= number]
        for merge, text in self._open:
            texts += [""] * (merge.column_first + 1 - len(texts))
            texts[merge.column_first] = text

    def spread(self, number: int, texts: Sequence[str]) -> list[str]:
        """Return a row's texts; cells that start in it are repeated in all their columns."""
        spread = list(texts)
        while self._waiting and self._waiting[-1].row_first <= number:
            merge = self._waiting.pop()
            text = texts[merge.column_first] if merge.column_first < len(texts) else ""
            if text and merge.row_first == number:
                _repeat(merge, text, spread)
            if text and merge.row_first == number < merge.row_last:
                self._open.append((merge, text))
        return spread


def _repeat(merge: Merge, text: str, spread: list[str]) -> None:
    last = min(merge.column_last, merge.column_first + MAX_SPREAD)
    spread += [""] * (last + 1 - len(spread))
    spread[merge.column_first : last + 1] = [text] * (last + 1 - merge.column_first)


def _is_bold(cell: Any) -> bool:
    return cell.value is not None and bool(cell.font.b)


def _shown(cell: Any) -> str:
    """Return a cell's value as Excel shows it, but dates in ISO form."""
    match cell.value:
        case None:
            return ""
        case bool(value):
            return "TRUE" if value else "FALSE"
        case int(value) | float(value):
            return show_number(value, cell.number_format)
        case datetime.datetime() as value:
            return show_date(value, cell.number_format)
        case datetime.timedelta() as value:
            return show_elapsed(value, cell.number_format)
        case datetime.time() as value:
            return show_time(value, cell.number_format)
        case datetime.date() as value:
            return value.isoformat()
        case CellRichText() as value:
            return show_text("".join(map(_piece, value)), cell.number_format)
        case value:
            return show_text(str(value), cell.number_format)


def _piece(piece: str | TextBlock) -> str:
    """Return a piece of a cell's text, raised or, if it is struck out, empty."""
    if isinstance(piece, str):
        return piece
    if piece.font.strike:
        return ""
    return raise_text(piece.text) if piece.font.vertAlign == "superscript" else piece.text
