"""The content of `writers_content.py` in, a PDF by one of many programs out.

A writer that is not installed is skipped. Run by `writers.py`.
"""

import html
import importlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.writers_content import (
    CODE,
    FORM,
    HEADER,
    HEADINGS,
    ITEMS,
    LEFT,
    MILL,
    NOTES,
    RIGHT,
    ROWS,
    TITLE,
)  # fmt: skip

_POWER = re.compile(r"\^\{(.+?)\}")
_MARK = re.compile(r"\[\^(\d)\]")
_TIMEOUT_S = 300
_A4 = (595.0, 842.0)  # points


class Missing(Exception):
    """The program is not installed."""


def run(*command: str, folder: Path) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise Missing(command[0])
    subprocess.run(
        [program, *command[1:]], cwd=folder, check=True, capture_output=True, timeout=_TIMEOUT_S
    )


def need(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError as exc:
        raise Missing(package) from exc


def marked(text: str, power: str, mark: str) -> str:
    """Return a text with its powers and marks written by these patterns."""
    return _MARK.sub(mark, _POWER.sub(power, text))


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────

_CSS = """
@page { size: A4; margin: 22mm 25mm; }
body { font: 10pt/1.35 serif; hyphens: auto; text-align: justify; }
h1 { font-size: 20pt; } h2 { font-size: 14pt; }
sup { font-size: 7pt; } .note { font-size: 7.5pt; }
pre { font: 9pt monospace; } th { text-align: left; } td.n { text-align: right; }
th, td { padding: 1mm 4mm; }
"""


def html_source(*, has_fields: bool = True) -> str:
    def put(text: str) -> str:
        return marked(html.escape(text), r"<sup>\1</sup>", r"<sup>\1</sup>")

    def paragraphs(texts: tuple[str, ...]) -> str:
        return "".join(f"<p>{put(text)}</p>" for text in texts)

    heads = [f"<h2>{heading}</h2>" for heading in HEADINGS]
    notes = "".join(f'<p class="note">{n} {put(t)}</p>' for n, t in enumerate(NOTES, start=1))
    items = "".join(f"<li>{put(item)}</li>" for item in ITEMS)
    header = "".join(f"<th>{name}</th>" for name in HEADER)
    rows = "".join(
        f'<tr><td>{a}</td><td class="n">{b}</td><td class="n">{c}</td><td>{d}</td></tr>'
        for a, b, c, d in ROWS
    )
    field = '<p>{}: <input value="{}"></p>' if has_fields else "<p>{}: {}</p>"
    fields = "".join(field.format(*each) for each in FORM)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f"<style>{_CSS}</style></head><body><h1>{TITLE}</h1>"
        f"{heads[0]}{paragraphs(MILL)}{notes}{heads[1]}<ul>{items}</ul>"
        f'{heads[2]}<div style="columns: 2">{paragraphs(LEFT)}{paragraphs(RIGHT)}</div>'
        f"{heads[3]}<pre>{html.escape(chr(10).join(CODE))}</pre>"
        f"{heads[4]}<table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"
        f"{heads[5]}<form>{fields}</form></body></html>"
    )


