"""Lines at the edges of pages in, which of them run along with the pages out. No I/O.

The same words with other numbers are a running line only if a number counts with the pages:
`Manual 7` after `Manual 6`, but not `Mass: 31 kg` after `Mass: 22 kg`. In body type, or larger, a
line may be content even if it repeats: it stands in a block with other text, has a value that
changes, is a sentence or a numbered heading.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from ragguide.types import Type

LARGE = 1.12  # times the size of body text; larger type is a heading
SAME_SIZE = 0.6  # points
MIN_REPEATS = 3  # pages on which a running line must occur,
MIN_REPEAT_SHARE = 0.04  # and this share of all pages
MIN_SENTENCE_WORDS = 4
MAX_LEAD = 1000  # of a page's printed number over its place in the file; above it counts invoices
MAX_GAP = 1.2  # of the usual gap between lines, within a block; a running head stands farther off
MAX_GAP_IN_SENTENCE = 1.5  # if the words show that a sentence goes on

_DIGITS = re.compile(r"\d+")
_PAIR = re.compile(r"[^\W\d_][^:.!?]*:\s+\S")  # a name with its value
_SENTENCE_END = re.compile(r"[.!?][)\"']*$")
_LABEL = re.compile(r"\S+(?: \S+){0,2}:")  # says nothing without what follows
_PAGE = r"(?:page|pg|p|seite|blatt|sheet|folio|página|pagina|sida|side|strana)\b"
_PAGE_WORD = re.compile(_PAGE, re.I)
_PAGE_NUMBER = re.compile(rf"\b{_PAGE}[.:]?(?:\s*n[or]\.)?[-–—\s]*\d", re.I)
_PART = re.compile(r"[^\W\d_]{2,} \d{1,3}")  # `Lesson 3`; below a running head, it names a part
_NUMBER_OF = re.compile(r"(?:\b(?:no|nr|nº|number|nummer|núm)\b|№|n°|#)[.:]?\s*\w*[-/]?\d", re.I)

Shape = tuple[str, int]  # letters, rounded type size


class Printed(msgspec.Struct, frozen=True):
    """A line of a page, with folded characters."""

    text: str
    raw_line: int  # line number on the page, from 0, including blank lines
    type: Type | None


Occurrence = tuple[int, Printed]  # page, line


class Runs(msgspec.Struct, frozen=True):
    """The lines at one edge of the pages that repeat."""

    counting: frozenset[Shape]  # contain a number that counts with the pages
    constant: frozenset[tuple[Shape, tuple[int, ...]]]  # repeat with the same numbers

    def have(self, line: Printed) -> bool:
        key = shape_key(line)
        return key in self.counting or (key, _numbers(line)) in self.constant


def find_runs(occurrences: Sequence[Occurrence], steady: set[Shape], n_pages: int) -> Runs:
    """Return what repeats among all lines at one edge; `steady` holds the shapes allowed."""
    needed = max(min(MIN_REPEATS, n_pages), round(MIN_REPEAT_SHARE * n_pages), 2)
    alike: dict[Shape, list[Occurrence]] = {}
    for page, line in occurrences:
        key = shape_key(line)
        if key in steady:
            alike.setdefault(key, []).append((page, line))
    counting: set[Shape] = set()
    constant: set[tuple[Shape, tuple[int, ...]]] = set()
    for key, found in alike.items():
        if len({page for page, _ in found}) >= needed and _count_with_pages(found):
            counting.add(key)
        pages = Counter(numbers for _, numbers in {(page, _numbers(line)) for page, line in found})
        constant |= {(key, numbers) for numbers, n in pages.items() if n >= needed}
    return Runs(frozenset(counting), frozenset(constant))


def _count_with_pages(found: Sequence[Occurrence]) -> bool:
    """Whether a number grows by one a page, and all others stay, in most steps to the next page.

    Lines without a number are passed over, since OCR loses some.
    """
    numbered = [(page, numbers) for page, line in found if (numbers := _numbers(line))]
    steps = [
        _counts(after - before, numbers, follows)
        for (before, numbers), (after, follows) in pairwise(numbered)
        if before < after
    ]
    return bool(steps) and 2 * sum(steps) >= len(steps)


def _counts(n_pages: int, before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    if len(before) != len(after):
        return False
    grown = [b - a for a, b in zip(before, after, strict=True) if a != b]
    return grown == [n_pages]


def _numbers(line: Printed) -> tuple[int, ...]:
    return tuple(int(digits[:18]) for digits in _DIGITS.findall(line.text))


def shape_key(line: Printed) -> Shape:
    """Return what identifies a running line on every page: its shape and type size."""
    return shape(line.text), round(line.type.size) if line.type else 0


def shape(line: str) -> str:
    """Strip signs and the page number: `—-Back to Index— 16` gives `backtoindex`."""
    letters = re.sub(r"[\W_]+", "", line).casefold()
    return re.sub(r"\d+", "0", letters).strip("0") or line


def height(line: Printed) -> int | None:
    """Return a line's rounded baseline; None if unknown."""
    return None if line.type is None or line.type.y is None else round(line.type.y)


