"""A page's lines in, the same without the line numbers in its margins out. No I/O.

Contracts count each line of their text or each fifth, listings each line. Such numbers stand in a
strip that has no other text, and grow as steadily as the lines go down. Numbers beside each line
count rows or steps, too: there, the text itself must run on from line to line, or be code.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import msgspec

from ragguide.create.pdf.running import Printed
from ragguide.types import Type

SAME_EDGE = 1.5  # points between the edges of numbers in one strip
GAP = 0.5  # of the type size, at least between a number and its line
SLACK = 0.12  # of a line's height, by which its number may be off
STEPS = (1, 2, 5, 10)  # between two numbers
MIN_NUMBERS = {1: 4}  # by their step; else two
RUNS_ON = 3  # at least each third line goes on with the sentence of the line above


class _Number(msgspec.Struct, frozen=True):
    """A cell that holds nothing but a number."""

    line: int  # index among the page's lines
    cell: int
    value: int
    left: float
    right: float
    y: float


def drop_line_numbers(lines: Sequence[Printed]) -> tuple[list[Printed], list[Printed]]:
    """Return the lines without line numbers, and the numbers."""
    found = sorted(_numbers(lines), key=lambda number: -number.y)
    doomed: dict[int, _Number] = {}  # index of the line → its number
    leading = _leading(lines) if found else 0.0
    for strip in _strips(found):
        doomed |= {
            number.line: number
            for run in _runs(strip)
            if _is_steady(run, leading) and _counts_lines(run, lines)
            for number in run
        }
    kept = [
        line if i not in doomed else _without(line, doomed[i].cell) for i, line in enumerate(lines)
    ]
    numbers = [
        Printed(str(number.value), lines[i].raw_line, None) for i, number in sorted(doomed.items())
    ]
    return [line for line in kept if line.text], numbers


def _numbers(lines: Sequence[Printed]) -> Iterator[_Number]:
    """Yield the numbers that stand apart at one end of a line."""
    for i, line in enumerate(lines):
        if line.type is None or line.type.y is None or not line.type.rights:
            continue
        cells, rights, gap = line.type.cells, line.type.rights, GAP * line.type.size
        for at in {0, len(cells) - 1}:
            (x, text), right = cells[at], rights[at]
            is_apart = (at == 0 or x - rights[at - 1] >= gap) and (
                at + 1 == len(cells) or cells[at + 1][0] - right >= gap
            )
            if is_apart and text.isdecimal() and len(text) <= 4:
                yield _Number(i, at, int(text), x, right, line.type.y)


def _strips(numbers: Sequence[_Number]) -> list[list[_Number]]:
    """Group numbers by their right edge, else by their left one."""
    strips: list[list[_Number]] = []
    for number in numbers:
        for strip in strips:
            first = strip[0]
            if (
                min(abs(number.right - first.right), abs(number.left - first.left)) <= SAME_EDGE
                and strip[-1].line != number.line
            ):
                strip.append(number)
                break
        else:
            strips.append([number])
    return strips


def _leading(lines: Sequence[Printed]) -> float:
    """Return the usual gap between the baselines of lines; 0 if there is none."""
    heights = sorted({line.type.y for line in lines if line.type and line.type.y is not None})
    gaps = [after - before for before, after in pairwise(heights) if after - before > 1]
    return median(gaps) if gaps else 0.0


def _runs(strip: Sequence[_Number]) -> Iterator[list[_Number]]:
    """Yield the runs of numbers that grow by one step."""
    run: list[_Number] = []
    for number in strip:
        step = number.value - run[-1].value if run else 0
        if run and (step not in STEPS or (len(run) > 1 and step != run[-1].value - run[-2].value)):
            yield run
            run = []
        run.append(number)
    yield run


def _is_steady(run: Sequence[_Number], leading: float) -> bool:
    """Whether most numbers of a run grow as fast as the lines go down."""
    if len(run) < 2 or not leading:
        return False
    step = run[1].value - run[0].value
    if len(run) < MIN_NUMBERS.get(step, 2) or any(each.value % step for each in run):
        return False
    heights = [(before.y - after.y) / step for before, after in pairwise(run)]
    n_level = sum(abs(height - leading) <= SLACK * leading for height in heights)
    return 2 * n_level >= len(heights)


def _counts_lines(run: Sequence[_Number], lines: Sequence[Printed]) -> bool:
    """Whether a run counts the lines of a text that runs on, or of code."""
    cell_of = {number.line: number.cell for number in run}
    beside = [
        _without(line, cell_of[i]) if i in cell_of else line
        for i, line in enumerate(lines)
        if _is_beside(line, run)
    ]
    if any(_stands_in_strip(line, run[0]) for line in beside):
        return False
    texts = [line for line in beside if line.text]
    return _runs_on(texts) or (run[0].value == 1 and _is_code(texts))


def _runs_on(lines: Sequence[Printed]) -> bool:
    goes_on = sum(_goes_on(before.text, line.text) for before, line in pairwise(lines))
    return RUNS_ON * goes_on >= len(lines) - 1 > 0


def _is_code(lines: Sequence[Printed]) -> bool:
    return all(line.type and line.type.pitch for line in lines)


def _is_beside(line: Printed, run: Sequence[_Number]) -> bool:
    """Whether a line is as high as one of the numbers, or stands between them."""
    y = line.type.y if line.type else None
    return y is not None and run[-1].y - 1 <= y <= run[0].y + 1


def _stands_in_strip(line: Printed, number: _Number) -> bool:
    """Whether a line has text above or below a number."""
    if line.type is None:
        return False
    edges = zip(line.type.cells, line.type.rights, strict=False)
    return any(x < number.right and number.left < right for (x, _), right in edges)


def _goes_on(before: str, line: str) -> bool:
    return " " in before and (before[-1].isalnum() or before[-1] == ",") and line[:1].islower()


def _without(line: Printed, cell: int) -> Printed:
    """Return a line without one of its cells at an end; its text is empty if it has no other."""
    assert line.type is not None
    number = line.type.cells[cell][1]
    text = line.text
    if text.startswith(number) and (cell == 0 or not text.endswith(number)):
        text = text[len(number) :].lstrip()
    elif text.endswith(number):
        text = text[: -len(number)].rstrip()
    return Printed(text, line.raw_line, without_cell(line.type, cell))


def without_cell(type_: Type, cell: int) -> Type:
    """Return the type of a line without one of its cells."""
    cells = (*type_.cells[:cell], *type_.cells[cell + 1 :])
    rights = (*type_.rights[:cell], *type_.rights[cell + 1 :])
    bold = (*type_.bold[:cell], *type_.bold[cell + 1 :])
    return msgspec.structs.replace(type_, cells=cells, rights=rights, bold=bold)
