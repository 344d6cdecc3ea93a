"""CSV rows in, cases out, and back. The columns are named after the fields of `Case`.

    question,facts,pages
    What replaced it?,"december 2024|12/2024; renamed",3; 17

Semicolons separate the items of a list, bars the alternatives of a fact; an equals sign precedes a
grade. A backslash before one of these makes it a plain character.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ragguide.errors import InputError
from ragguide.evaluate.cases import CaseCollector, QuestionSet
from ragguide.evaluate.formats.source import Source, write_bytes
from ragguide.evaluate.records import Case

DELIMITERS = ",;\t"
MAX_CELL = 1 << 24  # characters; a long page exceeds the csv module's default limit

_ESCAPE = re.compile(r"[\\;|=]|\A\s|\s\Z")
_ESCAPED = re.compile(r"\\(.)", re.S)


class Delimited:
    """CSV, separated by commas, semicolons or tabs."""

    name = "csv"
    keeps_documents = False

    def reads(self, source: Source) -> bool:
        if source.data is None or source.data.lstrip()[:1] == b"{":
            return False
        return source.suffix in (".csv", ".tsv") or find_delimiter(source.data) is not None

    def read(self, source: Source) -> QuestionSet:
        assert source.data is not None
        delimiter = find_delimiter(source.data)
        if delimiter is None:
            raise InputError(
                f"{source.path} has no column `question` in its first line. Valid columns: "
                f"{', '.join(Case.__struct_fields__)}."
            )
        collector = CaseCollector()
        for place, cells in read_rows(source.data, delimiter, collector):
            add_row(cells, place, collector)
        return collector.finish(source.name)

    def write(self, questions: QuestionSet, path: Path) -> None:
        rows = [msgspec.to_builtins(case) for case in questions.cases]
        used = [name for name in Case.__struct_fields__ if any(name in row for row in rows)]
        columns = used or ["id", "question"]
        cells = [[_write_cell(name, row.get(name)) for name in columns] for row in rows]
        write_bytes(path, encode_rows([columns, *cells]))


def find_delimiter(data: bytes, column: str = "question") -> str | None:
    """Return the delimiter of a first line that has this column; None if it does not."""
    header = data.lstrip().split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    for delimiter in DELIMITERS:
        if column in _names(next(csv.reader([header], delimiter=delimiter), [])):
            return delimiter
    return None


def read_rows(
    data: bytes, delimiter: str, collector: CaseCollector
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row as column → cell, without empty cells; malformed rows become faults."""
    text = io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")
    reader = csv.reader(text, delimiter=delimiter)
    header: list[str] | None = None
    while True:
        place = f"line {reader.line_num + 1}"
        try:
            with _long_cells():
                cells = next(reader, None)
        except csv.Error as exc:
            collector.fault(place, f"{exc}; the lines after it cannot be read")
            return
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _names(cells)
        elif any("\ud800" <= char <= "\udfff" for cell in cells for char in cell):
            collector.fault(place, "is not UTF-8")
        elif len(cells) != len(header):
            collector.fault(place, f"has {len(cells)} cells, the header has {len(header)}")
        else:
            yield place, {name: cell for name, cell in zip(header, cells, strict=True) if cell}


@contextmanager
def _long_cells() -> Iterator[None]:
    """Raise the csv module's limit temporarily: it applies to the whole process."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def add_row(cells: dict[str, str], place: str, collector: CaseCollector) -> None:
    """Add one row as a case."""
    fields: dict[str, object] = {}
    wrong = False
    for name, cell in cells.items():
        try:
            fields[name] = _READERS[name](cell) if name in _READERS else cell
        except ValueError as exc:
            collector.fault(place, f"{name}: {exc}")
            wrong = True
    if not wrong:
        collector.add(fields, place)


def encode_rows(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as UTF-8 CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells]


# ── cells ───────────────────────────────────────────────────────────────────────────────────────


def _split(cell: str, sign: str) -> list[str]:
    """Split at a sign without a backslash before it; escapes stay escaped."""
    parts = re.findall(rf"(?:\\.|[^{sign}])+", cell, re.S)
    return [part for part in map(_trim, parts) if part]


def _trim(part: str) -> str:
    """Strip the white space around a part, except an escaped space."""
    part = part.lstrip()
    bare = part.rstrip()
    n_backslashes = len(bare) - len(bare.rstrip("\\"))
    return part[: len(bare) + 1] if n_backslashes % 2 and len(part) > len(bare) else bare


def _plain(part: str) -> str:
    return _ESCAPED.sub(r"\1", part)


def _read_texts(cell: str) -> list[str]:
    return [_plain(part) for part in _split(cell, ";")]


def _read_facts(cell: str) -> list[list[str]]:
    return [[_plain(a) for a in _split(fact, "|")] for fact in _split(cell, ";")]


def _read_pages(cell: str) -> list[int]:
    return [_whole(part, "page") for part in _split(cell, ";")]


def _read_grades(cell: str) -> dict[str, int]:
    grades = {}
    for part in _split(cell, ";"):
        name, *grade = _split(part, "=")
        if len(grade) > 1:
            raise ValueError(f"{part!r} is not of the form document=grade")
        grades[_plain(name)] = _whole(grade[0], "grade") if grade else 1
    return grades


def _read_json(cell: str) -> object:
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError as exc:
        raise ValueError(f"is not JSON: {exc}") from exc


def _whole(part: str, what: str) -> int:
    try:
        return int(part)
    except ValueError:
        raise ValueError(f"{part!r} is not a {what}") from None


_READERS: dict[str, Callable[[str], object]] = {
    "other_answers": _read_texts,
    "more_evidence": _read_texts,
    "facts": _read_facts,
    "wrong": _read_texts,
    "pages": _read_pages,
    "relevant": _read_grades,
    "metadata": _read_json,
}


def _write_cell(name: str, value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if name == "metadata":
        return msgspec.json.encode(value).decode()
    if name == "facts":
        return "; ".join("|".join(map(_escape, fact)) for fact in value)
    if name == "relevant":
        return "; ".join(f"{_escape(document)}={grade}" for document, grade in value.items())
    return "; ".join(_escape(str(item)) for item in value)


def _escape(text: str) -> str:
    return _ESCAPE.sub(lambda sign: "\\" + sign[0], text)