class Place(msgspec.Struct, frozen=True):
    """Where a line that repeats stands on its page."""

    is_outermost: bool  # apart from page numbers
    in_text: bool  # in a block with lines that do not repeat
    in_stanza: bool  # in a block of lines that all repeat
    page_is_numbered: bool  # by another line


class Content(msgspec.Struct):
    """Tells repeated content from running heads, by the size of the document's body type."""

    body: float  # points; 0 if no line has a type
    leading: float = 0.0  # points between the baselines of most lines in body type
    fields: frozenset[str] = frozenset()  # names that occur with several values
    seen: set[str] = set()  # lines of which the first one was kept

    @classmethod
    def learn(cls, pages: Sequence[Sequence[Printed]], edge_lines: int) -> "Content":
        """Learn from all pages; names are looked for in `edge_lines` lines from their edges."""
        n_letters: Counter[float] = Counter()
        values: dict[str, set[str]] = {}
        for line in (line for lines in pages for line in lines):
            if line.type:
                n_letters[line.type.size] += len(line.text)
            if _PAIR.match(line.text):
                values.setdefault(_name(line), set()).add(line.text)
        body = max(n_letters, key=n_letters.__getitem__, default=0.0)
        return cls(
            body,
            _leading(pages, body),
            frozenset(name for name, found in values.items() if len(found) > 1)
            | _alternating(pages, edge_lines),
        )

    def is_in_body_type(self, line: Printed) -> bool:
        """Whether the line is as large as body text, or larger."""
        return line.type is not None and line.type.size > self.body - SAME_SIZE

    def is_large(self, line: Printed) -> bool:
        """Whether the line is in the type of a heading."""
        return line.type is not None and line.type.size >= LARGE * self.body

    def may_be_content(self, line: Printed) -> bool:
        """Whether the line is in body type, a sentence or a name with its value."""
        says_something = _PAIR.match(line.text) or _SENTENCE_END.search(line.text)
        return self.is_in_body_type(line) or bool(says_something)

    def blocks(self, lines: Sequence[Printed]) -> list[list[int]]:
        """Return the indices of lines in body type, those of each block together."""
        blocks: list[list[int]] = []
        for i, line in enumerate(lines):
            if not self.is_in_body_type(line):
                continue
            if blocks and blocks[-1][-1] == i - 1 and self._follows(lines[i - 1], line):
                blocks[-1].append(i)
            else:
                blocks.append([i])
        return blocks

    def _follows(self, before: Printed, line: Printed) -> bool:
        gap = _gap(before, line)
        widest = MAX_GAP_IN_SENTENCE if _goes_on(before.text, line.text) else MAX_GAP
        return gap is not None and 0 < gap <= widest * self.leading

    def is_value(self, line: Printed) -> bool:
        """Whether the line has a name that occurs with several values."""
        return self.is_in_body_type(line) and _name(line) in self.fields

    def begins_text(self, lines: Sequence[Printed]) -> bool:
        """Whether the first of these lines has a value or belongs to a sentence."""
        line, *after = lines
        is_sentence = bool(_SENTENCE_END.search(line.text)) or any(
            _goes_on(line.text, other.text) for other in after
        )
        return is_sentence or self.is_value(line) or bool(_numbers(line))

    def keeps(self, line: Printed, page: int, runs: Runs, place: Place) -> bool:
        """Whether a repeated line is content; of a sentence that stands alone, the first one is.

        Below body type, only such a sentence and a line that counts things are.
        """
        is_body = self.is_in_body_type(line)
        in_text = is_body and place.in_text and not _LABEL.fullmatch(line.text)
        if shape_key(line) in runs.counting:
            is_part = not place.is_outermost and bool(_PART.fullmatch(line.text))
            is_content = in_text or (is_body and (is_part or self._is_pair_or_large(line)))
            return not names_page(line) and (is_content or _counts_things(line, page, place))
        if is_body:
            return in_text or self._keeps_apart(line, place)
        return _is_sentence(line) and self._is_first(line)

    def _keeps_apart(self, line: Printed, place: Place) -> bool:
        """Whether a line in body type that stands apart is content; some only the first time."""
        is_pair = bool(_PAIR.match(line.text))
        if self.is_value(line) or (is_pair and not place.is_outermost):
            return True
        return (is_pair or _is_sentence(line) or place.in_stanza) and self._is_first(line)

    def _is_first(self, line: Printed) -> bool:
        """Whether a line occurs for the first time among those that are asked for."""
        is_first = line.text not in self.seen
        self.seen.add(line.text)
        return is_first

    def _is_pair_or_large(self, line: Printed) -> bool:
        return self.is_large(line) or bool(_PAIR.match(line.text))


