"""Lines at the edges of pages in, which of them run along with the pages out. No I/O.

The same words with other numbers are a running line only if a number counts with the pages:
`Manual 7` after `Manual 6`, but not `Mass: 31 kg` after `Mass: 22 kg`. In body type, or larger, a
line may be content even if it repeats: a name with its value, a sentence, a numbered heading.
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

_DIGITS = re.compile(r"\d+")
_PAIR = re.compile(r"[^\W\d_][^:.!?]*:\s+\S")  # a name with its value
_SENTENCE_END = re.compile(r"[.!?][)\"']*$")
_PAGE_WORD = re.compile(
    r"(?:page|pg|p|seite|blatt|sheet|folio|página|pagina|sida|side|strana)\b", re.I
)

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
    needed = max(MIN_REPEATS, round(MIN_REPEAT_SHARE * n_pages))
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


class Content(msgspec.Struct):
    """Tells repeated content from running heads, by the size of the document's body type."""

    body: float  # points; 0 if no line has a type
    fields: frozenset[str] = frozenset()  # names that occur with several values
    seen: set[str] = set()  # sentences that were kept

    @classmethod
    def learn(cls, pages: Sequence[Sequence[Printed]]) -> "Content":
        n_letters: Counter[float] = Counter()
        values: dict[str, set[str]] = {}
        for line in (line for lines in pages for line in lines):
            if line.type:
                n_letters[line.type.size] += len(line.text)
            if _PAIR.match(line.text):
                name, _, value = line.text.partition(":")
                values.setdefault(name, set()).add(value)
        return cls(
            max(n_letters, key=n_letters.__getitem__, default=0.0),
            frozenset(name for name, found in values.items() if len(found) > 1),
        )

    def _is_in_body_type(self, line: Printed) -> bool:
        """Whether the line is as large as body text, or larger."""
        return line.type is not None and line.type.size > self.body - SAME_SIZE

    def keeps(self, line: Printed, page: int, runs: Runs, *, is_outermost: bool) -> bool:
        """Whether a repeated line in body type is content; of a sentence, the first one is."""
        if not self._is_in_body_type(line):
            return False
        is_pair = bool(_PAIR.match(line.text))
        if shape_key(line) in runs.counting:
            return not _PAGE_WORD.match(line.text) and (is_pair or self._counts_things(line, page))
        if is_pair and (not is_outermost or line.text.partition(":")[0] in self.fields):
            return True
        is_sentence = (
            _SENTENCE_END.search(line.text) and len(line.text.split()) >= MIN_SENTENCE_WORDS
        )
        if (is_pair or is_sentence) and line.text not in self.seen:
            self.seen.add(line.text)
            return True
        return False

    def _counts_things(self, line: Printed, page: int) -> bool:
        """Whether a number counts lessons or invoices: in large type, or far from the page's."""
        assert line.type is not None
        is_large = line.type.size >= LARGE * self.body
        return is_large or min(_numbers(line), default=0) - page >= MAX_LEAD
