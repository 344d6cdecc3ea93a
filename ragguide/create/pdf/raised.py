"""Runs of text with their places in, raised and lowered signs written as such out. No I/O."""

import re
from collections.abc import Sequence

import msgspec

from ragguide.create.pdf.text_runs import Run
from ragguide.create.superscripts import raise_text

SMALL = 0.85  # times the size of its line; smaller signs may be raised
SMALLEST = 0.45  # times that size, of raised letters; beside a smaller one stands an initial
LOWERED = (0.1, 0.5)  # of its line's size, by which lowered signs stand below the baseline
GAP = 0.3  # of the type size: the right edge of text leaves out a blank before it
WORD_GAP = 0.15  # of the type size, at least between raised signs and a word behind them
RAISED = (0.1, 0.8)  # of its line's size, by which raised signs stand above the baseline

_BEFORE_MARK = re.compile(r"(?:\d|[a-z]{3}[.,;:)\"']?)$")
_NUMBERS = re.compile(r"[-+−–]?\d{1,3}|\d[-+−–]|\d{1,2}(?:, ?\d{1,2})+")
_MARKS = re.compile(r"[A-Za-z](?:, ?[A-Za-z])*|[*†‡§¶]{1,3}|\d?[a-z][-+−–]\d")
_ORDINALS = re.compile(r"st|nd|rd|th|er|re|me|le|ème|ère", re.I)
_BEFORE_ORDINAL = re.compile(r"(?:\d|\b[A-Z]+|\bn)$")  # 4th, XXe, Mme, no
_BEFORE_LETTER = re.compile(r"[\w.,;:)\]\"'”’%]$")
_SIGNS = {"TM": "™", "SM": "℠", "R": "®"}
_LOWERED_TEXT = re.compile(r"\d{1,3}|[A-Za-z]{1,4}")
_BEFORE_LOWERED = re.compile(r"[^\W\d_]$|[)\]]$")
_LABEL = re.compile(r"\d+|[a-z]|[*†‡§¶]{1,3}")


def is_raised(before: Run, run: Run) -> bool:
    """Whether a run is raised text that follows `before`: a number, a letter, an ordinal's end."""
    if before.y is None or run.y is None or run.size > before.size:
        return False
    low, high = (share * before.size for share in RAISED)
    is_higher = low <= run.y - before.y <= high
    if _NUMBERS.fullmatch(run.text.strip()):
        return _is_number(before, run, is_higher)
    return is_higher and _is_letter(before, run)


def _is_number(before: Run, run: Run, is_higher: bool) -> bool:
    """Whether a number is raised.

    If the writer raises it without moving its place, a smaller number after a digit is raised.
    """
    follows = before.text[-1:]
    if run.size > SMALL * before.size:  # raised or lowered: a number in a formula may be either
        return is_higher and bool(_BEFORE_MARK.search(before.text))
    is_at_digit = run.y == before.y and run.x == before.x and follows.isdigit()
    return bool(follows.strip()) and (is_higher or is_at_digit)


def _is_letter(before: Run, run: Run) -> bool:
    """Whether a run may be letters or signs that are raised right behind other text."""
    text = run.text.strip()
    may_be = _MARKS.fullmatch(text) or text in _SIGNS or _ORDINALS.fullmatch(text)
    is_close = run.x == before.x or abs(run.x - before.right) <= GAP * before.size
    is_small = SMALLEST * before.size <= run.size <= SMALL * before.size
    return bool(may_be and is_close and is_small and _BEFORE_LETTER.search(before.text))


def raise_signs(line: Sequence[Run]) -> list[Run]:
    """Write raised signs as such, in the run that they follow."""
    found: list[Run] = []
    before: Run | None = None  # the run in full size, as it was drawn
    goes_on = 0.0  # x up to which a run continues the last one
    if len(line) > 1 and is_label(line[0], line[1]):
        first = msgspec.structs.replace(line[0], text=line[0].text.strip() + " ")
        line = [first, *line[1:]]
    end: float | None = None  # of the raised signs, if the last run ends with some
    for run in line:
        if before is not None and is_raised(before, run):
            signs = _signs(before.text, run.text.strip())
            found[-1] = _with(found[-1], signs)
            goes_on = run.x + (len(signs) + 1) * run.size
            end = run.right if run.x > before.x else goes_on
            continue
        if end is not None and run.x - end > WORD_GAP * run.size and run.text[:1].isalnum():
            found[-1] = _with(found[-1], " ")
        if found and run.x < goes_on:
            text = re.sub(r"^\s+(?=[.,;:)])|^\s+(?=\s)", "", run.text)
            found[-1] = _with(found[-1], text)
        else:
            found.append(run)
        before, goes_on, end = run, 0.0, None
    return found


def _with(run: Run, text: str) -> Run:
    return msgspec.structs.replace(run, text=run.text + text)


def _signs(before: str, text: str) -> str:
    """Return raised text as it stands behind other text."""
    if text in _SIGNS:
        return _SIGNS[text]
    if text in ("o", "O") and before[-1:].isdigit():
        return "°"
    if _ORDINALS.fullmatch(text) or (text in ("e", "o") and _BEFORE_ORDINAL.search(before)):
        return text
    is_list = len(text) > 1 and text[1] == "," and text[0].isalpha()
    return f"^{text}" if is_list or text in ("e", "o") else raise_text(text)


def is_label(run: Run, follows: Run) -> bool:
    """Whether a raised number, letter or sign stands before a text: its note."""
    if run.y is None or follows.y is None or not _LABEL.fullmatch(run.text.strip()):
        return False
    return run.size <= follows.size and run.y - follows.y >= RAISED[0] * follows.size


def is_lowered(before: Sequence[Run], line: Sequence[Run]) -> bool:
    """Whether a line is nothing but lowered signs right behind the text of the line before."""
    if not before or len(line) != 1 or not _LOWERED_TEXT.fullmatch(line[0].text.strip()):
        return False
    full, run = before[-1], line[0]
    if full.y is None or run.y is None or run.size > SMALL * full.size:
        return False
    low, high = (share * full.size for share in LOWERED)
    is_close = abs(run.x - full.right) <= GAP * full.size
    return is_close and low <= full.y - run.y <= high and bool(_BEFORE_LOWERED.search(full.text))
