"""A page's lines in, the same without the raised marks of its footnotes out. No I/O.

`90² days` reads as 90 days if a line in smaller type starts with 2: the note. Without such a line,
after 10 and after a unit such as m, a raised digit is a power and stays. Letters and signs mark
notes likewise: `price^a`, `depth*`.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from ragguide.create.pdf.running import SAME_SIZE, Printed
from ragguide.create.superscripts import BEFORE_POWER, PLAIN_DIGITS, RAISED_NUMBER

_NOTE = re.compile(r"(\d{1,3}|[A-Za-z]|[*†‡§¶]{1,3})[.)]?\s+\S")
_LETTERS = r"(?<=[\w.,;:)\]\"'”’%])\^[A-Za-z](?:, ?[A-Za-z])*(?!\w)"
_SIGNS = r"(?<=[\w.,;:)\]\"'”’%])[*†‡§¶]{1,3}(?!\w)"
_MARK = re.compile(f"{RAISED_NUMBER.pattern}|{_LETTERS}|{_SIGNS}")
_VARIABLE = re.compile(r"(?<!\w)[^\W\d_]$")  # before its power


def drop_note_marks(lines: Sequence[Printed]) -> tuple[list[Printed], list[Printed]]:
    """Return the lines without the first mark of each note, and the marks.

    Letters and signs are no powers after a word, and mark a note again and again.
    """
    notes: dict[str, float] = {}  # mark → type size
    for line in lines:
        if line.type and (found := _NOTE.match(line.text)):
            notes[found[1]] = min(line.type.size, notes.get(found[1], line.type.size))
    kept: list[Printed] = []
    marks: list[Printed] = []
    for line in lines:
        at = 0
        while found := _MARK.search(line.text, at):
            at = found.end()
            if _is_mark(found, line, notes):
                at = found.start()
                marks.append(Printed(found[0], line.raw_line, None))
                line = _without(line, line.text[:at], found[0])
                if (number := found[0].translate(PLAIN_DIGITS)).isdigit():
                    del notes[number]
        kept.append(line)
    return kept, marks


def _is_mark(found: re.Match[str], line: Printed, notes: Mapping[str, float]) -> bool:
    """Whether all notes that raised signs name are there, in smaller type."""
    before = line.text[: found.start()]
    if line.type is None or BEFORE_POWER.search(before):
        return False
    if found[0].startswith("^") and _VARIABLE.search(before):
        return False
    names = found[0].translate(PLAIN_DIGITS).removeprefix("^").replace(" ", "").split(",")
    size = line.type.size
    return all(notes.get(name, size) < size - SAME_SIZE for name in names)


def _without(line: Printed, before: str, mark: str) -> Printed:
    """Remove a mark from a line and from its cell."""
    assert line.type is not None
    text = before + line.text[len(before) + len(mark) :]
    last = before.split()[-1] if before.split() else ""
    cells = tuple(
        (x, cell.replace(last + mark, last, 1) if last else cell) for x, cell in line.type.cells
    )
    return Printed(text, line.raw_line, msgspec.structs.replace(line.type, cells=cells))
