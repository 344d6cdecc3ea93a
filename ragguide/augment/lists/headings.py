"""A document's lines in, the lists among its headings out. No I/O."""

from collections.abc import Iterator, Sequence

from ragguide.augment.lists.found import FoundList, Shape, is_attribute, is_lost_title, title_of
from ragguide.augment.lists.lines import Line


def heading_lists(lines: Sequence[Line]) -> Iterator[FoundList]:
    """Yield runs of numbered headings, and the unnumbered headings directly below another one."""
    yield from _numbered_headings(lines)
    below: dict[tuple[str, ...], list[Line]] = {}
    parents: dict[tuple[str, ...], Line] = {}
    for heading in lines:
        path = heading.section
        if not (heading.is_heading and path):
            continue
        if path in below:
            yield from _children(parents[path], below.pop(path))
        parents[path] = heading
        below.setdefault(path[:-1], []).append(heading)
    for path, children in below.items():
        if path in parents:
            yield from _children(parents[path], children)


def _children(parent: Line, children: Sequence[Line]) -> Iterator[FoundList]:
    titles = [title_of(child) for child in children]
    if any(child.number for child in children) or len(set(titles)) < len(titles):
        return
    kept = [
        (child, title)
        for child, title in zip(children, titles, strict=True)
        if not is_attribute(title)
    ]
    yield FoundList(
        Shape.TITLES,
        lead=(parent,),
        about=(title_of(parent),),
        context=parent.section[:-1],
        items=tuple(child for child, _ in kept),
        names=tuple(title for _, title in kept),
    )


def _numbered_headings(lines: Sequence[Line]) -> Iterator[FoundList]:
    run = _Run()
    before: Line | None = None  # the last heading, or a line that looks like one
    for line in lines:
        if not line.is_heading:
            before = line if is_lost_title(line) else before
            continue
        if line.number and run.goes_on_at(line.number):
            run.add(line, before)
        elif line.number or not run.goes_on_behind(line):
            yield from run.lists()
            run = _Run()
            if line.number:
                run.add(line, before)
        before = line
    yield from run.lists()


class _Run:
    """A run of headings with growing numbers."""

    def __init__(self) -> None:
        self._leads: list[Line] = []
        self._items: list[Line] = []

    def add(self, heading: Line, before: Line | None) -> None:
        """Add a heading; an unnumbered heading right before it becomes a lead of the run."""
        if before is not None and not before.number and (before.is_heading or not self._items):
            self._leads.append(before)
        self._items.append(heading)

    def goes_on_at(self, number: int) -> bool:
        return bool(self._items) and number > (self._items[-1].number or 0)

    def goes_on_behind(self, heading: Line) -> bool:
        """Whether the run may continue after an unnumbered heading, one level up or below it."""
        if not self._items or not heading.section:
            return False
        last = self._items[-1].section
        is_below = len(heading.section) > len(last) and heading.section[: len(last)] == last
        return is_below or heading.section[:-1] == last[:-2]

    def lists(self) -> Iterator[FoundList]:
        """Yield the run as a list, if it has a lead."""
        if not self._leads or not self._items:
            return
        numbers = [heading.number for heading in self._items]
        first, *others = self._leads
        yield FoundList(
            Shape.TITLES,
            lead=(first,),
            about=(title_of(first),),
            context=(*self._items[0].section[:-1], *map(title_of, others)),
            items=tuple(self._items),
            names=tuple(map(title_of, self._items)),
            is_numbered=True,
            has_gap=numbers != list(range(1, len(numbers) + 1)),
        )
