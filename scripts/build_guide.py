"""Build the default guide, data/guide.pdf, from the Markdown files in data/guide.

In: `data/guide/NN-name.md`, CommonMark with pipe tables, in the conventions that
`data/guide/README.md` gives. Out: one A4 PDF with a title page, contents, bookmarks, page
labels and links. The same sources give the same bytes on every run and every machine, so that the
committed PDF can be checked against them: `--check` builds in memory and exits 1 if they differ.
All lengths are in points (1/72 inch).
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import guide_layout as look
from guide_figures import ACCENT, FIGURES, RULE, TINT
from guide_layout import AUTHOR, WIDTH, GuideDocument, Heading
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from reportlab.platypus import (
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    Paragraph,
    Spacer,
    Table,
    XPreformatted,
)
from reportlab.platypus.doctemplate import ActionFlowable

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "data" / "guide"
PDF = ROOT / "data" / "guide.pdf"

LONG_TABLE = 40  # rows; more than fit on a page
FIRST_APPENDIX = 90  # files numbered from here on become unnumbered chapters


class GuideError(Exception):
    """A source file breaks one of the guide's conventions."""


@dataclass(frozen=True)
class Source:
    """One Markdown file: its name and its syntax tree."""

    name: str
    tree: SyntaxTreeNode

    @property
    def number(self) -> int:
        """The number that the file's name starts with; 0 is the front matter."""
        return int(self.name.split("-", 1)[0])


def read_sources(folder: Path) -> list[Source]:
    """Parse the chapters in `folder` by name; raise `GuideError` on text no PDF font can show."""
    parser = MarkdownIt("commonmark", {"typographer": True}).enable(["table", "smartquotes"])
    sources = []
    for path in sorted(folder.glob("[0-9]*.md")):
        text = path.read_text(encoding="utf-8")
        try:
            text.encode("cp1252")
        except UnicodeEncodeError as error:
            bad = text[error.start]
            raise GuideError(f"{path.name}: the PDF's fonts have no character {bad!r}") from error
        sources.append(Source(path.name, SyntaxTreeNode(parser.parse(text))))
    if not sources:
        raise GuideError(f"{folder} contains no chapters (NN-name.md)")
    return sources


