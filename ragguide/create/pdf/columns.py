"""Lines of a page in, the same with texts that are printed side by side one after the other out.

Some programs draw two columns of prose, or a text and the notes beside it, line by line across the
page. Prose wraps: the first word of the next line would not have fitted. In a table, cells of
several lines wrap too, but the cells of a row begin on the same line; texts that stand side by side
do not begin their paragraphs together. No I/O.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from statistics import median

import msgspec

from ragguide.create.pdf.text_runs import Run

SAME_EDGE = 3.0  # points by which the left edges of a column's lines may differ
GAP = 0.8  # of the type size, at least between two columns
FULL = 0.85  # of its column's width: a line that would be wider with the next word is full
MIN_LINES = 3  # of a text that has another beside it
MIN_WORDS = 3  # median of its lines
NARROW = 0.5  # of the text's width; narrower columns are notes beside it
RAGGED = 0.2  # of its lines, at most, may have a gap that no column makes
LINE_HEIGHT = 2.2  # of the type size; a larger step ends a column
MAX_LINES = 120  # looked at from one line on,
MAX_EDGES = 3  # of its columns tried, and
MAX_RUNS = 100  # in each: more are no prose, but cost time

_WORD = re.compile(r"[^\W\d_]{2,}")

_Line = Sequence[Run]


class _Pair(msgspec.Struct, frozen=True):
    """A line, cut at the left edge of the right column; a side may be empty."""

    left: tuple[Run, ...]
    right: tuple[Run, ...]


class _Side(msgspec.Struct, frozen=True):
    """One column: its lines with their place among the pairs."""

    lines: tuple[tuple[int, tuple[Run, ...]], ...]

    @classmethod
    def of(cls, sides: Sequence[tuple[Run, ...]]) -> "_Side":
        return cls(tuple((i, side) for i, side in enumerate(sides) if side))

    @property
    def width(self) -> float:
        left = min((line[0].x for _, line in self.lines), default=0.0)
        return max((line[-1].right for _, line in self.lines), default=0.0) - left

    @property
    def n_letters(self) -> int:
        return sum(len(_text(line)) for _, line in self.lines)

    def is_one_column(self) -> bool:
        """Whether few lines have a gap as wide as between columns."""
        return sum(next(_edges(line), None) is not None for _, line in self.lines) < RAGGED * len(
            self.lines
        )

    def has_columns(self) -> bool:
        return bool(_side_by_side([line for _, line in self.lines], 0))

    def has_words(self) -> bool:
        """Whether it is more than bullets or line numbers."""
        return 2 * sum(bool(_WORD.search(_text(line))) for _, line in self.lines) >= len(self.lines)

    def is_prose(self) -> bool:
        """Whether most lines wrap, and go on in small letters as often as not."""
        if len(self.lines) < MIN_LINES:
            return False
        if median(len(_text(line).split()) for _, line in self.lines) < MIN_WORDS:
            return False
        wraps = [self.wraps(at) for at in range(1, len(self.lines))]
        follows = [
            _text(line)[0] for (_, line), wraps in zip(self.lines[1:], wraps, strict=True) if wraps
        ]
        n_small = sum(letter.islower() for letter in follows)
        return 2 * len(follows) >= len(wraps) and len(follows) >= 2 and 2 * n_small >= len(follows)

    def wraps(self, at: int) -> bool:
        """Whether a line goes on with the paragraph of the line right above."""
        (before, full), (i, line) = self.lines[at - 1], self.lines[at]
        if i != before + 1:
            return False
        text = _text(line)
        word = (line[-1].right - line[0].x) * len(text.split()[0]) / len(text)
        return full[-1].right - full[0].x + word > FULL * self.width

    def in_order(self) -> list[list[Run]]:
        """Return its lines, without the blank before them; it may have columns itself."""
        lines = []
        for _, (first, *rest) in self.lines:
            lines.append([msgspec.structs.replace(first, text=first.text.lstrip()), *rest])
        return read_columns(lines)

    def starts(self) -> set[int]:
        """Return the places, after the first, where a paragraph or note starts."""
        return {i for at, (i, _) in enumerate(self.lines) if i and not (at and self.wraps(at))}


def read_columns(lines: Sequence[_Line]) -> list[list[Run]]:
    """Return the lines in reading order."""
    found: list[list[Run]] = []
    at = 0
    while at < len(lines):
        pairs = _side_by_side(lines, at)
        if pairs:
            found += _in_order(pairs)
            at += len(pairs)
        else:
            found.append(list(lines[at]))
            at += 1
    return found


def _side_by_side(lines: Sequence[_Line], first: int) -> list[_Pair]:
    """Return the lines from `first` on that hold two texts side by side; none if they do not."""
    for edge in islice(_edges(lines[first]), MAX_EDGES):
        pairs = list(_pairs(lines[first : first + MAX_LINES], edge))
        pairs = pairs[: _n_beside(pairs)]
        if pairs and _are_texts(pairs):
            return pairs
    return []


def _edges(line: _Line) -> Iterator[float]:
    """Yield the left edges of a line's cells but the first."""
    if len(line) <= MAX_RUNS:
        for before, run in pairwise([run for run in line if run.text.strip()]):
            if run.y is not None and run.x - before.right >= GAP * run.size:
                yield run.x


