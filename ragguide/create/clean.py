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
        **{code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace()},
        "‐": "-", "‑": "-", "…": "...",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_SOFT_HYPHEN_AT_END = re.compile("\u00ad(?=\\s*$)", re.M)
_PAGE_NUMBER = re.compile(
    r"(?P<page>page\s+)?[-–—\s]*(?:(?P<arabic>\d{1,4})|(?P<roman>[ivxlc]{1,7}))[-–—\s]*"
    r"(?:(?:of|/)\s*\d+)?",
    re.I,
)
_ROMAN = re.compile(r"(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.I)  # up to 99
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_WORD = re.compile(r"[^\W\d_]{2,}|\d")
_CLOSING = re.compile(r"[\])};,]+")  # ends a block of code; other lines without a word are debris
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
    _drop_page_numbers(numbered)
    glyphs = find_bullets(line for _, lines in numbered for line in lines)
    return [
        _as_line(page.number, line, glyphs)
        for page, lines in numbered
        for line in lines
        if _WORD.search(line) or _CLOSING.fullmatch(line)
    ]


def fold_characters(text: str) -> str:
    """Replace ligatures, curly quotes and odd spaces by plain ones; drop control characters."""
    return unicodedata.normalize("NFC", text.translate(_FOLD))


def find_bullets(lines: Iterable[str]) -> frozenset[str]:
    """Return the signs that open list items in this document.

    A sign that is no letter counts from its second line on; a lower-case letter needs
    `MIN_GLYPH_LINES`, each followed by a capital or a digit.
    """
    openers: Counter[str] = Counter()
    for line in lines:
        glyph, _, rest = line.partition(" ")
        if len(glyph) == 1 and _may_open_item(glyph, rest):
            openers[glyph] += 1
    return _BULLETS | {
        glyph
        for glyph, n_lines in openers.items()
        if (glyph in _LETTER_GLYPHS and n_lines >= MIN_GLYPH_LINES)
        or (not glyph.isalnum() and glyph not in _OPENERS and n_lines >= 2)
    }


def _may_open_item(glyph: str, rest: str) -> bool:
    """Whether the sign stands as a bullet does: a letter, which may be a word, over a capital."""
    if glyph not in _LETTER_GLYPHS:
        return bool(rest)
    first = rest.lstrip("[(\\\"'")[:1]
    return first == "|" or (first.isalnum() and not first.islower())  # OCR reads I as a bar


def _text_lines(text: str) -> list[str]:
    text = fold_characters(_SOFT_HYPHEN_AT_END.sub("-", text))
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]


def _drop_running_lines(
    numbered: Sequence[tuple[Page, list[str]]], bookmarks: Sequence[Bookmark]
) -> None:
    """Drop running heads and feet, in place.

    A running line stands within `EDGE_LINES` of the same edge on several pages and hardly ever
    between the edges. So does the title of a chapter above pages that the chapter does not begin
    on, however few they are. Once seen, a running line is known inside a page too, where OCR may
    put it, if its words stand in running lines alone.
    """
    running = _running_shapes([lines for _, lines in numbered])
    titles = {_shape(mark.title) for mark in bookmarks}
    begins = {(mark.page, _shape(mark.title)) for mark in bookmarks}
    seen: set[str] = set()
    strays: list[tuple[list[str], str]] = []
    for page, lines in numbered:
        doomed = {
            i
            for at_top in (True, False)
            for i in _edge(lines, at_top)
            if _shape(lines[i]) in running[at_top]
        }
        if lines and _shape(lines[0]) in titles:
            doomed.add(0)
        kept = _headings(page, lines, begins)
        doomed -= kept
        strays += [
            (lines, line)
            for i, line in enumerate(lines)
            if i not in doomed | kept and set() < _words(line) <= seen
        ]
        seen.update(word for i in doomed for word in _words(lines[i]))
        lines[:] = [line for i, line in enumerate(lines) if i not in doomed]
    uses = Counter(word for _, lines in numbered for line in lines for word in _words(line))
    uses.subtract(word for _, line in strays for word in _words(line))
    for lines, stray in strays:
        if not any(uses[word] for word in _words(stray)):
            lines.remove(stray)


def _running_shapes(pages: Sequence[Sequence[str]]) -> dict[bool, set[str]]:
    """The shapes that run at the top (True) and at the foot (False) of the pages."""
    everywhere = Counter(_shape(line) for lines in pages for line in lines)
    at_edges = Counter(
        _shape(lines[i]) for lines in pages for i in {*_edge(lines, True), *_edge(lines, False)}
    )
    steady = {shape for shape, n in at_edges.items() if n >= AT_EDGE_SHARE * everywhere[shape]}
    needed = max(MIN_REPEATS, round(MIN_REPEAT_SHARE * sum(1 for lines in pages if lines)))
    running: dict[bool, set[str]] = {}
    for at_top in (True, False):
        n_pages = Counter(
            shape for lines in pages for shape in {_shape(lines[i]) for i in _edge(lines, at_top)}
        )
        running[at_top] = {shape for shape in steady if n_pages[shape] >= needed}
    return running


def _headings(page: Page, lines: Sequence[str], begins: set[tuple[int, str]]) -> set[int]:
    """The lines that open a bookmarked chapter: of equal ones, the one farthest from the edge."""
    innermost: dict[str, int] = {}
    for i in sorted(range(len(lines)), key=lambda i: min(i, len(lines) - 1 - i)):
        innermost[_shape(lines[i])] = i
    return {i for shape, i in innermost.items() if (page.number, shape) in begins}


def _words(line: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{2,}", line.casefold()))


def _edge(lines: Sequence[str], at_top: bool) -> range:
    n_lines = min(EDGE_LINES, len(lines))
    return range(n_lines) if at_top else range(len(lines) - n_lines, len(lines))


def _shape(line: str) -> str:
    """The line without signs and its page number: `—-Back to Index— 16` is `backtoindex`."""
    letters = re.sub(r"[\W_]+", "", line).casefold()
    return re.sub(r"\d+", "0", letters).strip("0") or line


def _drop_page_numbers(numbered: Sequence[tuple[Page, list[str]]]) -> None:
    """Drop the number at the foot or head of each page, in place.

    A number counts pages if it is the page's label, says "page", or keeps a distance to the page's
    place that another page has too. Else it is content: a cell of a table, a year.
    """
    lead = Counter(
        (edge, number - page.number)
        for page, lines in numbered
        for edge in (-1, 0)
        if lines and (number := _number(lines[edge])) is not None
    )
    for page, lines in numbered:
        for edge in (-1, 0):
            number = _number(lines[edge]) if lines else None
            if lines and (
                lines[edge].casefold() == page.label.casefold()
                or (number is not None and lead[edge, number - page.number] > 1)
                or ((said := _PAGE_NUMBER.fullmatch(lines[edge])) and said["page"])
            ):
                del lines[edge]
                break


def _number(line: str) -> int | None:
    """Value of a lone arabic or roman number; None for any other line."""
    found = _PAGE_NUMBER.fullmatch(line)
    if found and found["arabic"]:
        return int(found["arabic"])
    if not (found and _ROMAN.fullmatch(found["roman"])):
        return None
    values = [_ROMAN_VALUES[letter] for letter in found["roman"].casefold()]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _as_line(page: int, line: str, glyphs: frozenset[str]) -> Line:
    glyph, _, rest = line.partition(" ")
    if (glyph in glyphs or glyph in ("o)", "o0")) and _may_open_item(glyph, rest):
        return Line(page, rest.strip(), True)
    return Line(page, line, bool(_NUMBERED.match(line)))
