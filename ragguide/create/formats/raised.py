"""Blocks with raised numbers in, the same without the marks of notes out. No I/O.

A raised number is the mark of a note if a block of the
document starts with that number; then it is left out.
"""

import re
from collections.abc import Iterable

from ragguide.create.superscripts import BEFORE_POWER, PLAIN_DIGITS, RAISED_NUMBER

_NOTE_MARK = re.compile(r"\[?(?:\d{1,3}|[a-z*†‡§])\]?")
_NOTE = re.compile(r"\s*\[?(\d{1,3})[\].)]?\s+\S")


def is_note_mark(text: str) -> bool:
    """Whether raised text that is a link marks a note."""
    return _NOTE_MARK.fullmatch(text.strip()) is not None


def find_notes(blocks: Iterable[str]) -> frozenset[str]:
    """Return the numbers that blocks of the document start with."""
    return frozenset(found[1] for block in blocks if (found := _NOTE.match(block)))


def drop_marks(text: str, notes: frozenset[str]) -> str:
    """Remove raised numbers of notes. After 10 and units such as m, it is a power and stays."""

    def unless_note(found: re.Match[str]) -> str:
        is_power = BEFORE_POWER.search(text[max(0, found.start() - 8) : found.start()])
        is_note = found[0].translate(PLAIN_DIGITS) in notes and not is_power
        return "" if is_note else found[0]

    return RAISED_NUMBER.sub(unless_note, text) if notes else text
