"""A CSV or TSV file in, its `Document` out: one sheet, each row with the header's names."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.files import read_text, to_document
from ragguide.create.formats.rows import Row
from ragguide.create.formats.tables import add_sheet
from ragguide.errors import InputError
from ragguide.types import Document

DELIMITERS = ",;\t|"
N_SAMPLE = 100  # records used to detect the delimiter


def read_csv(path: Path) -> Document:
    """Read a CSV file and detect its delimiter; a TSV file has tabs."""
    text = read_text(path)
    body = BodyBuilder()
    body.begin_page(1, path.name)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _find_delimiter(text)
    try:
        add_sheet(body, _rows(text, delimiter), has_header=True)
    except csv.Error as exc:
        raise InputError(f"{path} is damaged: {exc}. Look for an unclosed quotation mark.") from exc
    return to_document(path, body.finish(), unit="sheet")


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(_lines(text), delimiter=delimiter, skipinitialspace=delimiter != "\t")
    for number, cells in enumerate(reader, start=1):
        yield Row(number, cells)


def _lines(text: str) -> Iterator[str]:
    """Yield lines with their line breaks, since a quoted cell may contain several lines."""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def _find_delimiter(text: str) -> str:
    """Return the delimiter that splits most records into the same number of cells, at least two."""
    best = (0.0, 0)
    chosen = DELIMITERS[0]
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for row in islice(_rows(text, delimiter), N_SAMPLE):
                if row.columns:
                    widths[len(row.cells)] += 1
        except csv.Error:
            continue
        width, n_rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
        score = (n_rows / widths.total(), width) if width > 1 else (0.0, 0)
        if score > best:
            best, chosen = score, delimiter
    return chosen
