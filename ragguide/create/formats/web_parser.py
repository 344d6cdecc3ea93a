"""HTML in, pieces out: the blocks of a page, each with its line and whether it is in `main`.

The standard library's parser tells the events; no tree is built, so no depth of nesting harms.
"""

from collections import Counter
from collections.abc import Set
from html.parser import HTMLParser

import msgspec

from ragguide.create.body import ITEM_SIGN
from ragguide.create.formats.grid import Cell, GridRow, n_columns
from ragguide.types import BlockKind

MAX_SPAN = 65_534  # as browsers limit it

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_SKIPPED = frozenset(
    "annotation audio button canvas datalist dialog footer iframe nav noscript object script"
    " select style svg template textarea video".split()
)
_SKIPPED_ROLES = frozenset("navigation search contentinfo menu menubar toolbar".split())
_BREAKS = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset"
    " figcaption figure footer form head header hgroup hr html legend li main menu nav ol p pre"
    " section summary table tbody td tfoot th thead title tr ul".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_ENDS_HEADING = frozenset("dl li ol p pre table ul".split()) | _HEADINGS
_LISTS = frozenset("ul ol menu dir".split())
_CELLS = frozenset({"td", "th"})
_TABLE_PARTS = frozenset({"thead", "tbody", "tfoot"})
_CLOSES: dict[
    str, tuple[Set[str], Set[str]]
] = {  # a tag → what it closes if left open, and what it does not look beyond
    "li": ({"li"}, _LISTS),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "p": ({"p"}, {"li", "dd", "td", "th", "div", "section", "article", "body"}),
    "tr": ({"tr"}, {"table"}),
    "td": (_CELLS, {"tr", "table"}),
    "th": (_CELLS, {"tr", "table"}),
    "thead": (_TABLE_PARTS, {"table"}),
    "tbody": (_TABLE_PARTS, {"table"}),
    "tfoot": (_TABLE_PARTS, {"table"}),
}
_ENDS_CELL = frozenset({"body", "html", "table", "tr"}) | _TABLE_PARTS
_LOOK_BACK = 100  # elements, of those left open
_ANCHORS = frozenset("¶ § # 🔗".split())  # the link to a heading, in the heading


class _Table(msgspec.Struct):
    rows: "list[tuple[int, bool, list[tuple[_Cell, list[Piece]]]]]"  # line, in a head, cells
    is_layout: bool
    in_head: bool = False


class _Cell(msgspec.Struct):
    n_columns: int
    n_rows: int
    is_header: bool


class Piece(msgspec.Struct):
    """A block before it is known whether it is of the page's main part, or of a table's cell."""

    kind: BlockKind | None  # None for a table
    text: str
    line: int
    in_main: bool
    level: int = 0
    sign: str = ITEM_SIGN
    rows: list[GridRow] = []


class _Terms(msgspec.Struct):
    """What a definition list defines next."""

    texts: list[str]
    has_definition: bool = False
    is_said: bool = True


class _Element(msgspec.Struct):
    tag: str
    is_skipped: bool
    is_main: bool
    is_article: bool


