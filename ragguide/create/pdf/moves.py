"""A page's content in, the same with moves of the pen that pypdf understands out.

pypdf joins all text that is drawn without a font change to one run, however far the pen moves, and
forgets the word spacing when it compares the pen's place with the next text. So each move ends a
run here; a gap inside a string becomes a move; a move that leaves the pen in place is dropped.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ragguide.create.pdf.fonts import Fonts
from ragguide.create.pdf.graphics_state import GraphicsState
from ragguide.create.pdf.struck import Operation, array, mark_struck

CELL_GAP = 0.9  # of the type size; a blank in a justified line has at most 0.6
WORD_GAP = 0.2  # of the type size, at least between words; TeX shrinks it to 0.22
BLANK = 0.34  # of the type size, as wide as TeX's usual one
TOUCH = 0.1  # of the type size; text that begins closer to the end of other text goes on
RISE = 0.35  # of the type size, by which a font draws its raised digits

MAX_FORMS = 50  # of a page; more are pictures
MAX_DEPTH = 3  # of forms within forms
_ENCODING = frozenset(("/Filter", "/DecodeParms", "/Length"))

_STATE = frozenset((b"q", b"Q", b"Tf", b"Tc", b"Tw"))  # what the width of text depends on
_BLANKS = b" " * 4
_MANY_BLANKS = re.compile(rb"( {4,})")

STAY: Operation = ([1, 0, 0, 1, 0, 0], b"cm")
"""Changes nothing, but ends pypdf's run. `operands is STAY[0]` recognises it."""


def mark_moves(page: Any, fonts: Fonts) -> None:
    """Rewrite the content of a page and of its forms, in place."""
    from pypdf.generic import NameObject

    resources = page.get("/Resources")
    if "/Contents" in page:
        content = _rewritten(page["/Contents"], page.pdf, resources, fonts)
        if content is not None:  # an empty one is false
            page[NameObject("/Contents")] = content
    _mark_forms(resources, page.pdf, fonts)


def _mark_forms(resources: Any, pdf: Any, fonts: Fonts, depth: int = 1) -> None:
    """Rewrite the forms that resources name, and the forms within them, in place; each once."""
    from pypdf.generic import ContentStream

    try:
        objects = resources.get_object()["/XObject"].get_object()
        # pypdf loads each picture to show what it is; a document's pages may share all of them.
        forms = [(name, each.get_object()) for name, each in islice(objects.items(), MAX_FORMS)]
    except (AttributeError, KeyError, TypeError):
        return
    for name, form in forms:
        is_form = hasattr(form, "get_data") and form.get("/Subtype") == "/Form"
        if not is_form or isinstance(form, ContentStream):
            continue
        within = form.get("/Resources", resources)
        content = _rewritten(form, pdf, within, fonts)
        if content is not None:
            content.update({key: form[key] for key in form if key not in _ENCODING})
            objects[name] = content
        if depth < MAX_DEPTH and "/Resources" in form:
            _mark_forms(form["/Resources"], pdf, fonts, depth + 1)


def _rewritten(stream: Any, pdf: Any, resources: Any, fonts: Fonts) -> Any:
    """Return the rewritten content of a stream; None if it is damaged: pypdf reads what it can."""
    from pypdf.generic import ContentStream

    try:
        content = ContentStream(stream.get_object(), pdf, "bytes")
        pen = _Pen(GraphicsState(resources, fonts))
        marked = mark_struck(content.operations, resources, fonts)
    except MemoryError:
        raise
    except Exception:
        return None
    content.operations = [each for old in marked for each in pen.rewrite(*old)]
    return content


class _Pen:
    """Follows the pen through a page's content."""

    def __init__(self, state: GraphicsState) -> None:
        self._state = state
        self._drawn = 0.0  # how far text moved the pen since it was placed
        self._spaced = False  # some of that by word spacing
        self._ahead = 0.0  # how far our start of the line is to the right of the writer's

    def rewrite(self, operands: Any, operator: bytes) -> Iterator[Operation]:
        """Yield what stands in place of an operation."""
        try:
            found = list(self._follow(operands, operator))
        except (ArithmeticError, IndexError, KeyError, TypeError, ValueError, AttributeError):
            found = [(operands, operator)]  # damaged: pypdf decides
        yield from found

    def _follow(self, operands: Any, operator: bytes) -> Iterator[Operation]:
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
        elif operator == b"BT":
            self._place()
        elif operator in _STATE:
            self._state.set(operands, operator)
        yield operands, operator

    def _move(self, operands: Any, operator: bytes) -> Iterator[Operation]:
        x, y = float(operands[0]), float(operands[1])
        gap = x - self._ahead - self._drawn
        if self._spaced and not y and abs(gap) < TOUCH * self._state.size:
            self._drawn = x - self._ahead  # text goes on where the pen is
            self._ahead -= x
            return
        yield STAY
        yield [x - self._ahead, y], operator
        self._place()

    def _place(self) -> None:
        self._drawn = self._ahead = 0.0
        self._spaced = False

    def _show(self, pieces: Any) -> Iterator[Operation]:
        """Show strings, cut where they leave a gap as wide as between cells."""
        is_raised = self._state.face.draws_raised(pieces)
        if is_raised:
            yield STAY
            yield [RISE * self._state.size], b"Ts"
        shown: list[Any] = []
        for piece in self._cut_at_blanks(pieces):
            if isinstance(piece, str | bytes):
                self._drawn += self._width(piece)
                shown.append(piece)
                continue
            self._drawn -= float(piece) / 1000 * self._state.size
            if self._state.face.has_no_blank and float(piece) <= -1000 * WORD_GAP:
                piece = min(float(piece), -1000 * BLANK)  # pypdf knows a blank by its width
            if float(piece) >= -1000 * CELL_GAP or not shown:
                shown.append(piece)
                continue
            yield [array(shown)], b"TJ"
            yield STAY
            yield [self._drawn, 0], b"Td"
            self._ahead += self._drawn
            self._drawn = 0.0
            shown = []
        yield [array(shown)], b"TJ"
        if is_raised:
            yield STAY
            yield [0], b"Ts"

    def _cut_at_blanks(self, pieces: Any) -> Iterator[Any]:
        """Yield strings and offsets; many blanks, as between cells, become an offset."""
        for piece in pieces:
            if not isinstance(piece, bytes) or _BLANKS not in piece or self._state.face.is_fixed:
                yield piece
                continue
            for part in _MANY_BLANKS.split(piece):
                if part.startswith(_BLANKS):
                    yield -1000 * self._width(part) / (self._state.size or 1.0)
                elif part:
                    yield part

    def _width(self, text: Any) -> float:
        """Return how far a string moves the pen, in text space."""
        codes = self._state.face.codes(text)
        self._spaced |= bool(self._state.word_space and " " in codes)
        return self._state.advance(codes)
