"""An Excel workbook in, its `Document` out: each sheet is a page, its name the heading.

Cells are read as Excel last showed them: formulas by their stored value, numbers and dates in their
format. Rows are streamed, so a big sheet needs little memory. Hidden sheets are reported, not read.
"""

import datetime
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
from openpyxl.utils import range_boundaries

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.files import brief, check_office, to_document
from ragguide.create.formats.tables import Row, add_sheet
from ragguide.errors import InputError
from ragguide.types import Document

MAX_ROWS = 1_048_576  # of a sheet; a file may claim any
MAX_MERGES = 20_000
MAX_SPREAD = 200  # columns in which the text of one merged cell is repeated
_SCAN_BYTES = 1_000_000
_SCAN_OVERLAP = 1_000  # longer than any match

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_UNSAVED = re.compile(  # a formula without a value
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?"
    rb"\s*</(?:\w+:)?c>"
)
_NOT_DIGITS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DIGITS = re.compile(r"[#0?,]+(?:\.(?P<decimals>[0#?]+))?")
_CURRENCY = re.compile(r"[$€£¥]")
_LOCALE = re.compile(r"\[\$([^\]-]*)[^\]]*\]")  # `[$€-407]`: a currency sign with its locale


class _Merge(msgspec.Struct, frozen=True):
    """A range of merged cells; columns from 0, rows from 1, all inclusive."""

    column_first: int
    row_first: int
    column_last: int
    row_last: int


class _Scan(msgspec.Struct, frozen=True):
    """Facts about a sheet that openpyxl does not give when it streams."""

    merges: tuple[_Merge, ...]
    lacks_values: bool


def read_xlsx(path: Path) -> Document:
    check_office(path, "spreadsheetml.")
    body = BodyBuilder()
    unreadable: dict[int, str] = {}
    with path.open("rb") as file:  # openpyxl would leave the file open if it fails
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            for number, name in enumerate(book.sheetnames, start=1):
                body.begin_page(number, name, closes_section=True)
                try:
                    why = _add_sheet(body, book[name], name, path)
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
    return to_document(path, body.finish(), title=title, unit="sheet", unreadable=unreadable)


def _add_sheet(body: BodyBuilder, sheet: Any, name: str, path: Path) -> str:
    """Add a sheet; return why it was not, or only partly, read; empty if it was."""
    if sheet.sheet_state != "visible":
        return "is hidden in the workbook and was skipped"
    if not hasattr(sheet, "reset_dimensions"):
        return "is a chart without cells"
    scan = _scan(path, sheet._worksheet_path)
    rows = _rows(sheet, scan.merges)
    first = next((row for row in rows if row.columns), None)
    if first is not None:
        body.heading(name, 1)
        add_sheet(body, _chain(first, rows))
    if scan.lacks_values:
        return "has formulas without a stored value: open it in Excel and save it"
    return ""


def _chain(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _scan(path: Path, part: str) -> _Scan:
    """Find merged cells, which the file lists after all rows, and formulas without a value."""
    merges: list[_Merge] = []
    lacks_values = False
    with zipfile.ZipFile(path) as archive, archive.open(part) as file:
        tail = b""
        while chunk := file.read(_SCAN_BYTES):
            window = tail + chunk
            lacks_values = lacks_values or bool(_UNSAVED.search(window))
            tail = window[-_SCAN_OVERLAP:]
            for found in _MERGE.finditer(window):
                if found.end() > len(window) - len(tail) and len(chunk) == _SCAN_BYTES:
                    continue  # the next window contains it completely
                if len(merges) < MAX_MERGES:
                    column, row, last_column, last_row = range_boundaries(found[1].decode())
                    merges.append(_Merge(column - 1, row, last_column - 1, last_row))
    return _Scan(
        tuple(sorted(dict.fromkeys(merges), key=lambda merge: merge.row_first)), lacks_values
    )


def _rows(sheet: Any, merges: Sequence[_Merge]) -> Iterator[Row]:
    """Stream a sheet's rows; a cell merged over several rows is repeated in each."""
    sheet.reset_dimensions()  # the size in the file may be wrong or malicious
    merged = _Merged(merges)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > MAX_ROWS:
            return
        texts = [_shown(cell) for cell in cells]
        merged.put_from_above(number, texts)
        if not texts:
            yield Row(number, ())
            continue
        filled = [cell for cell, text in zip(cells, texts, strict=False) if text]
        is_bold = bool(filled) and all(_is_bold(cell) for cell in filled)
        yield Row(number, texts, merged.spread(number, texts), is_bold)


class _Merged:
    """The merged cells of a sheet. Call the methods for each row once, in order."""

    def __init__(self, merges: Sequence[_Merge]) -> None:
        self._waiting = list(reversed(merges))  # the topmost last
        self._open: list[tuple[_Merge, str]] = []  # those that continue in the rows below

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


def _repeat(merge: _Merge, text: str, spread: list[str]) -> None:
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
            return _shown_number(value, cell.number_format)
        case datetime.datetime() as value:
            if value.time() == datetime.time():
                return value.date().isoformat()
            parts = "minutes" if not (value.second or value.microsecond) else "seconds"
            return value.isoformat(" ", parts)
        case datetime.date() | datetime.time() as value:
            return value.isoformat()
        case value:
            return str(value)


class _NumberFormat(msgspec.Struct, frozen=True):
    n_decimals: int | None  # None: as many as the number has
    has_thousands: bool = False
    is_percent: bool = False
    before: str = ""
    after: str = ""


def _shown_number(value: float, code: str) -> str:
    style = _read_format(code or "General")
    if style.is_percent:
        value *= 100
    if style.n_decimals is None:
        number = f"{value:.15g}"
    else:
        number = f"{value:{',' if style.has_thousands else ''}.{style.n_decimals}f}"
    minus = "-" if number.startswith("-") else ""
    percent = "%" if style.is_percent else ""
    return f"{minus}{style.before}{number.removeprefix('-')}{percent}{style.after}"


@lru_cache(maxsize=256)
def _read_format(code: str) -> _NumberFormat:
    """Read decimals, thousands, percent and currency from a format code."""
    positive = _LOCALE.sub(r'"\1"', code.split(";")[0])
    plain = _NOT_DIGITS.sub("", positive)
    digits = _DIGITS.search(plain)
    if digits is None or re.search(r"[eE/]|General", plain):
        return _NumberFormat(None)
    decimals = digits["decimals"] or ""
    # With optional digits, show as many decimals as the number has.
    n_decimals = None if "#" in decimals or "?" in decimals else len(decimals)
    sign = _CURRENCY.search(positive)
    before_digits = sign is not None and sign.start() < positive.find(digits[0])
    return _NumberFormat(
        n_decimals,
        "," in digits[0].split(".")[0].rstrip(","),
        "%" in plain,
        sign[0] if sign and before_digits else "",
        f" {sign[0]}" if sign and not before_digits else "",
    )
