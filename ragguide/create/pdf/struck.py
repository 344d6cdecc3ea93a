"""Painting operations of a page in, the same with marks around struck-out text out.

A program that strikes text out draws a line or a thin rectangle across its middle. Underlines are
lower, the rules of tables stand between lines of text, and both may run beyond the text.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from ragguide.create.pdf.fonts import Face, Fonts
from ragguide.create.pdf.graphics_state import (
    IDENTITY,
    GraphicsState,
    matrix,
    times,
    transform,
)

MAX_RULES = 2000  # of a page
MIDDLE = (0.12, 0.5)  # of the type size: how far above its baseline text is struck
THICK = 0.15  # of the type size, at most
MAX_THICK = 6.0  # points
LEVEL = 0.2  # points between the ends of a level line
BEYOND = 0.35  # of the type size, at most, that a rule begins before its text or ends after it
DASH_GAP = 4.0  # points, at most between the parts of one line
GAP = 1.0  # of the type size, at most between letters that one rule strikes

Operation = tuple[Any, bytes]  # operands, operator

BEGIN: Operation = ([1, 0, 0, 1, 0, 0], b"cm")
END: Operation = ([1, 0, 0, 1, 0, 0], b"cm")
"""Change nothing, but end pypdf's run, as `moves.STAY`. `operands is BEGIN[0]` recognises one."""

_FILLING = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"))
_PAINTING = _FILLING | {b"S", b"s", b"n"}
_PATH = frozenset((b"m", b"l", b"re", b"c", b"v", b"y"))
_STATE = frozenset((b"q", b"Q", b"cm", b"w"))  # what paths depend on
_SHOWING = frozenset((b"Tj", b"TJ", b"'", b'"'))

_Point = tuple[float, float]


class Rule(NamedTuple):
    """A thin horizontal line, in points."""

    y: float
    left: float
    right: float
    thickness: float


class _Letter(NamedTuple):
    """Where an operation draws the letter of a code; `at` counts its codes."""

    operation: int
    at: int
    left: float
    right: float
    size: float


def mark_struck(operations: Sequence[Operation], resources: Any, fonts: Fonts) -> list[Operation]:
    """Return operations with `BEGIN` and `END` around each piece of text that is struck out."""
    rules = _find_rules(operations, GraphicsState(resources, fonts))
    if not rules:
        return list(operations)
    pen = _Pen(GraphicsState(resources, fonts), rules)
    for number, (operands, operator) in enumerate(operations):
        try:
            pen.follow(number, operands, operator)
        except (ArithmeticError, IndexError, KeyError, TypeError, ValueError, AttributeError):
            continue  # damaged: pypdf decides
    struck = pen.struck()
    if not struck:
        return list(operations)
    return [
        each
        for number, (operands, operator) in enumerate(operations)
        for each in (
            _cut(operands, operator, struck[number], pen.faces[number])
            if number in struck
            else [(operands, operator)]
        )
    ]


def _find_rules(operations: Sequence[Operation], state: GraphicsState) -> list[Rule]:
    """Return the thin horizontal lines that a page draws, from the lowest."""
    brush = _Brush(state)
    for operands, operator in operations:
        if operator in _PATH:
            brush.draw(operands, operator)
        elif operator in _PAINTING:
            brush.paint(operator)
        elif operator in _STATE:
            state.set(operands, operator)
    return _join(sorted(brush.rules))


class _Brush:
    """Follows the paths of a page, and keeps the rules."""

    def __init__(self, state: GraphicsState) -> None:
        self.rules: list[Rule] = []
        self._state = state
        self._shapes: list[list[_Point]] = []
        self._is_curved = False

    def draw(self, operands: Any, operator: bytes) -> None:
        """Add a step to the path."""
        try:
            numbers = [float(each) for each in operands]
            if operator == b"re":
                x, y, width, height = numbers
                corners = (x, y), (x + width, y), (x + width, y + height)
                self._shapes.append([transform(self._state.cm, *corner) for corner in corners])
            elif operator == b"m":
                self._shapes.append([transform(self._state.cm, *numbers)])
            elif operator == b"l":
                self._shapes[-1].append(transform(self._state.cm, *numbers))
            else:
                self._is_curved = True
        except (IndexError, TypeError, ValueError):  # damaged numbers are no rule
            self._is_curved = True

    def paint(self, operator: bytes) -> None:
        if operator != b"n" and not self._is_curved and len(self.rules) < MAX_RULES:
            find = self._flat if operator in _FILLING else self._level
            self.rules += [rule for shape in self._shapes for rule in find(shape)]
        self._shapes, self._is_curved = [], False

    def _flat(self, shape: Sequence[_Point]) -> Iterator[Rule]:
        """Yield a filled shape that is flat enough."""
        if len(shape) > 2:
            x, y = zip(*shape, strict=True)
            yield from _rule(min(x), max(x), (min(y) + max(y)) / 2, max(y) - min(y))

    def _level(self, shape: Sequence[_Point]) -> Iterator[Rule]:
        """Yield the level lines of a shape."""
        thickness = self._state.line_width * abs(self._state.cm[3])
        for before, at in pairwise(shape):
            if abs(at[1] - before[1]) <= LEVEL:
                yield from _rule(before[0], at[0], at[1], thickness)


def _join(rules: Sequence[Rule]) -> list[Rule]:
    """Join rules that go on at the same height, such as dashes and the parts of a line."""
    joined: list[Rule] = []
    for rule in rules:
        last = joined[-1] if joined else None
        if last and last.y == rule.y and rule.left - last.right <= DASH_GAP:
            right = max(last.right, rule.right)
            joined[-1] = Rule(rule.y, last.left, right, max(last.thickness, rule.thickness))
        else:
            joined.append(rule)
    return joined


