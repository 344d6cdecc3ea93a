"""A page's lines in, the same without the raised marks of its footnotes out. No I/O.

`90² days` reads as 90 days if a line in smaller type starts with 2: the note. Without such a line,
after 10 and after a unit such as m, a raised digit is a power and stays.
"""

import re
from collections.abc import Sequence

import msgspec

from ragguide.create.pdf.running import SAME_SIZE, Printed
from ragguide.create.superscripts import BEFORE_POWER, PLAIN_DIGITS, RAISED_NUMBER

_NOTE = re.compile(r"(\d{1,3})[.)]?\s+\S")


def drop_note_marks(lines: Sequence[Printed]) -> tuple[list[Printed], list[Printed]]:
    """Return the lines without the first mark of each note, and the marks."""
    notes: dict[str, float] = {}  # number → type size
    for line in lines:
        if line.type and (found := _NOTE.match(line.text)):
            notes[found[1]] = min(line.type.size, notes.get(found[1], line.type.size))
    kept: list[Printed] = []
    marks: list[Printed] = []
    for line in lines:
        for found in RAISED_NUMBER.finditer(line.text):
            number = found[0].translate(PLAIN_DIGITS)
            is_note = line.type and notes.get(number, line.type.size) < line.type.size - SAME_SIZE
            if is_note and not BEFORE_POWER.search(line.text[: found.start()]):
                del notes[number]
                marks.append(Printed(found[0], line.raw_line, None))
                line = _without(line, line.text[: found.start()], found[0])
                break
        kept.append(line)
    return kept, marks


def _without(line: Printed, before: str, mark: str) -> Printed:
    """Remove a mark from a line and from its cell."""
    assert line.type is not None
    text = before + line.text[len(before) + len(mark) :]
    last = before.split()[-1] if before.split() else ""
    cells = tuple(
        (x, cell.replace(last + mark, last, 1) if last else cell) for x, cell in line.type.cells
    )
    return Printed(text, line.raw_line, msgspec.structs.replace(line.type, cells=cells))
