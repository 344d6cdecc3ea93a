"""A page as pypdf has it in, its text, the runs of its lines and what is wrong with it out."""

import contextlib
import math
import re
from collections.abc import Sequence
from typing import Any

from ragguide.create.pdf.annotations import annotations, label_of
from ragguide.create.pdf.dots import Dots
from ragguide.create.pdf.fonts import Face, Fonts
from ragguide.create.pdf.graphics_state import GraphicsState
from ragguide.create.pdf.moves import STAY, mark_moves
from ragguide.create.pdf.pieces import Run, join_pieces
from ragguide.create.pdf.plain import encodable
from ragguide.create.pdf.struck import BEGIN, END

MAX_CHARACTERS = 1_000_000  # of one page; a dense one has 10,000
_SCAN_SHARE = 0.5  # of a page without words: a picture must cover this much if there are signs
MIN_SIGNS = 20  # of no script, which a font without a character map produces

MIN_UNMAPPED = 3  # characters of a run; a single one may be a bullet

NO_TEXT_LAYER = "has no text layer (a scan?)"
NO_MAP = "has text in a font without a character map"

_WORD = re.compile(r"[^\W\d_]{2,}")
_UNMAPPED = re.compile("[\x00-\x08\x0e-\x1f\x80-\x9f\ue000-\uf8ff\ufffd]")
_ODD_SIGN = re.compile(r"[^\w!-~]")
_PAINTING = frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*", b"sh", b"INLINE IMAGE"))
_FILLING = frozenset((b"f", b"F", b"f*"))
_WHITE = {b"g": 1.0, b"rg": 1.0, b"sc": 1.0, b"scn": 1.0, b"k": 0.0}  # operator → operands of white
_RISING = frozenset((b"Ts", b"q", b"Q"))  # how far text is raised depends on these
_SHOWING = frozenset((b"Tj", b"TJ", b"'", b'"'))


class Oversized(Exception):
    pass


def read_page(page: Any, fonts: Fonts) -> dict[str, object]:
    """Return the text of a page, the runs of each line, why a part has no text, what is struck."""
    collected = _Collector(fonts)
    mark_moves(page, fonts)
    text = page.extract_text(visitor_operand_before=collected.watch, visitor_text=collected.visit)
    # The runs must add up to the text. If pypdf changed it afterwards, drop the runs.
    lines = collected.lines if text_of(collected.lines) == text else []
    garbled = collected.garbled()
    n_garbled = sum(len(run[-1].strip()) for run in garbled)
    is_garbled = n_garbled >= MIN_SIGNS
    if is_garbled:
        lines = [[run for run in line if run not in garbled] for line in lines]
    struck = _take_struck(lines, collected.struck)
    lines = join_pieces(lines)
    _put_bullets(lines, collected.dots)
    text = _put_annotations(page, lines, text_of(lines) if lines else text)
    if len(text) > MAX_CHARACTERS:
        raise Oversized(f"has {len(text):,} characters, too many for a printed page")
    fault = NO_MAP if is_garbled else _why_no_words(page, text)
    runs = [[(*run[:-1], encodable(run[-1])) for run in line] for line in lines]
    shown = [encodable(each) for each in struck]
    return {"text": encodable(text), "lines": runs, "fault": fault, "struck": shown}


def _why_no_words(page: Any, text: str) -> str:
    return NO_TEXT_LAYER if not _WORD.search(text) and _is_scan(page, text) else ""


def _take_struck(lines: list[list[Run]], struck: list[Run]) -> list[str]:
    """Take the struck-out runs from their lines, in place; return their texts."""
    taken = {id(run) for run in struck}
    texts = [run[-1].strip() for line in lines for run in line if id(run) in taken]
    if taken:
        lines[:] = [_without(line, taken) for line in lines]
    return list(filter(None, texts))


def _without(line: Sequence[Run], taken: set[int]) -> list[Run]:
    """Return a line without the runs taken; the words around them stay apart.

    TeX draws no blanks, which pypdf forgets there. A single letter may be struck within a word. The
    run before ends where what was taken did: the gap between them is none of columns.
    """
    kept: list[Run] = []
    gap = ""  # what was taken since the last run
    for run in line:
        if id(run) in taken:
            gap += run[-1]
            if kept and kept[-1][1] == run[1] and run[-1].strip():
                kept[-1] = (*kept[-1][:3], max(kept[-1][3], run[3]), *kept[-1][4:])
            continue
        is_word = len(gap) > 1 or gap.isdigit()
        if is_word and kept and kept[-1][-1][-1:].isalnum() and run[-1][:1].isalnum():
            run = (*run[:-1], f" {run[-1]}")
        kept.append(run)
        gap = ""
    return kept


def _put_bullets(lines: list[list[Run]], dots: Dots) -> None:
    """Put a bullet before each line that a drawn dot stands before, in place."""
    dots.drop_single()
    for line in lines:
        x, y, size = line[0][:3] if line else (0.0, None, 0.0)
        if y is not None and (dot := dots.before(x, y, size)):
            line.insert(0, (dot[0], y, size, dot[2], False, False, False, "• "))


def _put_annotations(page: Any, lines: list[list[Run]], text: str) -> str:
    """Put each annotation into its label's cell, or on a line of its own; return the text."""
    has_runs = bool(lines)
    for x, bottom, top, name, value in annotations(page):
        text += f"\n{name}: {value}"
        if (label := label_of(lines, x, bottom, top)) is None:
            lines.append([(x, None, 0.0, x, False, False, False, f"{name}: {value}")])
        else:
            line, at = label
            said = line[at][-1].rstrip().removesuffix(":")
            line[at] = (*line[at][:-1], f"{said}: {value} ")
    return text_of(lines) if has_runs else text


