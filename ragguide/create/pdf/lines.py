"""Runs of text with their places in, the lines of a page with their type out. No I/O.

pypdf breaks a line wherever the program that wrote the PDF ends a piece of text, joins a raised
digit to its number, and reads text that is drawn twice twice. The places of the runs show this.
"""

import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median

import msgspec

from ragguide.create.pdf.columns import read_columns
from ragguide.create.pdf.initials import join_initials
from ragguide.create.pdf.item_signs import place_signs
from ragguide.create.pdf.margin_notes import set_notes_apart
from ragguide.create.pdf.pieces import CELL
from ragguide.create.pdf.raised import GAP, is_label, is_lowered, is_raised, raise_signs
from ragguide.create.pdf.text_runs import Run, text_width
from ragguide.types import Type

SAME_PLACE = 1.0  # points; runs that start closer belong to one cell
SAME_BASELINE = 0.5  # points
DRAWN_AGAIN = (1.0, 0.12)  # points, or of the type size, by which text drawn again is shifted
LINE_STEP = 0.6  # of the type size, at least between the baselines of two lines
CENTRED = (0.4, 0.9)  # of the type size: how far the first of several lines is above their middle
MAX_HEADS = 4  # lines at the end of a page, which may be heads and feet
MIN_LETTERS = 4  # of text that is set letter by letter
LETTER_GAP = 1.2  # of the type size, at most between its letters; cells are further apart
WORD_GAP = 0.15  # of the type size, beyond the usual gap between letters; a blank has 0.25
BLANK = 0.28  # of the type size: a blank in Helvetica
TOUCH = 0.12  # of the type size; text that begins closer to the end of other text goes on

_CELLS_AROUND = [(right, up) for right in (0, -1, 1) for up in (0, -1, 1)]
_ITEM_NUMBER = re.compile(r"\(?\w{1,3}[.)]")
_SIGNS = frozenset("+-−–")


def read_lines(lines: Sequence[Sequence[Run]]) -> tuple[str, tuple[Type, ...]]:
    """Return a page's text and the type of each of its lines."""
    apart = [part for line in _drop_second_drawings(lines) for part in _cut_lines(line)]
    drawn = [_join_signs(line) for line in join_initials(apart)]
    joined = set_notes_apart(_join_baselines(place_signs(drawn)))
    raised = [raise_signs(line) for line in joined]
    spaced = _put_heads_first(read_columns([_join_letters(line) for line in raised]))
    text = "\n".join("".join(run.text for run in line).replace(CELL, " ") for line in spaced)
    return text, tuple(_type_of(line) for line in spaced)


def _put_heads_first(lines: Sequence[list[Run]]) -> list[list[Run]]:
    """Put lines that are drawn last, but stand above all others, first."""
    first = max(1, len(lines) - MAX_HEADS)
    highest = max((y for line in lines[:first] if (y := _top(line)) is not None), default=None)
    if highest is None:
        return list(lines)
    heads = [
        line
        for line in lines[first:]
        if (y := _top(line)) is not None and y > highest + line[0].size
    ]
    return heads + [line for line in lines if line not in heads]


def _top(line: Sequence[Run]) -> float | None:
    return line[0].y if line else None