def _pairs(lines: Sequence[_Line], edge: float) -> Iterator[_Pair]:
    """Yield the lines up to the first that is not cut by the edge of the right column."""
    before: float | None = None
    for drawn in lines:
        line = [run for run in drawn if run.text.strip()]
        if not line or len(drawn) > MAX_RUNS or not _is_below(before, line):
            return
        before = line[0].y
        left = [run for run in line if run.x < edge - SAME_EDGE]
        right = line[len(left) :]
        crosses = left and left[-1].right > edge - GAP * line[0].size / 2
        if crosses or (right and abs(right[0].x - edge) > SAME_EDGE):
            return
        yield _Pair(tuple(left), tuple(right))


def _is_below(before: float | None, line: _Line) -> bool:
    """Whether a line stands right below the baseline of the line before, if there is one."""
    y = line[0].y
    if y is None or before is None:
        return y is not None
    return 0 < before - y <= LINE_HEIGHT * max(run.size for run in line)


def _n_beside(pairs: Sequence[_Pair]) -> int:
    """Return how many pairs to take: to the last with both sides, and to the paragraph's end."""
    last = max((i for i, pair in enumerate(pairs) if pair.left and pair.right), default=-1) + 1
    for lines in ([pair.left for pair in pairs], [pair.right for pair in pairs]):
        side = _Side.of(lines)
        ends = last
        for at, (i, _) in enumerate(side.lines):
            if at and i == ends and side.wraps(at):
                ends = i + 1
        if ends > last:
            return ends
    return last


def _are_texts(pairs: Sequence[_Pair]) -> bool:
    """Whether both sides are read by themselves: they are no columns of a table."""
    left, right = _sides(pairs)
    if sum(bool(pair.left and pair.right) for pair in pairs) < 2:
        return False
    if not left.is_one_column() or not (right.is_one_column() or right.has_columns()):
        return False
    text, beside = (left, right) if left.n_letters >= right.n_letters else (right, left)
    return text.is_prose() and beside.has_words() and not _are_rows(text, beside)


def _are_rows(text: _Side, beside: _Side) -> bool:
    """Whether paragraphs and notes start together, as the cells of a row do."""
    starts, others = text.starts(), beside.starts()
    together = starts & others
    if together == {1} and starts == others and beside.is_prose():
        return False  # both have a title above a paragraph
    return bool(together) and 2 * len(together) >= len(starts | others)


def _sides(pairs: Sequence[_Pair]) -> tuple[_Side, _Side]:
    return _Side.of([pair.left for pair in pairs]), _Side.of([pair.right for pair in pairs])


def _in_order(pairs: Sequence[_Pair]) -> list[list[Run]]:
    """Return the left lines, then the right ones; notes follow their text on either side."""
    left, right = _sides(pairs)
    are_notes = right.is_one_column() and left.width < NARROW * right.width
    sides = [right, left] if are_notes else [left, right]
    return [line for side in sides for line in side.in_order()]


def _text(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs).strip() or "-"
