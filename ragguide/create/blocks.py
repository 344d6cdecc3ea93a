"""Clean lines in, one text with its blocks and pages out. No I/O.

A printed line ends where the paper does, a paragraph where its thought does. The two are told apart
by whether the next line's first word would still have fitted. Headings are told by bookmarks, else
by their type, else by their shape.
"""

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from ragguide.create.body import ITEM_SIGN
from ragguide.create.clean import Line
from ragguide.create.tables import Row, Table, split_tables
from ragguide.types import Block, BlockKind, Bookmark, PrintedLine

MAX_HEADING_WORDS = 12
MAX_HEADINGS_IN_A_ROW = 3
MAX_HEADING_LINES = 6  # of a title that a bookmark names
MAX_HEADING_SHARE = 0.3  # of all letters; more, and bold or large type is no heading here
MIN_ENTRIES = 3  # of a table of contents on one page
LARGE = 1.12  # times the body's type: larger is a heading
SAME_SIZE = 0.6  # points
FULL_LINE = 0.85  # share of the measure that a line may fall short of for its proportional type

_ENDED = re.compile(r"[.!?:;][)\"']*$")
_ENTRY = re.compile(r"\S[ .]+\d{1,4}$")
URL = re.compile(r"^\S+://\S+$|^\S+\.html$")
_HYPHENATED = re.compile(r"[^\W\d_]-$")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NUMBER_SIGN = re.compile(r"^\(?(?:\d{1,2}|[a-z])[.)]\s+")


class PrintedBody(msgspec.Struct, frozen=True):
    """A document's text: blocks parted by a line break, printed lines within one by a space."""

    text: str
    blocks: tuple[Block, ...]
    page_starts: tuple[int, ...]
    lines: tuple[PrintedLine, ...] = ()  # none if nothing was printed, as in a text file


class _Draft(msgspec.Struct):
    lines: list[Line]
    kind: BlockKind
    level: int = 0
    row: Row | None = None  # of a table, which tells its lines in its own way


def join_lines(
    lines: Sequence[Line], *, n_pages: int, bookmarks: Sequence[Bookmark] = ()
) -> PrintedBody:
    """Join printed lines into paragraphs, list items, table rows and headings."""
    measure = _measure(lines)
    drafts: list[_Draft] = []
    for run in split_tables(lines):
        if isinstance(run, Table):
            drafts += [_Draft(list(row.lines), "row", row=row) for row in run.rows]
        else:
            drafts += _group_by_bookmarks(run, measure, bookmarks)
    if not any(draft.kind == "heading" for draft in drafts):
        drafts = _mark_by_type(drafts)
    if not any(draft.kind == "heading" for draft in drafts):
        _mark_by_shape(drafts, measure)
    return _assemble(drafts, n_pages, _Hyphens.learn(lines))


def _measure(lines: Sequence[Line]) -> int:
    """Length in characters that printed lines are set to: the 9th decile."""
    lengths = sorted(len(line.text) for line in lines)
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _group(lines: Sequence[Line], measure: int) -> list[_Draft]:
    drafts: list[_Draft] = []
    for line in lines:
        if drafts and not line.is_item and _continues(drafts[-1].lines[-1], line, measure):
            drafts[-1].lines.append(line)
        else:
            drafts.append(_Draft([line], "item" if line.is_item else "paragraph"))
    return drafts


def _continues(before: Line, line: Line, measure: int) -> bool:
    if URL.match(before.text) or URL.match(line.text) or _is_set_otherwise(before, line):
        return False
    first_word = line.text.split(" ", 1)[0]
    forced = len(before.text) + 1 + len(first_word) >= FULL_LINE * measure
    if forced and _ENDED.search(before.text):
        # A full line may well be a paragraph's last one: then a heading can follow, or a new page.
        return before.page == line.page and not _reads_like_heading(line.text, measure)
    if forced:
        return True
    opens_small = line.text[0].islower() or line.text[0] in ")],;"
    return opens_small and not _ENDED.search(before.text)


def _is_set_otherwise(before: Line, line: Line) -> bool:
    """Whether two lines differ in type: then one may be a heading, or stand in a figure."""
    if before.type is None or line.type is None:
        return False
    is_bolder = before.type.is_bold != line.type.is_bold
    return is_bolder or abs(before.type.size - line.type.size) > SAME_SIZE


def _group_by_bookmarks(
    lines: Sequence[Line], measure: int, bookmarks: Sequence[Bookmark]
) -> list[_Draft]:
    """Group the lines between the headings that bookmarks name."""
    wanted = {(mark.page, letters) for mark in bookmarks if (letters := letters_of(mark.title))}
    longest = max((len(letters) for _, letters in wanted), default=0)
    drafts: list[_Draft] = []
    at = between = 0
    while at < len(lines):
        n_lines = _heading_length(lines[at : at + MAX_HEADING_LINES], wanted, longest)
        if n_lines:
            drafts += _group(lines[between:at], measure)
            drafts.append(_Draft(list(lines[at : at + n_lines]), "heading"))
            between = at + n_lines
        at += n_lines or 1
    return drafts + _group(lines[between:], measure)