def _join_baselines(lines: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Join consecutive lines that go on to the right on the same baseline."""
    joined: list[list[Run]] = []
    lowered = 0.0  # right edge of the lowered digits that the last line ends with
    for line in lines:
        if joined and is_lowered(joined[-1], line):
            joined[-1][-1] = _with(joined[-1][-1], line[0])
            lowered = line[0].right
        elif joined and _goes_on(joined[-1], line):
            before = joined[-1]
            is_apart = before[-1].text[-1:].isspace() or line[0].text[:1].isspace()
            is_apart |= _is_in_capitals(before[-1], line[0])
            is_apart |= before[-1].right == lowered >= line[0].x - WORD_GAP * line[0].size
            if not is_apart and not is_raised(before[-1], line[0]):
                before[-1] = msgspec.structs.replace(before[-1], text=before[-1].text + " ")
            before.extend(line)
        else:
            joined.append(list(line))
    return joined


def _is_in_capitals(before: Run, run: Run) -> bool:
    """Whether smaller letters go on with a capital that is right before them, as small capitals."""
    is_letter = before.text[-1:].isupper() and run.text[:1].isalpha()
    is_close = abs(run.x - before.right) <= TOUCH * run.size
    return is_letter and is_close and run.size < before.size


def _cut_lines(line: Sequence[Run]) -> list[list[Run]]:
    """Cut a line where the pen goes back to the left, one line lower.

    The number of an item that is drawn behind its text comes before it.
    """
    if len(line) > 1 and _numbers_item(line[-1], line[0]):
        line = [msgspec.structs.replace(line[-1], text=f"{line[-1].text.strip()} "), *line[:-1]]
    parts: list[list[Run]] = [[]]
    for run in line:
        before = parts[-1][-1] if parts[-1] else None
        if before and run.x < before.x and _is_line_below(before, run):
            parts.append([])
        parts[-1].append(run)
    return parts


def _is_line_below(before: Run, run: Run) -> bool:
    if before.y is None or run.y is None:
        return False
    return before.y - run.y >= LINE_STEP * max(before.size, run.size)


def _numbers_item(run: Run, first: Run) -> bool:
    """Whether a run is the number of an item whose text begins at another run."""
    is_level = run.y is not None and run.y == first.y and run.x < first.x
    return is_level and _ITEM_NUMBER.fullmatch(run.text.strip()) is not None


def _join_signs(line: Sequence[Run]) -> list[Run]:
    """Join a sign that is drawn in a font of its own to the digits right behind it."""
    found: list[Run] = []
    for run in line:
        before = found[-1] if found else None
        if (
            before is not None
            and before.text in _SIGNS
            and run.text[:1].isdigit()
            and (before.y, before.size) == (run.y, run.size)
            and abs(run.x - before.right) <= WORD_GAP * run.size
        ):
            found[-1] = _with(before, run)
        else:
            found.append(run)
    return found


def _with(before: Run, run: Run) -> Run:
    """Return a run with the text of another one that follows."""
    return msgspec.structs.replace(before, text=before.text + run.text.rstrip(), right=run.right)


def _goes_on(before: Sequence[Run], line: Sequence[Run]) -> bool:
    if not before or not line or line[0].y is None:
        return False
    full = max(before, key=lambda run: run.size)
    if full.y is None or line[0].x <= before[-1].x + SAME_PLACE:
        return False
    if _is_centred_beside(before, line[0]):
        return True
    if len(before) == 1 and is_label(before[0], line[0]):
        return line[0].x - before[0].right <= GAP * line[0].size
    is_level = abs(full.y - line[0].y) <= SAME_BASELINE
    return is_level or (len(line) == 1 and is_raised(before[-1], line[0]))


def _is_centred_beside(before: Sequence[Run], run: Run) -> bool:
    """Whether text is a cell in the middle of several lines, the first of which starts here."""
    y = before[0].y
    if y is None or run.y is None or any(each.y != y for each in before):
        return False
    is_one_type = abs(run.size - before[0].size) <= SAME_BASELINE
    is_apart = run.x - before[-1].right >= run.size
    low, high = (share * run.size for share in CENTRED)
    return is_one_type and is_apart and low <= run.y - y <= high


def _drop_second_drawings(lines: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Drop text that is drawn again almost at the same place: for a bold look or as a shadow."""
    drawn: dict[tuple[str, int, int], tuple[int, Run]] = {}  # text, cell of the page → line, run
    found: list[list[Run]] = []
    for number, line in enumerate(lines):
        kept: list[Run] = []
        for run in line:
            text = run.text.strip()
            if text and run.y is not None:
                side = max(DRAWN_AGAIN[0], DRAWN_AGAIN[1] * round(run.size))
                column, row = int(run.x // side), int(run.y // side)
                near = (drawn.get((text, column + right, row + up)) for right, up in _CELLS_AROUND)
                if any(each and _is_again(run, each[1], each[0] == number) for each in near):
                    continue
                drawn[text, column, row] = number, run
            kept.append(run)
        if kept or not line:
            found.append(kept)
    return found


def _is_again(run: Run, other: Run, is_same_line: bool) -> bool:
    """Whether a run is drawn over an equal one.

    Runs of one line that start at the same place follow each other: the pen's place is unknown.
    """
    if run.y is None or other.y is None or (is_same_line and run.x == other.x):
        return False
    points, share = DRAWN_AGAIN
    shift = min(max(points, share * run.size), (run.right - run.x) / 2)
    is_near = abs(run.x - other.x) <= shift and abs(run.y - other.y) <= max(points, shift)
    return is_near and abs(run.size - other.size) <= SAME_BASELINE


def _join_letters(line: Sequence[Run]) -> list[Run]:
    """Join runs that are single letters; a gap wider than usual separates words."""
    found: list[Run] = []
    for is_single, group in groupby(line, key=_is_single):
        runs = list(group)
        found += (_joined(runs) or runs) if is_single else runs
    return found


def _is_single(run: Run) -> bool:
    return len(run.text.strip()) < 2 and run.y is not None


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Return single letters as one run; none if they are few, or far apart as cells are."""
    letters = [run for run in runs if run.text.strip()]
    if len(letters) < MIN_LETTERS:
        return []
    gaps = [
        (after.x - run.x) / (run.size or 1.0) - text_width(run.text.strip())
        for run, after in pairwise(letters)
    ]
    usual = median(gaps)
    if usual > LETTER_GAP:
        return []
    text = " " if runs[0].text[:1].isspace() else ""
    for run, gap in zip(letters, [0.0, *gaps], strict=True):
        text += (" " if gap > usual + WORD_GAP else "") + run.text.strip()
    text += " " if runs[-1].text[-1:].isspace() else ""
    return [msgspec.structs.replace(letters[0], text=text, right=letters[-1].right)]


def _is_apart(before: Run | None, run: Run, left: float) -> bool:
    """Whether a run starts a cell; `left` is where the cell before it starts."""
    if run.text.startswith(CELL):
        return True
    if before is not None and run.goes_on:  # the reader joins it to the run before otherwise
        return run.y == before.y
    return abs(run.x - left) > SAME_PLACE


def _type_of(runs: Sequence[Run]) -> Type:
    letters: dict[float, int] = {}
    drawn = [run for run in runs if run.text.strip()]
    for run in drawn:
        size = round(run.size, 1)
        letters[size] = letters.get(size, 0) + len(run.text.strip())
    # A page may draw the end of a line first.
    cells = sorted((cell for cell in _cells(runs) if cell.text.strip()), key=lambda cell: cell.x)
    pitch = _pitch(drawn)
    return Type(
        size=max(letters, key=letters.__getitem__, default=0.0),
        is_bold=bool(drawn) and all(run.is_bold for run in drawn),
        cells=tuple(
            (_behind_indent(cell, pitch) if pitch else round(cell.x, 1), cell.text.strip())
            for cell in cells
        ),
        rights=tuple(round(cell.right, 1) for cell in cells),
        bold=tuple(cell.is_bold for cell in cells),
        pitch=pitch,
        y=next((run.y for run in drawn), None),
    )


def _cells(runs: Sequence[Run]) -> list[Run]:
    """Join the runs of each cell."""
    cells: list[Run] = []
    before: Run | None = None
    end = 0.0  # of the text so far, with a blank behind it
    for run in runs:
        is_cell = run.text.startswith(CELL)
        touches = bool(cells) and not is_cell and abs(run.x - end) <= TOUCH * run.size
        if not cells or (run.text.strip() and not touches and _is_apart(before, run, cells[-1].x)):
            cells.append(run)
        else:
            cells[-1] = _with_more(cells[-1], run)
        end = run.right if run.text.strip() else run.x + BLANK * run.size if touches else end
        before = run
    return cells


def _with_more(cell: Run, run: Run) -> Run:
    """Return a cell with a run that goes on with it; a blank has no weight and no end."""
    text = cell.text + run.text
    if not run.text.strip():
        return msgspec.structs.replace(cell, text=text)
    is_bold = cell.is_bold and run.is_bold
    return msgspec.structs.replace(cell, text=text, right=run.right, is_bold=is_bold)


def _pitch(drawn: Sequence[Run]) -> float:
    """Return the width of a letter in points, if all fonts of a line give each the same; or 0."""
    if not drawn or not all(run.is_fixed for run in drawn):
        return 0.0
    longest = max(drawn, key=lambda run: len(run.text.strip()))
    return max(0.0, (longest.right - longest.x) / len(longest.text.lstrip()))


def _behind_indent(cell: Run, pitch: float) -> float:
    """Return where a cell of code begins behind the blanks before it."""
    n_blanks = len(cell.text) - len(cell.text.lstrip())
    if n_blanks < 2:  # pypdf itself may put one where the pen moves
        return cell.x
    return cell.x + pitch * n_blanks
