"""The look of the default guide's pages: measures, text styles, table cells and page layouts.

`GuideDocument` is given flowables, of which those that carry a `guide_heading` are headings, and
writes the PDF with its outline, contents, page labels, running heads and page numbers. All lengths
are in points (1/72 inch).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from guide_figures import ACCENT, GREY, RULE, SANS, SANS_BOLD
from reportlab.lib.colors import white
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import Font, registerFont, stringWidth
from reportlab.pdfgen.textobject import PDFTextObject
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table
from reportlab.platypus.tableofcontents import TableOfContents

AUTHOR = "The ragguide contributors"
SIDE, TOP, BOTTOM = 65.0, 70.0, 60.0
WIDTH = A4[0] - 2 * SIDE
BAND = 330.0  # the lower edge of the coloured band on the title page

# In reportlab's default encoding a bullet is a byte that text extraction takes for a control
# character; the Macintosh encoding has one code for it, and every reader knows that one.
registerFont(Font("Bullet", SANS, "MacRomanEncoding"))

BODY = ParagraphStyle(
    "body",
    fontName="Times-Roman",
    fontSize=10,
    leading=12.6,
    spaceAfter=5,
    alignment=TA_JUSTIFY,
    allowWidows=0,
    allowOrphans=0,
)
ITEM = ParagraphStyle(
    "item", BODY, leftIndent=19, bulletIndent=4, spaceAfter=2.5, bulletFontName="Bullet"
)
CODE = ParagraphStyle("code", fontName="Courier", fontSize=8.1, leading=10.2)
CAPTION = ParagraphStyle(
    "caption",
    fontName=SANS,
    fontSize=8.6,
    leading=11,
    textColor=GREY,
    spaceBefore=4,
    spaceAfter=4,
    keepWithNext=1,
)
FIGURE_CAPTION = ParagraphStyle(
    "figure", CAPTION, alignment=TA_CENTER, spaceBefore=8, spaceAfter=10, keepWithNext=0
)
CELL = ParagraphStyle("cell", fontName=SANS, fontSize=8.3, leading=10.2)
HEAD_CELL = ParagraphStyle("headcell", CELL, fontName=SANS_BOLD, textColor=white)
HEADINGS = (
    ParagraphStyle(
        "h1", fontName=SANS_BOLD, fontSize=23, leading=28, textColor=ACCENT, spaceAfter=20
    ),
    ParagraphStyle(
        "h2",
        fontName=SANS_BOLD,
        fontSize=13.5,
        leading=17,
        textColor=ACCENT,
        spaceBefore=11,
        spaceAfter=4,
        keepWithNext=1,
    ),
    ParagraphStyle(
        "h3",
        fontName=SANS_BOLD,
        fontSize=10.8,
        leading=14,
        spaceBefore=6,
        spaceAfter=2.5,
        keepWithNext=1,
    ),
)
TITLE = ParagraphStyle("title", fontName=SANS_BOLD, fontSize=34, leading=41, textColor=white)
SUBTITLE = ParagraphStyle("subtitle", fontName=SANS, fontSize=14, leading=20, textColor=white)
EDITION = ParagraphStyle("edition", fontName=SANS, fontSize=11, leading=16, textColor=GREY)
CONTENTS = [
    ParagraphStyle("toc1", fontName=SANS_BOLD, fontSize=9.8, leading=12, spaceBefore=8),
    ParagraphStyle("toc2", fontName="Times-Roman", fontSize=10, leading=12.8, leftIndent=14),
]


class CellText(PDFTextObject):  # type: ignore[misc]  # reportlab has no type stubs
    """Text that ends on its last line and not, like reportlab's own, on the one below."""

    def getCode(self) -> str:  # noqa: N802 (reportlab's name)
        """Return the drawing operators without a line feed at the end."""
        return re.sub(r" T\* ET$", " ET", super().getCode())


class Cell(Paragraph):  # type: ignore[misc]  # reportlab has no type stubs
    """A table cell whose row comes out in one line when the PDF's text is extracted."""

    def beginText(self, x: float, y: float) -> CellText:  # noqa: N802 (reportlab's name)
        """Return the text object that the paragraph is drawn with, starting at (x, y)."""
        return CellText(self.canv, x, y)


class ContentsLine(Flowable):  # type: ignore[misc]  # reportlab has no type stubs
    """A line of the contents: title, leader and page, in reading order, and a link over them."""

    def __init__(self, depth: int, title: str, page: int, key: str) -> None:
        """Show `title` at `depth` 0 or 1, with the printed `page`, as a link to bookmark `key`."""
        super().__init__()
        self.style, self.title, self.page, self.key = CONTENTS[depth], title, str(page), key

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        """Take the whole `width` and the height of one line."""
        self.width, self.height = width, self.style.leading + self.style.spaceBefore
        return self.width, self.height

    def draw(self) -> None:
        """Draw the line; long titles are the author's to shorten."""
        style, canvas = self.style, self.canv
        right = self.width - stringWidth(self.page, style.fontName, style.fontSize)
        text = canvas.beginText(style.leftIndent, 3)
        text.setFont(style.fontName, style.fontSize)
        text.textOut(self.title)
        end = text.getX()
        text.setTextOrigin(right, 3)
        text.textOut(self.page)
        canvas.drawText(text)
        canvas.setStrokeColor(RULE)
        canvas.setDash(0.8, 3)
        canvas.line(end + 6, 4, right - 6, 4)
        canvas.linkRect("", self.key, (0, 0, self.width, style.leading), relative=1, thickness=0)