def _is_sentence(line: Printed) -> bool:
    has_end = bool(_SENTENCE_END.search(line.text))
    return has_end and len(line.text.split()) >= MIN_SENTENCE_WORDS


def names_page(line: Printed) -> bool:
    """Whether a line says which page it is on: `Page 3`, `Wells, page 3`."""
    return bool(_PAGE_WORD.match(line.text) or _PAGE_NUMBER.search(line.text))


def _counts_things(line: Printed, page: int, place: Place) -> bool:
    """Whether a number counts invoices: far from the page's, or beside another page number."""
    is_far = min(_numbers(line), default=0) - page >= MAX_LEAD
    return is_far or place.page_is_numbered or bool(_NUMBER_OF.search(line.text))


def _goes_on(before: str, line: str) -> bool:
    """Whether a line of a sentence goes on with a small letter."""
    is_open = not _SENTENCE_END.search(before) and len(before.split()) >= MIN_SENTENCE_WORDS
    return is_open and line[:1].islower()


def _leading(pages: Sequence[Sequence[Printed]], body: float) -> float:
    """Return the usual gap between lines in body type; the smallest of equally frequent ones."""
    gaps = Counter(
        round(gap, 1)
        for lines in pages
        for before, line in pairwise(lines)
        if before.type and line.type and before.type.size == line.type.size == body
        if (gap := _gap(before, line)) is not None and gap > 0
    )
    return min(gaps, key=lambda gap: (-gaps[gap], gap), default=0.0)


def _gap(before: Printed, line: Printed) -> float | None:
    """Return by how much a line stands below the one before, in points."""
    if not (before.type and line.type) or before.type.y is None or line.type.y is None:
        return None
    return before.type.y - line.type.y


def _name(line: Printed) -> str:
    """Return what comes before the colon, or before the last word."""
    if _PAIR.match(line.text):
        return line.text.partition(":")[0] + ":"
    return line.text.rpartition(" ")[0]


def _alternating(pages: Sequence[Sequence[Printed]], edge_lines: int) -> frozenset[str]:
    """Return the names whose values come back after another, in the same line from an edge.

    `Result passed`, `Result failed`, `Result passed`; but the title of a chapter never comes back.
    """
    found: dict[tuple[int, str], list[str]] = {}
    for lines in pages:
        n_lines = min(edge_lines, len(lines))
        for i in (*range(n_lines), *range(-n_lines, 0)):
            if name := _name(lines[i]):
                found.setdefault((i, name), []).append(lines[i].text)
    return frozenset(name for (_, name), values in found.items() if _comes_back(values))


def _comes_back(values: Sequence[str]) -> bool:
    """Whether a value is followed by another, and occurs again; values are in order of pages."""
    last: dict[str, int] = {}
    for place, value in enumerate(values):
        if last.get(value, place - 1) < place - 1:
            return True
        last[value] = place
    return False
