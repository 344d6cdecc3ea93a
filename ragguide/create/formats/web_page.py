"""Elements and texts of a web page in, pieces out: its blocks with their lines, in order."""

from collections.abc import Callable

from turbohtml import Element

from ragguide.create.body import one_line
from ragguide.create.formats.web_lists import OpenList, Terms
from ragguide.create.formats.web_pieces import OpenTable, Piece, Words
from ragguide.create.formats.web_tree import is_in_sentence, is_left_out, is_main, is_note_reference
from ragguide.create.superscripts import raise_text
from ragguide.types import ITEM_SIGN, BlockKind

_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_BLOCKS = _HEADINGS | frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset"
    " figcaption figure footer form head header hgroup hr html legend li main menu nav ol p pre"
    " section summary table tbody td tfoot th thead title tr ul".split()
)
_LISTS = frozenset("ul ol menu dir".split())
_CELLS = frozenset({"td", "th"})
_ENDS_HEADING = _HEADINGS | frozenset("dl li ol p pre table ul".split())  # an unclosed heading
_ANCHORS = frozenset("¶ § # 🔗".split())  # text of a heading's link to itself


_BUTTONS = frozenset({"button", "reset", "submit"})
_FIELDS = frozenset("date datetime-local email month number tel text time url week".split())
_EMBEDDING = frozenset({"embed", "iframe", "object"})
_MATH_SIGNS = {"msup": "^", "mfrac": "/"}  # before the second part


def _tag_above(element: Element) -> str:
    """Return the tag of the formula that an element is the second part of; else ""."""
    above = element.parent
    if not isinstance(above, Element) or above.tag not in _MATH_SIGNS:
        return ""
    parts = [child for child in above.children if isinstance(child, Element)]
    return above.tag if len(parts) > 1 and parts[-1] == element else ""