def text_of(lines: list[list[Run]]) -> str:
    return "\n".join("".join(run[-1] for run in runs) for runs in lines)


class _Collector:
    """Collects the runs that pypdf reports, line by line."""

    def __init__(self, fonts: Fonts) -> None:
        self.lines: list[list[Run]] = [[]]
        self._fonts = fonts
        self._by_face: dict[int, list[Run]] = {}
        self._unmapped: set[int] = set()  # faces with codes that are no letters
        self._is_cut = False  # the next piece ends a run that pypdf would go on with
        self._strikes = False  # text that is drawn now is struck out
        self._is_struck = False  # the next piece is struck out
        self.struck: list[Run] = []
        self.dots = Dots()
        self._goes_on = False  # the next piece goes on with a run that was cut
        self._state = GraphicsState(None, fonts)
        self._rise = 0.0  # of the next piece; pypdf ignores how far text is raised

    def watch(self, operator: bytes, operands: Any, cm: Any, _tm: Any) -> None:
        with contextlib.suppress(ArithmeticError, IndexError, TypeError, ValueError):
            self.dots.watch(operator, operands, cm)  # damaged numbers are no dot
        self._is_cut = operands is STAY[0]
        self._is_struck = self._strikes
        if operands is BEGIN[0] or operands is END[0]:
            self._strikes = operands is BEGIN[0]
        if operator in _SHOWING:
            self._rise = self._state.rise
        elif operator in _RISING:
            self._state.set(operands, operator)
        elif operator == b"BT":
            self._goes_on = False

    def visit(self, text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        if not text:
            return
        face = self._fonts.face(font)
        first, *rest = text.split("\n")
        if first:
            self._put(first, cm, tm, size, face)
        for piece in rest:
            self.lines.append([])
            if piece:
                self._put(piece, cm, tm, size, face)
        self._goes_on = self._is_cut

    def _put(self, text: str, cm: Any, tm: Any, size: Any, face: Face) -> None:
        run = _run(text, cm, tm, size, self._rise, face, self._goes_on)
        line = self.lines[-1]
        line.append(run)
        if self._is_struck:
            self.struck.append(run)
        self._by_face.setdefault(id(face), []).append(run)
        if face.has_no_map or len(_UNMAPPED.findall(text)) >= MIN_UNMAPPED:
            self._unmapped.add(id(face))

    def garbled(self) -> set[Run]:
        """The runs whose letters are unknown."""
        unknown = {run for face in self._unmapped for run in self._by_face[face]}
        return {run for line in self.lines for run in line if run in unknown}


def _run(text: str, cm: Any, tm: Any, size: Any, rise: float, face: Face, goes_on: bool) -> Run:
    """Return a text with its place, its size in points and its look.

    The baseline is None if the text is not upright. Damaged settings give zeros. Never raises:
    inside a form, pypdf would treat an exception as the end of the form.
    """
    try:
        x = float(tm[4] * cm[0] + tm[5] * cm[2] + cm[4])
        y = float(tm[4] * cm[1] + tm[5] * cm[3] + cm[5]) + rise * float(tm[3] * cm[3])
        points = float(size * (abs(tm[3] * cm[3]) or abs(tm[1] * cm[1]) or 1.0))
        is_upright = tm[0] * cm[0] > 0 and not (tm[1] or tm[2] or cm[1] or cm[2])
        right = x + face.width(text.lstrip()) * float(size) * abs(tm[0] * cm[0])
    except Exception:
        x = y = points = right = 0.0
        is_upright = False
    if not math.isfinite(x + y + points + right):
        x = points = right = 0.0
        is_upright = False
    baseline = y if is_upright else None
    return x, baseline, points, right, face.is_bold, face.is_fixed, goes_on, text


def _is_scan(page: Any, text: str) -> bool:
    """Whether a page without a word draws something that is not in its text."""
    signs = re.sub(r"\s+", "", text)
    if signs:
        is_garbled = not re.search(r"\w", signs) and len(_ODD_SIGN.findall(signs)) >= MIN_SIGNS
        return is_garbled or _drawn_share(page, pictures_only=True) >= _SCAN_SHARE
    return _drawn_share(page, pictures_only=False) > 0.0


def _drawn_share(page: Any, *, pictures_only: bool) -> float:
    """Return the share of the page that its largest picture covers; 1 if it draws a shape.

    White shapes do not count.
    """
    share, fills_white = 0.0, False
    page_area = abs(float(page.mediabox.width) * float(page.mediabox.height)) or 1.0

    def visit(operator: bytes, operands: Any, cm: Any, _tm: Any) -> None:
        nonlocal share, fills_white
        if operator in _WHITE:
            white = _WHITE[operator]
            fills_white = bool(operands) and all(operand == white for operand in operands)
        elif operator == b"Do":  # a picture fills the unit square; a form draws its content itself
            with contextlib.suppress(Exception):  # damaged numbers cover nothing
                share = max(share, abs(float(cm[0] * cm[3] - cm[1] * cm[2])) / page_area)
        elif not pictures_only and (
            operator in _PAINTING or (operator in _FILLING and not fills_white)
        ):
            share = 1.0

    page.extract_text(visitor_operand_before=visit)
    return share
