"""Documents before and after in, the changes in the guide out. No I/O.

Sections are matched in four rounds: by titles and text (unchanged), by titles (rewritten), by text
(retitled), and by the innermost title without its number. The rest was added or removed. A section
that only moved to another page has not changed.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from ragguide.types import Document, Section, locator_of
from ragguide.update.numbers import NumberChange, number_changes

_COUNTER = re.compile(r"^[\dA-Z]{1,3}(?:\.\d+)*\.?\s+(?=\w)")  # "2.4 " of "2.4 Costs"


class SectionChange(msgspec.Struct, frozen=True, kw_only=True):
    """A section that differs. An added or removed section has one side only."""

    document: str
    titles: tuple[str, ...]  # after; of a removed section, before
    titles_before: tuple[str, ...]  # equal to `titles` unless it was retitled
    place: str  # after, as shown: "pp. 3-4"; empty: removed, or the document has no pages
    place_before: str
    pages: tuple[int, int] | None  # after: first and last, from 1; None: removed
    pages_before: tuple[int, int] | None
    numbers: tuple[NumberChange, ...]  # of a rewritten section


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The changes in a guide, in the order of the documents."""

    documents_added: tuple[str, ...]
    documents_removed: tuple[str, ...]
    added: tuple[SectionChange, ...]
    removed: tuple[SectionChange, ...]
    rewritten: tuple[SectionChange, ...]
    retitled: tuple[SectionChange, ...]  # with the same text

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__struct_fields__)


class _Part(msgspec.Struct, frozen=True):
    """A section, prepared for the comparison."""

    titles: tuple[str, ...]
    body: str  # without headings, white space collapsed
    lines: tuple[str, ...]  # of the body
    place: str
    pages: tuple[int, int]


_Pair = tuple[_Part, _Part]


def find_changes(
    pairs: Iterable[tuple[Document, Document]], *, added: Iterable[str], removed: Iterable[str]
) -> Changes:
    """Compare documents.

    Args:
        pairs: documents that may have changed, before and after.
        added: names of new documents.
        removed: names of documents that vanished.
    """
    found: dict[str, list[SectionChange]] = defaultdict(list)
    for before, after in pairs:
        same_titles, other_titles, gone, new = _match(_parts(before), _parts(after))
        for old, part in [*same_titles, *other_titles]:
            kind = "retitled" if old.body == part.body else "rewritten"
            found[kind].append(_change(after.name, old, part))
        found["added"] += [_change(after.name, None, part) for part in new]
        found["removed"] += [_change(after.name, part, None) for part in gone]
    return Changes(
        documents_added=tuple(added),
        documents_removed=tuple(removed),
        added=tuple(found["added"]),
        removed=tuple(found["removed"]),
        rewritten=tuple(found["rewritten"]),
        retitled=tuple(found["retitled"]),
    )


def _match(
    before: Sequence[_Part], after: Sequence[_Part]
) -> tuple[list[_Pair], list[_Pair], list[_Part], list[_Part]]:
    """Pairs with equal titles and different text, other pairs, removed parts, and added parts."""
    _, gone, new = _pair(before, after, lambda part: (part.titles, part.body))
    same_titles, gone, new = _pair(gone, new, lambda part: part.titles)
    by_text, gone, new = _pair(gone, new, lambda part: part.body or None)
    by_title, gone, new = _pair(gone, new, _bare_title)
    order = {id(part): place for place, part in enumerate(after)}
    others = sorted([*by_text, *by_title], key=lambda pair: order[id(pair[1])])
    return same_titles, others, gone, new


def _pair(
    before: Sequence[_Part], after: Sequence[_Part], key_of: Callable[[_Part], Hashable]
) -> tuple[list[_Pair], list[_Part], list[_Part]]:
    """Pair parts with equal keys in order; return the pairs and the unpaired parts of each side."""
    waiting: dict[Hashable, list[_Part]] = defaultdict(list)
    for part in reversed(before):
        waiting[key_of(part)].append(part)
    pairs, new = [], []
    for part in after:
        key = key_of(part)
        if key is not None and waiting[key]:
            pairs.append((waiting[key].pop(), part))
        else:
            new.append(part)
    taken = {id(old) for old, _ in pairs}
    return pairs, [part for part in before if id(part) not in taken], new


def _bare_title(part: _Part) -> str | None:
    """The innermost title without its number; None if there is none."""
    return _COUNTER.sub("", part.titles[-1]).casefold() if part.titles else None


def _change(document: str, before: _Part | None, after: _Part | None) -> SectionChange:
    part = after or before
    assert part is not None
    return SectionChange(
        document=document,
        titles=part.titles,
        titles_before=(before or part).titles,
        place=after.place if after else "",
        place_before=before.place if before else "",
        pages=after.pages if after else None,
        pages_before=before.pages if before else None,
        numbers=number_changes(before.lines, after.lines) if before and after else (),
    )


def _parts(document: Document) -> list[_Part]:
    starts = [block.start for block in document.blocks]
    return [_part(document, section, starts) for section in document.sections]


def _part(document: Document, section: Section, block_starts: Sequence[int]) -> _Part:
    at = slice(bisect_left(block_starts, section.start), bisect_left(block_starts, section.end))
    blocks = document.blocks[at]
    texts = [
        " ".join(document.text[block.start : block.end].split())
        for block in blocks
        if block.kind != "heading"
    ]
    first = max(1, bisect_right(document.page_starts, section.start))
    last_letter = blocks[-1].end - 1 if blocks else section.start
    last = max(first, bisect_right(document.page_starts, last_letter))
    lines = [block.line for block in blocks if block.line is not None]
    return _Part(
        titles=section.path,
        body="\n".join(texts),
        lines=tuple(texts),
        place=locator_of(document.unit, first, last, document.page_labels[first - 1], lines),
        pages=(first, last),
    )
