"""A cleaned document in, chunks out. No I/O.

Chunks end between sentences and list items, follow sections that are long enough, and always fit
into the embedder's window. Pages are derived from offsets alone, so a chunk names every page that
it touches, including its overlap.
"""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal

import msgspec

from ragguide.create.leads import Span, find_leads
from ragguide.create.sentences import split_sentences
from ragguide.types import ITEM_SIGN, Block, BlockKind, Chunk, Document, Section, Statement

Strategy = Literal["sections", "pages", "tokens"]
TokenCounter = Callable[[Sequence[str]], list[int]]  # one count for each text

TITLE_SHARE = 0.25  # of the embedder's window: the most that a section's titles may take
MIN_SECTION_SHARE = 0.4  # of the chunk size: a shorter section shares its chunk with the next one
CHARACTER_TOKENS = 4  # most tokens per character: its bytes, or the parts of a syllable
LONG_ITEM = 400  # characters; a longer list item is a paragraph with a bullet
SPECIAL_TOKENS = 2  # [CLS] and [SEP], which the embedder adds

_Boundary = Callable[["_Unit", "_Unit", int], bool]

_WORD = re.compile(r"\S+\s*")


class _Unit(msgspec.Struct, frozen=True):
    """The smallest part of a chunk: a sentence, a list item, a heading."""

    start: int
    end: int
    n_tokens: int
    is_quotable: bool  # False for headings of sections and tables
    leads: bool  # introduces the next unit: a heading, or the line above a list
    section: int  # index into the document's sections
    line: int | None  # of its block
    kind: BlockKind
    lead: Span | None  # of what it refers to


def split_document(
    document: Document,
    *,
    count_tokens: TokenCounter,
    chunk_tokens: int,
    chunk_overlap: int,
    max_tokens: int,
    strategy: Strategy = "sections",
) -> list[Chunk]:
    """Split a document into chunks of about `chunk_tokens`, in reading order.

    Args:
        document: the document to split.
        count_tokens: counts with the embedder's tokenizer, without special tokens.
        chunk_tokens: target size, without section titles.
        chunk_overlap: the most tokens that the next chunk of the same section repeats.
        max_tokens: size of the embedder's window, including titles and special tokens.
        strategy: where a chunk ends before it is full: at the end of a section that fills
            `MIN_SECTION_SHARE` of it, at the end of a page, or never.

    Titles that need more than `TITLE_SHARE` of `max_tokens` are shortened to the innermost title,
    which is truncated, so that there is always room for text.
    """
    for_titles = int(TITLE_SHARE * max_tokens)
    sections = _fit_titles(document.sections, count_tokens, for_titles)
    document = msgspec.structs.replace(document, sections=sections)
    titles = count_tokens([_joined(section.path) for section in sections])
    room = max(1, min(chunk_tokens, max_tokens - SPECIAL_TOKENS - max(titles, default=0)))
    units = _units(document, count_tokens, room)
    numbers: Counter[int] = Counter()
    chunks: list[Chunk] = []
    for run in _pack(units, _boundary(document, strategy, room), room, chunk_overlap):
        page = _page_at(document, run[0].start)
        numbers[page] += 1
        gap = document.text[chunks[-1].end : run[0].start] if chunks else ""
        chunks.append(_chunk(document, run, page, numbers[page], gap))
    return chunks


def _joined(path: Sequence[str]) -> str:
    return " > ".join(path)


def _fit_titles(
    sections: Sequence[Section], count_tokens: TokenCounter, room: int
) -> tuple[Section, ...]:
    """Shorten the paths of sections to at most `room` tokens."""
    counts = count_tokens([_joined(section.path) for section in sections])
    fitted = []
    for section, n_tokens in zip(sections, counts, strict=True):
        path = section.path
        if n_tokens > room:
            title = path[-1]
            _, end, _ = next(_cut_long(title, 0, len(title), count_tokens, room))
            path = (title[:end],)
        fitted.append(Section(path=path, start=section.start, end=section.end))
    return tuple(fitted)


def _units(document: Document, count_tokens: TokenCounter, room: int) -> list[_Unit]:
    spans = [
        (start, end, block)
        for block in document.blocks
        for start, end in _cut_block(document.text, block)
    ]
    counts = count_tokens([document.text[start:end] for start, end, _ in spans])
    section_starts = [section.start for section in document.sections]
    units = []
    for (start, end, block), n_tokens in zip(spans, counts, strict=True):
        pieces: Iterable[tuple[int, int, int]] = [(start, end, n_tokens)]
        if n_tokens > room:
            pieces = _cut_long(document.text, start, end, count_tokens, room)
        section = bisect_right(section_starts, start) - 1
        is_heading = block.kind == "heading" or document.text[start:end] == block.header
        leads = is_heading or (block.kind == "paragraph" and document.text[end - 1] == ":")
        units += [
            _Unit(*piece, not is_heading, leads, section, block.line, block.kind, None)
            for piece in pieces
        ]
    return [
        msgspec.structs.replace(unit, lead=lead)
        for unit, lead in zip(units, find_leads(document.text, units), strict=True)
    ]


