"""Raw pages in, clean lines out: no running heads, page numbers or glyph debris. No I/O.

What is furniture and what is text is learned from the document: a line that keeps its place at the
edge of several pages is a running head; a lone sign that keeps opening lines is a bullet, be it
`•`, or the `e `, `o ` and `°` that OCR makes of it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from ragguide.types import Bookmark, Page

MIN_REPEATS = 3  # pages that a running head must recur on,
MIN_REPEAT_SHARE = 0.04  # and the share of all pages
EDGE_LINES = 3  # how far from the edge of the page it may stand,
AT_EDGE_SHARE = 0.8  # and how much of it must stand there
MIN_GLYPH_LINES = 5  # lines that a letter must open before it passes for a bullet

_BULLETS = frozenset("•◦▪▫‣⁃●○■□◆◇►▶➢➤✓✔·–—-*")
_OPENERS = frozenset("([{\"'<$#=+|&/\\_@~%,.;:!?)]}>")  # signs that open text, not list items
_LETTER_GLYPHS = frozenset("bcdefghjklmnopqrstuvwxyz")  # "a" and "I" are words
_FOLD = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'",
        "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"',
        "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\t": " ",
        "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None,
        "\u2060": None, "\ufeff": None,
        "‐": "-", "‑": "-", "…": "...",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_PAGE_NUMBER = re.compile(
    r"(?:page\s+)?[-–—\s]*(\d{1,4}|[ivxlc]{1,7})[-–—\s]*(?:(?:of|/)\s*\d+)?", re.I
)
_WORD = re.compile(r"[^\W\d_]{2,}|\d")
_NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s+\S")


class Line(msgspec.Struct, frozen=True):
    """One printed line of content."""

    page: int
    text: str  # without its bullet
    is_item: bool  # opens a list item


def clean_pages(pages: Sequence[Page], bookmarks: Sequence[Bookmark] = ()) -> list[Line]:
    """Return all lines of content, in reading order."""
    numbered = [(page, _text_lines(page.text)) for page in pages]
    _drop_running_lines(numbered, bookmarks)
    for page, lines in numbered:
        _drop_page_number(lines, page.label)
    glyphs = find_bullets(line for _, lines in numbered for line in lines)
    return [
        _as_line(page.number, line, glyphs)
        for page, lines in numbered
        for line in lines
        if _WORD.search(line)
    ]


def fold_characters(text: str) -> str:
    """Replace ligatures, curly quotes, odd spaces and invisible characters by plain ones."""
    return unicodedata.normalize("NFC", text.translate(_FOLD))


def find_bullets(lines: Iterable[str]) -> frozenset[str]:
    """Return the signs that open list items in this document.

    A sign that is no letter counts from its second line on; a lower-case letter needs
    `MIN_GLYPH_LINES`, each followed by a capital or a digit.
    """
    openers: Counter[str] = Counter()
    for line in lines:
        glyph, _, rest = line.partition(" ")
        rest = rest.lstrip("|")  # OCR reads a capital I as a bar
        if len(glyph) == 1 and rest and (glyph not in _LETTER_GLYPHS or not rest[0].islower()):
            openers[glyph] += 1
    return _BULLETS | {
        glyph
        for glyph, n_lines in openers.items()
        if (glyph in _LETTER_GLYPHS and n_lines >= MIN_GLYPH_LINES)
        or (not glyph.isalnum() and glyph not in _OPENERS and n_lines >= 2)
    }


def _text_lines(text: str) -> list[str]:
    return [line for raw in fold_characters(text).splitlines() if (line := " ".join(raw.split()))]


def _drop_running_lines(
    numbered: Sequence[tuple[Page, list[str]]], bookmarks: Sequence[Bookmark]
) -> None:
    """Drop running heads and feet, in place.

    A running line stands within `EDGE_LINES` of the same edge on several pages and hardly anywhere
    else. So does the title of a chapter above pages that the chapter does not begin on, however
    few they are.
    """
    everywhere = Counter(_shape(line) for _, lines in numbered for line in lines)
    n_pages = sum(1 for _, lines in numbered if lines)
    needed = max(MIN_REPEATS, round(MIN_REPEAT_SHARE * n_pages))
    running: dict[bool, set[str]] = {}
    for at_top in (True, False):
        at_edge = Counter(
            shape
            for _, lines in numbered
            for shape in {_shape(lines[i]) for i in _edge(lines, at_top)}
        )
        running[at_top] = {
            shape
            for shape, n in at_edge.items()
            if n >= needed and n >= AT_EDGE_SHARE * everywhere[shape]
        }
    titles = {_shape(mark.title) for mark in bookmarks}
    begins = {(mark.page, _shape(mark.title)) for mark in bookmarks}
    for page, lines in numbered:
        doomed = {
            i
            for at_top in (True, False)
            for i in _edge(lines, at_top)
            if _shape(lines[i]) in running[at_top]
        }
        if lines and _shape(lines[0]) in titles:
            doomed.add(0)
        doomed -= {i for i in doomed if (page.number, _shape(lines[i])) in begins}
        lines[:] = [line for i, line in enumerate(lines) if i not in doomed]


def _edge(lines: Sequence[str], at_top: bool) -> range:
    n_lines = min(EDGE_LINES, len(lines))
    return range(n_lines) if at_top else range(len(lines) - n_lines, len(lines))


def _shape(line: str) -> str:
    """The line with digits alike and without signs: `—-Back to Index— 16` is `backtoindex0`."""
    letters = re.sub(r"[\W_]+", "", line).casefold()
    return re.sub(r"\d+", "0", letters) or line


def _drop_page_number(lines: list[str], label: str) -> None:
    for edge in (-1, 0):
        if lines and (
            lines[edge].casefold() == label.casefold() or _PAGE_NUMBER.fullmatch(lines[edge])
        ):
            del lines[edge]
            return


def _as_line(page: int, line: str, glyphs: frozenset[str]) -> Line:
    glyph, _, rest = line.partition(" ")
    is_glyph = glyph in glyphs or glyph in ("o)", "o0")
    if is_glyph and rest and (glyph not in _LETTER_GLYPHS or not rest[0].islower()):
        return Line(page, rest.strip(), True)
    return Line(page, line, bool(_NUMBERED.match(line)))
