"""Clean lines in, one text with its blocks and pages out. No I/O.

A line ends its paragraph if the first word of the next line would still have fitted on it. Headings
are found by bookmarks; without these by type, by numbers, or by shape, in this order.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import groupby, pairwise, zip_longest

import msgspec

from ragguide.base.english import share_of_english
from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.headings import (
    ENDED,
    FULL_LINE,
    NUMBER_SIGN,
    URL,
    Draft,
    mark_by_shape,
    mark_by_type,
    reads_like_heading,
)
from ragguide.create.pdf.numbered import mark_by_numbers, number_of
from ragguide.create.pdf.running import SAME_SIZE
from ragguide.create.pdf.tables import Row, Table, split_tables
from ragguide.types import ITEM_SIGN, Block, Bookmark, PrintedLine

MIN_JOINED = 10  # times as frequent as its parts side by side: a word, not a compound
COLUMN_REACH = 6  # lines before and after a line that show the width of its column
MIN_COLUMN = 32  # characters; narrower columns are cells of a table
MIN_WRAPPED = 3  # of these, that surely go on
NARROW = 0.8  # of the document's measure; below it, a column has a measure of its own
LONG_WORD = 5  # letters; many shorter words are words of several languages
SHOWN_WORDS = 50  # first long words of a document that show its language
MIN_SHOWN = 8
FAR_BELOW = 2.0  # of the type size
MAX_INDENT = 40  # blanks
MAX_HEADING_LINES = 6  # of a title that a bookmark names

_HYPHENATED = re.compile(r"[^\W\d_]-$")
_CUT_RANGE = re.compile(r"\d-$")  # pages 10-
# A hyphen before these belongs to a word that they leave out: pre- and postwar, Ein- und Ausgang.
_SUSPENDED = re.compile(r"(?:and|or|und|oder|bzw|sowie|et|ou|y)\b(?!-)")
_ENTRY = re.compile(r"(?:\.\s?){5,}\s*\w{1,5}$")  # of a table of contents
_PAIR = re.compile(r"[^:.!?]{1,40}: .*[^.!?]")
_CUT = re.compile(r"\w-$")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class PrintedBody(msgspec.Struct, frozen=True):
    """A document's text: line breaks separate blocks, spaces separate the lines of a block."""

    text: str
    blocks: tuple[Block, ...]
    page_starts: tuple[int, ...]
    lines: tuple[PrintedLine, ...] = ()  # empty if the text did not come from printed pages


def join_lines(
    lines: Sequence[Line], *, n_pages: int, bookmarks: Sequence[Bookmark] = ()
) -> PrintedBody:
    """Join printed lines into paragraphs, list items, table rows and headings."""
    measure = _measure(lines)
    drafts: list[Draft] = []
    for run in split_tables(lines):
        if isinstance(run, Table):
            drafts += map(_draft_row, run.rows)
            continue
        for is_code, part in groupby(run, lambda line: line.is_code):
            if is_code:
                drafts.append(Draft(list(part), "code"))
            else:
                drafts += _group_by_bookmarks(list(part), measure, bookmarks)
    if not any(draft.kind == "heading" for draft in drafts):
        drafts = mark_by_type(drafts)
    if not any(draft.kind == "heading" for draft in drafts):
        drafts = mark_by_numbers(drafts, measure)
    if not any(draft.kind == "heading" for draft in drafts):
        drafts = mark_by_shape(drafts, measure)
    return _assemble(drafts, n_pages, _Hyphens.learn(lines))


def _draft_row(row: Row) -> Draft:
    if not row.is_prose:
        return Draft(list(row.lines), "row", row=row)
    is_item = bool(NUMBER_SIGN.match(row.lines[0].text))
    return Draft(list(row.lines), "item" if is_item else "paragraph")