def _cut_block(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the spans of a paragraph's sentences or of code lines; other blocks stay whole."""
    if block.kind == "code":
        for line in re.finditer(r"\S.*", text[block.start : block.end]):
            yield block.start + line.start(), block.start + line.end()
    elif block.kind == "paragraph" or (
        block.kind == "item" and block.end - block.start > LONG_ITEM
    ):
        yield from split_sentences(text, block.start, block.end)
    else:
        yield block.start, block.end


def _cut_long(
    text: str, start: int, end: int, count_tokens: TokenCounter, room: int
) -> Iterator[tuple[int, int, int]]:
    """Cut a text that exceeds a chunk between words; a word that exceeds one, in characters."""
    words = [(start + word.start(), start + word.end()) for word in _WORD.finditer(text[start:end])]
    counts = count_tokens([text[first:last] for first, last in words])
    step = max(1, room // CHARACTER_TOKENS)
    pieces = [
        (at, min(at + width, last))
        for (first, last), count in zip(words, counts, strict=True)
        for width in [step if count > room else last - first]
        for at in range(first, last, width)
    ]
    counts = count_tokens([text[first:last] for first, last in pieces])
    piece_start, n_tokens = start, 0
    for (first, _), count in zip(pieces, counts, strict=True):
        if n_tokens and n_tokens + count > room:
            yield piece_start, piece_start + len(text[piece_start:first].rstrip()), n_tokens
            piece_start, n_tokens = first, 0
        n_tokens += count
    yield piece_start, piece_start + len(text[piece_start:end].rstrip()), n_tokens


def _boundary(document: Document, strategy: Strategy, room: int) -> _Boundary:
    """Return the test whether a run of `n_run` tokens ends between two units."""

    def at_section(before: _Unit, after: _Unit, n_run: int) -> bool:
        if before.section == after.section:
            return False
        is_topic = len(document.sections[after.section].path) <= 1
        return is_topic or n_run >= MIN_SECTION_SHARE * room

    def at_page(before: _Unit, after: _Unit, _n_run: int) -> bool:
        return _page_at(document, before.end - 1) != _page_at(document, after.start)

    def never(_before: _Unit, _after: _Unit, _n_run: int) -> bool:
        return False

    boundaries: dict[Strategy, _Boundary] = {
        "sections": at_section,
        "pages": at_page,
        "tokens": never,
    }
    return boundaries[strategy]


def _pack(
    units: Sequence[_Unit], is_boundary: _Boundary, room: int, overlap: int
) -> Iterator[list[_Unit]]:
    """Fill chunks with consecutive units."""
    run: list[_Unit] = []
    for unit, n_needed in _with_needed_tokens(units):
        n_run = _n_tokens(run)
        ends = bool(run) and is_boundary(run[-1], unit, n_run)
        if run and (ends or n_run + n_needed > room):
            body, run = _close(run, room - n_needed)
            if body:
                yield body
            if body and not (run or ends):
                run = _overlap(body, unit, min(overlap, room - n_needed))
        run.append(unit)
    if run:
        yield run


def _with_needed_tokens(units: Sequence[_Unit]) -> Iterator[tuple[_Unit, int]]:
    """Yield each unit with the tokens it needs; a leading unit needs room for the next one too."""
    for unit, after in zip_longest(units, units[1:]):
        yield unit, unit.n_tokens + (after.n_tokens if unit.leads and after else 0)


def _n_tokens(run: Sequence[_Unit]) -> int:
    return sum(unit.n_tokens for unit in run)


def _close(run: list[_Unit], room: int) -> tuple[list[_Unit], list[_Unit]]:
    """Split a full run into its chunk and the units that move to the next, if `room` allows."""
    body, leads = _split_leads(run)
    return (body, leads) if _n_tokens(leads) <= room else (run, [])


def _overlap(body: Sequence[_Unit], unit: _Unit, n_tokens: int) -> list[_Unit]:
    """Return the units that the next chunk repeats; none if `unit` opens a section."""
    return _tail(body, n_tokens) if unit.section == body[-1].section else []


def _split_leads(run: Sequence[_Unit]) -> tuple[list[_Unit], list[_Unit]]:
    """Split off the leading units at the end of a run: they belong to the next chunk."""
    n_body = len(run)
    while n_body and run[n_body - 1].leads:
        n_body -= 1
    return list(run[:n_body]), list(run[n_body:])


def _tail(run: Sequence[_Unit], n_tokens: int) -> list[_Unit]:
    """Return the last units of one section that fit into `n_tokens`, never the whole run."""
    tail: list[_Unit] = []
    for unit in reversed(run[1:]):
        n_tokens -= unit.n_tokens
        if n_tokens < 0 or unit.section != run[-1].section:
            break
        tail.insert(0, unit)
    return tail


def _page_at(document: Document, offset: int) -> int:
    return bisect_right(document.page_starts, offset)


def _chunk(document: Document, run: Sequence[_Unit], page: int, number: int, gap: str) -> Chunk:
    start, end = run[0].start, run[-1].end
    page_last = _page_at(document, end - 1)
    chunk = Chunk(
        id=f"{document.name}/p{page:04d}-{number:02d}",
        document=document.name,
        section=document.sections[run[0].section].path,
        text=document.text[start:end],
        text_sha="",
        statements=tuple(
            Statement(
                start=unit.start + n_sign - start,
                end=unit.end - start,
                section=document.sections[unit.section].path,
                line=unit.line,
                kind=unit.kind,
                lead=unit.lead,
            )
            for unit in run
            if unit.is_quotable
            and (n_sign := len(_sign(document.text, unit))) < unit.end - unit.start
        ),
        start=start,
        end=end,
        page_first=page,
        page_last=page_last,
        page_labels=document.page_labels[page - 1 : page_last],
        unit=document.unit,
        page_breaks=tuple(at - start for at in document.page_starts[page:page_last]),
        gap=gap,
    )
    sha = hashlib.sha256(chunk.embedded_text.encode()).hexdigest()
    return msgspec.structs.replace(chunk, text_sha=sha)


def _sign(text: str, unit: _Unit) -> str:
    """Return the bullet that opens a unit; quotes leave it out."""
    return ITEM_SIGN if text.startswith(ITEM_SIGN, unit.start) else ""
