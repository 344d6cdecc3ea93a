"""Lines of a page in, the same with the notes of its margins behind their paragraphs out. No I/O.

A note may have baselines of its own, so its lines would fall between and behind those of the text
beside it. Writers may also draw it before or behind the line that it stands beside.
"""

import re
from collections import Counter
from collections.abc import Sequence, Set

from ragguide.create.pdf.margins import (
    MAX_LINES,
    SENTENCE_END,
    Cell,
    Note,
    notes_in_margins,
    stacks_of,
)
from ragguide.create.pdf.text_runs import Run

SMALL = 0.9  # times the size of the text
MIN_LINES = 2  # of a note in small type
BESIDE = 10.0  # times the type size: how far text begins to the left of a note

_LETTER = re.compile(r"[^\W\d_]")

_Line = Sequence[Run]


def set_notes_apart(lines: Sequence[_Line]) -> list[list[Run]]:
    """Return the lines with each note behind the paragraph that it stands beside."""
    notes = notes_in_margins(lines)
    taken = {id(run) for note in notes for cell in note.cells for run in cell.runs}
    return _set_small_apart(_set_beside_apart(lines, notes, taken), taken)


def _set_beside_apart(
    lines: Sequence[_Line], notes: Sequence[Note], taken: Set[int]
) -> list[list[Run]]:
    """Move the notes in the margins of a text behind the last line of its paragraph.

    Bold ones beside the first line are headings of the paragraph, and move before it.
    """
    before: dict[int, list[list[Run]]] = {}  # index of a line → notes
    behind: dict[int, list[list[Run]]] = {}
    for note in notes:
        runs = [list(cell.runs) for cell in note.cells]
        if note.is_head:
            before.setdefault(min(cell.at for cell in note.paragraph), []).extend(runs)
        else:
            behind.setdefault(max(cell.at for cell in note.paragraph), []).extend(runs)
    found: list[list[Run]] = []
    for at, line in enumerate(lines):
        kept = [run for run in line if id(run) not in taken]
        text = [kept] if kept or not line else []
        found += [*before.get(at, ()), *text, *behind.get(at, ())]
    return found


def _set_small_apart(lines: Sequence[_Line], taken: Set[int]) -> list[list[Run]]:
    """Move notes in small type, but those already taken, behind the sentence beside them."""
    letters = Counter[float]()
    for run in (run for line in lines for run in line):
        letters[round(run.size, 1)] += len(run.text.strip())
    body = max(letters, key=letters.__getitem__, default=0.0)
    ends = [note for at, line in enumerate(lines) for note in _small_end(line, at, body)]
    found = [note for note in ends if id(note.runs[0]) not in taken]
    kept = [list(line) for line in lines]
    for stack in reversed(stacks_of(found, flush_left=True)):
        if MIN_LINES <= len(stack) <= MAX_LINES and _is_beside_text(stack, lines, body):
            _move(stack, kept)
    return kept


def _small_end(line: _Line, at: int, body: float) -> list[Cell]:
    """Return the small runs that end a line, if they stand on one baseline and have a letter."""
    runs = [run for run in line if run.text.strip()]
    small = [run for run in runs if run.size <= SMALL * body]
    if not small or small[0].y is None or {run.y for run in small} != {small[0].y}:
        return []
    n_left = sum(run.x < small[0].x for run in runs)
    has_letter = _LETTER.search("".join(run.text for run in small))
    is_end = n_left == len(runs) - len(small)
    return [Cell(at, tuple(small), small[0].y)] if is_end and has_letter else []


def _is_beside_text(stack: Sequence[Cell], lines: Sequence[_Line], body: float) -> bool:
    """Whether lines in body type, and none in small type, begin far to the left of a note."""
    size = stack[0].size
    top, bottom = stack[0].y + size, stack[-1].y - size
    inside = {id(run) for note in stack for run in note.runs}
    beside = [run for line in lines for run in line if _is_between(run, bottom, top)]
    others = [run for run in beside if id(run) not in inside]
    if any(run.size <= SMALL * body for run in others):
        return False
    return min((run.x for run in others), default=stack[0].x) < stack[0].x - BESIDE * size


def _is_between(run: Run, bottom: float, top: float) -> bool:
    return run.y is not None and bottom <= run.y <= top and bool(run.text.strip())


def _move(stack: Sequence[Cell], lines: list[list[Run]]) -> None:
    """Move a note behind the first line that ends a sentence from the note's end on, in place."""
    doomed = {id(run) for note in stack for run in note.runs}
    for note in stack:
        lines[note.at] = [run for run in lines[note.at] if id(run) not in doomed]
    first = stack[-1].at
    at = next((i for i in range(first, len(lines)) if _ends_sentence(lines[i])), len(lines) - 1)
    lines[at + 1 : at + 1] = [list(note.runs) for note in stack]
    for note in reversed(stack):
        if not lines[note.at]:
            del lines[note.at]


def _ends_sentence(line: _Line) -> bool:
    return bool(SENTENCE_END.search("".join(run.text for run in line).rstrip()))
