"""Raw pages in, clean lines out: no running heads, page numbers or stray glyphs. No I/O.

The rules are learned from the document: a line that repeats at the edge of several pages is a
running head; a single character that starts many lines is a bullet, whether `•` or the `e `, `o `
and `°` that OCR reads instead.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Sequence

import msgspec

from ragguide.create.pdf.beside_items import BesideItems
from ragguide.create.pdf.furniture import Removed, drop_furniture
from ragguide.create.pdf.line_numbers import drop_line_numbers
from ragguide.create.pdf.notes import drop_note_marks
from ragguide.create.pdf.running import Printed
from ragguide.create.pdf.spaced_letters import WordsOf, join_spaced_letters
from ragguide.create.pdf.spelling import Rewrite, Spelling
from ragguide.types import Bookmark, Page, Type

MIN_GLYPH_LINES = 5  # lines that a letter must start before it counts as a bullet

TYPED = 0.9  # of the letters of a document, from which a fixed width does not mean code

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
        "\x7f": "•",  # an unused code of WinAnsiEncoding draws one (ISO 32000-1, table D.2)
        "‐": "-", "‑": "-", "…": "...",
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    }
)  # fmt: skip
_SOFT_HYPHEN_AT_END = re.compile("\u00ad(?=\\s*$)", re.M)
_WORD = re.compile(r"[^\W\d_]{2,}|\d|[A-Z]&[A-Z]")
_CLOSING = re.compile(r"[\])};,]+")  # ends a code block; other lines without a word are dropped
_SPECKS = re.compile(r"^(?:[.,;:'´`_~)\]]\s+)+(?=\S)|(?<=\S)\s+['´`_~]$|(?<=\w)(?:\s+[)(])+$")
_NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s+\S")


class Line(msgspec.Struct, frozen=True):
    """One printed line of content."""

    page: int
    text: str  # without its bullet
    is_item: bool  # opens a list item
    raw_line: int = 0  # line number on the page, from 0
    type: Type | None = None  # None if unknown, as in a scan
    is_code: bool = False  # in type of a fixed width, where the body is not


class Cleaned(msgspec.Struct, frozen=True):
    """The content of a document, with a record of what was removed and rewritten."""

    lines: tuple[Line, ...]  # in reading order
    removed: tuple[Removed, ...]
    rewrites: tuple[Rewrite, ...]


def clean_pages(pages: Sequence[Page], bookmarks: Sequence[Bookmark] = ()) -> Cleaned:
    """Remove running heads, page numbers and stray glyphs; correct characters and misread words."""
    printed, removed = _print_pages(pages)
    removed += drop_furniture(printed, bookmarks)
    lines = [(page, line) for page, found in printed for line in found]
    texts = [line.text for _, line in lines]
    spelling, glyphs = Spelling(texts), find_bullets(texts)
    labels = BesideItems([(page.number, line.text) for page, line in lines], glyphs)
    has_code = not _is_typed([line for _, line in lines])
    content: list[Line] = []
    for page, line in lines:
        if has_code and line.type and line.type.pitch:
            code = Line(page.number, line.text, False, line.raw_line, line.type, is_code=True)
            content.append(code)
            continue
        text = _strip_specks(spelling.correct(line.text))
        if _WORD.search(text) or _CLOSING.fullmatch(text):
            type_ = line.type and _clean_cells(line.type, spelling)
            parts = labels.split(page.number, text)
            content += _as_lines(page.number, line, parts, type_, glyphs)
        else:
            removed.append(Removed(page.number, line.raw_line, line.text, "no words"))
    return Cleaned(tuple(content), tuple(removed), tuple(spelling.rewrites))


def _print_pages(
    pages: Sequence[Page],
) -> tuple[list[tuple[Page, list[Printed]]], list[Removed]]:
    """Return the lines of each page without line numbers and marks of notes, and these."""
    printed: list[tuple[Page, list[Printed]]] = []
    removed: list[Removed] = []
    words = WordsOf([page.text for page in pages])
    for page in pages:
        lines, numbers = drop_line_numbers(_printed_lines(page, words))
        lines, marks = drop_note_marks(lines)
        printed.append((page, lines))
        for reason, dropped in (("line number", numbers), ("mark of a note", marks)):
            removed += [Removed(page.number, each.raw_line, each.text, reason) for each in dropped]
    return printed, removed


def fold_characters(text: str) -> str:
    """Replace ligatures, curly quotes and odd spaces by plain ones; drop control characters."""
    return unicodedata.normalize("NFC", text.translate(_FOLD))


def find_bullets(lines: Iterable[str]) -> frozenset[str]:
    """Return the characters that serve as bullets in this document.

    A sign must start two lines. A lower-case letter must start `MIN_GLYPH_LINES`, each followed by
    a capital or a digit.
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
    """Whether the glyph can be a bullet; a letter only before a capital, since it may be a word."""
    if glyph not in _LETTER_GLYPHS:
        return bool(rest)
    first = rest.lstrip("[(\\\"'")[:1]
    return first == "|" or (first.isalnum() and not first.islower())  # OCR reads I as a bar


def _printed_lines(page: Page, known: Container[str]) -> list[Printed]:
    text = _SOFT_HYPHEN_AT_END.sub("-", page.text)
    raw_lines = text.split("\n")
    types = page.types if len(page.types) == len(raw_lines) else (None,) * len(raw_lines)
    folded = (" ".join(_words_of(raw, known)) for raw in raw_lines)
    return [
        Printed(line, raw_line, type_)
        for raw_line, (line, type_) in enumerate(zip(folded, types, strict=True))
        if line
    ]


def _words_of(raw: str, known: Container[str]) -> list[str]:
    return join_spaced_letters(fold_characters(raw), known).split()


def _strip_specks(line: str) -> str:
    """Remove the single signs that dust on a scan leaves at both ends of a line."""
    return _SPECKS.sub("", line)


def _clean_cells(type_: Type, spelling: Spelling) -> Type:
    if len(type_.cells) < 2:
        return type_
    cells = tuple(
        (x, spelling.correct(" ".join(fold_characters(text).split()))) for x, text in type_.cells
    )
    return msgspec.structs.replace(type_, cells=cells)


def _is_typed(lines: Iterable[Printed]) -> bool:
    """Whether all but a few lines of a document are in type of a fixed width."""
    n_letters = [0, 0]
    for line in lines:
        n_letters[line.type is not None and line.type.pitch > 0] += len(line.text)
    return n_letters[True] > TYPED * sum(n_letters)


def _as_lines(
    page: int,
    printed: Printed,
    parts: Sequence[str],
    type_: Type | None,
    glyphs: frozenset[str],
) -> list[Line]:
    """Return the labels beside an item, and the item; of other lines just the line."""
    *labels, text = parts
    lines = [Line(page, label, False, printed.raw_line, type_) for label in labels]
    return [*lines, _as_line(page, printed, text, type_, glyphs)]


def _as_line(
    page: int, printed: Printed, text: str, type_: Type | None, glyphs: frozenset[str]
) -> Line:
    glyph, _, rest = text.partition(" ")
    is_item = (glyph in glyphs or glyph in ("o)", "o0")) and _may_open_item(glyph, rest)
    return Line(
        page=page,
        text=rest.strip() if is_item else text,
        is_item=is_item or bool(_NUMBERED.match(text)),
        raw_line=printed.raw_line,
        type=type_,
    )
