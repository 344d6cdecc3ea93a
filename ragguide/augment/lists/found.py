"""A list found in a document, and tests and labels for its lines. No I/O."""

import re
from enum import Enum

import msgspec

from ragguide.augment.lists.lines import Line

MOST_LABEL = 7  # words before a colon that name an item
SHORT = 8  # words of an item that is just a name
_LABEL = re.compile(r"(?P<label>[^:.!?;]{2,80}?)\s*(?::-?|\s[–—-])\s+(?=\S)")
_CHAPTER = re.compile(r"\A\d+(?:\.\d+)*\.?\s+(?=[^\W\d])")
_TITLE_END = re.compile(r"[.!?;]\W*\Z")
# Labels and titles that describe a subject, and so name no item of a list.
_ATTRIBUTE = re.compile(
    r"(?:overview|introduction|summary|conclusion|contents|index|(?:real[- ])?examples?|notes?|"
    r"definitions?|purpose|(?:[\w-]+ ){0,3}use ?cases?|applications?|tips?|warnings?|important|"
    r"caution|hints?|"
    r"defaults?|results?|description|sources?|references?|see also|further reading|category|"
    r"methods?|process|issue|solution|answer|question|figure|table|input|output|how .*|steps|"
    r"for example|in short|usage|syntax|returns?|parameters|prerequisites|default \w+|https?|"
    r"ingredients|instructions|requirements|tl;?dr|background|resources|support)",
    re.I,
)


class Shape(Enum):
    """The form of a list's items."""

    TITLES = "titles"  # headings
    LABELS = "labels"  # each begins with its name
    NAMES = "names"  # short items
    SENTENCES = "sentences"
    ROWS = "rows"  # of a table
    MIXED = "mixed"


class FoundList(msgspec.Struct, frozen=True):
    """A list of a document."""

    shape: Shape
    lead: tuple[Line, ...]  # introduces the items: a heading, a sentence, a caption
    about: tuple[str, ...]  # texts that name the items: titles, a lead sentence, a column name
    context: tuple[str, ...]  # titles above, and text between the heading and the items
    items: tuple[Line, ...]
    names: tuple[str, ...]  # of the items; a whole item if it has no short name
    is_numbered: bool = False
    has_gap: bool = False  # the numbers have a gap, or do not begin at 1
    is_introduced: bool = False  # a sentence with a colon comes before it
    is_direct: bool = True  # nothing comes between the lead and the first item

    @property
    def start(self) -> int:
        return self.lead[0].at

    @property
    def end(self) -> int:
        last = self.items[-1]
        return last.chunk.start + last.end


def is_attribute(label: str) -> bool:
    """Whether a label, such as "Purpose", describes the subject and names no item."""
    return _ATTRIBUTE.fullmatch(label) is not None


def title_of(heading: Line) -> str:
    """Return a heading's title without chapter number, bullet and colon."""
    return _CHAPTER.sub("", heading.text.lstrip("•* ")).rstrip(": ")


def is_lost_title(line: Line) -> bool:
    """Whether a statement looks like a heading that the text layer failed to mark."""
    text = line.text
    return (
        len(text.split()) <= SHORT
        and line.begins_line
        and not line.sign
        and not _TITLE_END.search(text)
        and text[:1].isupper()
    )


def ends_sentence(item: Line) -> bool:
    """Whether a line ends with a sentence's punctuation."""
    return bool(_TITLE_END.search(item.text))


def item_label(line: Line) -> str:
    """Return the name at the start of a line: "Name: …", "Name - …", "Name:"; else ""."""
    text = line.text
    match = _LABEL.match(text)
    alone = text.rstrip(": ") if text.endswith(":") else ""
    label = match["label"].strip() if match else alone
    return label if len(label.split()) <= MOST_LABEL else ""


def own_label(line: Line) -> str:
    """Return the label of a line that may be an item without a sign; else ""."""
    label = item_label(line)
    is_name = label[:1].isupper() and not is_attribute(label)
    return label if is_name and not line.columns and not line.text.endswith(":") else ""
