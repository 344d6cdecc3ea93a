"""An HTML file in, its `Document` out: the main text of the page, without navigation."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragguide.create.body import BodyBuilder, one_line
from ragguide.create.formats.files import list_names, read_text, to_document
from ragguide.create.formats.grid import add_grid
from ragguide.create.formats.raised import drop_marks, find_notes
from ragguide.create.formats.web_page import PageReader
from ragguide.create.formats.web_pieces import Piece
from ragguide.create.formats.web_tree import walk
from ragguide.types import Document

MAX_ADDRESS = 80  # characters of an address in a report


def read_html(path: Path) -> Document:
    """Read a page: its `main` element if it has one, else all but navigation and footers."""
    body = BodyBuilder()
    html = read_text(path, declares=True)
    embedded: list[str] = []
    title = add_html(body, html, first_line=1, embedded=embedded)
    return to_document(path, body.finish(), title=title, omitted=_report(embedded))


def _report(embedded: Sequence[str]) -> list[str]:
    if not embedded:
        return []
    listed = list_names([each[:MAX_ADDRESS] for each in embedded])
    return [f"embedded content ({listed}). Save it as a file of its own to include it."]


def add_html(
    body: BodyBuilder, html: str, *, first_line: int | None, embedded: list[str] | None = None
) -> str:
    """Add a page, or a part of one, to a body; return its title.

    `embedded` gets the addresses of pages and files shown within the page.
    """
    page = PageReader()
    walk(html, page)
    page.flush()
    if embedded is not None:
        embedded += page.embedded
    notes = find_notes(piece.text for piece in page.pieces if piece.kind == "paragraph")
    has_main = any(piece.in_main for piece in page.pieces)
    for piece in page.pieces:
        if piece.in_main or not has_main:
            _add(body, _without_marks(piece, notes), (first_line or 1) - 1)
    return page.title or next(
        (one_line(each.text) for each in page.pieces if each.kind == "heading" and each.level == 1),
        "",
    )


def _without_marks(piece: Piece, notes: frozenset[str]) -> Piece:
    """Remove the raised numbers of notes from a block or a table."""
    if not notes:
        return piece
    rows = [
        msgspec.structs.replace(
            row,
            cells=[
                msgspec.structs.replace(cell, text=drop_marks(cell.text, notes))
                for cell in row.cells
            ],
        )
        for row in piece.rows
    ]
    return msgspec.structs.replace(piece, text=drop_marks(piece.text, notes), rows=rows)


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
