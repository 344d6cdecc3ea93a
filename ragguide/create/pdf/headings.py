"""Drafts of blocks in, the same with headings marked out. No I/O.

Headings are found by type, or else by shape: short capitalised lines above text. Scanned pages, and
pages in a single type, have only the shape. There, table cells and figure labels are short lines
too, and must not become headings.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.running import LARGE, SAME_SIZE
from ragguide.create.pdf.tables import Row
from ragguide.types import BlockKind

MAX_HEADING_WORDS = 12
MAX_HEADINGS_IN_A_ROW = 3
MAX_HEADING_SHARE = 0.3  # of all letters; above this, bold or large type does not mark headings
MIN_ENTRIES = 3  # of a table of contents on one page
MIN_SENTENCE_WORDS = 4  # a shorter line may be a cell or a label, even with a full stop
FULL_LINE = 0.85  # share of the measure that a full line reaches; letters differ in width

ENDED = re.compile(r"[.!?:;][)\"']*$")
URL = re.compile(r"^\S+://\S+$|^\S+\.html$")
NUMBER_SIGN = re.compile(r"^\(?(?:\d{1,2}|[a-z])[.)]\s+")
ENTRY = re.compile(r"\S[ .]+\d{1,4}$")  # of a table of contents: ends in its page's number
_CAPTION = re.compile(r"(?:Fig(?:ure|\.)?|Table|Listing|Exhibit|Chart|Plate|Scheme)\s+[\dIVX]")
_AMOUNT = re.compile(  # `1,050.20 kr`, `: 230 V`: the line is a name with its value
    r"(?:[$€£¥]\s?\d[\d.,]*|\d[.,]\d{2}\s?(?:[$€£¥]|[A-Za-z]{1,3})|:\s\d[\d.,]*\s?\S{0,5})$"
)
_RULE = re.compile(r"(?<=\S) \| (?=\S)")  # OCR reads the rule between two columns as a bar
_WORDS = re.compile(r"[^\W_]+")


_Style = tuple[float, bool]  # size in points, is bold


class Draft(msgspec.Struct):
    """A block before its final kind is known."""

    lines: list[Line]
    kind: BlockKind
    level: int = 0
    row: Row | None = None  # for table rows: replaces the text of the lines


# ── by type ─────────────────────────────────────────────────────────────────────────────────────


def mark_by_type(drafts: list[Draft]) -> list[Draft]:
    """Mark text larger than the body, or bold, as headings; level 1 is the largest.

    Consecutive lines in one large type form one heading.
    """
    n_letters = _letters_by_size(drafts)
    body = max(n_letters, key=n_letters.__getitem__, default=0.0)
    styles = _drop_entries(drafts, [_heading_style(draft, body) for draft in drafts])
    if not any(styles):
        return drafts
    n_in_headings = _letters_by_size(_styled(drafts, styles)).total()
    if n_in_headings > MAX_HEADING_SHARE * n_letters.total():
        return drafts
    return _mark_styles(drafts, styles, _levels(drafts, styles), body)


def _letters_by_size(drafts: Iterable[Draft]) -> Counter[float]:
    """Count the letters of each size in points; lines without a type have size 0."""
    n_letters: Counter[float] = Counter()
    for draft in drafts:
        for line in draft.lines:
            n_letters[line.type.size if line.type else 0.0] += len(line.text)
    return n_letters


def _styled(drafts: Sequence[Draft], styles: Sequence[_Style | None]) -> Iterator[Draft]:
    """Return the drafts that have a heading style."""
    return (draft for draft, style in zip(drafts, styles, strict=True) if style)


def _drop_entries(drafts: Sequence[Draft], styles: Sequence[_Style | None]) -> list[_Style | None]:
    """Remove the styles of a table of contents, whose entries end in a page number."""
    is_entry = [bool(ENTRY.search(draft.lines[-1].text)) for draft in drafts]
    n_entries = Counter(
        draft.lines[0].page
        for draft, style, entry in zip(drafts, styles, is_entry, strict=True)
        if entry and style
    )
    return [
        None if entry and n_entries[draft.lines[0].page] >= MIN_ENTRIES else style
        for draft, style, entry in zip(drafts, styles, is_entry, strict=True)
    ]


def _levels(drafts: Sequence[Draft], styles: Sequence[_Style | None]) -> dict[_Style, int]:
    """Return the level of each heading style; a title on the first page shares level 1."""
    found = sorted({style for style in styles if style}, reverse=True)
    largest = {
        draft.lines[0].page
        for draft, style in zip(drafts, styles, strict=True)
        if style == found[0]
    }
    has_title = len(found) > 1 and largest == {drafts[0].lines[0].page}
    return {style: max(1, rank - has_title) for rank, style in enumerate(found, start=1)}


def _mark_styles(
    drafts: Sequence[Draft],
    styles: Sequence[_Style | None],
    levels: dict[_Style, int],
    body: float,
) -> list[Draft]:
    """Turn the drafts with a style into headings; join consecutive large ones of one style."""
    marked: list[Draft] = []
    style_before: _Style | None = None
    for draft, style in zip(drafts, styles, strict=True):
        if style is None:
            marked.append(draft)
        elif style == style_before and _is_large(style, body):
            marked[-1].lines += draft.lines
        else:
            marked.append(Draft(draft.lines, "heading", levels[style]))
        style_before = style
    return marked


def _heading_style(draft: Draft, body: float) -> _Style | None:
    """Return the style of a draft that looks like a heading by its type; else None."""
    style = _only_style(draft)
    if draft.row or style is None or not any(c.isalpha() for c in draft.lines[0].text):
        return None
    return style if _is_large(style, body) or _is_run_in(draft, style, body) else None


def _only_style(draft: Draft) -> _Style | None:
    """Return the style that all lines of a draft share; None if they differ or lack one."""
    styles = {(line.type.size, line.type.is_bold) if line.type else None for line in draft.lines}
    return styles.pop() if len(styles) == 1 else None


def _is_run_in(draft: Draft, style: _Style, body: float) -> bool:
    """Whether a draft is short, bold and in the size of body text, but not a sentence."""
    size, is_bold = style
    n_words = sum(len(line.text.split()) for line in draft.lines)
    is_short = n_words <= MAX_HEADING_WORDS and draft.lines[-1].text[-1] not in ".;,"
    return is_bold and size >= body - SAME_SIZE and is_short and not _is_value(draft)


def _is_value(draft: Draft) -> bool:
    """Whether a draft is a name and its value, apart: `Amount due:     480 kr`."""
    cells = draft.lines[0].type.cells if draft.lines[0].type else ()
    return len(cells) > 1 and cells[0][1].rstrip().endswith(":")


def _is_large(style: _Style, body: float) -> bool:
    return style[0] > LARGE * body > 0


# ── by shape ────────────────────────────────────────────────────────────────────────────────────


def mark_by_shape(drafts: list[Draft], measure: int) -> list[Draft]:
    """Mark short lines above text as headings.

    Several such lines in a row are nested headings, if they are few. More than
    `MAX_HEADINGS_IN_A_ROW`, or lines that follow scraps, belong to a figure or a table: only the
    last one, right above the text, can be a heading; the last two, if the last is a label with a
    colon. The last lines of a page are no headings.
    """
    openers = page_openers(drafts)
    headings: set[int] = set()
    i = 0
    while i < len(drafts):
        run = i
        while run < len(drafts) and looks_like_heading(drafts[run], measure, run in openers):
            run += 1
        if i < run < len(drafts):
            headings |= _headings_of_run(drafts, i, run, measure, openers)
        i = run + 1
    for i in headings:
        drafts[i].kind = "heading"
    return _join_titles(drafts)


def _headings_of_run(
    drafts: Sequence[Draft], first: int, below: int, measure: int, openers: set[int]
) -> set[int]:
    """Return which of the lines `first` to `below - 1`, which look like headings, are headings."""
    last = drafts[below - 1].lines[0]
    is_label = last.text.endswith(":")
    leads_to_addresses = is_label and URL.match(drafts[below].lines[0].text)
    if not leads_to_addresses and not can_have_heading(drafts[below], measure):
        return set()
    row = [i for i in range(first, below) if drafts[i].lines[0].page == last.page]
    if _is_ruled(drafts[below]):
        return set(row[:-1]) & openers  # the last line contains the column names
    follows_scrap = (
        row[0] > 0 and row[0] not in openers and _is_scrap(drafts[row[0] - 1], last.page)
    )
    if follows_scrap and not _is_whole(drafts[below]):
        return set()
    is_figure = follows_scrap or len(row) > MAX_HEADINGS_IN_A_ROW
    return set(row[-1 - is_label :] if is_figure else row)


def page_openers(drafts: Sequence[Draft]) -> set[int]:
    """Return the indices of drafts that start a page after the previous text has ended."""
    openers: set[int] = set()
    for i in range(1, len(drafts)):
        before, line = drafts[i - 1].lines[-1], drafts[i].lines[0]
        ended = ENDED.search(before.text) or URL.match(before.text)
        if (before.page < line.page and ended) or (i - 1 in openers and URL.match(before.text)):
            openers.add(i)
    return openers


def can_have_heading(below: Draft, measure: int) -> bool:
    """Whether `below` is long enough to have a heading.

    A paragraph has a full first line. Text that wraps earlier belongs to a table column or a
    figure, unless it is a name with an amount.
    """
    if below.kind in ("item", "row"):
        return True
    if URL.match(below.lines[0].text):
        return False
    if _AMOUNT.search(below.lines[0].text):
        return True
    lengths = [len(line.text) for line in below.lines]
    next_word = len(below.lines[1].text.split(" ", 1)[0]) + 1 if len(lengths) > 1 else 0
    return sum(lengths) > FULL_LINE * measure and lengths[0] + next_word >= FULL_LINE * measure


def looks_like_heading(draft: Draft, measure: int, opens_page: bool) -> bool:
    line = draft.lines[0].text
    if draft.row or len(draft.lines) > 1 or (draft.kind == "item" and not NUMBER_SIGN.match(line)):
        return False
    return reads_like_heading(line, measure, opens_page=opens_page)


def reads_like_heading(line: str, measure: int, *, opens_page: bool = False) -> bool:
    """Whether a line is short, does not end like a sentence, and is capitalised or opens a page."""
    text = NUMBER_SIGN.sub("", line)
    numbered = len(text) < len(line)
    if not 0 < len(text.split()) <= MAX_HEADING_WORDS or len(text) > FULL_LINE * measure:
        return False
    if text[-1] in ".;,|" or not (text[0].isupper() or numbered):
        return False
    if URL.match(text) or _CAPTION.match(text) or _AMOUNT.search(text):
        return False
    return text[-1] == "?" or (opens_page and text[-1] != ":") or _is_capitalised(text)


def _is_capitalised(text: str) -> bool:
    """Whether at least half of the long words do not start with a lower-case letter."""
    long_words = [word for word in text.split() if len(word) > 3]
    return sum(not word[0].islower() for word in long_words) * 2 >= len(long_words)


def _is_scrap(before: Draft, page: int) -> bool:
    """Whether a draft on this page is a fragment of a figure or a table, not a sentence."""
    if before.kind != "paragraph" or before.lines[-1].page != page:
        return False
    text = before.lines[-1].text
    is_sentence = ENDED.search(text) and (
        len(before.lines) > 1 or len(text.split()) >= MIN_SENTENCE_WORDS
    )
    return not is_sentence and not URL.match(text)


def _is_whole(below: Draft) -> bool:
    """Whether a text ends like a sentence; lists and addresses always count as complete."""
    return (
        bool(URL.match(below.lines[0].text))
        or below.kind != "paragraph"
        or bool(ENDED.search(below.lines[-1].text))
    )


def _is_ruled(below: Draft) -> bool:
    """Whether a paragraph is a table row with rules between its cells."""
    return below.kind == "paragraph" and any(_RULE.search(line.text) for line in below.lines)


def _join_titles(drafts: list[Draft]) -> list[Draft]:
    """Join a title that was broken into two lines, such as `Scaling a Training` and `Job`.

    Its first line is nearly as long as the longest title, and the two words at the break occur next
    to each other elsewhere in the document.
    """
    headings = [draft for draft in drafts if draft.kind == "heading"]
    longest = max((len(draft.lines[0].text) for draft in headings), default=0)
    pairs = Counter(_pairs(line.text for draft in drafts for line in draft.lines))
    joined: list[Draft] = []
    for draft in drafts:
        if joined and _is_broken_title(joined[-1], draft, longest, pairs):
            joined[-1].lines += draft.lines
        else:
            joined.append(draft)
    return joined


def _is_broken_title(
    before: Draft, draft: Draft, longest: int, pairs: Counter[tuple[str, str]]
) -> bool:
    """Whether a heading continues in the next one; `pairs` counts adjacent words."""
    if not before.kind == draft.kind == "heading" or len(before.lines) > 1:
        return False
    line, follows = before.lines[0], draft.lines[0]
    around = _around(line.text, follows.text)
    if around is None or line.page != follows.page:
        return False
    is_full = len(line.text) + 1 + len(follows.text.split(" ", 1)[0]) > FULL_LINE * longest
    return is_full and pairs[around] > 0


def _pairs(texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        yield from pairwise(_WORDS.findall(text.casefold()))


def _around(text: str, follows: str) -> tuple[str, str] | None:
    """Return the words around a break; None if there is a sign at the break."""
    if not (text[-1].isalnum() and follows[0].isalnum()):
        return None
    return _WORDS.findall(text.casefold())[-1], _WORDS.findall(follows.casefold())[0]