class PageReader:
    """A visitor that turns elements and texts into pieces."""

    def __init__(self) -> None:
        self.title = ""
        self.pieces: list[Piece] = []
        self.embedded: list[str] = []  # addresses of pages and files shown within the page
        self._targets = [self.pieces]  # the page's pieces, then those of open cells
        self._tables: list[OpenTable] = []
        self._lists: list[OpenList] = []
        self._terms: list[Terms] = []  # of open definition lists
        self._sign: str | None = None  # of the open list item, until its first text
        self._heading = 0  # level of the open heading
        self._in_term = False
        self._n_pre = self._n_main = 0  # open elements
        self._words = Words()

    def enter(self, element: Element, line: int) -> bool:
        if self._heading and element.tag in _ENDS_HEADING:
            self.close_heading()
        if element.tag in _BLOCKS:
            self._break()
        if is_main(element):
            self._n_main += 1
        elif is_left_out(element) or is_note_reference(element):
            if element.tag in _EMBEDDING:
                self.add_embedded(element, line)
            return False
        if sign := _MATH_SIGNS.get(_tag_above(element)):
            self._words.add(sign, line)
        if step := _ENTER.get(element.tag):
            step(self, element, line)
        return True

    def leave(self, element: Element) -> None:
        if element.tag in _BLOCKS:
            self._break()
        if step := _LEAVE.get(element.tag):
            step(self)
        self._n_main -= is_main(element)

    def add_text(self, text: str, line: int, parent: str) -> None:
        if parent == "title":
            self.title = self.title or " ".join(text.split())
        elif parent == "sup":
            self._words.add(raise_text(text), line)
        elif not (self._heading and parent == "a" and text.strip() in _ANCHORS):
            self._words.add(text, line)

    # ── single elements ─────────────────────────────────────────────────────────────────────────

    def open_heading(self, element: Element, _line: int) -> None:
        self._heading = int(element.tag[1])

    def close_heading(self) -> None:
        self.flush()
        self._heading = 0

    def open_pre(self, _element: Element, _line: int) -> None:
        self._n_pre += 1

    def close_pre(self) -> None:
        self._n_pre -= 1

    def add_break(self, _element: Element, line: int) -> None:
        self._words.add("\n", line)

    def add_space(self, _element: Element, line: int) -> None:
        self._words.add(" ", line)

    def add_picture(self, element: Element, line: int) -> None:
        self._words.add(f" {element.attr('alt') or ''} ", line)

    def add_value(self, element: Element, line: int) -> None:
        """Add what a field of a form shows; of a button, if it stands in a sentence."""
        kind = (element.attr("type") or "text").lower()
        is_shown = is_in_sentence(element) if kind in _BUTTONS else kind in _FIELDS
        if is_shown:
            self._words.add(f" {element.attr('value') or ''} ", line)

    def add_embedded(self, element: Element, _line: int) -> None:
        source = (element.attr("data") or element.attr("src") or "").strip()
        if source and not source.startswith(("about:", "javascript:", "data:")):
            self.embedded.append(source)

    # ── lists ───────────────────────────────────────────────────────────────────────────────────

    def open_list(self, element: Element, _line: int) -> None:
        self._lists.append(OpenList(element))

    def close_list(self) -> None:
        self._lists.pop()

    def open_item(self, element: Element, _line: int) -> None:
        self._sign = self._lists[-1].next_sign(element) if self._lists else ITEM_SIGN

    def close_item(self) -> None:
        self._sign = None

    def open_terms(self, _element: Element, _line: int) -> None:
        self._terms.append(Terms())

    def close_terms(self) -> None:
        self._emit_terms()
        self._terms.pop()

    def open_term(self, _element: Element, _line: int) -> None:
        if self._terms and self._terms[-1].has_definition:
            self._emit_terms()
            self._terms[-1] = Terms()
        self._in_term = bool(self._terms)

    def close_term(self) -> None:
        if not self._in_term:
            return
        if self._words.line_of_words:
            self._terms[-1].add(one_line(self._words.text), self._words.line_of_words)
        self._in_term = False
        self._words = Words()

    def open_definition(self, _element: Element, _line: int) -> None:
        if self._terms:
            self._terms[-1].define()

    # ── tables ──────────────────────────────────────────────────────────────────────────────────

    def open_table(self, element: Element, _line: int) -> None:
        self._tables.append(OpenTable(element))

    def close_table(self) -> None:
        pieces = self._tables.pop().close(self._n_main > 0)
        if any(piece.kind is None for piece in pieces):
            self._emit_terms()
        self._targets[-1] += pieces

    def open_row(self, element: Element, line: int) -> None:
        if self._tables:
            self._tables[-1].open_row(element, line)

    def open_cell(self, element: Element, _line: int) -> None:
        if self._tables:
            self._targets.append(self._tables[-1].open_cell(element))

    def close_cell(self) -> None:
        if self._tables:
            self._targets.pop()

    # ── pieces ──────────────────────────────────────────────────────────────────────────────────

    def _break(self) -> None:
        """End a block of text; inside a heading or a term, only end a word."""
        if self._heading or self._in_term:
            self._words.parts.append(" ")
        else:
            self.flush()

    def flush(self) -> None:
        """Turn the text since the last piece into a piece. Call it once more after the page."""
        words, self._words = self._words, Words()
        text, line = words.text, words.line_of_words
        if not line:  # only white space
            return
        if self._heading:
            self._emit("heading", text, line, level=self._heading)
        elif self._n_pre:
            self._emit_terms()
            self._emit("code", text, words.line)
        elif self._terms and not self._terms[-1].is_emitted:
            self._emit("item", f"{self._terms[-1].emit()}: {text}", line)
        elif self._sign:
            self._emit("item", text, line, sign=self._sign)
            self._sign = None
        else:
            self._emit("paragraph", text, line)

    def _emit_terms(self) -> None:
        """Emit the terms as a paragraph if no definition text follows them."""
        if self._terms and not self._terms[-1].is_emitted:
            self._emit("paragraph", self._terms[-1].emit(), self._terms[-1].line)

    def _emit(
        self, kind: BlockKind, text: str, line: int, *, level: int = 0, sign: str = ITEM_SIGN
    ) -> None:
        self._targets[-1].append(Piece(kind, text, line, self._n_main > 0, level, sign))


_ENTER: dict[str, Callable[[PageReader, Element, int], None]] = {
    **dict.fromkeys(_HEADINGS, PageReader.open_heading),
    **dict.fromkeys(_LISTS, PageReader.open_list),
    **dict.fromkeys(_CELLS, PageReader.open_cell),
    "br": PageReader.add_break,
    "dd": PageReader.open_definition,
    "dl": PageReader.open_terms,
    "dt": PageReader.open_term,
    "embed": PageReader.add_embedded,
    "img": PageReader.add_picture,
    "input": PageReader.add_value,
    "li": PageReader.open_item,
    "pre": PageReader.open_pre,
    "select": PageReader.add_space,
    "table": PageReader.open_table,
    "textarea": PageReader.add_space,
    "tr": PageReader.open_row,
}
_LEAVE: dict[str, Callable[[PageReader], None]] = {
    **dict.fromkeys(_HEADINGS, PageReader.close_heading),
    **dict.fromkeys(_LISTS, PageReader.close_list),
    **dict.fromkeys(_CELLS, PageReader.close_cell),
    "dl": PageReader.close_terms,
    "dt": PageReader.close_term,
    "li": PageReader.close_item,
    "pre": PageReader.close_pre,
    "table": PageReader.close_table,
}
