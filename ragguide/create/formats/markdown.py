"""A Markdown file in, its `Document` out: CommonMark with tables, as markdown-it reads it."""

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragguide.create.body import ITEM_SIGN, BodyBuilder
from ragguide.create.formats.files import read_text, to_document
from ragguide.create.formats.tables import add_table
from ragguide.create.formats.web import add_html
from ragguide.types import Document

MAX_NESTING = 100  # quotes and lists in one another; text deeper than that is lost

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.M | re.S)
_TITLE = re.compile(r"^title[ \t]*:[ \t]*(?P<title>\S.*?)[ \t]*$", re.M | re.I)
_ANCHOR = re.compile(r"\s*\{#[^}]*\}$")  # `{#name}` after a heading


def read_markdown(path: Path) -> Document:
    """Read a Markdown file. Links keep their text, pictures their description."""
    text = read_text(path)
    title, n_lines = "", 0
    front = _FRONT_MATTER.match(text)
    if front and (not front["fields"].strip() or ":" in front["fields"]):
        found = _TITLE.search(front["fields"])
        title = found["title"].strip("\"'") if found else ""
        n_lines = front[0].count("\n")
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    filler = _Filler(n_lines)
    filler.add(parser.parse(text))
    return to_document(path, filler.body.finish(), title=title or filler.title)


class _Filler:
    """Walks a file's tokens, block by block."""

    def __init__(self, n_lines_before: int) -> None:
        self.body = BodyBuilder()
        self.title = ""  # the first heading of level 1
        self._n_before = n_lines_before
        self._sign: str | None = None  # of the list item that has had no text yet
        self._rows: list[list[str]] = []
        self._row_lines: list[int | None] = []

    def add(self, tokens: Sequence[Token]) -> None:
        inside = ""  # the block whose inline text comes next
        level = 0
        for token in tokens:
            line = token.map[0] + 1 + self._n_before if token.map else None
            if token.type == "heading_open":
                inside, level = "heading", int(token.tag[1])
            elif token.type in ("paragraph_open", "th_open", "td_open"):
                inside = token.type
            elif token.type == "list_item_open":
                self._sign = f"{token.info}{token.markup} " if token.info else ITEM_SIGN
            elif token.type == "list_item_close":
                self._sign = None
            elif token.type in ("fence", "code_block"):
                n_fence = token.type == "fence"
                self.body.code(token.content, line=None if line is None else line + n_fence)
            elif token.type == "html_block":
                self.title = add_html(self.body, token.content, first_line=line) or self.title
            elif token.type == "tr_open":
                self._rows.append([])
                self._row_lines.append(line)
            elif token.type == "table_close":
                add_table(self.body, self._rows, lines=self._row_lines, n_header=1)
                self._rows, self._row_lines = [], []
            elif token.type == "inline":
                self._add_inline(inside, level, _inline_text(token.children or []), line)

    def _add_inline(self, inside: str, level: int, text: str, line: int | None) -> None:
        if inside == "heading":
            text = _ANCHOR.sub("", text)
            self.body.heading(text, level, line=line)
            if level == 1:
                self.title = self.title or text
        elif inside in ("th_open", "td_open"):
            self._rows[-1].append(text)
        elif self._sign and text.strip():
            self.body.item(text, sign=self._sign, line=line)
            self._sign = None
        else:
            self.body.paragraph(text, line=line)


def _inline_text(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(_inline_text(token.children or []))
        elif token.type == "html_inline" and token.content.lower().startswith("<br"):
            parts.append(" ")
    return "".join(parts)
