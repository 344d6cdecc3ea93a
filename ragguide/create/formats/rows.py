"""One row of a sheet, and what its cells are. No I/O."""

import re
from collections.abc import Sequence

import msgspec

_NUMBER = re.compile(  # with a sign, a currency or a unit
    r"[-+(]?\s*[$€£¥]?\s*[-+]?[\d.,' ]*\d[\d.,]*\s*(?:%|[$€£¥]|[A-Z]{3}|\s[^\s\d]{1,6})?\)?"
)
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d+:\d\d(?::\d\d)?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


class Row(msgspec.Struct, frozen=True):
    """One row of a sheet."""

    number: int | None  # from 1, as Excel shows it
    cells: Sequence[str]
    spread: Sequence[str] = ()  # `cells`, but merged cells are repeated in all their columns
    is_emphasised: bool = False  # bold, as headers often are
    after_gap: bool = False  # the row above is empty

    @property
    def columns(self) -> set[int]:
        return {i for i, cell in enumerate(self.cells) if cell.strip()}

    @property
    def columns_named(self) -> set[int]:
        """The columns with a text, also those that a merged cell covers."""
        return {i for i, cell in enumerate(self.spread or self.cells) if cell.strip()}

    @property
    def is_grouped(self) -> bool:
        """Whether a merged cell covers several columns."""
        return bool(self.spread) and list(self.spread) != list(self.cells)


def is_text(row: Row) -> bool:
    return not any(is_measure(cell) for cell in row.cells)


def all_numbers(rows: Sequence[Row], column: int) -> bool:
    cells = [row.cells[column].strip() for row in rows if column < len(row.cells)]
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(is_number(cell) for cell in filled)


def all_digits(rows: Sequence[Row], column: int) -> bool:
    filled = [row.cells[column] for row in rows if column < len(row.cells) and row.cells[column]]
    return bool(filled) and not any(map(has_no_digit, filled))


def has_no_digit(cell: str) -> bool:
    return not any(c.isdigit() for c in cell)


def is_number(cell: str) -> bool:
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def is_measure(cell: str) -> bool:
    """Whether the cell is a number, but not a year, since headers may contain years."""
    return is_number(cell) and not _YEAR.fullmatch(cell.strip())
