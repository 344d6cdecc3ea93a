"""A page's content in, the same with moves of the pen that pypdf understands out.

pypdf joins all text that is drawn without a font change to one run, however far the pen moves, and
forgets the word spacing when it compares the pen's place with the next text. So each move ends a
run here; a gap inside a string becomes a move; a move that leaves the pen in place is dropped.
"""

import re
from collections.abc import Iterator
from typing import Any

from ragguide.create.pdf.fonts import Face, Fonts
from ragguide.create.pdf.struck import mark_struck

CELL_GAP = 0.9  # of the type size; a blank in a justified line has at most 0.6
WORD_GAP = 0.2  # of the type size, at least between words; TeX shrinks it to 0.22
BLANK = 0.34  # of the type size, as wide as TeX's usual one
TOUCH = 0.1  # of the type size; text that begins closer to the end of other text goes on
RISE = 0.35  # of the type size, by which a font draws its raised digits
MAX_SAVED = 1000  # graphics states

_BLANKS = b" " * 4
_MANY_BLANKS = re.compile(rb"( {4,})")

STAY: tuple[list[Any], bytes] = ([1, 0, 0, 1, 0, 0], b"cm")
"""Changes nothing, but ends pypdf's run. `operands is STAY[0]` recognises it."""

_Operation = tuple[Any, bytes]


def mark_moves(page: Any, fonts: Fonts) -> None:
    """Rewrite the content of a page, in place."""
    from pypdf.generic import ContentStream, NameObject

    if "/Contents" not in page:
        return
    try:
        content = ContentStream(page["/Contents"].get_object(), page.pdf, "bytes")
    except MemoryError:
        raise
    except Exception:  # any error of a damaged page: pypdf reads it as it can
        return
    pen = _Pen(page, fonts)
    marked = mark_struck(content.operations, page.get("/Resources"), fonts)
    content.operations = [each for old in marked for each in pen.rewrite(*old)]
    page[NameObject("/Contents")] = content


class _Pen:
    """Follows the pen through a page's content."""

    def __init__(self, page: Any, fonts: Fonts) -> None:
        self._resources = page.get("/Resources")
        self._fonts = fonts
        self._face, self._size = Face(), 1.0
        self._letter_space = self._word_space = 0.0
        self._saved: list[tuple[Face, float, float, float]] = []
        self._drawn = 0.0  # how far text moved the pen since it was placed
        self._spaced = False  # some of that by word spacing
        self._ahead = 0.0  # how far our start of the line is to the right of the writer's

    def rewrite(self, operands: Any, operator: bytes) -> Iterator[_Operation]:
        """Yield what stands in place of an operation."""
        try:
            found = list(self._follow(operands, operator))
        except (ArithmeticError, IndexError, KeyError, TypeError, ValueError, AttributeError):
            found = [(operands, operator)]  # damaged: pypdf decides
        yield from found

    def _follow(self, operands: Any, operator: bytes) -> Iterator[_Operation]:
        if operator in (b"Td", b"TD"):
            yield from self._move(operands, operator)
            return
        if operator in (b"Tm", b"T*", b"'", b'"'):
            yield STAY
            if self._ahead and operator != b"Tm":
                yield [-self._ahead, 0], b"Td"
            self._place()
        if operator in (b"TJ", b"Tj"):
            yield from self._show(operands[0] if operator == b"TJ" else operands)
            return
        if operator in (b"'", b'"'):
            self._drawn += self._width(operands[-1])
        elif operator == b"Ts":
            yield STAY
        else:
            self._set(operands, operator)
        yield operands, operator

    def _set(self, operands: Any, operator: bytes) -> None:
        if operator == b"Tf":
            font = self._resources.get_object()["/Font"].get_object()[operands[0]]
            self._face, self._size = self._fonts.face(font.get_object()), float(operands[1])
        elif operator == b"Tc":
            self._letter_space = float(operands[0])
        elif operator == b"Tw":
            self._word_space = float(operands[0])
        elif operator == b"BT":
            self._place()
        elif operator == b"q" and len(self._saved) < MAX_SAVED:
            state = self._face, self._size, self._letter_space, self._word_space
            self._saved.append(state)
        elif operator == b"Q" and self._saved:
            self._face, self._size, self._letter_space, self._word_space = self._saved.pop()

    def _move(self, operands: Any, operator: bytes) -> Iterator[_Operation]:
        x, y = float(operands[0]), float(operands[1])
        gap = x - self._ahead - self._drawn
        if self._spaced and not y and abs(gap) < TOUCH * self._size:
            self._drawn = x - self._ahead  # text goes on where the pen is
            self._ahead -= x
            return
        yield STAY
        yield [x - self._ahead, y], operator
        self._place()

    def _place(self) -> None:
        self._drawn = self._ahead = 0.0
        self._spaced = False

    def _show(self, pieces: Any) -> Iterator[_Operation]:
        """Show strings, cut where they leave a gap as wide as between cells."""
        is_raised = self._face.draws_raised(pieces)
        if is_raised:
            yield STAY
            yield [RISE * self._size], b"Ts"
        shown: list[Any] = []
        for piece in self._cut_at_blanks(pieces):
            if isinstance(piece, str | bytes):
                self._drawn += self._width(piece)
                shown.append(piece)
                continue
            self._drawn -= float(piece) / 1000 * self._size
            if self._face.has_no_blank and float(piece) <= -1000 * WORD_GAP:
                piece = min(float(piece), -1000 * BLANK)  # pypdf knows a blank by its width
            if float(piece) >= -1000 * CELL_GAP or not shown:
                shown.append(piece)
                continue
            yield [_array(shown)], b"TJ"
            yield STAY
            yield [self._drawn, 0], b"Td"
            self._ahead += self._drawn
            self._drawn = 0.0
            shown = []
        yield [_array(shown)], b"TJ"
        if is_raised:
            yield STAY
            yield [0], b"Ts"

    def _cut_at_blanks(self, pieces: Any) -> Iterator[Any]:
        """Yield strings and offsets; many blanks, as between cells, become an offset."""
        for piece in pieces:
            if not isinstance(piece, bytes) or _BLANKS not in piece or self._face.is_fixed:
                yield piece
                continue
            for part in _MANY_BLANKS.split(piece):
                if part.startswith(_BLANKS):
                    yield -1000 * self._width(part) / (self._size or 1.0)
                elif part:
                    yield part

    def _width(self, text: Any) -> float:
        """Return how far a string moves the pen, in text space."""
        codes = self._face.codes(text)
        n_blanks = codes.count(" ")
        self._spaced |= bool(n_blanks and self._word_space)
        spaces = self._letter_space * len(codes) + self._word_space * n_blanks
        return self._face.code_width(codes) * self._size + spaces


def _array(pieces: list[Any]) -> Any:
    from pypdf.generic import ArrayObject

    return ArrayObject(pieces)
