"""A Word document's list definitions in, the sign of each list item out. No I/O."""

import re
from typing import Any

import msgspec
from docx.oxml.ns import nsmap

from ragguide.create.roman import to_roman
from ragguide.types import ITEM_SIGN

_W = "{" + nsmap["w"] + "}"
_PLACE = re.compile(r"%([1-9])")
_MAX_ROMAN = 3999
_UNNUMBERED = frozenset({"bullet", "none", ""})


class _Level(msgspec.Struct, frozen=True):
    format: str  # "decimal", "lowerLetter", "bullet", …
    text: str  # "%1.%2." shows the numbers of levels 1 and 2
    start: int
    style: str  # paragraphs of this style have this level


class Numbering:
    """Counts the items of all lists: Word stores numbering rules, not numbers."""

    def __init__(self, numbering: Any | None) -> None:
        """`numbering` is the root element of Word's numbering part; None if there are no lists."""
        self._levels: dict[str, dict[int, _Level]] = {}  # by abstract list
        self._abstract: dict[str, str] = {}  # list → its abstract list
        self._restarts: dict[str, dict[int, int]] = {}  # list → level → its first number
        self._counts: dict[str, dict[int, int]] = {}
        if numbering is None:
            return
        for abstract in numbering.iter(_W + "abstractNum"):
            self._levels[abstract.get(_W + "abstractNumId", "")] = {
                _number(level.get(_W + "ilvl", ""), 0): _read_level(level)
                for level in abstract.iter(_W + "lvl")
            }
        for num in numbering.iter(_W + "num"):
            list_id = num.get(_W + "numId", "")
            self._abstract[list_id] = _value(num, "abstractNumId")
            self._restarts[list_id] = {
                _number(override.get(_W + "ilvl", ""), 0): _number(value, 1)
                for override in num.iter(_W + "lvlOverride")
                if (value := _value(override, "startOverride"))
            }

    def sign(self, list_id: str, level: int | None, style: str) -> str:
        """Count the next item of a list; return its bullet, or its number as Word shows it.

        If `level` is None, use the level of the style.
        """
        abstract = self._abstract.get(list_id, "")
        levels = self._levels.get(abstract, {})
        if level is None:
            level = next((at for at, found in levels.items() if style and found.style == style), 0)
        found = levels.get(level)
        if found is None or found.format in _UNNUMBERED:
            return ITEM_SIGN
        counts = self._counts.setdefault(abstract, {})
        restart = self._restarts.get(list_id, {}).pop(level, None)
        counts[level] = restart if restart is not None else counts.get(level, found.start - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        shown = _PLACE.sub(lambda place: self._shown(levels, counts, int(place[1]) - 1), found.text)
        return shown.strip() + " " if shown.strip() else ITEM_SIGN

    def _shown(self, levels: dict[int, _Level], counts: dict[int, int], at: int) -> str:
        level = levels.get(at)
        return _format(counts.get(at, level.start), level.format) if level else ""


def _read_level(level: Any) -> _Level:
    return _Level(
        _value(level, "numFmt"),
        _value(level, "lvlText"),
        _number(_value(level, "start"), 1),
        _value(level, "pStyle"),
    )


def _format(number: int, style: str) -> str:
    """Return the number in one of Word's number formats; in digits if the format is unknown."""
    if style.endswith("Letter") and number > 0:
        letters = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 9)
        return letters.upper() if style.startswith("upper") else letters
    if style.endswith("Roman") and 0 < number <= _MAX_ROMAN:
        roman = to_roman(number)
        return roman.upper() if style.startswith("upper") else roman
    return f"{number:02d}" if style == "decimalZero" else str(number)


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else default


def _value(node: Any, name: str) -> str:
    found = node.find(_W + name)
    return "" if found is None else found.get(_W + "val", "")
