"""A document's chunks in, its lines and the lists among them out. No I/O."""

from collections.abc import Iterator, Sequence

import msgspec

from ragguide.augment.lists.found import FoundList, Shape
from ragguide.augment.lists.headings import heading_lists
from ragguide.augment.lists.items import item_lists
from ragguide.augment.lists.lines import Line, read_lines
from ragguide.augment.lists.tables import table_lists
from ragguide.types import Chunk


class Outline(msgspec.Struct, frozen=True):
    """The lines of a document, and the lists among them."""

    lines: tuple[Line, ...]
    lists: tuple[FoundList, ...]


def read_outline(chunks: Sequence[Chunk]) -> Outline:
    """Return the outline of one document.

    Args:
        chunks: all of the document, in order.
    """
    lines = read_lines(chunks)
    return Outline(tuple(lines), tuple(find_lists(lines)))


def find_lists(lines: Sequence[Line]) -> list[FoundList]:
    """Return the lists of one document that have at least two items and no name twice.

    Args:
        lines: as `read_lines` returns them.
    """
    lists = [*heading_lists(lines)]
    for block in _blocks(lines):
        lists += table_lists(block)
        lists += item_lists(block)
    return [each for each in _join(lists) if len(each.items) > 1 and _has_other_names(each)]


def _has_other_names(found: FoundList) -> bool:
    return len({name.casefold() for name in found.names}) == len(found.names)


def _join(lists: Sequence[FoundList]) -> Iterator[FoundList]:
    """Join labels right below a heading with headings of the same form; drop other headings.

    A text layer may mark some labels of a list as items and the rest as headings.
    """
    titles = {each.lead[0].at: each for each in lists if _is_plain_titles(each)}
    below = {
        each.lead[0].at
        for each in lists
        if each.lead[0].is_heading and not _is_plain_titles(each) and each.lead[0].at in titles
    }
    for each in lists:
        at = each.lead[0].at
        if at not in below:
            yield each
        elif not _is_plain_titles(each):
            yield _joined(each, titles[at])


def _is_plain_titles(found: FoundList) -> bool:
    return found.shape is Shape.TITLES and not found.is_numbered


def _joined(found: FoundList, titles: FoundList) -> FoundList:
    if not all(item.text.endswith(":") for item in (*found.items, *titles.items)):
        return found
    items, names = (*found.items, *titles.items), (*found.names, *titles.names)
    return msgspec.structs.replace(found, items=items, names=names)


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines from one heading to the next, the heading first if there is one."""
    block: list[Line] = []
    for line in lines:
        is_other = block and not block[-1].is_heading and block[-1].section != line.section
        if block and (line.is_heading or is_other):
            yield block
            block = []
        block.append(line)
    if block:
        yield block