def _rule(x: float, other: float, y: float, thickness: float) -> Iterator[Rule]:
    if thickness <= MAX_THICK and abs(x - other) > 2 * thickness:
        yield Rule(round(y, 1), min(x, other), max(x, other), thickness)


class _Pen:
    """Follows text through a page's content, and keeps the letters that a rule may strike."""

    def __init__(self, state: GraphicsState, rules: Sequence[Rule]) -> None:
        self._state, self._rules = state, rules
        self._heights = [rule.y for rule in rules]
        self._line = self._place = IDENTITY
        self._across: dict[int, list[_Letter]] = {}  # rule → letters
        self.faces: dict[int, Face] = {}  # operation → its font

    def follow(self, number: int, operands: Any, operator: bytes) -> None:
        if operator in _SHOWING:
            if operator in (b"'", b'"'):
                self._move(0, -self._state.leading)
            self._show(number, operands[0] if operator == b"TJ" else operands[-1:])
        elif operator in (b"Td", b"TD"):
            if operator == b"TD":
                self._state.leading = -float(operands[1])
            self._move(float(operands[0]), float(operands[1]))
        elif operator == b"T*":
            self._move(0, -self._state.leading)
        elif operator == b"Tm":
            self._line = self._place = matrix(operands)
        elif operator == b"BT":
            self._line = self._place = IDENTITY
        else:
            self._state.set(operands, operator)

    def _move(self, x: float, y: float) -> None:
        self._line = self._place = times((1.0, 0.0, 0.0, 1.0, x, y), self._line)

    def _show(self, number: int, pieces: Any) -> None:
        state = self._state
        placed = times(self._place, state.cm)
        size = state.size * placed[3]
        is_upright = placed[0] > 0 and size > 0 and not (placed[1] or placed[2])
        near = self._near(placed[5] + state.rise * placed[3], size) if is_upright else range(0)
        x, at = 0.0, 0
        for piece in pieces:
            if not isinstance(piece, str | bytes):
                x -= float(piece) / 1000 * state.size * state.scale
                continue
            codes = state.face.codes(piece)
            if not near:
                x += state.advance(codes) * state.scale
                continue
            for code in codes:
                width = state.face.code_width(code) * state.size * state.scale
                left, right = (placed[4] + placed[0] * edge for edge in (x, x + width))
                self._keep(near, _Letter(number, at, left, right, size))
                space = state.letter_space + (state.word_space if code == " " else 0.0)
                x += width + space * state.scale
                at += 1
        self._place = times((1.0, 0.0, 0.0, 1.0, x, 0.0), self._place)
        if near:
            self.faces[number] = state.face

    def _near(self, baseline: float, size: float) -> range:
        """Return the rules that are as high as the middle of a text."""
        low, high = (bisect_left(self._heights, baseline + share * size) for share in MIDDLE)
        return range(low, high)

    def _keep(self, near: range, letter: _Letter) -> None:
        middle = (letter.left + letter.right) / 2
        for at in near:
            rule = self._rules[at]
            if rule.left <= middle <= rule.right and rule.thickness <= THICK * letter.size:
                self._across.setdefault(at, []).append(letter)

    def struck(self) -> dict[int, set[int]]:
        """Return the codes of each operation that a rule strikes."""
        found: dict[int, set[int]] = {}
        for at, letters in self._across.items():
            if _fits(self._rules[at], letters):
                for letter in letters:
                    found.setdefault(letter.operation, set()).add(letter.at)
        return found


def _fits(rule: Rule, letters: Sequence[_Letter]) -> bool:
    """Whether a rule is as long as the letters that it crosses, without a wide gap."""
    ordered = sorted(letters, key=lambda letter: letter.left)
    size = ordered[0].size
    right = max(letter.right for letter in ordered)
    gaps = [after.left - letter.right for letter, after in pairwise(ordered)]
    ends = ordered[0].left - rule.left, rule.right - right
    return max(ends) <= BEYOND * size and max(gaps, default=0.0) <= GAP * size


def _cut(operands: Any, operator: bytes, struck: set[int], face: Face) -> Iterator[Operation]:
    """Yield an operation that shows text, in parts: what is struck stands between marks."""
    pieces = operands[0] if operator == b"TJ" else operands[-1:]
    if operator == b'"':
        yield [operands[0]], b"Tw"
        yield [operands[1]], b"Tc"
    if operator in (b"'", b'"'):
        yield [], b"T*"
    for is_struck, parts in groupby(_parts(pieces, struck, face), key=lambda part: part[0]):
        if is_struck:
            yield BEGIN
        yield [array([part for _, part in parts])], b"TJ"
        if is_struck:
            yield END


def _parts(pieces: Any, struck: set[int], face: Face) -> Iterator[tuple[bool, Any]]:
    """Yield the strings and offsets of an operation, each struck or not."""
    at, was_struck = 0, False
    for piece in pieces:
        if not isinstance(piece, str | bytes):
            yield was_struck, piece
            continue
        n_codes = len(face.codes(piece))
        length = len(piece) // n_codes if n_codes else 1  # bytes of a code
        for is_struck, group in groupby(range(n_codes), key=lambda i: at + i in struck):
            places = list(group)
            yield is_struck, _string(piece[places[0] * length : (places[-1] + 1) * length])
            was_struck = is_struck
        at += n_codes


def _string(text: str | bytes) -> Any:
    from pypdf.generic import ByteStringObject, TextStringObject

    return TextStringObject(text) if isinstance(text, str) else ByteStringObject(text)


def array(pieces: list[Any]) -> Any:
    from pypdf.generic import ArrayObject

    return ArrayObject(pieces)