class Contents(TableOfContents):  # type: ignore[misc]  # reportlab has no type stubs
    """The contents; reportlab's own lines put the page number before the title in the text."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Lay out the entries that the last pass over the document has found."""
        entries = self._lastEntries or [(0, "", 0, "contents")]
        padding = [
            (f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
        ]
        self._table = Table([[ContentsLine(*entry)] for entry in entries], (width,), style=padding)
        self.width, self.height = self._table.wrapOn(self.canv, width, height)
        return self.width, self.height


def column_widths(rows: Sequence[Sequence[str]], total: float) -> list[float]:
    """Share `total` points among the columns of a table, given the text of its cells.

    Every column is at least as wide as its longest word. The remaining width is divided in
    proportion to how much each column lacks to show its longest cell on one line.
    """

    def width(text: str) -> float:
        return float(stringWidth(text, SANS_BOLD, CELL.fontSize)) + 13  # padding of the cell

    columns = list(zip(*rows, strict=True))
    least = [max(width(word) for cell in column for word in cell.split()) for column in columns]
    wanted = [max(map(width, column)) for column in columns]
    spare = total - sum(least)
    missing = sum(wanted) - sum(least)
    if missing <= spare:
        return [want + (total - sum(wanted)) / len(columns) for want in wanted]
    return [low + spare * (want - low) / missing for low, want in zip(least, wanted, strict=True)]


@dataclass(frozen=True)
class Heading:
    """A heading as printed: its depth from 0, its number ("4.3" or "") and its link target."""

    depth: int
    number: str
    title: str
    key: str

    @property
    def printed(self) -> str:
        """The number and the title, as printed on the page and in the outline."""
        return f"{self.number} {self.title}".strip()


class GuideDocument(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no type stubs
    """The page layouts of the guide, and what its headings leave in the outline and contents."""

    def __init__(self, target: BytesIO, title: str) -> None:
        """Write to `target` on build; `title` goes to the metadata and the running head."""
        # Compressed streams would differ between builds of zlib, so there are none.
        super().__init__(
            target,
            pagesize=A4,
            title=title,
            author=AUTHOR,
            lang="en-GB",
            subject="A guide to machine learning on Amazon Web Services",
            creator="scripts/build_guide.py",
            displayDocTitle=1,
            invariant=1,
            pageCompression=0,
        )
        self.chapter = ""
        self.front_pages = 0
        frame = Frame(SIDE, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
        title_frames = [
            Frame(SIDE, BAND, WIDTH, A4[1] - BAND - 150, 0, 0, 0, 0),
            Frame(SIDE, BOTTOM, WIDTH, 60, 0, 0, 0, 0),
        ]
        self.addPageTemplates(
            [
                PageTemplate("title", title_frames, onPage=self.draw_title_page),
                PageTemplate("opening", [frame], onPage=self.draw_label, onPageEnd=self.draw_foot),
                PageTemplate("body", [frame], onPage=self.draw_head, onPageEnd=self.draw_foot),
            ]
        )

    def beforeDocument(self) -> None:  # noqa: N802 (reportlab's name)
        """Forget the last pass: the contents need a second one for their page numbers."""
        self.chapter, self.front_pages = "", 0

    def handle_chapter(self, title: str, first: bool) -> None:
        """Set the running head from the next page on; the first chapter ends the front matter."""
        self.chapter = title
        if first:
            self.front_pages = self.page

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802 (reportlab's name)
        """Bookmark a heading that was just drawn, and pass it on to the contents."""
        heading: Heading | None = getattr(flowable, "guide_heading", None)
        if heading is None:
            return
        top = self.frame._y + flowable.height + 12
        self.canv.bookmarkPage(heading.key, fit="XYZ", left=0, top=top, zoom=0)
        self.canv.addOutlineEntry(heading.printed, heading.key, heading.depth, closed=True)
        if heading.depth < 2 and self.front_pages:
            page = self.page - self.front_pages
            self.notify("TOCEntry", (heading.depth, heading.printed, page, heading.key))

    def draw_title_page(self, canvas: Any, _: Any) -> None:
        """Paint the band behind the title and start the roman page labels."""
        canvas.addPageLabel(0, "ROMAN_LOWER", 1)
        canvas.setFillColor(ACCENT)
        canvas.rect(0, BAND, A4[0], A4[1] - BAND, stroke=0, fill=1)

    def draw_label(self, canvas: Any, _: Any) -> None:
        """Start the page labels at 1 on the first page of the body."""
        if self.front_pages and self.page == self.front_pages + 1:
            canvas.addPageLabel(self.page - 1, "ARABIC", 1)

    def draw_head(self, canvas: Any, _: Any) -> None:
        """Write the chapter's title above the text, before it in reading order."""
        canvas.setFont(SANS, 8.5)
        canvas.setFillColor(GREY)
        canvas.drawString(SIDE, A4[1] - 50, self.chapter)
        canvas.setStrokeColor(RULE)
        canvas.line(SIDE, A4[1] - 57, A4[0] - SIDE, A4[1] - 57)

    def draw_foot(self, canvas: Any, _: Any) -> None:
        """Write the printed page number below the text: roman before the first chapter."""
        # The last page of the front matter ends after the first chapter has been announced.
        in_body = 0 < self.front_pages < self.page
        number = str(self.page - self.front_pages) if in_body else roman(self.page)
        canvas.setFont(SANS, 8.5)
        canvas.setFillColor(GREY)
        canvas.drawCentredString(A4[0] / 2, 40, number)


def roman(number: int) -> str:
    """Return `number`, from 1 to 39, in small roman numerals."""
    tens, ones = divmod(number, 10)
    return "x" * tens + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[ones]
