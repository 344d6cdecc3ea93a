"""Lines of a page in, the same with large initials in front of their words out. No I/O.

An initial stands beside the first lines of its paragraph, with a baseline of its own. Beside the
letter of an index stand entries, which begin with capitals.
"""

import re
from collections.abc import Sequence

import msgspec

from ragguide.base.english import share_of_english
from ragguide.create.pdf.text_runs import Run

LARGER = 1.6  # times the size of the text, at least
GAP = (-0.5, 1.2)  # of the size of the text, between an initial and the text beside it
SAME_EDGE = 3.0  # points between an initial and the text below it
LINES_BELOW = 1.6  # times the size of the text: how far below an initial its text may go on

_INITIAL = re.compile(r"[\"'“‘«„]?[^\W\d_][’']?")
_REST = re.compile(r"\s|[’']?[^\W\d_]")
_CAPITALS = re.compile(r"\s*[^\W\d_a-z]+\b")


def join_initials(lines: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Put each large initial in front of the highest line beside it."""
    found = [list(line) for line in lines]
    for line in found:
        if line and _INITIAL.fullmatch(line[0].text.strip()):
            text = _text_of(line[0], found)
            if text:
                text[0] = _with_initial(line.pop(0), text[0])
    return [line for line, before in zip(found, lines, strict=True) if line or not before]


def _text_of(initial: Run, lines: Sequence[list[Run]]) -> list[Run] | None:
    """Return the line that an initial begins."""
    beside = [line for line in lines if line and _is_beside(initial, line[0])]
    text = max(beside, key=lambda line: line[0].y or 0.0, default=None)
    if text is None:
        return None
    begins = text[0].text
    if not _REST.match(begins) or (begins[0].isupper() and not _CAPITALS.match(begins)):
        return None
    is_capital = begins.lstrip()[:1].isupper()
    return (
        text if not is_capital or any(_is_below(initial, text[0], line) for line in lines) else None
    )


def _is_beside(initial: Run, run: Run) -> bool:
    """Whether text begins right behind an initial, above its baseline."""
    if initial.y is None or run.y is None or initial.size < LARGER * run.size:
        return False
    low, high = (share * run.size for share in GAP)
    is_above = run.size / 2 < run.y - initial.y < initial.size
    return is_above and low <= run.x - initial.right <= high


def _is_below(initial: Run, text: Run, line: Sequence[Run]) -> bool:
    """Whether a line in the type of the text begins below its initial."""
    if not line or line[0].y is None or initial.y is None or line[0].size != text.size:
        return False
    is_next = 0 < initial.y - line[0].y <= LINES_BELOW * text.size
    return is_next and abs(line[0].x - initial.x) <= SAME_EDGE


def _with_initial(initial: Run, text: Run) -> Run:
    letter = initial.text.strip()
    word = re.split(r"\W", text.text, maxsplit=1)[0].casefold()
    both = share_of_english(letter.casefold()) * share_of_english(word)
    is_word = len(word) > 1 and both > share_of_english(letter.casefold() + word)
    return msgspec.structs.replace(text, text=letter + (" " if is_word else "") + text.text)
