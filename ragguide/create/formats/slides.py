"""A PowerPoint presentation in, its `Document` out: each slide is a page, its title the heading.

Shapes come in the order that screen readers use; notes follow. Hidden slides are reported, not
read. Pictures and SmartArt give no text.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ragguide.create.body import BodyBuilder, typed_item
from ragguide.create.formats.files import check_office, to_document
from ragguide.create.formats.grid import Cell, GridRow, add_grid
from ragguide.create.formats.package import report_unread
from ragguide.create.formats.slide_text import frame_text, paragraph_text
from ragguide.types import ITEM_SIGN, Document

_FURNITURE = frozenset(
    {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER}
)
_BULLETED = frozenset(  # placeholders whose layouts set bullets
    {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY}
)
_TITLES = frozenset(
    {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
)
_MAX_DEPTH = 100  # of nested groups


def read_pptx(path: Path) -> Document:
    check_office(path, "presentationml.")
    opened = pptx.Presentation(str(path))
    body = BodyBuilder()
    title = ""
    unreadable: dict[int, str] = {}
    for number, slide in enumerate(opened.slides, start=1):
        body.begin_page(number, str(number), closes_section=True)
        if slide.element.get("show") in ("0", "false"):
            unreadable[number] = "is hidden in the presentation and was skipped"
            continue
        shapes = list(_shapes(slide.shapes))
        heading = next(
            (text for shape in shapes if _is_title(shape) and (text := _text(shape))), ""
        )
        title = title or heading
        body.heading(heading, 1)
        for shape in shapes:
            if not (_is_title(shape) and _text(shape) == heading):
                _add_shape(body, shape)
        if slide.has_notes_slide:
            _add_notes(body, slide.notes_slide)
    omitted = list(report_unread(path, {"diagrams/data": "SmartArt graphics"}))
    return to_document(
        path, body.finish(), title=title, unit="slide", unreadable=unreadable, omitted=omitted
    )


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Yield all shapes in order, including those inside groups."""
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _MAX_DEPTH:
            yield from _shapes(shape.shapes, depth + 1)
        elif _placeholder(shape) not in _FURNITURE:
            yield shape


def _placeholder(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _is_title(shape: Any) -> bool:
    return _placeholder(shape) in _TITLES


def _text(shape: Any) -> str:
    return frame_text(shape.text_frame) if shape.has_text_frame else ""


def _add_shape(body: BodyBuilder, shape: Any) -> None:
    if shape.has_text_frame:
        _add_paragraphs(body, shape.text_frame.paragraphs, _placeholder(shape) in _BULLETED)
    elif getattr(shape, "has_table", False):
        _add_table(body, shape.table)
    elif getattr(shape, "has_chart", False):
        _add_chart(body, shape.chart)


def _add_paragraphs(body: BodyBuilder, paragraphs: Any, bulleted: bool) -> None:
    counts: Counter[int] = Counter()  # level → items numbered so far
    for paragraph in paragraphs:
        text = paragraph_text(paragraph)
        if not text:
            continue
        level = paragraph.level
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        sign = _sign(paragraph, bulleted, counts)
        typed = typed_item(text)
        if sign == ITEM_SIGN or sign is None:
            counts.pop(level, None)
        if typed and sign in (None, ITEM_SIGN):
            body.item(typed[1], sign=typed[0])
        elif sign:
            body.item(text, sign=sign)
        else:
            body.paragraph(text)


def _sign(paragraph: Any, bulleted: bool, counts: Counter[int]) -> str | None:
    """Return the bullet or number of a list item; None for any other paragraph."""
    properties = paragraph._p.pPr
    if properties is not None:
        numbering = properties.find(qn("a:buAutoNum"))
        if numbering is not None:
            start = numbering.get("startAt", "1")
            first = int(start) if start.isdecimal() and len(start) < 6 else 1
            level = paragraph.level
            counts[level] = counts[level] + 1 if counts[level] else first
            return f"{counts[level]}. "
        if properties.find(qn("a:buNone")) is not None:
            return None
        if any(properties.find(qn(name)) is not None for name in ("a:buChar", "a:buBlip")):
            return ITEM_SIGN
    return ITEM_SIGN if bulleted else None


def _add_table(body: BodyBuilder, table: Any) -> None:
    """Add a table; a first row with merged cells may be only a part of its header."""
    rows = []
    for number, row in enumerate(table.rows):
        is_header = number == 0 and table.first_row
        is_header &= not any(cell.is_merge_origin for cell in row.cells)
        cells = [
            Cell(frame_text(cell.text_frame), cell.span_width, cell.span_height, is_header)
            for cell in row.cells
            if not cell.is_spanned
        ]
        rows.append(GridRow(cells))
    add_grid(body, rows, has_header=table.first_row)


def _add_chart(body: BodyBuilder, chart: Any) -> None:
    """Add a chart's numbers, one row for each category."""
    if chart.has_title and chart.chart_title.has_text_frame:
        body.paragraph(frame_text(chart.chart_title.text_frame))
    for plot in chart.plots:
        header = ["", *(series.name or "" for series in plot.series)]
        columns = [list(series.values) for series in plot.series]
        for place, category in enumerate(plot.categories):
            values = [column[place] if place < len(column) else None for column in columns]
            shown = ["" if value is None else f"{value:.15g}" for value in values]
            if any(shown):
                body.row([str(category), *shown], header=header)


def _add_notes(body: BodyBuilder, notes: Any) -> None:
    if notes.notes_text_frame is not None:
        for paragraph in notes.notes_text_frame.paragraphs:
            body.paragraph(paragraph_text(paragraph))