def chromium(folder: Path) -> None:
    (folder / "a.html").write_text(html_source(), encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    run("chromium", *options, "--print-to-pdf=a.pdf", "a.html", folder=folder)


def weasyprint(folder: Path) -> None:
    document = need("weasyprint").HTML(string=html_source())
    document.write_pdf(folder / "a.pdf", pdf_forms=True)


def xhtml2pdf(folder: Path) -> None:
    with (folder / "a.pdf").open("wb") as file:
        need("xhtml2pdf.pisa").CreatePDF(html_source(has_fields=False), dest=file)


def mutool(folder: Path) -> None:
    (folder / "a.html").write_text(html_source(has_fields=False), encoding="utf-8")
    run("mutool", "convert", "-o", "a.pdf", "a.html", folder=folder)


def libreoffice_html(folder: Path) -> None:
    (folder / "a.html").write_text(html_source(), encoding="utf-8")
    options = ("--headless", f"-env:UserInstallation=file://{folder}/profile")
    filters = ("--infilter=HTML (StarWriter)", "--convert-to", "pdf:writer_pdf_Export")
    run("soffice", *options, *filters, "a.html", folder=folder)


# ── LaTeX and Typst ─────────────────────────────────────────────────────────────────────────────


def latex_source(preamble: str) -> str:
    def put(text: str) -> str:
        text = text.replace("_", r"\_").replace("&", r"\&").replace("%", r"\%")
        text = _POWER.sub(r"\\textsuperscript{\1}", text)
        return _MARK.sub(lambda m: rf"\footnote{{{NOTES[int(m[1]) - 1]}}}", text)

    head = [rf"\section*{{{heading}}}" for heading in HEADINGS]
    names = " & ".join(map(put, HEADER))
    rows = "".join(f"{' & '.join(row)} \\\\\n" for row in ROWS)
    fields = "\n\n".join(
        rf"\TextField[name=f{i},value={{{value}}},width=6cm]{{{name}:}}"
        for i, (name, value) in enumerate(FORM)
    )
    items = "".join(rf"\item {put(item)}" + "\n" for item in ITEMS)
    return "\n".join([
        r"\documentclass[10pt,a4paper]{article}", preamble,
        r"\usepackage{longtable,booktabs,multicol,hyperref}\begin{document}",
        rf"\begin{{center}}\LARGE {TITLE}\end{{center}}",
        head[0], "\n\n".join(put(text) for text in MILL),
        head[1], rf"\begin{{itemize}}{items}\end{{itemize}}",
        head[2], r"\begin{multicols}{2}", *map(put, LEFT), "", *map(put, RIGHT), r"\end{multicols}",
        head[3], r"\begin{verbatim}", *CODE, r"\end{verbatim}",
        head[4], r"\begin{longtable}{lrrl}\toprule", rf"{names} \\ \midrule \endhead", rows,
        r"\bottomrule\end{longtable}",
        head[5], rf"\begin{{Form}}{fields}\end{{Form}}", r"\end{document}",
    ])  # fmt: skip


def pdflatex(folder: Path) -> None:
    (folder / "a.tex").write_text(latex_source(r"\usepackage[T1]{fontenc}\usepackage{lmodern}"))
    for _ in range(2):  # the second run knows the widths of the table
        run("pdflatex", "-interaction=nonstopmode", "a.tex", folder=folder)


def xelatex(folder: Path) -> None:
    (folder / "a.tex").write_text(latex_source(r"\usepackage{fontspec}"))
    for _ in range(2):
        run("xelatex", "-interaction=nonstopmode", "a.tex", folder=folder)


def typst(folder: Path) -> None:
    def put(text: str) -> str:
        text = _POWER.sub(r"#super[\1]", text)
        return _MARK.sub(lambda m: f"#footnote[{NOTES[int(m[1]) - 1]}]", text)

    heads = [f"== {heading}" for heading in HEADINGS]
    header = ", ".join(f"[{name}]" for name in HEADER)
    rows = "\n".join(", ".join(f"[{cell}]" for cell in row) + "," for row in ROWS)
    source = "\n\n".join([
        "#set page(paper: \"a4\")\n#set par(justify: true)\n#set text(size: 10pt, hyphenate: true)",
        f"= {TITLE}", heads[0], *map(put, MILL), heads[1], *(f"- {put(item)}" for item in ITEMS),
        heads[2], "#columns(2)[", *map(put, LEFT), "#colbreak()", *map(put, RIGHT), "]",
        heads[3], "```\n" + "\n".join(CODE) + "\n```", heads[4],
        f"#table(columns: 4, align: (left, right, right, left), table.header({header}),\n{rows})",
        heads[5], *(f"{name}: {value}" for name, value in FORM),
    ])  # fmt: skip
    (folder / "a.typ").write_text(source, encoding="utf-8")
    need("typst").compile(str(folder / "a.typ"), output=str(folder / "a.pdf"))


# ── Word and groff ──────────────────────────────────────────────────────────────────────────────


def word(folder: Path) -> None:
    """A docx, printed by LibreOffice."""
    docx = need("docx")
    oxml, qn = need("docx.oxml"), need("docx.oxml.ns").qn
    document = docx.Document()

    def put(paragraph: Any, text: str) -> None:
        for part in re.split(r"(\^\{.+?\}|\[\^\d\])", text):
            found = _POWER.fullmatch(part) or _MARK.fullmatch(part)
            run = paragraph.add_run(found[1] if found else part)
            run.font.superscript = bool(found) or None

    def columns(number: int) -> None:
        section = document.add_section(docx.enum.section.WD_SECTION.CONTINUOUS)
        element = section._sectPr.find(qn("w:cols"))
        if element is None:
            element = oxml.OxmlElement("w:cols")
            section._sectPr.append(element)
        element.set(qn("w:num"), str(number))

    def paragraphs(texts: tuple[str, ...]) -> None:
        for text in texts:
            put(document.add_paragraph(), text)

    document.add_heading(TITLE, 0)
    document.add_heading(HEADINGS[0], 1)
    paragraphs(MILL)
    for number, note in enumerate(NOTES, start=1):
        document.add_paragraph().add_run(f"{number} {note}").font.size = docx.shared.Pt(7)
    document.add_heading(HEADINGS[1], 1)
    for item in ITEMS:
        document.add_paragraph(item, style="List Bullet")
    document.add_heading(HEADINGS[2], 1)
    columns(2)
    paragraphs(LEFT + RIGHT)
    columns(1)
    document.add_heading(HEADINGS[3], 1)
    for line in CODE:
        document.add_paragraph().add_run(line).font.name = "Liberation Mono"
    document.add_heading(HEADINGS[4], 1)
    table = document.add_table(rows=1, cols=len(HEADER))
    for row in (HEADER, *ROWS):
        cells = table.rows[0].cells if row is HEADER else table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(oxml.OxmlElement("w:tblHeader"))
    document.add_heading(HEADINGS[5], 1)
    for name, value in FORM:
        document.add_paragraph(f"{name}: {value}")
    document.save(str(folder / "a.docx"))
    options = ("--headless", f"-env:UserInstallation=file://{folder}/profile")
    run("soffice", *options, "--convert-to", "pdf", "a.docx", folder=folder)


def groff(folder: Path) -> None:
    def put(text: str) -> str:
        return marked(text, r"\\*{\1\\*}", r"\\*{\1\\*}").replace(". ", ".\n")

    def paragraphs(texts: tuple[str, ...]) -> list[str]:
        return [line for text in texts for line in (".PP", put(text))]

    def note(number: int) -> list[str]:
        return [".LP", r"\s-3" + f"{number} {NOTES[number - 1]}" + r"\s0"]

    heads = [f".SH\n{heading}" for heading in HEADINGS]
    code = [line.replace("\\", r"\\") for line in CODE]
    source = "\n".join([
        ".TL", TITLE, heads[0], *paragraphs(MILL), *note(1), *note(2), heads[1],
        *(f".IP \\(bu 2\n{put(item)}" for item in ITEMS),
        heads[2], ".2C", *paragraphs(LEFT), *paragraphs(RIGHT), ".1C",
        heads[3], ".DS L\n.ft CW", *code, ".ft R\n.DE", heads[4],
        ".TS H\ntab(|);\nl r r l.", "|".join(HEADER), ".TH", *("|".join(row) for row in ROWS),
        ".TE", heads[5], *(f".LP\n{name}: {value}" for name, value in FORM), "",
    ])  # fmt: skip
    (folder / "a.ms").write_text(source)
    run("sh", "-c", "groff -t -ms -Tpdf a.ms > a.pdf", folder=folder)


# ── Python ──────────────────────────────────────────────────────────────────────────────────────


def platypus(folder: Path) -> None:
    flow = need("reportlab.platypus")
    styles = need("reportlab.lib.styles").getSampleStyleSheet()
    align = need("reportlab.platypus").TableStyle([("ALIGN", (1, 0), (2, -1), "RIGHT")])
    body, note = styles["BodyText"], styles["BodyText"].clone("note", fontSize=7)

    def put(text: str) -> Any:
        return flow.Paragraph(marked(text, r"<super>\1</super>", r"<super>\1</super>"), body)

    heads = [flow.Paragraph(heading, styles["Heading2"]) for heading in HEADINGS]
    columns = flow.BalancedColumns([put(text) for text in (*LEFT, *RIGHT)], nCols=2)
    story = [
        flow.Paragraph(TITLE, styles["Title"]), heads[0], *map(put, MILL),
        *(flow.Paragraph(f"{n} {text}", note) for n, text in enumerate(NOTES, start=1)), heads[1],
        flow.ListFlowable([flow.ListItem(put(item)) for item in ITEMS], bulletType="bullet"),
        heads[2], columns, heads[3], flow.Preformatted("\n".join(CODE), styles["Code"]), heads[4],
        flow.Table([HEADER, *ROWS], repeatRows=1, style=align), heads[5],
        *(put(f"{name}: {value}") for name, value in FORM),
    ]  # fmt: skip
    flow.SimpleDocTemplate(str(folder / "a.pdf"), title=TITLE).build(story)


class _Cairo:
    """cairo with the methods of reportlab's canvas that `_Canvas` calls."""

    def __init__(self, path: Path) -> None:
        self.cairo = need("cairocffi")
        self.surface = self.cairo.PDFSurface(str(path), *_A4)
        self.context = self.cairo.Context(self.surface)

    def setFont(self, name: str, size: float) -> None:  # noqa: N802
        family = "Liberation Mono" if name == "Courier" else "Liberation Sans"
        weight = self.cairo.FONT_WEIGHT_BOLD if "Bold" in name else self.cairo.FONT_WEIGHT_NORMAL
        self.context.select_font_face(family, self.cairo.FONT_SLANT_NORMAL, weight)
        self.context.set_font_size(size)

    def drawString(self, x: float, y: float, text: str) -> None:  # noqa: N802
        self.context.move_to(x, _A4[1] - y)
        self.context.show_text(text)

    def stringWidth(self, text: str, name: str, size: float) -> float:  # noqa: N802
        self.setFont(name, size)
        return float(self.context.text_extents(text)[4])

    def showPage(self) -> None:  # noqa: N802
        self.context.show_page()

    def save(self) -> None:
        self.surface.finish()


class _Canvas:
    """Draws line by line across the page, as simple programs do; columns too."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self.y = 790.0

    def line(self, *cells: tuple[float, str], font: str = "Helvetica", size: float = 10) -> None:
        self.y -= 1.35 * size
        if self.y < 60:
            self.canvas.showPage()
            self.y = 780.0
        for x, text in cells:
            self.put(x, text, font, size)

    def put(self, x: float, text: str, font: str, size: float) -> None:
        for i, part in enumerate(re.split(r"\^\{(.+?)\}|\[\^(\d)\]", text)):
            if part:
                raised = bool(i % 3)
                points = 0.6 * size if raised else size
                self.canvas.setFont(font, points)
                self.canvas.drawString(x, self.y + 0.35 * size * raised, part)
                x += self.canvas.stringWidth(part, font, points)

    def right(self, x: float, text: str) -> tuple[float, str]:
        return x - self.canvas.stringWidth(text, "Helvetica", 10), text

    def paragraph(self, text: str, *, width: int = 95, x: float = 60, size: float = 10) -> None:
        self.y -= 5
        for line in wrap(text, width):
            self.line((x, line), size=size)


def wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def canvas(folder: Path) -> None:
    drawn = need("reportlab.pdfgen.canvas").Canvas(str(folder / "a.pdf"))
    _draw(_Canvas(drawn), has_fields=True)


def cairo(folder: Path) -> None:
    _draw(_Canvas(_Cairo(folder / "a.pdf")), has_fields=False)


def _draw(page: _Canvas, *, has_fields: bool) -> None:
    def heading(number: int) -> None:
        page.y -= 12
        page.line((60, HEADINGS[number]), font="Helvetica-Bold", size=14)
        page.y -= 4

    page.line((60, TITLE), font="Helvetica-Bold", size=20)
    heading(0)
    for text in MILL:
        page.paragraph(text)
    for number, note in enumerate(NOTES, start=1):
        page.line((60, f"{number} {note}"), size=7)
    heading(1)
    for item in ITEMS:
        for i, line in enumerate(wrap(item, 85)):
            page.line(*([] if i else [(60, "•")]), (72, line))
    heading(2)
    columns = [wrap(" ".join(texts), 46) for texts in (LEFT, RIGHT)]
    for i in range(max(map(len, columns))):
        page.line(*((x, c[i]) for x, c in zip((60, 320), columns, strict=True) if i < len(c)))
    heading(3)
    for line in CODE:
        page.line((60, line), font="Courier")
    heading(4)
    for a, b, c, d in (HEADER, *ROWS):
        page.line((60, a), page.right(220, b), page.right(310, c), (350, d))
    heading(5)
    for number, (name, value) in enumerate(FORM):
        page.y -= 12
        if not has_fields:
            page.line((60, f"{name}: {value}"))
            continue
        page.line((60, f"{name}:"))
        page.canvas.acroForm.textfield(
            name=f"f{number}", value=value, x=140, y=page.y - 4, width=150, height=16
        )
    page.canvas.save()


def fpdf(folder: Path) -> None:
    pdf = need("fpdf").FPDF(format="A4")
    pdf.set_margin(22)
    pdf.add_page()
    end = {"new_x": "LMARGIN", "new_y": "NEXT"}

    def put(text: str, size: float = 10) -> None:
        pdf.set_font("Times", size=size)
        for i, part in enumerate(re.split(r"\^\{(.+?)\}|\[\^(\d)\]", text)):
            if part:
                pdf.char_vpos = "SUP" if i % 3 else "LINE"
                pdf.write(5, part)
        pdf.char_vpos = "LINE"
        pdf.ln(7)

    def heading(text: str, size: float = 14) -> None:
        pdf.set_font("Times", "B", size)
        pdf.cell(text=text, h=10, **end)

    heading(TITLE, 20)
    heading(HEADINGS[0])
    for text in MILL:
        put(text)
    for number, note in enumerate(NOTES, start=1):
        put(f"{number} {note}", 7)
    heading(HEADINGS[1])
    for item in ITEMS:
        pdf.set_font("Times", size=10)
        pdf.cell(5, 5, "-")
        pdf.multi_cell(0, 5, item, **end)
    heading(HEADINGS[2])
    pdf.set_font("Times", size=10)
    with pdf.text_columns(ncols=2, gutter=8, text_align="J", line_height=1.3) as columns:
        for text in (*LEFT, *RIGHT):
            columns.write(text + "\n\n")
    pdf.ln(6)
    heading(HEADINGS[3])
    pdf.set_font("Courier", size=9)
    for line in CODE:
        pdf.cell(text=line, h=5, **end)
    heading(HEADINGS[4])
    pdf.set_font("Times", size=10)
    with pdf.table(text_align=("LEFT", "RIGHT", "RIGHT", "LEFT")) as table:
        for row in (HEADER, *ROWS):
            table.row(row)
    heading(HEADINGS[5])
    for name, value in FORM:
        put(f"{name}: {value}")
    pdf.output(str(folder / "a.pdf"))


WRITERS: dict[str, Callable[[Path], None]] = {
    "reportlab canvas": canvas, "reportlab platypus": platypus, "fpdf2": fpdf, "pdfLaTeX": pdflatex,
    "XeLaTeX": xelatex, "Typst": typst, "Chromium": chromium, "WeasyPrint": weasyprint,
    "xhtml2pdf": xhtml2pdf, "LibreOffice, HTML": libreoffice_html, "LibreOffice, docx": word,
    "groff": groff, "cairo": cairo, "mutool": mutool,
}  # fmt: skip
