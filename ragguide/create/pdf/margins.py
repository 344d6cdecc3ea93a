"""Lines of a page in, the notes in the margins of its text out. No I/O.

The label of a row stands beside the first line of the row's text, its middle or its last line. A
note stands beside any line of a paragraph. Where one does, all texts in that margin are notes.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import msgspec

from ragguide.create.pdf.columns import FULL, GAP
from ragguide.create.pdf.text_runs import Run

SAME_EDGE = 1.5  # points between the left edges of a text's lines, or of a note's
SAME_SIZE = 0.5  # points
MIN_WORDS = 4  # of a line that shows where the text begins
MIN_SHARE = 0.5  # of a page's letters, in its text
MIN_LINES = 3  # of the text
INDENT = 3.0  # times the type size: how far the first line of a paragraph may be indented
APART = 0.5  # times the type size, between the text and its margin
NEXT_LINE = 1.3  # times the usual step between baselines
BESIDE = 0.75  # of that step, at most between the baselines of a note and the line beside it
NOTE_STEP = (0.9, 1.9)  # times the type size, between the baselines of a note's lines
CENTRED = 0.3  # of a step, at most between the middles of a paragraph and its label
MAX_LINES = 8  # of a note; longer ones are columns
NARROW = 0.6  # of the text's width, at most for a note
MAX_LETTERS = 0.4  # times those of the text, in all notes of a margin
SENTENCE_END = re.compile(r"[.!?:][\"'”’)]*\Z")

_WORD = re.compile(r"[^\W\d_]{3,}")
_ITEM_NUMBER = re.compile(r"\(?\w{1,4}[.)]")


class Cell(msgspec.Struct, frozen=True):
    """Runs of a line without a wide gap between them."""

    at: int  # index of the line
    runs: tuple[Run, ...]
    y: float

    @property
    def x(self) -> float:
        return self.runs[0].x

    @property
    def right(self) -> float:
        return self.runs[-1].right

    @property
    def size(self) -> float:
        return self.runs[0].size

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs).strip()


class Note(msgspec.Struct, frozen=True):
    """A text in a margin, and where the paragraph beside it is."""

    cells: tuple[Cell, ...]  # one a line, from the top
    paragraph: tuple[Cell, ...]  # one a line, from the top
    first: int  # of the paragraph's lines beside it, from 0
    last: int

    @property
    def is_head(self) -> bool:
        """Whether it is bold and stands beside the first line."""
        return not self.first and all(run.is_bold for cell in self.cells for run in cell.runs)

    def is_drawn_within(self) -> bool:
        """Whether it is drawn on lines of its own, between those of the paragraph."""
        drawn = [line.at for line in self.paragraph]
        places = {cell.at for cell in self.cells}
        return not places & set(drawn) and min(drawn) < min(places) <= max(places) < max(drawn)


class _Column(msgspec.Struct, frozen=True):
    """The lines of a page's text, from the top."""

    lines: tuple[Cell, ...]
    left: float
    right: float
    step: float  # between baselines, usually

    @classmethod
    def of(cls, lines: Sequence[Cell]) -> "_Column":
        step = median([line.y - below.y for line, below in pairwise(lines)])
        running = [
            line.right for line, below in pairwise(lines) if line.y - below.y <= NEXT_LINE * step
        ]
        return cls(tuple(lines), min(line.x for line in lines), max(running, default=0.0), step)

    @property
    def n_letters(self) -> int:
        return sum(len(line.text) for line in self.lines)

    def paragraphs(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the lines of each paragraph: a line is full if the next one goes on."""
        lines = [self.lines[0]]
        for before, line in pairwise(self.lines):
            first_word = (line.right - line.x) * len(line.text.split()[0]) / len(line.text)
            is_full = before.right + first_word - self.left > FULL * (self.right - self.left)
            if not is_full or before.y - line.y > NEXT_LINE * self.step:
                yield tuple(lines)
                lines = []
            lines.append(line)
        yield tuple(lines)


def notes_in_margins(lines: Sequence[Sequence[Run]]) -> list[Note]:
    """Return the notes to the left and to the right of a page's text."""
    if not _may_have_margins(lines):
        return []
    cells = [cell for at, line in enumerate(lines) for cell in _cells(line, at)]
    text = _text_of(cells)
    if not MIN_LINES <= len(text) < len(cells):
        return []
    column = _Column.of(text)
    paragraphs = [each for each in column.paragraphs() if len(each) > 1]
    left = [cell for cell in cells if cell.right <= column.left - APART * cell.size]
    right = [cell for cell in cells if cell.x >= column.right + APART * cell.size]
    return [note for margin in (left, right) for note in _notes_of(margin, column, paragraphs)]


def _may_have_margins(lines: Sequence[Sequence[Run]]) -> bool:
    """Whether a line begins far from where most do, or has a wide gap: most pages have neither."""
    starts = Counter(round(line[0].x) for line in lines if line)
    left = max(starts, key=starts.__getitem__, default=0)
    return any(
        not -SAME_EDGE <= line[0].x - left <= INDENT * line[0].size
        or any(run.x - before.right >= GAP * run.size for before, run in pairwise(line))
        for line in lines
        if line
    )


def _cells(line: Sequence[Run], at: int) -> Iterator[Cell]:
    """Cut a line where a gap is wide, or the pen goes back; leave out turned text."""
    runs: list[Run] = []
    for run in line:
        if not run.text.strip() or run.y is None:
            continue
        if runs and not -run.size < run.x - runs[-1].right < GAP * run.size:
            yield Cell(at, tuple(runs), runs[0].y or 0.0)
            runs = []
        runs.append(run)
    if runs:
        yield Cell(at, tuple(runs), runs[0].y or 0.0)


def _text_of(cells: Sequence[Cell]) -> list[Cell]:
    """Return the lines of the text that most of a page's letters are in, from the top."""
    letters = Counter[tuple[int, float]]()  # of lines with the same left edge and size
    for cell in cells:
        if len(cell.text.split()) >= MIN_WORDS:
            letters[round(cell.x), round(cell.size, 1)] += len(cell.text)
    left, size = max(letters, key=letters.__getitem__, default=(0, 0.0))
    text = [
        cell
        for cell in cells
        if -SAME_EDGE <= cell.x - left <= INDENT * size and abs(cell.size - size) <= SAME_SIZE
    ]
    if sum(len(cell.text) for cell in text) < MIN_SHARE * sum(len(cell.text) for cell in cells):
        return []
    return sorted(text, key=lambda cell: -cell.y)


def _notes_of(
    margin: Sequence[Cell], column: _Column, paragraphs: Sequence[Sequence[Cell]]
) -> list[Note]:
    """Return the notes of one margin, if one of them stands where no label would.

    Without such a note, return those that are drawn between the lines of their paragraph.
    """
    if sum(len(cell.text) for cell in margin) > MAX_LETTERS * column.n_letters:
        return []
    notes: list[Note] = []
    for stack in stacks_of(sorted(margin, key=lambda cell: (-cell.y, cell.x))):
        if len(stack) > MAX_LINES or not _is_narrow(stack, column):
            return []
        notes += _beside(stack, column, paragraphs)
    are_notes = any(_is_no_label(note, column) for note in notes)
    return [note for note in notes if are_notes or note.is_drawn_within()]


def stacks_of(cells: Sequence[Cell], *, flush_left: bool = False) -> list[list[Cell]]:
    """Group consecutive lines that stand below one another.

    They are aligned to the left or, unless they must be flush left, to the right.
    """
    stacks: list[list[Cell]] = []
    for cell in cells:
        if stacks and _is_below(stacks[-1][-1], cell, flush_left):
            stacks[-1].append(cell)
        else:
            stacks.append([cell])
    return stacks


def _is_below(before: Cell, cell: Cell, flush_left: bool) -> bool:
    low, high = (share * cell.size for share in NOTE_STEP)
    left, right = abs(before.x - cell.x), abs(before.right - cell.right)
    apart = left if flush_left else min(left, right)
    return apart <= SAME_EDGE and low <= before.y - cell.y <= high


def _is_narrow(stack: Sequence[Cell], column: _Column) -> bool:
    width = max(cell.right for cell in stack) - min(cell.x for cell in stack)
    return width <= NARROW * (column.right - column.left)


def _beside(
    stack: Sequence[Cell], column: _Column, paragraphs: Sequence[Sequence[Cell]]
) -> Iterator[Note]:
    """Yield the stack as a note, if it has a word and stands beside a paragraph."""
    texts = [cell.text for cell in stack]
    if not any(map(_WORD.search, texts)) or any(map(_ITEM_NUMBER.fullmatch, texts)):
        return
    for paragraph in paragraphs:
        first, last = (_nearest(cell, paragraph) for cell in (stack[0], stack[-1]))
        if abs(paragraph[first].y - stack[0].y) <= BESIDE * column.step:
            yield Note(tuple(stack), tuple(paragraph), first, last)
            return


def _nearest(cell: Cell, paragraph: Sequence[Cell]) -> int:
    return min(range(len(paragraph)), key=lambda at: abs(paragraph[at].y - cell.y))


def _is_no_label(note: Note, column: _Column) -> bool:
    """Whether a note interrupts a sentence where no label of a row would stand."""
    before, line = note.paragraph[note.first - 1].text, note.paragraph[note.first].text
    if not note.first or SENTENCE_END.search(before) or not line[0].islower():
        return False
    middle = (note.cells[0].y + note.cells[-1].y) / 2
    centre = (note.paragraph[0].y + note.paragraph[-1].y) / 2
    is_left = note.cells[0].x < column.left
    is_last = note.last == len(note.paragraph) - 1 and len(note.cells) == 1
    return abs(middle - centre) > CENTRED * column.step and (is_left or not is_last)
