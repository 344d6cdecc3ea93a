"""Ranked chunks in, passages out: neighbours joined, copies merged or put behind. No I/O.

Shown one by one, neighbouring chunks repeat each other or split what belongs together: the opening
of a section comes before the list item that answers. And several places may contain the same
paragraph. Both displace other passages.

Nothing here depends on the number of passages that the user asks for.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from ragguide.index.keywords import terms_of
from ragguide.retrieve.fuse import Ranked
from ragguide.types import Chunk, Statement

MAX_JOINED = 3  # chunks in one passage: more would be a page, not a passage
# Least score of a chunk that joins a passage, as a share of the passage's score. Any share from .5
# to .65 puts the same passages first (benchmarks/README.md).
JOINED_SHARE = 0.6
UNREPEATED = 5  # passages before the first one that nearly repeats another
REPEATED_SHARE = 0.9  # of the words of both passages, if one nearly repeats the other

_WORD = re.compile(r"\w+")


class Passage(msgspec.Struct):
    """Chunks that are shown as one passage."""

    best: Ranked  # the score of the passage
    ranked: list[Ranked]  # of its chunks, best first
    chunks: list[Chunk]  # in the same order
    copies: list[Chunk]  # other chunks with the same text

    @property
    def chunk(self) -> Chunk:
        """The chunks joined to one."""
        return join(sorted(self.chunks, key=lambda chunk: chunk.start))


def merge(
    ranked: Sequence[Ranked],
    chunks: Mapping[int, Chunk] | Sequence[Chunk],
    *,
    question_terms: Collection[str] = (),
) -> list[Passage]:
    """Make passages of ranked chunks, best first.

    Chunks with the same text are one passage, named after the copy whose titles contain the most
    terms of the question; of several, the first in the documents. A chunk joins a passage that it
    overlaps, or that it touches on one page, if it scores `JOINED_SHARE` of it. Passages that
    nearly repeat a better one come after the first `UNREPEATED` others.

    Args:
        ranked: best first, each row once.
        chunks: of the ranked rows.
        question_terms: search terms of the question.
    """

    def n_asked(text: str) -> int:
        return len({*terms_of(text)} & {*question_terms})

    def place(chunk: Ranked) -> tuple[int, int]:
        return -n_asked(" ".join(chunks[chunk.row].section)), chunk.row

    texts: dict[str, list[Ranked]] = {}
    for each in ranked:
        texts.setdefault(folded(chunks[each.row].text), []).append(each)
    passages: list[Passage] = []
    by_row: dict[int, int] = {}  # row → its passage
    for best, *others in texts.values():
        named, *rest = sorted((best, *others), key=place) if others else (best,)
        chunk = chunks[named.row]
        copies = [chunks[each.row] for each in rest]
        near = sorted({by_row[row] for row in _rows_near(named.row) if row in by_row})
        at = next((at for at in near if _can_join(best, chunk, passages[at])), None)
        if at is None:
            at = len(passages)
            passages.append(Passage(best, [], [], []))
        by_row[named.row] = at
        passages[at].ranked.append(named)
        passages[at].chunks.append(chunk)
        passages[at].copies.extend(copies)
    return _postpone_repeats(passages, n_asked)


@lru_cache(maxsize=4096)  # texts of candidates come again and again
def folded(text: str) -> str:
    """Return a text without its capitals and line breaks: copies are equal."""
    return " ".join(text.split()).casefold()


def _rows_near(row: int) -> range:
    """Rows whose chunks may overlap or touch that of a row: overlaps span two rows at most."""
    return range(row - 2, row + 3)


def _can_join(best: Ranked, chunk: Chunk, passage: Passage) -> bool:
    return (
        len(passage.chunks) < MAX_JOINED
        and best.score >= JOINED_SHARE * passage.best.score
        and any(
            _touch(*sorted((chunk, other), key=lambda each: each.start)) for other in passage.chunks
        )
    )


def _touch(first: Chunk, second: Chunk) -> bool:
    """Whether two chunks, in the order of a document, overlap, or follow each other on one page."""
    if first.document != second.document:
        return False
    if second.start < first.end:
        return True
    is_next = first.end + len(second.gap) == second.start
    return is_next and first.page_first == second.page_last


def _postpone_repeats(passages: Sequence[Passage], n_asked: Callable[[str], int]) -> list[Passage]:
    """Put passages that nearly repeat a better one after the first `UNREPEATED` others.

    Numbers and words of the question that differ make a difference. Of passages that repeat each
    other, the first in the documents comes first, if its titles match the question as well.
    """
    first: list[_Repeated] = []
    for at, passage in enumerate(passages):
        if len(first) == UNREPEATED:
            rest = passages[at:]
            break
        words = _Words.of(passage.chunk, n_asked)
        same = next((each for each in first if each.words.nearly_repeat(words)), None)
        if same is None:
            first.append(_Repeated(words, [passage]))
        else:
            same.passages.append(passage)
    else:
        rest = []
    kept, behind = [], []
    for group in first:
        earliest = min(group.passages, key=lambda passage: min(e.row for e in passage.ranked))
        best = group.passages[0].best
        others = [each for each in group.passages if each is not earliest]
        kept.append(msgspec.structs.replace(earliest, best=best) if others else earliest)
        behind += others
    return [*kept, *sorted([*behind, *rest], key=lambda passage: -passage.best.score)]


class _Words(msgspec.Struct, frozen=True):
    """The words of a passage, to compare it with others."""

    counts: Counter[str]
    numbers: tuple[str, ...]  # words with digits, sorted
    n_asked: tuple[int, int]  # the question's terms in its titles, and in its text

    @classmethod
    def of(cls, chunk: Chunk, n_asked: Callable[[str], int]) -> "_Words":
        words = _WORD.findall(chunk.text.casefold())
        numbers = sorted(word for word in words if any(map(str.isdigit, word)))
        asked = n_asked(" ".join(chunk.section)), n_asked(chunk.text)
        return cls(Counter(words), tuple(numbers), asked)

    def nearly_repeat(self, other: "_Words") -> bool:
        most = max(self.counts.total(), other.counts.total())
        return (
            self.numbers == other.numbers
            and self.n_asked == other.n_asked
            and (self.counts & other.counts).total() >= REPEATED_SHARE * most
        )


class _Repeated(msgspec.Struct, frozen=True):
    """Passages that nearly repeat the first one."""

    words: _Words  # of the first
    passages: list[Passage]


def join(chunks: list[Chunk]) -> Chunk:
    """Join chunks that overlap, or touch on one page, in the order of the document.

    One chunk is returned unchanged.
    """
    first, *rest = chunks
    if not rest:
        return first
    labels = {
        chunk.page_first + i: label for chunk in chunks for i, label in enumerate(chunk.page_labels)
    }
    return msgspec.structs.replace(
        first,
        id="+".join([first.id, *(chunk.id.rpartition("/")[2] for chunk in rest)]),
        text=_joined_text(chunks),
        end=max(chunk.end for chunk in chunks),
        statements=_joined_statements(chunks),
        page_last=max(labels),
        page_labels=tuple(labels[page] for page in sorted(labels)),
        page_breaks=_joined_breaks(chunks),
    )


def find_passage(chunks: Sequence[Chunk], id_: str) -> Chunk | None:
    """Return the chunk with this id, or the one that `join` makes of chunks; None if none has it.

    `chunks` are those of the document that the id names, in order.
    """
    document, slash, places = id_.rpartition("/")
    wanted = {f"{document}{slash}{place}" for place in places.split("+")}
    found = [chunk for chunk in chunks if chunk.id in wanted]
    if not found or not all(_touch(*pair) for pair in pairwise(found)):
        return None
    joined = join(found)
    return joined if joined.id == id_ else None


def _joined_text(chunks: list[Chunk]) -> str:
    first, *rest = chunks
    text, end = first.text, first.end
    for chunk in rest:
        assert chunk.document == first.document
        assert first.start <= chunk.start <= end + len(chunk.gap)
        if chunk.start >= end:
            text += chunk.gap + chunk.text
        elif chunk.end > end:
            text += chunk.text[end - chunk.start :]
        end = max(end, chunk.end)
    return text


def _joined_statements(chunks: list[Chunk]) -> tuple[Statement, ...]:
    """The statements of all chunks, each once, with offsets in the joined text."""
    statements: dict[tuple[int, int], Statement] = {}
    for chunk in chunks:
        shift = chunk.start - chunks[0].start
        for each in chunk.statements:
            start, end = each.start + shift, each.end + shift
            statements[start, end] = msgspec.structs.replace(each, start=start, end=end)
    return tuple(statements[key] for key in sorted(statements))


def _joined_breaks(chunks: list[Chunk]) -> tuple[int, ...]:
    """The offsets in the joined text at which the second and later pages begin."""
    breaks = {  # keyed by page: after a blank page, two pages begin at the same offset
        page: at + chunk.start - chunks[0].start
        for chunk in chunks
        for page, at in enumerate(chunk.page_breaks, start=chunk.page_first + 1)
    }
    return tuple(breaks[page] for page in sorted(breaks))
