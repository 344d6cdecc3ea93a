"""HTML in, its elements and texts out in reading order, each with its line. No I/O.

turbohtml builds the same tree as a browser, even from broken HTML. It gives the lines of tags but
not of texts, so `walk` counts lines from the last tag.
"""

import re
from typing import TYPE_CHECKING, Protocol

from turbohtml import (
    Comment,
    Element,
    Node,
    ProcessingInstruction,
    SourceLocation,
    SourceSpan,
    Text,
    parse_fragment,
)

from ragguide.create.formats.raised import is_note_mark
from ragguide.create.formats.web_styles import is_raised, spread_styles

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_TAG = re.compile(r"<([a-zA-Z]+)")
_TABLE_PARTS = frozenset("caption col colgroup tbody td tfoot th thead tr".split())
# If the end tag of one of these is missing, the tree contains copies of the element and its line.
_COPIED = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_DROPS_BREAK = frozenset({"pre", "listing"})  # a line break after the start tag does not count

_LEFT_OUT = frozenset(
    "annotation audio canvas datalist del dialog footer iframe nav noscript object s script"
    " strike style svg template video".split()
)
_HAS_WORDS = re.compile(r"[^\W_]").search
_HIDING_STYLE = re.compile(r"display:none|text-decoration(?:-line)?:[^;]*line-through")
_LEFT_OUT_ROLES = frozenset("navigation search contentinfo menu menubar toolbar".split())


class Visitor(Protocol):
    """Receives the elements and texts of a page, in reading order."""

    def enter(self, element: Element, line: int) -> bool:
        """Begin an element whose start tag is on `line`; return whether to walk its content."""

    def leave(self, element: Element) -> None:
        """End an element whose content was walked."""

    def add_text(self, text: str, line: int, parent: str) -> None:
        """Add a text that begins on `line`; `parent` is its element's tag, `sup` if raised."""


def walk(html: str, visitor: Visitor) -> None:
    """Parse a page, or a part of one, whose lines end in line feeds; pass it to a visitor."""
    # A browser ignores the tags of table parts inside `body`, and end tags inside `template`.
    context = "template" if _begins_in_table(html) else "body"
    root = parse_fragment(html, context, source_locations=True, scripting=True)
    spread_styles(root)
    lines = _Lines(html)
    path: list[tuple[Element, SourceLocation | None, Iterator[Node]]] = []
    path.append((root, None, iter(root.children)))
    while path:
        element, location, rest = path[-1]
        match next(rest, None):
            case Element() as child:
                where = child.source_location
                if visitor.enter(child, lines.open(child.tag, where)):
                    path.append((child, where, iter(child.children)))
                else:
                    lines.close(child.tag, where)
            case Text(data):
                visitor.add_text(data, lines.now, "sup" if is_raised(element) else element.tag)
                lines.now += data.count("\n")
            case Comment(data) | ProcessingInstruction(data=data):
                lines.now += data.count("\n")
            case None:
                path.pop()
                if path:  # the root is not an element of the page
                    visitor.leave(element)
                    lines.close(element.tag, location)


def _begins_in_table(html: str) -> bool:
    """Whether this is a part of a table, as from Markdown with blank lines in its HTML."""
    first = _START_TAG.search(html)
    return first is not None and first[1].lower() in _TABLE_PARTS


class _Lines:
    """Counts the lines of a page during a walk."""

    def __init__(self, html: str) -> None:
        self._html = html
        self.now = 1

    def open(self, tag: str, location: SourceLocation | None) -> int:
        """Pass the start tag of an element; return the line where it starts."""
        if location is None:  # the element has no tag in the page
            return self.now
        start_tag = location.start_tag
        self._pass(tag, start_tag)
        if tag in _DROPS_BREAK and self._html.startswith("\n", start_tag.end_offset):
            self.now += 1
        return start_tag.start_line

    def close(self, tag: str, location: SourceLocation | None) -> None:
        """Pass the end tag of an element, if it has one."""
        if location and location.end_tag:
            self._pass(tag, location.end_tag)

    def _pass(self, tag: str, span: SourceSpan) -> None:
        if tag not in _COPIED or span.end_line > self.now:
            self.now = span.end_line


def is_main(element: Element) -> bool:
    return element.tag == "main" or _role(element) == "main"


def is_note_reference(element: Element) -> bool:
    """Whether this is a raised link to a note, such as `<sup><a href="#n1">1</a></sup>`."""
    return (
        is_raised(element)
        and (element.find("a") is not None or element.closest("a") is not None)
        and is_note_mark(element.text)
    )


def is_left_out(element: Element) -> bool:
    """Whether to skip an element: it is around the page's text, or hidden."""
    tag, role = element.tag, _role(element)
    if tag in _LEFT_OUT or role in _LEFT_OUT_ROLES or _is_hidden(element):
        return True
    if tag == "button":
        return not is_in_sentence(element)
    if tag == "option":
        return "selected" not in element.attrs
    is_aside = tag == "aside" and not role.startswith("doc-")
    return is_aside and element.closest("main, article, [role=main i]") is None


def is_in_sentence(element: Element) -> bool:
    """Whether words stand beside an element; else a button belongs to the page's controls."""
    around = element.parent
    return (
        isinstance(around, Element)
        and element.closest("pre, form, header") is None
        and any(isinstance(node, Text) and _HAS_WORDS(node.data) for node in around.children)
    )


def _is_hidden(element: Element) -> bool:
    if not element.attrs:
        return False
    return (
        "hidden" in element.attrs
        or (element.attr("aria-hidden") or "").lower() == "true"
        or bool(_HIDING_STYLE.search((element.attr("style") or "").replace(" ", "").lower()))
    )


def _role(element: Element) -> str:
    return (element.attr("role") or "").lower()