class PageParser(HTMLParser):
    """Turns tags and text into pieces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self._stack: list[_Element] = []
        self._n_open: Counter[str] = Counter()
        self._n_skipped = self._n_main = self._n_article = 0
        self._targets: list[list[Piece]] = [[]]  # the page's, then those of open cells
        self._tables: list[_Table] = []
        self._lists: list[int | None] = []  # the next number; None for bullets
        self._terms: list[_Terms] = []
        self._sign: str | None = None  # of the list item that has had no text yet
        self._heading = 0  # level of the open one
        self._in_term = False
        self._text: list[str] = []
        self._line: int | None = None  # at which that text begins

    def finish(self) -> list[Piece]:
        while self._stack:
            self._pop()
        self._flush()
        return self._targets[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self._void(tag, attrs)
            return
        if tag in _CLOSES:
            self._close_open(*_CLOSES[tag])
        values = {name: value or "" for name, value in attrs}
        if self._heading and tag in _ENDS_HEADING:
            self._flush()
            self._heading = 0
        role = values.get("role", "").lower()
        is_main = tag == "main" or role == "main"
        is_skipped = self._skips(tag, role, values) and not is_main
        if tag in _BREAKS or tag in _HEADINGS:
            self._break()
        self._stack.append(_Element(tag, is_skipped, is_main, tag == "article"))
        self._n_open[tag] += 1
        self._n_skipped += is_skipped
        self._n_main += is_main
        self._n_article += tag == "article"
        if not self._n_skipped:
            self._enter(tag, values, role)

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and not self._n_open["p"]:
            self._break()
        if tag == "br":
            self._put(" ")
        if tag in _VOID or not self._n_open[tag]:
            return
        if tag not in _ENDS_CELL and self._is_outside_cell(tag):
            return
        while self._pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._n_skipped:
            return
        if self._heading and self._stack[-1].tag == "a" and data.strip() in _ANCHORS:
            return
        self._put(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:  # noqa: ARG002
        """Pass over `<![…>`: the library's own one fails at those that it does not know."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    def _is_outside_cell(self, tag: str) -> bool:
        """Whether the innermost element of this tag holds the open cell: a stray end tag."""
        if not self._tables:
            return False
        for element in reversed(self._stack):
            if element.tag in _CELLS or element.tag == tag:
                return element.tag != tag
        return False

    def _skips(self, tag: str, role: str, values: dict[str, str]) -> bool:
        """Whether an element is no text of the page: what surrounds it, or what no one sees."""
        hidden = (
            "hidden" in values
            or values.get("aria-hidden", "").lower() == "true"
            or "display:none" in values.get("style", "").replace(" ", "").lower()
        )
        if tag in ("html", "body"):
            return False
        if tag == "aside" and not role.startswith("doc-"):
            return hidden or not (self._n_main or self._n_article)
        return hidden or tag in _SKIPPED or role in _SKIPPED_ROLES

    def _void(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._n_skipped:
            return
        if tag == "hr":
            self._break()
        elif tag == "br":
            self._put("\n")
        elif tag == "img":
            self._put(" " + (dict(attrs).get("alt") or "") + " ")

    def _put(self, text: str) -> None:
        if self._n_skipped:
            return
        if self._line is None and text.strip():
            n_blank = len(text) - len(text.lstrip())
            self._line = self.getpos()[0] + text.count("\n", 0, n_blank)
            if self._n_open["pre"] and not self._heading:
                self._line -= "".join([*self._text, text[:n_blank]]).count("\n")
        self._text.append(text)

    def _enter(self, tag: str, values: dict[str, str], role: str) -> None:
        if tag in _HEADINGS:
            self._heading = int(tag[1])
        elif tag in _LISTS:
            start = values.get("start", "1")
            first = int(start) if start.isdecimal() and len(start) < 7 else 1
            self._lists.append(first if tag == "ol" else None)
        elif tag == "li":
            self._sign = self._next_sign(values.get("value", ""))
        elif tag == "dl":
            self._terms.append(_Terms([]))
        elif tag == "dt" and self._terms:
            terms = self._terms[-1]
            if terms.has_definition:
                self._say_terms()
                self._terms[-1] = _Terms([])
            self._in_term = True
        elif tag == "dd" and self._terms:
            terms = self._terms[-1]
            if terms.has_definition and terms.texts:
                terms.is_said = False  # a further definition of the same
            terms.has_definition = True
        elif tag == "table":
            self._tables.append(_Table([], role in ("presentation", "none")))
        elif self._tables:
            self._enter_part(tag, values)

    def _enter_part(self, tag: str, values: dict[str, str]) -> None:
        table = self._tables[-1]
        line = self.getpos()[0]
        if tag == "thead":
            table.in_head = True
        elif tag == "tr":
            table.rows.append((line, table.in_head, []))
        elif tag in _CELLS:
            if not table.rows:
                table.rows.append((line, table.in_head, []))
            pieces: list[Piece] = []
            cell = _Cell(_span(values, "colspan"), _span(values, "rowspan"), tag == "th")
            table.rows[-1][2].append((cell, pieces))
            self._targets.append(pieces)

    def _next_sign(self, value: str) -> str:
        if not self._lists or self._lists[-1] is None:
            return ITEM_SIGN
        number = int(value) if value.isdecimal() and len(value) < 7 else self._lists[-1]
        self._lists[-1] = number + 1
        return f"{number}. "

    def _close_open(self, closed: Set[str], holders: Set[str]) -> None:
        """Close the innermost element of these tags unless a holder stands between."""
        for depth, element in enumerate(reversed(self._stack[-_LOOK_BACK:]), start=1):
            if element.tag in closed:
                for _ in range(depth):
                    self._pop()
                return
            if element.tag in holders:
                return

    def _pop(self) -> str:
        """Leave the innermost element; return its tag."""
        element = self._stack[-1]
        tag = element.tag
        if not self._n_skipped:
            self._leave(tag)
        self._stack.pop()
        self._n_open[tag] -= 1
        self._n_skipped -= element.is_skipped
        self._n_main -= element.is_main
        self._n_article -= element.is_article
        return tag

    def _leave(self, tag: str) -> None:
        if tag == "title":
            self.title = self.title or " ".join("".join(self._text).split())
            self._text, self._line = [], None
        elif tag in _HEADINGS:
            self._flush()
            self._heading = 0
        elif tag == "dt" and self._terms:
            self._end_term()
        elif tag in _BREAKS:
            self._break()
        if tag == "li":
            self._sign = None
        elif tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "dl" and self._terms:
            self._say_terms()
            self._terms.pop()
        elif tag == "thead" and self._tables:
            self._tables[-1].in_head = False
        elif tag in _CELLS and len(self._targets) > 1:
            self._targets.pop()
        elif tag == "table" and self._tables:
            self._end_table(self._tables.pop())

    def _end_term(self) -> None:
        self._in_term = False
        terms = self._terms[-1]
        text = " ".join("".join(self._text).split())
        self._text, self._line = [], None
        if text:
            terms.texts.append(text)
            terms.is_said = False

    def _break(self) -> None:
        """End a block of text; in a heading or a term, a word."""
        if self._heading or self._in_term:
            self._put(" ")
        else:
            self._flush()

    def _flush(self) -> None:
        """Make a piece of the text since the last one."""
        text = "".join(self._text)
        line = self._line or self.getpos()[0]
        self._text, self._line = [], None
        if not text.strip():
            return
        if self._heading:
            self._emit("heading", text, line, level=self._heading)
        elif self._n_open["pre"]:
            self._say_terms()
            self._emit("code", text, line)
        elif self._terms and not self._terms[-1].is_said:
            terms = self._terms[-1]
            terms.is_said = True
            self._emit("item", f"{', '.join(terms.texts)}: {text}", line)
        elif self._sign:
            self._emit("item", text, line, sign=self._sign)
            self._sign = None
        else:
            self._emit("paragraph", text, line)

    def _say_terms(self) -> None:
        """Say what is defined on its own, where no text follows that it could open."""
        if self._terms and not self._terms[-1].is_said:
            self._terms[-1].is_said = True
            self._emit("paragraph", ", ".join(self._terms[-1].texts), self.getpos()[0])

    def _emit(
        self, kind: BlockKind, text: str, line: int, *, level: int = 0, sign: str = ITEM_SIGN
    ) -> None:
        self._targets[-1].append(Piece(kind, text, line, self._n_main > 0, level, sign))

    def _end_table(self, table: _Table) -> None:
        pieces = [piece for _, _, cells in table.rows for _, inside in cells for piece in inside]
        rows = [
            GridRow(
                [
                    Cell(_text_of(inside), cell.n_columns, cell.n_rows, cell.is_header)
                    for cell, inside in cells
                ],
                line,
                in_head,
            )
            for line, in_head, cells in table.rows
        ]
        is_marked = any(cell.is_header for row in rows for cell in row.cells)
        holds_flow = any(piece.kind in ("heading", "code", None) for piece in pieces)
        if table.is_layout or n_columns(rows) == 1 or (holds_flow and not is_marked):
            self._targets[-1].extend(pieces)
        elif rows:
            self._say_terms()
            line = rows[0].line or 1
            self._targets[-1].append(Piece(None, "", line, self._n_main > 0, rows=rows))


def _span(values: dict[str, str], name: str) -> int:
    value = values.get(name, "1").strip()
    return min(max(1, int(value)), MAX_SPAN) if value.isdecimal() and len(value) < 7 else 1


def _text_of(pieces: list[Piece]) -> str:
    """A cell's text on one line."""
    return " ".join(
        piece.text
        if piece.kind
        else " ".join(cell.text for row in piece.rows for cell in row.cells)
        for piece in pieces
    )
