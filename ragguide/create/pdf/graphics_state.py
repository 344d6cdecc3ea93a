"""Operators of a page in, its graphics state out: matrix, font and spaces. No I/O."""

from typing import Any

from ragguide.create.pdf.fonts import Face, Fonts

MAX_SAVED = 1000  # states

_NUMBERS = {
    b"Tc": "letter_space", b"Tw": "word_space", b"TL": "leading", b"Ts": "rise", b"w": "line_width",
}  # fmt: skip

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class GraphicsState:
    """What the operators so far have set. `cm` takes a place to points on the page."""

    def __init__(self, resources: Any, fonts: Fonts) -> None:
        self._resources, self._fonts = resources, fonts
        self.cm = IDENTITY
        self.line_width = 1.0
        self.face, self.size = Face(), 1.0
        self.letter_space = self.word_space = self.leading = self.rise = 0.0
        self.scale = 1.0  # of text, horizontally
        self._saved: list[tuple[Any, ...]] = []

    def set(self, operands: Any, operator: bytes) -> None:
        """Follow an operator; damaged operands change nothing."""
        try:
            if operator in _NUMBERS:
                setattr(self, _NUMBERS[operator], float(operands[0]))
            elif operator == b"Tf":
                font = self._resources.get_object()["/Font"].get_object()[operands[0]]
                self.face, self.size = self._fonts.face(font.get_object()), float(operands[1])
            elif operator == b"cm":
                self.cm = times(matrix(operands), self.cm)
            elif operator == b"q" and len(self._saved) < MAX_SAVED:
                self._saved.append(self._values())
            elif operator == b"Q" and self._saved:
                (self.cm, self.line_width, self.face, self.size, self.letter_space, self.word_space,
                 self.leading, self.rise, self.scale) = self._saved.pop()  # fmt: skip
            elif operator == b"Tz":
                self.scale = float(operands[0]) / 100
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
            return

    def _values(self) -> tuple[Any, ...]:
        return (self.cm, self.line_width, self.face, self.size, self.letter_space, self.word_space,
                self.leading, self.rise, self.scale)  # fmt: skip

    def advance(self, codes: str) -> float:
        """Return how far a string moves the pen, in text space, without the text's scale."""
        spaces = self.letter_space * len(codes) + self.word_space * codes.count(" ")
        return self.face.code_width(codes) * self.size + spaces


def matrix(operands: Any) -> Matrix:
    """Return the matrix of `cm` or `Tm`; operands that are none change nothing."""
    try:
        a, b, c, d, e, f = (float(each) for each in operands)
    except (TypeError, ValueError):
        return IDENTITY
    return a, b, c, d, e, f


def times(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def transform(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]