def _measure(lines: Sequence[Line]) -> int:
    """Return the width of a full line in characters: the 9th decile of all lengths."""
    lengths = sorted(len(line.text) for line in lines)
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _group(lines: Sequence[Line], measure: int) -> list[Draft]:
    drafts: list[Draft] = []
    for at, line in enumerate(lines):
        before = drafts[-1].lines[-1] if drafts else None
        if before and line.is_item and not _is_cut_range(before, line):
            before = None
        if before and (
            _continues(before, line, measure) or _continues_column(lines, at, before, measure)
        ):
            drafts[-1].lines.append(line)
        else:
            drafts.append(Draft([line], "item" if line.is_item else "paragraph"))
    return drafts


def _is_cut_range(before: Line, line: Line) -> bool:
    """Whether "14." ends a range that a line cuts, and opens no item."""
    return bool(_CUT_RANGE.search(before.text)) and line.text[0].isdigit()


def _continues_column(lines: Sequence[Line], at: int, before: Line, measure: int) -> bool:
    """Whether a line goes on with a sentence in a column that is narrower than `measure`."""
    if ENDED.search(before.text):
        return False
    width = _column_measure(lines, at, measure)
    return width < measure and _continues(before, lines[at], width)


def _column_measure(lines: Sequence[Line], at: int, measure: int) -> int:
    """Return the width of a full line near a line: less than `measure` in a narrow column.

    Lines of the column that surely go on, since the next starts in small letters, show it.
    """
    left = _left(lines[at])
    if left is None:
        return measure
    near = lines[max(0, at - COLUMN_REACH) : at + COLUMN_REACH]
    lengths = [
        len(line.text)
        for line, follows in pairwise(near)
        if _left(line) == _left(follows) == left
        and line.page == follows.page
        and follows.text[0].islower()
        and not ENDED.search(line.text)
    ]
    full = max(lengths, default=measure)
    is_narrow = len(lengths) >= MIN_WRAPPED and MIN_COLUMN <= full < NARROW * measure
    return full if is_narrow and min(lengths) >= FULL_LINE * FULL_LINE * full else measure


def _left(line: Line) -> int | None:
    """Return where a line of one cell starts, in points."""
    cells = line.type.cells if line.type else ()
    return round(cells[0][0]) if len(cells) == 1 else None


def _continues(before: Line, line: Line, measure: int) -> bool:
    if _is_alone(before) or _is_alone(line) or _differs_in_type(before, line):
        return False
    if _is_far_below(before, line):
        return False
    if _is_cut(before.text, line.text):
        return True
    first_word = line.text.split(" ", 1)[0]
    forced = len(before.text) + 1 + len(first_word) >= FULL_LINE * measure
    if forced and ENDED.search(before.text):
        # A full line can also be the last of its paragraph, if a heading or a new page follows.
        opens_section = reads_like_heading(line.text, measure) or len(number_of(line.text)) > 1
        return before.page == line.page and not opens_section
    if forced:
        return True
    opens_small = line.text[0].islower() or line.text[0] in ")],;"
    return opens_small and not ENDED.search(before.text)


def _is_alone(line: Line) -> bool:
    """Whether a line is a web address, an entry of a table of contents, a field or a note.

    Fields of forms and notes have no size.
    """
    is_annotation = line.type is not None and not line.type.size
    return is_annotation or bool(URL.match(line.text) or _ENTRY.search(line.text))


def _is_far_below(before: Line, line: Line) -> bool:
    """Whether two names with values stand far apart, as the fields of a form do."""
    if before.type is None or line.type is None or before.page != line.page:
        return False
    if not (_PAIR.fullmatch(before.text) and _PAIR.fullmatch(line.text)):
        return False
    above, below = before.type.y, line.type.y
    return above is not None and below is not None and above - below > FAR_BELOW * line.type.size


def _differs_in_type(before: Line, line: Line) -> bool:
    """Whether two lines differ in type: one may be a heading, or part of a figure."""
    if before.type is None or line.type is None:
        return False
    is_bolder = before.type.is_bold != line.type.is_bold
    return is_bolder or abs(before.type.size - line.type.size) > SAME_SIZE