def plain(node: SyntaxTreeNode) -> str:
    """Return the text of `node` without its markup, in one line."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type == "softbreak":
        return " "
    return "".join(plain(child) for child in node.children)


def slug(title: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def number_headings(sources: Sequence[Source]) -> dict[str, Heading]:
    """Number every heading and return them by `file#slug`, in order of printing.

    Raises `GuideError` where a level is skipped or two headings share an anchor.
    """
    found: dict[str, Heading] = {}
    for source in sources:
        counts = [source.number - 1, 0, 0]
        numbered = 0 < source.number < FIRST_APPENDIX
        last = -1
        for node in source.tree.children:
            if node.type != "heading":
                continue
            depth, title = int(node.tag[1]) - 1, plain(node)
            key = f"{source.name}#{slug(title)}"
            if depth > min(last + 1, 2) or key in found:
                raise GuideError(f"{source.name}: heading out of place or repeated: {title!r}")
            last = depth
            counts[depth:] = [counts[depth] + 1] + [0] * (2 - depth)
            number = ".".join(map(str, counts[: depth + 1])) if numbered else ""
            # The sections of the front matter rank with the chapters, not below the title.
            shown = max(depth - 1, 0) if source.number == 0 else depth
            found[key] = Heading(shown, number, title, key)
    return found


class Renderer:
    """Turns the syntax tree of one chapter into reportlab flowables."""

    def __init__(self, source: Source, headings: dict[str, Heading]) -> None:
        """Render `source`, whose links may point to any of `headings`."""
        self.source = source
        self.headings = headings
        self.tables = 0
        self.figures = 0

    def blocks(self, nodes: Sequence[SyntaxTreeNode], style: Any = look.BODY) -> list[Any]:
        """Return the flowables of consecutive block nodes; paragraphs are set in `style`."""
        story: list[Any] = []
        queue = list(nodes)
        while queue:
            node = queue.pop(0)
            if node.type == "heading":
                story.append(self.heading(node))
            elif node.type in ("bullet_list", "ordered_list"):
                story += self.items(node)
            elif node.type == "fence":
                story.append(self.code(node))
            elif node.type == "table":
                story += self.table(node, None)
            elif node.type == "paragraph" and plain(node).startswith("Table: "):
                if not queue or queue[0].type != "table":
                    raise GuideError(f"{self.source.name}: no table follows {plain(node)!r}")
                self.tables += 1
                name = self.label("Table", self.tables)
                story += self.table(queue.pop(0), f"<b>{name}</b> {plain(node)[7:]}")
            elif node.type == "paragraph" and node.children[0].children[0].type == "image":
                story.append(self.figure(node.children[0].children[0]))
            elif node.type == "paragraph":
                flowable = Paragraph(self.inline(node), style)
                flowable.keepWithNext = plain(node).endswith(":")  # what it announces comes next
                story.append(flowable)
            else:
                raise GuideError(
                    f"{self.source.name}: Markdown of type {node.type} cannot be printed"
                )
        return story

    def label(self, kind: str, count: int) -> str:
        """Return "Table 4.2" for the second table of chapter 4; appendices count plainly."""
        chapter = "" if self.source.number >= FIRST_APPENDIX else f"{self.source.number}."
        return f"{kind} {chapter}{count}."

    def heading(self, node: SyntaxTreeNode) -> Any:
        """Return the heading with its number, marked for the outline and the contents."""
        heading = self.headings[f"{self.source.name}#{slug(plain(node))}"]
        flowable = Paragraph(escape(heading.printed), look.HEADINGS[heading.depth])
        flowable.guide_heading = heading
        return flowable

    def items(self, node: SyntaxTreeNode) -> list[Any]:
        """Return the items of a list, each marked with a bullet or its number."""
        story: list[Any] = []
        for count, item in enumerate(node.children, start=int(node.attrGet("start") or 1)):
            mark = "\u2022" if node.type == "bullet_list" else f"{count}."
            first, *rest = item.children
            story.append(Paragraph(self.inline(first), look.ITEM, bulletText=mark))
            story += self.blocks(rest, look.ITEM)
        # Space below the list is that below a paragraph; a spacer at the top of a page vanishes.
        return [*story, Spacer(1, look.BODY.spaceAfter - look.ITEM.spaceAfter)]

    def code(self, node: SyntaxTreeNode) -> Any:
        """Return a block of code on a tint, kept on one page."""
        text = XPreformatted(escape(node.content.rstrip("\n")), look.CODE)
        rules = [("BACKGROUND", (0, 0), (0, 0), TINT), ("BOTTOMPADDING", (0, 0), (0, 0), 7)]
        return Table([[text]], colWidths=[WIDTH], style=rules, spaceBefore=2, spaceAfter=9)

    def figure(self, image: SyntaxTreeNode) -> Any:
        """Return the drawing that `image` names, with its caption below."""
        name = str(image.attrGet("src")).removeprefix("figure:")
        if name not in FIGURES:
            raise GuideError(f"{self.source.name}: no figure is named {name!r}")
        drawing = FIGURES[name]()
        drawing.hAlign = "CENTER"
        self.figures += 1
        caption = f"<b>{self.label('Figure', self.figures)}</b> {escape(plain(image))}"
        return KeepTogether([Spacer(1, 6), drawing, Paragraph(caption, look.FIGURE_CAPTION)])

    def table(self, node: SyntaxTreeNode, caption: str | None) -> list[Any]:
        """Return a table whose first row repeats on every page, under its caption."""
        rows = [list(row.children) for part in node.children for row in part.children]
        styles = [look.HEAD_CELL] + [look.CELL] * (len(rows) - 1)
        cells = [
            [look.Cell(self.inline(cell), style) for cell in row]
            for row, style in zip(rows, styles, strict=True)
        ]
        widths = look.column_widths([[plain(cell) for cell in row] for row in rows], WIDTH)
        rules = [
            ("BACKGROUND", (0, 0), (-1, 0), ACCENT),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
        table = Table(cells, colWidths=widths, repeatRows=1, style=rules, spaceAfter=9)
        above = Paragraph(caption or "", look.CAPTION)
        # A caption kept with a table longer than a page would leave an empty page.
        above.keepWithNext = len(rows) < LONG_TABLE
        return [above, table] if caption else [table]

    def inline(self, node: SyntaxTreeNode) -> str:
        """Return the inline content of `node` in reportlab's paragraph markup."""
        if node.type == "text":
            return escape(node.content)
        if node.type == "code_inline":
            return f'<font face="Courier" size="-1">{escape(node.content)}</font>'
        if node.type == "softbreak":
            return " "
        inner = "".join(self.inline(child) for child in node.children)
        if node.type in ("strong", "em"):
            return f"<b>{inner}</b>" if node.type == "strong" else f"<i>{inner}</i>"
        if node.type == "link":
            return self.link(str(node.attrGet("href")), inner)
        if node.type in ("inline", "paragraph", "th", "td"):
            return inner
        raise GuideError(f"{self.source.name}: Markdown of type {node.type} cannot be printed")

    def link(self, href: str, inner: str) -> str:
        """Return a clickable link; one to a heading of the guide names its section."""
        colour = ACCENT.hexval().replace("0x", "#")
        if href.startswith("https://"):
            return f'<a href="{escape(href)}" color="{colour}">{inner}</a>'
        if href not in self.headings:
            raise GuideError(f"{self.source.name}: the link {href} leads to no heading")
        number = self.headings[href].number
        return f'<a href="#{href}" color="{colour}">{inner} (section {number})</a>'


