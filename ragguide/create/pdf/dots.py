"""Painting operations in, the dots that stand for bullets out.

Chromium draws the dots of a list, and no sign in its text says that an item begins.
"""

from typing import Any

MAX_DOTS = 2000  # of a page
DOT = (0.15, 0.6)  # of the type size, as wide and high
ROUND = 0.3  # of a dot's width, by which its height may differ
GAP = 3.0  # of the type size, at most between a dot and its text
SAME_EDGE = 1.0  # points; the dots of a list are aligned

_PATH = frozenset((b"m", b"l", b"c", b"v", b"y", b"re"))
_FILLING = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"))
_ENDING = frozenset((b"n", b"S", b"s")) | _FILLING

Dot = tuple[float, float, float, float]  # left, bottom, right, top in points


class Dots:
    """Collects the small round shapes that a page fills."""

    def __init__(self) -> None:
        self.found: list[Dot] = []
        self._points: list[tuple[float, float]] = []
        self._is_round = False

    def watch(self, operator: bytes, operands: Any, cm: Any) -> None:
        if operator in _PATH:
            if operator != b"re" and len(self._points) < MAX_DOTS:
                at = [float(each) for each in operands]
                self._points += [
                    (cm[0] * x + cm[2] * y + cm[4], cm[1] * x + cm[3] * y + cm[5])
                    for x, y in zip(at[::2], at[1::2], strict=False)
                ]
            self._is_round = operator == b"c"
        elif operator in _ENDING:
            if operator in _FILLING and self._is_round and len(self.found) < MAX_DOTS:
                x, y = zip(*self._points, strict=True)
                self.found.append((min(x), min(y), max(x), max(y)))
            self._points = []
            self._is_round = False

    def before(self, x: float, y: float, size: float) -> Dot | None:
        """Return the dot of a list before a text at a place; None if there is none."""
        return next((dot for dot in self.found if _is_bullet(dot, x, y, size)), None)

    def drop_single(self) -> None:
        """Keep the dots that have others right above or below."""
        lefts = sorted(dot[0] for dot in self.found)
        aligned = {
            left
            for before, left, after in zip([-1e9, *lefts], lefts, [*lefts[1:], 1e9], strict=False)
            if min(left - before, after - left) <= SAME_EDGE
        }
        self.found = [dot for dot in self.found if dot[0] in aligned]


def _is_bullet(dot: Dot, x: float, y: float, size: float) -> bool:
    left, bottom, right, top = dot
    width, height = right - left, top - bottom
    is_dot = DOT[0] * size <= width <= DOT[1] * size and abs(width - height) <= ROUND * width
    return is_dot and 0 < x - right <= GAP * size and y <= bottom and top <= y + size