def _group_by_bookmarks(
    lines: Sequence[Line], measure: int, bookmarks: Sequence[Bookmark]
) -> list[Draft]:
    """Group the lines between the headings that bookmarks name."""
    wanted = {(mark.page, letters) for mark in bookmarks if (letters := letters_of(mark.title))}
    longest = max((len(letters) for _, letters in wanted), default=0)
    drafts: list[Draft] = []
    at = between = 0
    while at < len(lines):
        n_lines = _heading_length(lines[at : at + MAX_HEADING_LINES], wanted, longest)
        if n_lines:
            drafts += _group(lines[between:at], measure)
            drafts.append(Draft(list(lines[at : at + n_lines]), "heading"))
            between = at + n_lines
        at += n_lines or 1
    return drafts + _group(lines[between:], measure)


def _heading_length(lines: Sequence[Line], wanted: set[tuple[int, str]], longest: int) -> int:
    """Return how many lines at the start form the title of a bookmark; 0 for none."""
    letters = ""
    for n_lines, line in enumerate(lines, start=1):
        letters += letters_of(line.text)
        if not letters or len(letters) > longest or line.page != lines[0].page:
            return 0
        if (lines[0].page, letters) in wanted:
            return n_lines
    return 0


def letters_of(text: str) -> str:
    """Return only letters and digits, to compare a heading with its bookmark."""
    return re.sub(r"[\W_]+", "", text).casefold()


class _Hyphens(msgspec.Struct, frozen=True, dict=True):
    """How this document hyphenates words at line ends."""

    # Words that occur whole inside a line, with their own hyphens, in reading order.
    vocabulary: dict[str, None]
    # More line-end hyphens split a word than belong to a compound; None if no line shows either.
    mostly_splits: bool | None = None

    @classmethod
    def learn(cls, lines: Sequence[Line]) -> "_Hyphens":
        texts = [line.text for line in lines]
        words: dict[str, None] = {}
        split_words: list[tuple[str, str]] = []
        for before, text, after in zip(["", *texts], texts, [*texts[1:], ""], strict=False):
            found = [word.casefold() for word in _WORDS.findall(text)]
            whole = found[_is_hyphenated(before, text) : len(found) - _is_hyphenated(text, after)]
            words.update(dict.fromkeys(whole))
            if _is_hyphenated(text, after) and not _is_own_hyphen(text, after):
                split_words.append(_around(text, after))
        verdicts = [cls(words)._is_split(*pair) for pair in split_words]
        n_split, n_kept = verdicts.count(True), verdicts.count(False)
        return cls(words, None if n_split == n_kept == 0 else n_split > n_kept)

    @cached_property
    def _splits_words(self) -> bool:
        """Whether a hyphen splits a word if neither document nor English shows it."""
        if self.mostly_splits is None:
            return _is_foreign(list(self.vocabulary))
        return self.mostly_splits

    def _is_split(self, before: str, after: str) -> bool | None:
        """Whether the hyphen splits one word; None if neither document nor English shows it."""
        old, new = before.casefold(), after.casefold()
        if f"{old}-{new}" in self.vocabulary:
            return False
        if old + new in self.vocabulary:
            return True
        last, first = old.rpartition("-")[2], new.partition("-")[0]
        parts = share_of_english(last) * share_of_english(first)
        joined = share_of_english(last + first) if before.isupper() or after[0].islower() else 0.0
        if last == old and joined > MIN_JOINED * parts:
            return True
        return False if parts or {old, new} <= self.vocabulary.keys() else None

    def _is_word(self, word: str) -> bool:
        folded = word.casefold()
        return folded in self.vocabulary or share_of_english(folded) > 0

    def end_line(self, text: str, follows: str) -> str:
        """Return the line, ready to be joined: with a space, its own hyphen, or nothing."""
        if not _is_hyphenated(text, follows):
            return text if text.endswith("/") or _is_cut(text, follows) else text + " "
        before, after = _around(text, follows)
        if _SUSPENDED.match(follows) and not self._is_word(before + after):
            return text + " "
        if _ends_with_letter(before):
            return text
        splits_word = self._is_split(before, after)
        if splits_word is None:
            splits_word = self._splits_words and follows[0].islower()
        return text[:-1] if splits_word else text


