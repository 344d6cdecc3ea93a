"""The lines removed from the edges of pages in, the numbers printed on the pages out. No I/O.

A PDF may name its pages ("iv", "12"). Most do not, and their printed numbers differ from the place
in the file. A number counts as a page's own if neighbouring pages continue it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragguide.create.pdf.furniture import Removed
from ragguide.create.roman import from_roman, to_roman

NEAR = 3  # pages between two numbers of one count; OCR and chapter openings lose some
MIN_PAGES = 3  # of one count in figures
MIN_ROMAN_PAGES = 2  # a preface may have few, and no other line is a Roman number alone

_FIGURES = re.compile(r"(?<![\d.,/-])\d{1,5}(?![\d,/-]|\.\d)")
_ROMAN = re.compile(r"\W*([ivxl]{1,8}|[IVXL]{1,8})\W*")


class _Number(NamedTuple):
    page: int
    value: int
    style: str  # "1", "i" or "I"

    @property
    def series(self) -> tuple[str, int]:
        """What the numbers of one count have in common: style and lead over the page."""
        return self.style, self.value - self.page


def printed_numbers(labels: Sequence[str], removed: Sequence[Removed]) -> tuple[str, ...]:
    """Return the label of each page: the number printed on it, if the PDF itself has no labels.

    A page without a number between two pages of one count gets the number that they leave for it.

    Args:
        labels: of the PDF; the place in the file where it has none.
        removed: running heads and page numbers.
    """
    places = tuple(str(page) for page in range(1, len(labels) + 1))
    if tuple(labels) != places:
        return tuple(labels)
    found: dict[int, tuple[int, str]] = {}  # page → pages of its count, label
    for run in _runs([number for line in removed for number in _numbers(line)]):
        first, last = run[0], run[-1]
        for page in range(first.page, last.page + 1):
            label = _written(first.value + page - first.page, first.style)
            found[page] = max(found.get(page, (0, "")), (len(run), label))
    return tuple(found.get(page, (0, label))[1] for page, label in enumerate(places, start=1))


def _numbers(line: Removed) -> Iterator[_Number]:
    """Yield the numbers of a line that may count pages."""
    if roman := _ROMAN.fullmatch(line.text):
        style = "i" if roman[1].islower() else "I"
        value = from_roman(roman[1])
        if _written(value, style) == roman[1]:
            yield _Number(line.page, value, style)
    for figures in _FIGURES.findall(line.text):
        yield _Number(line.page, int(figures), "1")


def _runs(numbers: Sequence[_Number]) -> Iterator[list[_Number]]:
    """Yield the numbers of each count, in the order of the pages, if they are enough."""
    runs: list[list[_Number]] = []
    for number in sorted(set(numbers), key=lambda each: (each.series, each.page)):
        last = runs[-1][-1] if runs else None
        if last and last.series == number.series and number.page - last.page <= NEAR:
            runs[-1].append(number)
        else:
            runs.append([number])
    return (run for run in runs if len(run) >= _least(run[0].style))


def _least(style: str) -> int:
    return MIN_PAGES if style == "1" else MIN_ROMAN_PAGES


def _written(value: int, style: str) -> str:
    if style == "1":
        return str(value)
    return to_roman(value) if style == "i" else to_roman(value).upper()
