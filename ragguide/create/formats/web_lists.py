"""State of a web page's open lists: the numbers of items, the terms of definitions. No I/O."""

import msgspec
from turbohtml import Element

from ragguide.types import ITEM_SIGN

MAX_DIGITS = 6  # of an item's number; longer numbers are ignored


class OpenList:
    """Gives the items of a list their numbers or bullets."""

    def __init__(self, element: Element) -> None:
        first = _number(element, "start")
        self._is_numbered = element.tag == "ol"
        self._next = 1 if first is None else first

    def next_sign(self, item: Element) -> str:
        """Return the sign of the next item, such as "3. "."""
        if not self._is_numbered:
            return ITEM_SIGN
        given = _number(item, "value")
        number = self._next if given is None else given
        self._next = number + 1
        return f"{number}. "


def _number(element: Element, name: str) -> int | None:
    value = element.attr(name) or ""
    return int(value) if value.isdecimal() and len(value) <= MAX_DIGITS else None


class Terms(msgspec.Struct):
    """The terms of a definition list that the next definition explains."""

    texts: list[str] = []
    line: int = 0  # of the first one
    has_definition: bool = False
    is_emitted: bool = True  # the terms are part of a piece already, or there are none

    def add(self, text: str, line: int) -> None:
        self.line = self.line or line
        self.texts.append(text)
        self.is_emitted = False

    def define(self) -> None:
        """Begin a definition; each definition repeats its terms."""
        if self.has_definition and self.texts:
            self.is_emitted = False
        self.has_definition = True

    def emit(self) -> str:
        """Return the terms and mark them as emitted."""
        self.is_emitted = True
        return ", ".join(self.texts)