def _is_own_hyphen(text: str, follows: str) -> bool:
    """Whether the hyphen surely belongs to the word: "Ein-" before "und", "E-" before "Mail"."""
    before, _ = _around(text, follows)
    return bool(_SUSPENDED.match(follows)) or _ends_with_letter(before)


def _ends_with_letter(before: str) -> bool:
    """Whether one letter stands before the hyphen, as in E-Mail: no word is split behind it."""
    return len(before.rpartition("-")[2]) == 1


def _is_foreign(words: Sequence[str]) -> bool:
    """Whether a document is surely not English, by its first longer words."""
    long = [word for word in words if len(word) >= LONG_WORD][:SHOWN_WORDS]
    n_english = sum(share_of_english(word) > 0 for word in long)
    return len(long) >= MIN_SHOWN and 2 * n_english < len(long)


def _is_hyphenated(text: str, follows: str) -> bool:
    return bool(_HYPHENATED.search(text)) and follows[:1].isalpha()


def _is_cut(text: str, follows: str) -> bool:
    """Whether a line ends at the hyphen of a name with digits, as AB-1290."""
    return bool(_CUT.search(text)) and follows[:1].isalnum()


def _around(text: str, follows: str) -> tuple[str, str]:
    """Return the words before and after the hyphen at a line's end."""
    return _WORDS.findall(text[:-1])[-1], _WORDS.findall(follows)[0]


def _assemble(drafts: Sequence[Draft], n_pages: int, hyphens: _Hyphens) -> PrintedBody:
    """Join the drafts' lines into one text."""
    text = _Text()
    for draft in drafts:
        text.begin_block(draft.lines[0].page)
        start = text.length
        if draft.row is None:
            _put_lines(text, draft, hyphens)
        else:
            _put_row(text, draft.lines, draft.row)
        text.blocks.append(
            Block(
                kind=draft.kind,
                start=start,
                end=text.length,
                level=draft.level,
                header=draft.row.header if draft.row else "",
            )
        )
    return text.finish(n_pages)


class _Text:
    """Builds the text and records the offsets of its pages, lines and blocks."""

    def __init__(self) -> None:
        self.length = 0
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._page_starts: list[int] = []
        self._lines: list[PrintedLine] = []

    def put(self, text: str) -> None:
        self._parts.append(text)
        self.length += len(text)

    def begin_block(self, page: int) -> None:
        if self._parts:
            self.put("\n")
        self._begin_pages(page)

    def begin_line(self, line: Line) -> None:
        self._begin_pages(line.page)
        self._lines.append(PrintedLine(start=self.length, page=line.page, raw_line=line.raw_line))

    def finish(self, n_pages: int) -> PrintedBody:
        self._begin_pages(n_pages)
        return PrintedBody(
            text="".join(self._parts),
            blocks=tuple(self.blocks),
            page_starts=tuple(self._page_starts),
            lines=tuple(self._lines),
        )

    def _begin_pages(self, last: int) -> None:
        """Record the current offset as the start of all pages up to `last` without a start."""
        while len(self._page_starts) < last:
            self._page_starts.append(self.length)


def _put_lines(text: _Text, draft: Draft, hyphens: _Hyphens) -> None:
    if draft.kind == "code":
        _put_code(text, draft.lines)
        return
    if draft.kind == "item" and not NUMBER_SIGN.match(draft.lines[0].text):
        text.put(ITEM_SIGN)
    for line, after in zip_longest(draft.lines, draft.lines[1:]):
        text.begin_line(line)
        text.put(hyphens.end_line(line.text, after.text) if after else line.text)


def _put_code(text: _Text, lines: Sequence[Line]) -> None:
    """Put each line on a line of its own, indented as it is printed."""
    margin = min(line.type.cells[0][0] for line in lines if line.type)
    for i, line in enumerate(lines):
        text.put("\n" if i else "")
        if line.type:
            indent = round((line.type.cells[0][0] - margin) / line.type.pitch)
            text.put(" " * min(MAX_INDENT, indent))
        text.begin_line(line)
        text.put(line.text)


def _put_row(text: _Text, lines: Sequence[Line], row: Row) -> None:
    for line in lines:
        text.begin_line(line)
    text.put(row.text)
