"""A page's content in, the same with moves of the pen that pypdf understands out.

pypdf joins all text that is drawn without a font change to one run, however far the pen moves, and
forgets the word spacing when it compares the pen's place with the next text. So each move ends a
run here; a gap inside a string becomes a move; and a move to where the pen already is goes.
"""

from collections.abc import Iterator
from typing import Any

from ragguide.create.pdf.fonts import Face, Fonts

CELL_GAP = 0.9  # of the type size; a blank in a justified line has at most 0.6
TOUCH = 0.1  # of the type size; text that begins closer to the end of other text goes on
MAX_SAVED = 1000  # graphics states

STAY: tuple[list[Any], bytes] = ([1, 0, 0, 1, 0, 0], b"cm")
"""Changes nothing, but ends pypdf's run. `operands is STAY[0]` recognises it."""

_Operation = tuple[Any, bytes]


def mark_moves(page: Any, fonts: Fonts) -> None:
    """Rewrite the content of a page, in place."""
    from pypdf.generic import ContentStream, NameObject

    if "/Contents" not in page:
        return
    content = ContentStream(page["/Contents"].get_object(), page.pdf, "bytes")
    pen = _Pen(page, fonts)
    content.operations = [each for old in content.operations for each in pen.rewrite(*old)]
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
            self._drawn = self._ahead = 0.0
        if operator == b"TJ":
            yield from self._show(operands)
            return
        if operator in (b"Tj", b"'", b'"'):
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
            self._drawn = self._ahead = 0.0
        elif operator == b"q" and len(self._saved) < MAX_SAVED:
            state = self._face, self._size, self._letter_space, self._word_space
            self._saved.append(state)
        elif operator == b"Q" and self._saved:
            self._face, self._size, self._letter_space, self._word_space = self._saved.pop()

    def _move(self, operands: Any, operator: bytes) -> Iterator[_Operation]:
        x, y = float(operands[0]), float(operands[1])
        gap = x - self._ahead - self._drawn
        if self._word_space and self._drawn and not y and abs(gap) < TOUCH * self._size:
            self._ahead -= x  # text goes on where the pen is
            return
        yield STAY
        yield [x - self._ahead, y], operator
        self._drawn = self._ahead = 0.0

    def _show(self, operands: Any) -> Iterator[_Operation]:
        """Cut a string where it leaves a gap as wide as between cells."""
        shown: list[Any] = []
        for piece in operands[0]:
            if isinstance(piece, str | bytes):
                self._drawn += self._width(piece)
            else:
                self._drawn -= float(piece) / 1000 * self._size
                if float(piece) < -1000 * CELL_GAP and shown:
                    yield [_array(shown)], b"TJ"
                    yield STAY
                    yield [self._drawn, 0], b"Td"
                    self._ahead += self._drawn
                    self._drawn = 0.0
                    shown = []
                    continue
            shown.append(piece)
        yield [_array(shown)], b"TJ"

    def _width(self, text: Any) -> float:
        """Return how far a string moves the pen, in text space."""
        codes = self._face.codes(text)
        n_blanks = codes.count(" ")
        spaces = self._letter_space * len(codes) + self._word_space * n_blanks
        return self._face.code_width(codes) * self._size + spaces


def _array(pieces: list[Any]) -> Any:
    from pypdf.generic import ArrayObject

    return ArrayObject(pieces)
