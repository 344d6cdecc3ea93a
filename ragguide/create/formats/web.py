"""An HTML file in, its `Document` out: the page's own text, without what surrounds it."""

from pathlib import Path

import msgspec

from ragguide.create.body import BodyBuilder
from ragguide.create.formats.files import read_text, to_document
from ragguide.create.formats.grid import add_grid
from ragguide.create.formats.web_parser import PageParser, Piece
from ragguide.types import Document


def read_html(path: Path) -> Document:
    """Read a page: what is in `main` if it has one, else all but navigation and footers."""
    body = BodyBuilder()
    title = add_html(body, read_text(path, declares=True), first_line=1)
    return to_document(path, body.finish(), title=title)


def add_html(body: BodyBuilder, html: str, *, first_line: int | None) -> str:
    """Add a page, or a part of one, to a body; return its title."""
    parser = PageParser()
    parser.feed(html)
    parser.close()
    pieces = parser.finish()
    has_main = any(piece.in_main for piece in pieces)
    for piece in pieces:
        if piece.in_main or not has_main:
            _add(body, piece, (first_line or 1) - 1)
    return parser.title or next(
        (piece.text for piece in pieces if piece.kind == "heading" and piece.level == 1), ""
    )


def _add(body: BodyBuilder, piece: Piece, n_before: int) -> None:
    line = piece.line + n_before
    match piece.kind:
        case "heading":
            body.heading(piece.text, piece.level, line=line)
        case "item":
            body.item(piece.text, sign=piece.sign, line=line)
        case "code":
            body.code(piece.text, line=line)
        case None:
            add_grid(
                body,
                [
                    msgspec.structs.replace(row, line=(row.line or 1) + n_before)
                    for row in piece.rows
                ],
            )
        case _:
            body.paragraph(piece.text, line=line)
