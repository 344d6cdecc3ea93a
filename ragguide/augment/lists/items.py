"""The lines of a section in, its lists of items or labelled lines out. No I/O."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from ragguide.augment.lists.found import (
    SHORT,
    FoundList,
    Shape,
    ends_sentence,
    is_attribute,
    is_lost_title,
    item_label,
    own_label,
    title_of,
)
from ragguide.augment.lists.lines import Line

INNER_SIGNS = frozenset("◦▪‣⁃")  # of a nested list
LEAST_LABELLED = 3  # labelled lines without a sign that make a list
MOST_BEFORE = 3  # statements allowed between a heading and its list
MOST_SUBJECT = 7  # words of an item's subject that names it
_OPEN = re.compile(
    r"\s(?:are|is|of|as|by|following|includes?|contains?|comprises?|requires?|needs?|offers?|to)\Z"
)

_SUBJECT = re.compile(r"(?P<label>(?:(?:The|An?)\s)?[^.:;,]{2,60}?)\s+(?:is|are)\s+(?:an?|the)\b")


class _Run(msgspec.Struct, frozen=True):
    """Consecutive items, with the lines that belong to them."""

    first: int  # index of the first item in its section
    last: int  # index of the last line, an item or part of one
    items: Sequence[Line]


class _Lead(msgspec.Struct, frozen=True):
    """The line that introduces a list, and the texts that name its items."""

    line: Line
    about: tuple[str, ...]
    is_introduced: bool = False
    is_direct: bool = True


def item_lists(block: Sequence[Line]) -> Iterator[FoundList]:
    """Yield the lists of a section.

    Args:
        block: the section's lines, with its heading first if it has one.
    """
    heading = block[0] if block[0].is_heading else None
    body = block[1:] if heading else block
    is_first = True
    for run in _runs(body):
        may_lead = is_first and run.first <= MOST_BEFORE
        yield from _lists_of(run, _lead(body, run.first, heading if may_lead else None))
        is_first = False


def _runs(body: Sequence[Line]) -> Iterator[_Run]:
    i = 0
    while i < len(body):
        run = None
        if body[i].sign and body[i].begins_line:
            run = _signed(body, i)
        elif own_label(body[i]):
            run = _labelled(body, i)
        if run is not None:
            yield run
        i = run.last + 1 if run else i + 1


def _signed(body: Sequence[Line], first: int) -> _Run:
    """Return the run of items with signs that begins at `first`."""
    items = [body[first]]
    last = first
    for i in range(first + 1, len(body)):
        line = body[i]
        if line.sign and line.begins_line and line.sign not in INNER_SIGNS - {items[0].sign}:
            if (line.number is None) != (items[-1].number is None) or line.number == 1:
                break
            items.append(line)
        elif own_label(line) and all(map(own_label, items)):
            items.append(line)  # the text layer lost its sign
        elif not _belongs(body, i, items[-1]):
            break
        last = i
    return _Run(first, last, items)


def _belongs(body: Sequence[Line], place: int, item: Line) -> bool:
    """Whether a line without a sign continues an item, or explains an item that is a title."""
    line = body[place]
    if line.columns:
        return False
    if not line.begins_line or line.sign or item.text.endswith(":"):
        return True
    is_cut = line.start == 0  # a chunk may begin in the middle of an item
    return is_cut and place + 1 < len(body) and bool(body[place + 1].sign)


def _labelled(body: Sequence[Line], first: int) -> _Run | None:
    """Return the run of labelled lines without signs from `first`; None if it is too short."""
    items = [body[first]]
    last = first
    for i in range(first + 1, len(body)):
        if own_label(body[i]):
            items.append(body[i])
        elif body[i].begins_line:
            break
        last = i
    return _Run(first, last, items) if len(items) >= LEAST_LABELLED else None


def _lists_of(run: _Run, lead: _Lead | None) -> Iterator[FoundList]:
    """Yield the list of a run, and the lists below those of its items that are titles."""
    items = run.items
    is_introduced = lead is not None and lead.is_introduced
    titles = [item for item in items if _is_title(item, items, is_introduced=is_introduced)]
    if len(titles) == 1:  # a lead-in with a bullet
        (title,) = titles
        at = items.index(title)
        above = lead.about if lead is not None and at == 0 and not lead.is_introduced else ()
        yield from _found(_Lead(title, (title.text, *above), is_introduced=True), items[at + 1 :])
        return
    yield from _lists_below(titles, items)
    if lead is not None and (not titles or titles[0] is items[0]):
        yield from _found(lead, titles or items)


def _lists_below(titles: Sequence[Line], items: Sequence[Line]) -> Iterator[FoundList]:
    places = [items.index(title) for title in titles]
    for begin, end in pairwise([*places, len(items)]):
        title, below = items[begin], items[begin + 1 : end]
        if title.text.endswith(":"):
            yield from _found(_Lead(title, (title.text,), is_introduced=True), below)


def _lead(body: Sequence[Line], first: int, heading: Line | None) -> _Lead | None:
    """Return the lead of the list that begins at `first`: a sentence that it completes, or a title.

    The sentence ends with a colon, or it breaks off: "The spares consist of".
    """
    before = body[first - 1] if first else None
    if before is not None and (before.text.endswith(":") or _OPEN.search(before.text)):
        about = [before.text]
        if first > 1 and is_lost_title(body[first - 2]):
            about.append(body[first - 2].text)
        elif heading is not None:
            about.append(title_of(heading))
        return _Lead(before, tuple(about), is_introduced=True)
    if before is not None and is_lost_title(before):
        return _Lead(before, (before.text,))
    if heading is not None:
        return _Lead(heading, (title_of(heading),), is_direct=first == 0)
    return None


def _is_title(item: Line, items: Sequence[Line], *, is_introduced: bool) -> bool:
    """Whether an item is only a title for the next ones.

    Behind a sentence that introduces the list, a short item is an item like the others.
    """
    if item.text.endswith(":"):
        return True
    if is_introduced or any(each.text.endswith(":") or own_label(each) for each in items):
        return False
    is_short = [len(each.text.split()) <= SHORT and not ends_sentence(each) for each in items]
    if not is_short[0] or is_short[-1]:
        return False
    has_two = any(a and b for a, b in pairwise(is_short))
    return not has_two and is_short[items.index(item)]


def _found(lead: _Lead, items: Sequence[Line]) -> Iterator[FoundList]:
    labels = [item_label(item) for item in items]
    if len(items) < 2 or any(label and is_attribute(label) for label in labels):
        return
    numbers = [item.number for item in items]
    is_numbered = all(numbers)
    names, shape = _names(items, labels)
    yield FoundList(
        shape,
        lead=(lead.line,),
        about=lead.about,
        context=items[0].section,
        items=tuple(items),
        names=names,
        is_numbered=is_numbered,
        has_gap=is_numbered and numbers != list(range(1, len(items) + 1)),
        is_introduced=lead.is_introduced,
        is_direct=lead.is_direct,
    )


def _names(items: Sequence[Line], labels: Sequence[str]) -> tuple[tuple[str, ...], Shape]:
    """Return the items' names, or else their texts, and the list's shape."""
    if all(labels):
        return tuple(labels), Shape.LABELS
    texts = [item.text.rstrip(":;, ") for item in items]
    if not any(labels) and all(len(text.split()) <= SHORT for text in texts):
        return tuple(text.rstrip(".") for text in texts), Shape.NAMES
    subjects = [*map(_subject, texts)]
    if all(subjects):
        return tuple(subjects), Shape.LABELS
    named = (label or text for label, text in zip(labels, texts, strict=True))
    return tuple(named), Shape.MIXED if any(labels) else Shape.SENTENCES


def _subject(text: str) -> str:
    match = _SUBJECT.match(text)
    return match["label"] if match and len(match["label"].split()) <= MOST_SUBJECT else ""