def _heading_length(lines: Sequence[Line], wanted: set[tuple[int, str]], longest: int) -> int:
    """How many lines from the first on are together the title of a bookmark; 0 for none."""
    letters = ""
    for n_lines, line in enumerate(lines, start=1):
        letters += letters_of(line.text)
        if not letters or len(letters) > longest or line.page != lines[0].page:
            return 0
        if (lines[0].page, letters) in wanted:
            return n_lines
    return 0


def letters_of(text: str) -> str:
    """What a heading and its bookmark have in common, whatever their spaces and signs."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _mark_by_type(drafts: list[_Draft]) -> list[_Draft]:
    """Mark what is set larger than the body, or in bold, as headings; level 1 is the largest.

    A heading of several lines is one: its lines follow each other in one type.
    """
    letters: Counter[float] = Counter()
    for draft in drafts:
        for line in draft.lines:
            letters[line.type.size if line.type else 0.0] += len(line.text)
    body = max(letters, key=letters.__getitem__, default=0.0)
    styles = [_heading_style(draft, body) for draft in drafts]
    # In a table of contents, titles that end in their page's number lead elsewhere.
    leads = [bool(_ENTRY.search(draft.lines[-1].text)) for draft in drafts]
    pages = [draft.lines[0].page for draft in drafts]
    n_leads = Counter(
        page for page, lead, style in zip(pages, leads, styles, strict=True) if lead and style
    )
    styles = [
        None if lead and n_leads[page] >= MIN_ENTRIES else style
        for page, lead, style in zip(pages, leads, styles, strict=True)
    ]
    found = sorted({style for style in styles if style}, reverse=True)
    in_headings = sum(
        len(line.text)
        for draft, style in zip(drafts, styles, strict=True)
        for line in draft.lines
        if style
    )
    if not found or in_headings > MAX_HEADING_SHARE * letters.total():
        return drafts
    titled = {page for page, style in zip(pages, styles, strict=True) if style == found[0]}
    has_title = len(found) > 1 and titled == {pages[0]}  # it stands beside the chapters, not above
    marked: list[_Draft] = []
    style_before: tuple[float, bool] | None = None
    for draft, style in zip(drafts, styles, strict=True):
        level = max(1, found.index(style) + 1 - has_title) if style else 0
        if style and style == style_before and _is_large(style, body):
            marked[-1].lines += draft.lines
        else:
            marked.append(_Draft(draft.lines, "heading", level) if level else draft)
        style_before = style
    return marked


def _heading_style(draft: _Draft, body: float) -> tuple[float, bool] | None:
    """(size in points, is bold) of a draft that is set as a heading; None for any other."""
    types = [line.type for line in draft.lines]
    first = types[0]
    if draft.row or first is None or not any(c.isalpha() for c in draft.lines[0].text):
        return None
    if any(t is None or (t.size, t.is_bold) != (first.size, first.is_bold) for t in types):
        return None
    style = (first.size, first.is_bold)
    if _is_large(style, body):
        return style
    n_words = sum(len(line.text.split()) for line in draft.lines)
    last = draft.lines[-1].text[-1]
    is_run_in = first.is_bold and first.size >= body - SAME_SIZE
    return style if is_run_in and n_words <= MAX_HEADING_WORDS and last not in ".;," else None


def _is_large(style: tuple[float, bool], body: float) -> bool:
    return style[0] > LARGE * body > 0


def _mark_by_shape(drafts: list[_Draft], measure: int) -> None:
    """Mark short lines that stand over text as headings, in place.

    Such lines in a row are headings under headings if they are few; more than
    `MAX_HEADINGS_IN_A_ROW`, or a page's last lines, are the text of a figure: then only the last
    one, over the text, can be a heading.
    """
    openers = _page_openers(drafts)
    i = 0
    while i < len(drafts):
        run = i
        while run < len(drafts) and _looks_like_heading(drafts[run], measure, run in openers):
            run += 1
        if run < len(drafts) and run > i and _stands_over(drafts[run], measure):
            page = drafts[run - 1].lines[0].page
            row = [draft for draft in drafts[i:run] if draft.lines[0].page == page]
            for draft in row if len(row) <= MAX_HEADINGS_IN_A_ROW else row[-1:]:
                draft.kind = "heading"
        i = run + 1


def _page_openers(drafts: Sequence[_Draft]) -> set[int]:
    """Places of the drafts that open a page where the text of the page before has ended."""
    openers: set[int] = set()
    for i in range(1, len(drafts)):
        before, line = drafts[i - 1].lines[-1], drafts[i].lines[0]
        ended = _ENDED.search(before.text) or URL.match(before.text)
        if (before.page < line.page and ended) or (i - 1 in openers and URL.match(before.text)):
            openers.add(i)
    return openers


def _stands_over(below: _Draft, measure: int) -> bool:
    """Whether this is enough of a text to have a heading."""
    n_characters = sum(len(line.text) for line in below.lines)
    return below.kind in ("item", "row") or n_characters > FULL_LINE * measure


def _looks_like_heading(draft: _Draft, measure: int, opens_page: bool) -> bool:
    line = draft.lines[0].text
    if len(draft.lines) > 1 or (draft.kind == "item" and not _NUMBER_SIGN.match(line)):
        return False
    return _reads_like_heading(line, measure, opens_page=opens_page)


def _reads_like_heading(line: str, measure: int, *, opens_page: bool = False) -> bool:
    """Whether a line is short, ends as no sentence does, and is capitalised or opens a page."""
    text = _NUMBER_SIGN.sub("", line)
    numbered = len(text) < len(line)
    words = text.split()
    if not 0 < len(words) <= MAX_HEADING_WORDS or len(text) > FULL_LINE * measure:
        return False
    if text[-1] in ".;,|" or not (text[0].isupper() or numbered) or URL.match(text):
        return False
    if text[-1] == "?" or (opens_page and text[-1] != ":"):
        return True
    long_words = [word for word in words if len(word) > 3]
    return sum(not word[0].islower() for word in long_words) * 2 >= len(long_words)


class _Hyphens(msgspec.Struct, frozen=True):
    """How this document ends its lines inside words."""

    vocabulary: frozenset[str]  # words that stand whole inside a line, with their inner hyphens
    parts_words: bool  # more lines end at a hyphen of the printer's than at one of the author's

    @classmethod
    def learn(cls, lines: Sequence[Line]) -> "_Hyphens":
        texts = [line.text for line in lines]
        words: set[str] = set()
        parted: list[tuple[str, str]] = []
        for before, text, after in zip(["", *texts], texts, [*texts[1:], ""], strict=False):
            found = [word.casefold() for word in _WORDS.findall(text)]
            words.update(found[_is_parted(before, text) : len(found) - _is_parted(text, after)])
            if _is_parted(text, after):
                parted.append(_around(text, after))
        known = cls(frozenset(words), False)
        verdicts = [known._is_printers(*pair) for pair in parted]
        return cls(known.vocabulary, verdicts.count(True) > verdicts.count(False))

    def _is_printers(self, before: str, after: str) -> bool | None:
        """Whether the hyphen between goes when the lines are joined; None if nothing tells."""
        if f"{before}-{after}" in self.vocabulary:
            return False
        if before + after in self.vocabulary:
            return True
        return False if {before, after} <= self.vocabulary else None

    def end_line(self, text: str, follows: str) -> str:
        """The line with what parts it from the next: a space, its own hyphen, or nothing."""
        if not _is_parted(text, follows):
            return text if text.endswith("/") else text + " "
        is_printers = self._is_printers(*_around(text, follows))
        if is_printers is None:
            is_printers = self.parts_words and follows[0].islower()
        return text[:-1] if is_printers else text


def _is_parted(text: str, follows: str) -> bool:
    return bool(_HYPHENATED.search(text)) and follows[:1].isalpha()


def _around(text: str, follows: str) -> tuple[str, str]:
    """The words before and after the hyphen that ends a line."""
    return _WORDS.findall(text[:-1])[-1].casefold(), _WORDS.findall(follows)[0].casefold()


def _assemble(drafts: Sequence[_Draft], n_pages: int, hyphens: _Hyphens) -> PrintedBody:
    parts: list[str] = []
    blocks: list[Block] = []
    page_starts: list[int] = []
    printed: list[PrintedLine] = []
    offset = 0

    def put(text: str) -> None:
        nonlocal offset
        parts.append(text)
        offset += len(text)

    def begin(line: Line) -> None:
        while len(page_starts) < line.page:
            page_starts.append(offset)
        printed.append(PrintedLine(start=offset, page=line.page, raw_line=line.raw_line))

    for draft in drafts:
        if parts:
            put("\n")
        while len(page_starts) < draft.lines[0].page:
            page_starts.append(offset)
        start = offset
        if draft.kind == "item" and not _NUMBER_SIGN.match(draft.lines[0].text):
            put(ITEM_SIGN)
        for i, line in enumerate(draft.lines):
            begin(line)
            if draft.row is None:
                follows = draft.lines[i + 1].text if i + 1 < len(draft.lines) else ""
                put(hyphens.end_line(line.text, follows) if follows else line.text)
        if draft.row is not None:
            put(draft.row.text)
        blocks.append(
            Block(
                kind=draft.kind,
                start=start,
                end=offset,
                level=draft.level,
                header=draft.row.header if draft.row else "",
            )
        )
    while len(page_starts) < n_pages:
        page_starts.append(offset)
    return PrintedBody("".join(parts), tuple(blocks), tuple(page_starts), tuple(printed))
