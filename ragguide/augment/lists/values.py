"""The list that answers a question."""

import msgspec

from ragguide.augment.lists.lines import Line
from ragguide.types import Evidence


class Item(msgspec.Struct, frozen=True):
    """One thing of a list."""

    text: str  # its name, or else its text
    line: Line  # the line that states it


class Listing(msgspec.Struct, frozen=True):
    """The list that a question asks for."""

    lead: Line  # introduces the items: a heading, a sentence, a caption
    items: tuple[Item, ...]  # empty: the lead states only their number
    is_whole: bool = True  # False: there may be more items
    stated: str = ""  # the number of items as the lead states it: "three", "up to 16"
    counted: str = ""  # the number with its noun: "up to 16 Inferentia chips"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lead and the lines of the items, each once, in order."""
        lines = {line.at: line for line in (self.lead, *(item.line for item in self.items))}
        return tuple(lines[at] for at in sorted(lines))

    def evidence(self, *, first_mark: int = 1) -> tuple[Evidence, ...]:
        """Return the lead and the items as evidence that an answer can cite."""
        return tuple(line.evidence(mark) for mark, line in enumerate(self.lines, first_mark))


class Match(msgspec.Struct, frozen=True):
    """A list that a question may ask for."""

    score: float
    listing: Listing
    is_near: bool = True  # overlaps a hit
