"""A Markdown file in, its `Document` out. Supports CommonMark with tables, by markdown-it."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.containers import open_containers
from ragguide.create.formats.files import read_text, to_document
from ragguide.create.formats.tables import add_table
from ragguide.create.superscripts import raise_text
from ragguide.types import ITEM_SIGN, Document

MAX_NESTING = 100  # of quotes and lists; deeper text is lost

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.M | re.S)
_TITLE = re.compile(r"^title[ \t]*:[ \t]*(?P<title>\S.*?)[ \t]*$", re.M | re.I)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z]+)\b[^>]*>")
_STRUCK = frozenset({"del", "s", "strike"})
_NOTE_TEXT = re.compile(r"^\[\^[^\]\s]+\]:\s*")
_NEXT_NOTE = re.compile(r"\s+(?=\[\^[^\]\s]+\]:)")
_NOTE_MARK = re.compile(r"\[\^[^\]\s]+\](?!:)")
_RAISED = re.compile(r"(?<=\w)\^([\w+−-]{1,6})\^")
_INLINE_NOTE = re.compile(r"\s*\^\[([^\]]+)\]")
_MARKED = re.compile(r"(?<!=)==(?=\S)([^=]+)(?<=\S)==(?!=)")
_ATTRIBUTES = re.compile(r"\s*\{:[^}]*\}\s*$")
_LOWERED = re.compile(r"(?<=[^\W_])~(\w{1,6})~")
# The target of `[text]({% page "/x/" %})` in the Liquid and Jinja templates of site generators.
_TEMPLATE_TARGET = re.compile(r"(?<=\]\()\{(?:%[^%\n]*%|\{[^{}\n]*\})\}[^)\s]*(?=\))")
_ANCHOR = re.compile(r"\s*\{#[^}]*\}$")  # `{#name}` after a heading


def read_markdown(path: Path) -> Document:
    """Read a Markdown file. Keeps the text of links and the description of pictures."""
    text = _TEMPLATE_TARGET.sub("#", open_containers(read_text(path)))
    title, n_lines = "", 0
    front = _FRONT_MATTER.match(text)
    if front and (not front["fields"].strip() or ":" in front["fields"]):
        found = _TITLE.search(front["fields"])
        title = found["title"].strip("\"'") if found else ""
        n_lines = front[0].count("\n")
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    converter = _Converter(n_lines)
    converter.add(parser.parse(text))
    return to_document(path, converter.body.finish(), title=title or converter.title)


class _Converter:
    """Turns a file's tokens into blocks."""

    def __init__(self, n_lines_before: int) -> None:
        self.body = BodyBuilder()
        self.title = ""  # the first heading of level 1
        self._n_before = n_lines_before
        self._inside = ""  # tag of the block that the next inline text belongs to
        self._sign: str | None = None  # of the open list item, until its first text
        self._rows: list[list[str]] = []
        self._row_lines: list[int | None] = []

    def add(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if take := _STEPS.get(token.type):
                take(self, token, token.map[0] + 1 + self._n_before if token.map else None)

    def open_block(self, token: Token, _line: int | None) -> None:
        self._inside = token.tag

    def open_item(self, token: Token, _line: int | None) -> None:
        self._sign = f"{token.info}{token.markup} " if token.info else ITEM_SIGN

    def close_item(self, _token: Token, _line: int | None) -> None:
        self._sign = None

    def code(self, token: Token, line: int | None) -> None:
        n_fence = token.type == "fence"
        self.body.code(token.content, line=None if line is None else line + n_fence)

    def html(self, token: Token, line: int | None) -> None:
        from ragguide.create.formats.web import add_html  # takes 0.07 s; few files need it

        self.title = add_html(self.body, token.content, first_line=line) or self.title

    def open_row(self, _token: Token, line: int | None) -> None:
        self._rows.append([])
        self._row_lines.append(line)

    def close_table(self, _token: Token, _line: int | None) -> None:
        add_table(self.body, self._rows, lines=self._row_lines, n_header=1)
        self._rows, self._row_lines = [], []

    def inline(self, token: Token, line: int | None) -> None:
        text = _inline_text(token.children or [])
        if self._inside in _HEADINGS:
            text = _ANCHOR.sub("", text)
            level = int(self._inside[1])
            self.body.heading(text, level, line=line)
            if level == 1:
                self.title = self.title or text
        elif self._inside in ("th", "td"):
            self._rows[-1].append(text)
        elif self._sign and text.strip():
            self.body.item(text, sign=self._sign, line=line)
            self._sign = None
        else:
            for note in _NEXT_NOTE.split(text):
                self.body.paragraph(_NOTE_TEXT.sub("Note: ", note), line=line)


_STEPS: dict[str, Callable[[_Converter, Token, int | None], None]] = {
    "heading_open": _Converter.open_block,
    "paragraph_open": _Converter.open_block,
    "th_open": _Converter.open_block,
    "td_open": _Converter.open_block,
    "list_item_open": _Converter.open_item,
    "list_item_close": _Converter.close_item,
    "fence": _Converter.code,
    "code_block": _Converter.code,
    "html_block": _Converter.html,
    "tr_open": _Converter.open_row,
    "table_close": _Converter.close_table,
    "inline": _Converter.inline,
}


class _Inline:
    """Joins inline tokens as shown: without what is struck out, raised text as such."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._n_struck = 0  # open elements
        self._raised: int | None = None  # where raised text begins in `parts`

    def add(self, token: Token) -> None:
        tag = _TAG.fullmatch(token.content) if token.type == "html_inline" else None
        name = tag["name"].lower() if tag else ""
        is_end = token.type == "s_close" or bool(tag and tag["end"])
        if name in _STRUCK or token.type in ("s_open", "s_close"):
            self._n_struck = max(0, self._n_struck + (-1 if is_end else 1))
        elif name == "sup":
            self._raise(is_end)
        elif not self._n_struck:
            self.parts.append(" " if name == "br" else _text_of(token))

    def _raise(self, is_end: bool) -> None:
        if is_end and self._raised is not None:
            self.parts[self._raised :] = [raise_text("".join(self.parts[self._raised :]))]
        self._raised = None if is_end else len(self.parts)


def _inline_text(tokens: Sequence[Token]) -> str:
    inline = _Inline()
    for token in tokens:
        inline.add(token)
    return "".join(inline.parts)


def _text_of(token: Token) -> str:
    if token.type in ("text", "text_special"):
        return _plain(token.content)
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type == "image":
        return _inline_text(token.children or [])
    return token.content if token.type == "code_inline" else ""


def _plain(text: str) -> str:
    """Replace the notations of dialects for notes, attributes, marked, raised and lowered text."""
    text = _ATTRIBUTES.sub("", _NOTE_MARK.sub("", text))
    text = _MARKED.sub(r"\1", _INLINE_NOTE.sub(r" (\1)", text))
    text = _RAISED.sub(lambda found: raise_text(found[1]), text)
    return _LOWERED.sub(r"\1", text)