def front_matter(source: Source, headings: dict[str, Heading]) -> Iterator[Any]:
    """Yield the title page, the page about the edition and the contents."""
    nodes = list(source.tree.children)
    cut = next(i for i, node in enumerate(nodes) if node.tag == "h2")
    renderer = Renderer(source, headings)
    title, subtitle, edition = nodes[:cut]
    name = Paragraph(escape(plain(title)), look.TITLE)
    name.guide_heading = next(iter(headings.values()))
    yield from (name, Spacer(1, 22), Paragraph(renderer.inline(subtitle), look.SUBTITLE))
    yield FrameBreak()
    yield from (Paragraph(renderer.inline(edition), look.EDITION), Paragraph(AUTHOR, look.EDITION))
    yield from (NextPageTemplate("opening"), PageBreak())
    yield from renderer.blocks(nodes[cut:])
    contents = Paragraph("Contents", look.HEADINGS[0])
    contents.guide_heading = Heading(0, "", "Contents", "contents")
    yield from (ActionFlowable(("chapter", "Contents", False)), NextPageTemplate("opening"))
    yield from (PageBreak(), NextPageTemplate("body"), contents)
    yield look.Contents()


def build(folder: Path = SOURCES) -> bytes:
    """Return the PDF made from the chapters in `folder`; raise `GuideError` on a bad source."""
    front, *chapters = read_sources(folder)
    headings = number_headings([front, *chapters])
    story = list(front_matter(front, headings))
    for count, chapter in enumerate(chapters):
        title = plain(chapter.tree.children[0])
        printed = headings[f"{chapter.name}#{slug(title)}"].printed
        story += [
            ActionFlowable(("chapter", printed, count == 0)),
            NextPageTemplate("opening"),
            PageBreak(),
            NextPageTemplate("body"),
        ]
        story += Renderer(chapter, headings).blocks(chapter.tree.children)
    target = BytesIO()
    GuideDocument(target, next(iter(headings.values())).title).multiBuild(story)
    return target.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or check the PDF; return the exit status, 1 for a bad source or a stale PDF."""
    parser = argparse.ArgumentParser(description="Build the default guide's PDF.")
    parser.add_argument(
        "--out", type=Path, default=PDF, help="write or check this PDF (default: data/guide.pdf)"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if the PDF is out of date"
    )
    options = parser.parse_args(arguments)
    try:
        fresh = build()
    except GuideError as error:
        print(error, file=sys.stderr)
        return 1
    if not options.check:
        options.out.write_bytes(fresh)
    elif not options.out.is_file() or options.out.read_bytes() != fresh:
        print(f"{options.out} is out of date. Run `python scripts/build_guide.py`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
