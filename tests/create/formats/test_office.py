"""Reading Word, PowerPoint and Excel files that common libraries wrote."""

import datetime
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, InlineFont, TextBlock
from openpyxl.comments import Comment
from openpyxl.styles import Font
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from ragguide.create import formats
from ragguide.create.formats import files, read_document
from ragguide.errors import InputError
from ragguide.types import Document
from tests.create.formats.test_text import assert_valid_document, blocks_of, sections_of


def saved(folder: Path, name: str, opened: Any) -> Document:
    opened.save(folder / name)
    document = read_document(folder / name)
    assert_valid_document(document)
    return document


def texts_of(document: Document) -> list[tuple[str, str]]:
    return [(kind, text) for kind, _, text in blocks_of(document)]


# ── Word ────────────────────────────────────────────────────────────────────────────────────────


def test_word_is_read_in_document_order(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("Before all")
    word.add_heading("Manual", 0)
    word.add_heading("Intro", 1)
    word.add_paragraph("With ").add_run("bold\ttext").bold = True
    word.add_paragraph("One", style="List Bullet")
    word.add_paragraph("Two", style="List Bullet 2")
    word.add_paragraph("First", style="List Number")
    word.add_paragraph("Second", style="List Number")
    table = word.add_table(3, 3)
    for i, row in enumerate([("Name", "Price", "Note"), ("Ann", "3", ""), ("", "4", "x")]):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    word.add_heading("Deep", 3)
    word.add_paragraph("• typed")
    word.add_paragraph("Contents 5", style=word.styles.add_style("toc 1", 1))
    word.core_properties.title = "of the file"
    document = saved(tmp_path, "manual.docx", word)
    assert texts_of(document) == [
        ("paragraph", "Before all"),
        ("heading", "Manual"),
        ("heading", "Intro"),
        ("paragraph", "With bold text"),
        ("item", "• One"),
        ("item", "• Two"),
        ("item", "1. First"),
        ("item", "2. Second"),
        ("row", "Name: Ann; Price: 3"),
        ("row", "Name: Ann; Price: 4; Note: x"),
        ("heading", "Deep"),
        ("item", "• typed"),
    ]
    assert [section.path for section in document.sections] == [
        (),
        ("Manual",),
        ("Manual", "Intro"),
        ("Manual", "Intro", "Deep"),
    ]
    assert {b.header for b in document.blocks if b.kind == "row"} == {"Name | Price | Note"}
    assert (document.title, document.unit) == ("Manual", "text")
    assert (document.page_starts, document.page_labels) == ((0,), ("1",))


def test_a_heading_style_is_inherited_from_its_base_style(tmp_path: Path) -> None:
    word = docx.Document()
    style = word.styles.add_style("Chapter", 1)
    style.base_style = word.styles["Heading 2"]
    word.add_paragraph("Based", style="Chapter")
    outlined = word.add_paragraph("Outlined")
    level = OxmlElement("w:outlineLvl")
    level.set(qn("w:val"), "2")
    outlined._p.get_or_add_pPr().append(level)
    word.add_paragraph("Text")
    word.core_properties.title = "of the file"
    document = saved(tmp_path, "a.docx", word)
    assert sections_of(document) == [
        (("Based",), "Based\n"),
        (("Based", "Outlined"), "Outlined\nText"),
    ]
    assert document.title == "of the file"


def test_numbers_are_counted_as_word_counts_them(tmp_path: Path) -> None:
    word = docx.Document()
    root = word.part.numbering_part.element
    levels = [("decimal", "%1."), ("lowerLetter", "(%2)"), ("upperRoman", "%1.%3")]
    root.insert(
        0,
        parse_xml(
            f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">'
            + "".join(
                f'<w:lvl w:ilvl="{i}"><w:start w:val="{1 + (i == 1)}"/><w:numFmt w:val="{style}"/>'
                f'<w:lvlText w:val="{text}"/></w:lvl>'
                for i, (style, text) in enumerate(levels)
            )
            + "</w:abstractNum>"
        ),
    )
    for list_id, override in (("90", ""), ("91", '<w:startOverride w:val="7"/>')):
        root.append(
            parse_xml(
                f'<w:num {nsdecls("w")} w:numId="{list_id}"><w:abstractNumId w:val="90"/>'
                f'<w:lvlOverride w:ilvl="0">{override}</w:lvlOverride></w:num>'
            )
        )
    for list_id, level in [
        ("90", 0), ("90", 1), ("90", 1), ("90", 2), ("90", 0), ("90", 1), ("91", 0), ("91", 0),
        ("404", 0), ("0", 0),
    ]:  # fmt: skip
        paragraph = word.add_paragraph("x")
        paragraph._p.get_or_add_pPr().append(
            parse_xml(
                f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/>'
                f'<w:numId w:val="{list_id}"/></w:numPr>'
            )
        )
    assert saved(tmp_path, "a.docx", word).text.split("\n") == [
        "1. x", "(b) x", "(c) x", "1.I x", "2. x", "(b) x", "7. x", "8. x", "• x", "x",
    ]  # fmt: skip


def test_visible_word_text_is_read(tmp_path: Path) -> None:
    """Insertions, content controls, links and text boxes are read; deleted text is not."""
    word = docx.Document()
    w, mc = nsdecls("w"), 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent>"
    body = word.element.body
    for xml in [
        f"<w:p {w}><w:r><w:t>a</w:t></w:r><w:ins><w:r><w:t>b</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>c</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>d</w:t></w:r>"
        "<w:hyperlink><w:r><w:noBreakHyphen/><w:t>e</w:t><w:br/><w:t>f</w:t></w:r></w:hyperlink>"
        "<w:sdt><w:sdtContent><w:r><w:t>g</w:t></w:r></w:sdtContent></w:sdt></w:p>",
        f"<w:sdt {w}><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        f"<w:p {w} {mc}><w:r><w:t>around</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>",
        f"<w:tbl {w}><w:tr><w:tc><w:p><w:r><w:t>framed</w:t></w:r></w:p><w:p><w:r><w:t>text</w:t>"
        "</w:r></w:p></w:tc></w:tr></w:tbl>",
    ]:
        body.insert(len(body) - 1, parse_xml(xml))
    assert saved(tmp_path, "a.docx", word).text == (
        "ab-e fg\ncontrol\naround\nin a box\nframed\ntext"
    )


def test_raised_and_struck_word_text_stays_apart(tmp_path: Path) -> None:
    word = docx.Document()
    paragraph = word.add_paragraph("Holds ")
    paragraph.add_run("55").font.strike = True
    paragraph.add_run(" 60")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(" pots of 10")
    paragraph.add_run("8").font.superscript = True
    paragraph.add_run(" beads.")
    word.add_paragraph("2 If they are dry.")
    document = saved(tmp_path, "a.docx", word)
    assert document.text == "Holds 60 pots of 10⁸ beads.\n2 If they are dry."


def test_raised_and_struck_slide_text_stays_apart(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Kilns"
    frame = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(6), Inches(1)).text_frame
    table = slide.shapes.add_table(1, 2, Inches(1), Inches(4), Inches(6), Inches(1)).table
    paragraphs = [frame.paragraphs[0], table.cell(0, 0).text_frame.paragraphs[0]]
    for paragraph in paragraphs:
        for text, name, value in [
            ("Holds ", "", ""), ("55", "strike", "sngStrike"), (" 60 pots of 10", "", ""),
            ("8", "baseline", "30000"), (" beads of H", "", ""), ("2", "baseline", "-25000"),
            ("O.", "strike", "noStrike"),
        ]:  # fmt: skip
            run = paragraph.add_run()
            run.text = text
            if name:
                run.font._element.set(name, value)
    table.cell(0, 1).text = "red"
    shown = "Holds 60 pots of 10⁸ beads of H2O."
    assert saved(tmp_path, "a.pptx", deck).text == f"Kilns\n{shown}\n{shown}: red"


def test_struck_cells_are_left_out_and_reported(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["Kiln", "Price"], ["Blue", 40], ["Red", 55], ["Green", 60]]:
        book.active.append(row)
    for place in ("A3", "B3"):
        book.active[place].font = Font(strike=True)
    document = saved(tmp_path, "a.xlsx", book)
    assert document.text == "Sheet\nKiln: Blue; Price: 40\nKiln: Green; Price: 60"
    assert document.omitted == (
        "struck-out cells of sheet Sheet (A3, B3). Clear their strikethrough to include them.",
    )


def test_pieces_of_a_cell_that_are_struck_or_raised_stay_apart(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    struck, raised = InlineFont(strike=True), InlineFont(vertAlign="superscript")
    pieces = ["Holds ", TextBlock(struck, "55"), " 60 pots of 10", TextBlock(raised, "8"), " beads"]
    book.active.append(["Kiln", "Price"])
    book.active.append(["Blue", 40])
    book.active.append([CellRichText(*pieces), 9])
    assert saved(tmp_path, "a.xlsx", book).text.endswith(
        "\nKiln: Holds 60 pots of 10⁸ beads; Price: 9"
    )


def test_code_in_word_keeps_its_lines(tmp_path: Path) -> None:
    word = docx.Document()
    word.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    word.add_paragraph("Run this:")
    word.add_paragraph("kiln heat --to 980\n  kiln wait", style="Source Code")
    word.add_paragraph("It takes\ntwo hours.")
    document = saved(tmp_path, "a.docx", word)
    assert document.text == "Run this:\nkiln heat --to 980\n  kiln wait\nIt takes two hours."
    assert [block.kind for block in document.blocks] == ["paragraph", "code", "paragraph"]


def refer(word: Any, paragraph: Any, kind: str, texts: list[str]) -> None:
    """Add notes of a kind to a document and refer to them from a paragraph."""
    notes = "".join(
        f'<w:{kind} w:id="{i}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{kind}>'
        for i, text in enumerate(texts, start=2)
    )
    blob = f"<w:{kind}s {nsdecls('w')}>{notes}</w:{kind}s>".encode()
    name = PackURI(f"/word/{kind}s.xml")
    part = Part(name, f"application/vnd.ms-word.{kind}s+xml", blob, word.part.package)
    word.part.relate_to(part, getattr(RELATIONSHIP_TYPE, f"{kind}s".upper()))
    for i in range(2, 2 + len(texts)):
        reference = OxmlElement(f"w:{kind}Reference")
        reference.set(qn("w:id"), str(i))
        paragraph.add_run()._r.append(reference)


def test_word_notes_follow_what_refers_to_them(tmp_path: Path) -> None:
    word = docx.Document()
    first = word.add_paragraph("Oars are lent")
    refer(word, first, "footnote", ["To members.", "Not in ice."])
    first.add_run(" by day.")
    item = word.add_paragraph("Wet suits", style="List Bullet")
    refer(word, item, "endnote", ["Rinse them."])
    word.add_paragraph("Boots", style="List Bullet")
    last = word.add_paragraph("Closed on Sundays.")
    word.add_comment(last.runs, "Check with Ida.", author="Jo", initials="J")
    assert texts_of(saved(tmp_path, "a.docx", word)) == [
        ("paragraph", "Oars are lent by day."),
        ("paragraph", "Note: To members."),
        ("paragraph", "Note: Not in ice."),
        ("item", "• Wet suits"),
        ("item", "• Boots"),
        ("paragraph", "Note: Rinse them."),
        ("paragraph", "Closed on Sundays."),
        ("paragraph", "Comment by Jo: Check with Ida."),
    ]


def test_word_headers_are_read_once_without_page_numbers(tmp_path: Path) -> None:
    def add_field(paragraph: Any, code: str, shown: str) -> None:
        for kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            paragraph.add_run()._r.append(mark)
            if kind == "begin":
                instruction = OxmlElement("w:instrText")
                instruction.text = code
                paragraph.add_run()._r.append(instruction)
            elif kind == "separate":
                paragraph.add_run(shown)

    word = docx.Document()
    word.add_heading("Boats", 1)
    word.add_paragraph("Text.")
    word.sections[0].header.paragraphs[0].text = "Form 12b"
    footer = word.sections[0].footer.paragraphs[0]
    footer.add_run("Page ")
    add_field(footer, " PAGE ", "7")
    word.add_section().footer.is_linked_to_previous = False
    other = word.sections[1].footer.paragraphs[0]
    add_field(other, " DATE ", "May")
    assert saved(tmp_path, "a.docx", word).text == "Header: Form 12b\nFooter: May\nBoats\nText."


def test_deleted_rows_and_styles_that_hide_are_left_out(tmp_path: Path) -> None:
    word = docx.Document()
    struck = word.styles.add_style("Old", WD_STYLE_TYPE.CHARACTER)
    struck.font.strike = True
    word.styles.add_style("Mark", WD_STYLE_TYPE.CHARACTER).font.superscript = True
    paragraph = word.add_paragraph("Costs ")
    paragraph.add_run("40 ", style="Old")
    paragraph.add_run("50 kr for 10")
    paragraph.add_run("3", style="Mark")
    paragraph.add_run(" m.")
    paragraph.add_run(" Draft").font.hidden = True
    table = word.add_table(3, 3)
    for row, cells in zip(table.rows, ["abc", "def", "ghi"], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.rows[1]._tr.get_or_add_trPr().append(OxmlElement("w:del"))
    document = saved(tmp_path, "a.docx", word)
    assert document.text == "Costs 50 kr for 10³ m.\na: g; b: h; c: i"
    assert document.omitted == ("hidden text. Show it in Word to include it.",)


def test_drawn_and_embedded_parts_of_word_are_reported(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("Text.")
    word.save(tmp_path / "a.docx")
    with zipfile.ZipFile(tmp_path / "a.docx", "a") as archive:
        for name in ("embeddings/plan.xlsx", "charts/chart1.xml", "diagrams/data1.xml"):
            archive.writestr(f"word/{name}", b"<x/>")
    assert read_document(tmp_path / "a.docx").omitted == (
        "embedded files (plan.xlsx). Save each as a file of its own to include it.",
        "charts (1). Print the document to PDF and read that to include them.",
        "SmartArt graphics (1). Print the document to PDF and read that to include them.",
    )


def word_table(*rows: Sequence[str]) -> Any:
    """A document with one table, formatted as Word formats new ones: with a header row."""
    word = docx.Document()
    table = word.add_table(len(rows), len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return word


def test_two_names_with_values_a_row_in_word_are_pairs(tmp_path: Path) -> None:
    rows = [("Hull", "oak", "Mass", "31 t"), ("Length", "9 m", "Owner", "Bo"), ("Flag", "Malta")]
    word = word_table(*rows[:2], (*rows[2], "Crew", "3"))
    assert saved(tmp_path, "a.docx", word).text.split("\n") == [
        *("Hull: oak", "Mass: 31 t", "Length: 9 m", "Owner: Bo", "Flag: Malta", "Crew: 3")
    ]


def test_names_and_values_in_word_have_no_header(tmp_path: Path) -> None:
    word = word_table(("Hull", "9.4 m"), ("Draught", "1.6 m"), ("Flag", "Malta"))
    assert saved(tmp_path, "a.docx", word).text == "Hull: 9.4 m\nDraught: 1.6 m\nFlag: Malta"


@pytest.mark.parametrize(
    "rows",
    [
        [("07:00 – 07:30", "Bread"), ("07:30 – 08:00", "Milling"), ("12:00 – 12:30", "Soup")],
        [("Wood", "oak"), ("Length", "2.4 m"), ("Mass", "31 kg"), ("Colour", "brown")],
    ],
)
def test_times_and_values_of_several_kinds_in_word_show_pairs(
    rows: list[tuple[str, str]], tmp_path: Path
) -> None:
    text = saved(tmp_path, "a.docx", word_table(*rows)).text
    assert text.split("\n") == [f"{name}: {value}" for name, value in rows]


def test_lines_of_a_paragraph_in_word_that_are_names_with_values_stay_apart(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph("From: the mill\nTo: Ann")
    word.add_paragraph("The mill\nis closed.")
    assert saved(tmp_path, "a.docx", word).text == "From: the mill\nTo: Ann\nThe mill is closed."


def test_a_name_above_amounts_of_several_kinds_is_a_header_in_word(tmp_path: Path) -> None:
    rows = [("Flour", "250 g"), ("Eggs", "3"), ("Salt", "1 tsp"), ("Milk", "2 cups")]
    text = saved(tmp_path, "a.docx", word_table(("Item", "Amount"), *rows)).text
    assert text.split("\n")[0] == "Item: Flour; Amount: 250 g"


def test_a_name_with_a_code_as_its_value_is_no_header_in_word(tmp_path: Path) -> None:
    word = word_table(("Engine", "Volta V8"), ("Year", "2011"), ("Owner", "Ida"))
    assert saved(tmp_path, "a.docx", word).text == "Engine: Volta V8\nYear: 2011\nOwner: Ida"


def test_two_names_above_values_are_a_header_in_word(tmp_path: Path) -> None:
    word = word_table(("Berth", "Fee 2025"), ("North", "40"), ("South", "35"))
    assert saved(tmp_path, "a.docx", word).text == (
        "Berth: North; Fee 2025: 40\nBerth: South; Fee 2025: 35"
    )


def test_a_merged_header_of_two_rows_names_all_columns_in_word(tmp_path: Path) -> None:
    word = word_table(
        ("Pier", "May", ""), ("", "calm", "gale"), ("East", "14", "3"), ("West", "9", "8")
    )
    table = word.tables[0]
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    assert saved(tmp_path, "a.docx", word).text == (
        "Pier: East; May calm: 14; May gale: 3\nPier: West; May calm: 9; May gale: 8"
    )


def test_a_word_table_without_a_header_row_names_no_columns(tmp_path: Path) -> None:
    word = docx.Document()
    table = word.add_table(2, 2)
    for i, row in enumerate([("Name", "Bob"), ("City", "Rome")]):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    table._tbl.tblPr.find(qn("w:tblLook")).set(qn("w:firstRow"), "0")
    assert saved(tmp_path, "a.docx", word).text == "Name: Bob\nCity: Rome"


# ── PowerPoint ──────────────────────────────────────────────────────────────────────────────────


def test_merged_cells_of_a_slides_table_hold_for_all_that_they_cover(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    shapes = deck.slides.add_slide(deck.slide_layouts[6]).shapes
    table = shapes.add_table(4, 4, Inches(1), Inches(1), Inches(6), Inches(2)).table
    rows = [["Dam", "Depth", "", "Crew"], ["", "low", "high", ""]]
    rows += [["Aal", "3 m", "", "Ann"], ["", "", "8 m", "Bo"]]
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            table.cell(number, column).text = text
    for first, last in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (1, 3)), ((2, 0), (3, 0))):
        table.cell(*first).merge(table.cell(*last))
    assert saved(tmp_path, "a.pptx", deck).text.split("\n") == [
        "Dam: Aal; Depth low: 3 m; Crew: Ann",
        "Dam: Aal; Depth high: 8 m; Crew: Bo",
    ]


def test_a_slide_is_a_page_and_its_title_the_heading(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = "The deck"
    slide.placeholders[1].text = "Subtitle"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    frame = slide.placeholders[1].text_frame
    frame.text = "One"
    frame.add_paragraph().text = "Two"
    frame.paragraphs[1].level = 1
    slide.shapes.title.text = "Points\vin two lines"
    slide.notes_slide.notes_text_frame.text = "Say hello\nand bye"
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    inch = Inches(1)
    table = slide.shapes.add_table(3, 3, 0, 0, inch, inch).table
    for i, row in enumerate([("Name", "Price", "Note"), ("Ann", "3", ""), ("Bob", "4", "x")]):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(0, 0, inch, inch).text_frame
    box.text = "In a group"
    box.add_paragraph().text = "- typed"
    for _ in range(2):
        paragraph = box.add_paragraph()
        paragraph.text = "numbered"
        paragraph._p.get_or_add_pPr().append(
            parse_xml(f'<a:buAutoNum {nsdecls("a")} type="arabicPeriod" startAt="4"/>')
        )
    hidden = deck.slides.add_slide(deck.slide_layouts[5])
    hidden.shapes.title.text = "Secret"
    hidden.element.set("show", "0")
    document = saved(tmp_path, "deck.pptx", deck)
    assert texts_of(document) == [
        ("heading", "The deck"),
        ("paragraph", "Subtitle"),
        ("heading", "Points in two lines"),
        ("item", "• One"),
        ("item", "• Two"),
        ("paragraph", "Say hello"),
        ("paragraph", "and bye"),
        ("row", "Name: Ann; Price: 3"),
        ("row", "Name: Bob; Price: 4; Note: x"),
        ("paragraph", "In a group"),
        ("item", "• typed"),
        ("item", "4. numbered"),
        ("item", "5. numbered"),
    ]
    assert [section.path for section in document.sections] == [
        ("The deck",),
        ("Points in two lines",),
        (),
    ]
    assert document.text[document.page_starts[1] :].startswith("Points in")
    assert document.text[document.page_starts[2] :].startswith("Name: Ann")
    assert document.page_starts[3] == len(document.text)
    assert document.page_labels == ("1", "2", "3", "4")
    assert document.unreadable == {4: "is hidden in the presentation and was skipped"}
    assert (document.title, document.unit) == ("The deck", "slide")


def test_the_numbers_of_a_chart_are_rows(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Sales", (1.5, 2))
    data.add_series("Cost", (1, None))
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED
    chart = slide.shapes.add_chart(kind, 0, 0, Inches(3), Inches(3), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "A year"
    document = saved(tmp_path, "a.pptx", deck)
    assert document.text == "A year\nQ1; Sales: 1.5; Cost: 1\nQ2; Sales: 2"
    assert not document.omitted  # the chart's own workbook has the same numbers


# ── Excel ───────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_is_a_page_and_its_name_the_heading(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    for row in [
        ["Price list"],
        [],
        ["Name", "Price", "Share", "Date", "Note"],
        ["Ann", 3.0, 0.25, datetime.date(2024, 5, 1), 1234.5],
        [None, 4.25, 0.5, datetime.datetime(2024, 5, 1, 10, 30), True],
        [],
        ["Note at the foot"],
        [],
        ["City", "People"],
        ["Rome", 2_800_000],
    ]:
        sheet.append(row)
    sheet.merge_cells("A4:A5")
    sheet["C4"].number_format = "0%"
    sheet["C5"].number_format = "0.0%"
    sheet["E4"].number_format = '"$"#,##0.00'
    sheet["B10"].number_format = "#,##0"
    book.create_sheet("Secret")["A1"] = "x"
    book["Secret"].sheet_state = "hidden"
    book.create_sheet("Empty")
    facts = book.create_sheet("Facts")
    facts.append(["Name", "Bob"])
    facts.append(["Age", 31])
    facts.append(["City", "Rome"])
    book.properties.title = "All prices"
    document = saved(tmp_path, "book.xlsx", book)
    assert blocks_of(document) == [
        ("heading", None, "Prices"),
        ("paragraph", 1, "Price list"),
        ("row", 4, "Name: Ann; Price: 3; Share: 25%; Date: 2024-05-01; Note: $1,234.50"),
        ("row", 5, "Name: Ann; Price: 4.25; Share: 50.0%; Date: 2024-05-01 10:30; Note: TRUE"),
        ("paragraph", 7, "Note at the foot"),
        ("row", 10, "City: Rome; People: 2,800,000"),
        ("heading", None, "Facts"),
        ("row", 1, "Name: Bob"),
        ("row", 2, "Age: 31"),
        ("row", 3, "City: Rome"),
    ]
    assert [section.path for section in document.sections] == [("Prices",), ("Facts",)]
    assert document.page_labels == ("Prices", "Secret", "Empty", "Facts")
    facts_at = document.text.index("Facts")
    assert document.page_starts == (0, facts_at, facts_at, facts_at)
    assert document.unreadable == {2: "is hidden in the workbook and was skipped"}
    assert (document.title, document.unit) == ("All prices", "sheet")


def test_a_header_of_two_rows_gives_each_column_both_names(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [
        ["Region", "2023", None, "2024", None],
        [None, "H1", "H2", "H1", "H2"],
        ["North", 1, 2, 3, 4],
    ]:
        book.active.append(row)
    book.active.merge_cells("B1:C1")
    book.active.merge_cells("D1:E1")
    assert saved(tmp_path, "a.xlsx", book).text == (
        "Sheet\nRegion: North; 2023 H1: 1; 2023 H2: 2; 2024 H1: 3; 2024 H2: 4"
    )


def test_a_bold_first_row_of_two_columns_is_a_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Name", "City"])
    book.active.append(["Bob", "Rome"])
    assert saved(tmp_path, "a.xlsx", book).text == "Sheet\nName: City\nBob: Rome"
    for cell in book.active[1]:
        cell.font = Font(bold=True)
    assert saved(tmp_path, "a.xlsx", book).text == "Sheet\nName: Bob; City: Rome"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (2.5, "0", "3"),
        (18, '0.0 "kg"', "18.0 kg"),
        (0.4, "0.0\\ \\k\\m", "0.4 km"),
        (-300, '#,##0 "NOK";[Red](#,##0) "NOK"', "-300 NOK"),
        (75, "00000", "00075"),
        (41_500_000, '#,##0.0,,"M"', "41.5M"),
        (2.375, "# ?/?", "2 3/8"),
        (71234567, '"+"00 00 00 00', "+71 23 45 67"),
        (0, '0.0;-0.0;"none"', "none"),
        (0, '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', "0.00"),
        (0.25, '[<1]0.00" mm";0" m"', "0.25 mm"),
        (4, 'General" pcs"', "4 pcs"),
        ("12b", '"Shelf "@', "Shelf 12b"),
        (datetime.timedelta(days=2, hours=12), "[h]:mm", "60:00"),
        (datetime.timedelta(seconds=95), "[mm]:ss", "01:35"),
        (2.5, "0.##", "2.5"),
        (12.5, "#,##0.00 [$€-407]", "12.50 €"),
        (-3, '"£"0', "-£3"),
        (0.125, "0.0%", "12.5%"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (datetime.time(9, 5), "h:mm", "09:05"),
        (datetime.time(0, 5, 12), "mm:ss", "05:12"),
        (datetime.time(0, 5, 12), "d.m.yyyy", "00:05:12"),
        (datetime.time(), "yyyy-mm-dd", "00:00"),
        (datetime.time(), "dddd", "00:00"),
        (datetime.datetime(2024, 5, 1, 10, 30, 15), "d.m.yyyy h:mm:ss", "2024-05-01 10:30:15"),
        (datetime.datetime(2024, 5, 1, 10, 30), "d.m.yyyy", "2024-05-01"),
        (datetime.datetime(2024, 5, 1), "mmm yyyy", "2024-05"),
        (datetime.datetime(2024, 5, 1), "yyyy", "2024"),
        (False, "General", "FALSE"),
        ("  two\nlines ", "General", "two lines"),
        ("#N/A", "General", "#N/A"),
    ],
)
def test_values_are_read_as_excel_shows_them(
    tmp_path: Path, value: object, code: str, shown: str
) -> None:
    book = openpyxl.Workbook()
    book.active["B2"] = value
    book.active["B2"].number_format = code
    assert saved(tmp_path, "a.xlsx", book).text == f"Sheet\n{shown}"


def test_formulas_without_a_stored_value_are_reported(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "=1+1"])
    document = saved(tmp_path, "a.xlsx", book)
    assert document.text == "Sheet\na"
    assert not document.unreadable
    assert document.omitted == (
        "formulas without a stored value on sheet Sheet. "
        "Open the workbook in Excel and save it to include them.",
    )


def sheet_text(tmp_path: Path, rows: list[list[object]]) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(tmp_path, "a.xlsx", book).text.removeprefix("Sheet\n")


def test_tables_beside_and_below_one_another_keep_their_own_headers(tmp_path: Path) -> None:
    rows = [
        ["Net", "Mesh", None, "Boat", "Berth", None, "Crew", "Boots"],
        ["Trawl", "40 mm", None, "Alka", "N4", None, "Per", 44],
        ["Seine", "12 mm", None, "Skarv", "S1"],
        [],
        [],
        ["Buoy", "Chain"],
        ["Red", "6 m"],
        ["Green", "9 m"],
    ]
    assert sheet_text(tmp_path, rows).splitlines() == [
        "Net: Trawl; Mesh: 40 mm",
        "Net: Seine; Mesh: 12 mm",
        "Buoy: Red; Chain: 6 m",
        "Buoy: Green; Chain: 9 m",
        "Boat: Alka; Berth: N4",
        "Boat: Skarv; Berth: S1",
        "Crew: Per; Boots: 44",
    ]


def test_an_empty_column_between_numbers_divides_no_table(tmp_path: Path) -> None:
    rows = [["Port", "Cod", None, "2023", "2024"], ["Vardo", "yes", None, 11, 12]]
    assert sheet_text(tmp_path, rows) == "Port: Vardo; Cod: yes; 2023: 11; 2024: 12"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["", "2023", None, "2024", None], ["Dock", "In", "Out", "In", "Out"]),
        (["Dock", "2023 In", "2023 Out", "2024 In", "2024 Out"], [None, "t", "t", "kg", "kg"]),
    ],
)
def test_a_second_header_row_completes_the_names(
    tmp_path: Path, first: list[object], second: list[object]
) -> None:
    text = sheet_text(tmp_path, [first, second, ["Nord", 1, 2, 3, 4], ["Sor", 5, 6, 7, 8]])
    units = ("", "") if second[0] else (" t", " kg")
    assert text.splitlines() == [
        f"Dock: Nord; 2023 In{units[0]}: 1; 2023 Out{units[0]}: 2; "
        f"2024 In{units[1]}: 3; 2024 Out{units[1]}: 4",
        f"Dock: Sor; 2023 In{units[0]}: 5; 2023 Out{units[0]}: 6; "
        f"2024 In{units[1]}: 7; 2024 Out{units[1]}: 8",
    ]


def test_names_and_values_below_a_table_are_not_its_columns(tmp_path: Path) -> None:
    rows = [["Dock", "Cod", "Ling", "Hake"], ["Nord", 1, 2, 3], [], ["Ice", 40], ["Salt", "dry"]]
    assert sheet_text(tmp_path, rows).splitlines() == [
        "Dock: Nord; Cod: 1; Ling: 2; Hake: 3",
        "Ice: 40",
        "Salt: dry",
    ]


def test_values_of_mixed_kinds_below_a_table_are_pairs(tmp_path: Path) -> None:
    rows = [["Ice", "Tons"], ["May", 3], [], ["Sold by the crate."], [], ["Cook", "Lea"]]
    pairs = [["Phone", "555 0190"], ["Cabin", "C 4"]]
    assert sheet_text(tmp_path, [*rows, *pairs]).splitlines()[-3:] == [
        "Cook: Lea",
        "Phone: 555 0190",
        "Cabin: C 4",
    ]


def test_hidden_rows_and_columns_are_reported_not_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["Dock", "Key", "Cod"], ["Nord", "k1", 1], ["Lost", "k2", 2], ["Sor", "k3", 3]]:
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["B"].hidden = True
    document = saved(tmp_path, "a.xlsx", book)
    assert document.text == "Sheet\nDock: Nord; Cod: 1\nDock: Sor; Cod: 3"
    assert document.omitted == (
        "hidden rows of sheet Sheet (3). Show them, or clear the filter, to include them.",
        "hidden columns of sheet Sheet (B). Show them to include them.",
    )


def test_notes_on_cells_are_read_and_embedded_files_reported(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Dock", 12])
    book.active["B1"].comment = Comment("Recounted by Ole.", "Ole")
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a") as archive:
        archive.writestr("xl/embeddings/oleObject1.bin", b"x")
    document = read_document(tmp_path / "a.xlsx")
    assert document.text == "Sheet\nDock: 12\nComment on B1: Recounted by Ole."
    assert document.omitted == (
        "embedded files (oleObject1.bin). Save each as a file of its own to include it.",
    )


def test_a_false_sheet_size_is_ignored(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "text"
    book.save(tmp_path / "a.xlsx")

    def claim_size(name: str, data: bytes) -> bytes:
        if "sheet1" not in name:
            return data
        merge = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        data = data.replace(b'ref="A1"', b'ref="A1:XFD1048576"')
        return data.replace(b"</sheetData>", merge)

    rewrite(tmp_path / "a.xlsx", claim_size)
    assert read_document(tmp_path / "a.xlsx").text == "Sheet\ntext"


def test_a_damaged_sheet_does_not_affect_the_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["kept"])
    book.create_sheet("Other").append(["other"])
    book.save(tmp_path / "a.xlsx")

    def cut(name: str, data: bytes) -> bytes:
        return data.replace(b"</sheetData>", b"</x>") if "sheet1" in name else data

    rewrite(tmp_path / "a.xlsx", cut)
    document = read_document(tmp_path / "a.xlsx")
    assert document.text.endswith("Other\nother")
    assert document.unreadable[1].startswith("is damaged and was only partly read (ParseError: ")


# ── what cannot be read ─────────────────────────────────────────────────────────────────────────


def rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Change the parts of an Office file."""
    with zipfile.ZipFile(path) as archive:
        parts = [(part.filename, archive.read(part)) for part in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(name, change(name, data))


def make(folder: Path, suffix: str) -> Path:
    """A small file of this format, with text."""
    path = folder / f"a{suffix}"
    if suffix == ".docx":
        word = docx.Document()
        word.add_paragraph("text")
        word.save(str(path))
    elif suffix == ".pptx":
        deck = pptx.Presentation()
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "text"
        deck.save(str(path))
    else:
        book = openpyxl.Workbook()
        book.active["A1"] = "text"
        book.save(path)
    return path


SUFFIXES = [".docx", ".pptx", ".xlsx"]
MAIN_PARTS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")


def refusal(path: Path) -> str:
    with pytest.raises(InputError, match=r"[.)]$|'$") as caught:
        read_document(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_encrypted_and_old_files_get_different_errors(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    assert refusal(path) == " needs a password. Save a copy without one and use that."
    path.write_bytes(ole)
    assert refusal(path) == f" is an old Office document. Save it again as {suffix}."


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_does_not_match_its_suffix_is_rejected(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"%PDF-1.7")
    assert "it is a PDF. Check the file." in refusal(path)
    path.write_bytes(b"only text")
    assert refusal(path).endswith(f"({suffix}). Check the file.")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "it is another zip file" in refusal(path)
    other = SUFFIXES[(SUFFIXES.index(suffix) + 1) % 3]
    path.write_bytes(make(tmp_path, other).read_bytes())
    assert f"({other}). Correct its suffix." in refusal(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_zip_bomb_is_rejected_before_it_is_unpacked(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path, suffix)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.bin", bytes(2_000_000))
    assert read_document(path).text.endswith("text")
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 2_000_000)
    assert "would unpack to 2," in refusal(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs_are_rejected(tmp_path: Path, suffix: str, encoding: str) -> None:
    path = make(tmp_path, suffix)
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!-- {"x" * 70_000} --><!DOCTYPE a ['
    bomb += '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'

    def arm(name: str, data: bytes) -> bytes:
        return bomb.encode(encoding) if name in MAIN_PARTS else data

    rewrite(path, arm)
    assert "declares XML entities" in refusal(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files_give_a_one_line_error(tmp_path: Path, suffix: str) -> None:
    path = make(tmp_path, suffix)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is damaged: it cannot be unpacked" in refusal(path)
    path.write_bytes(whole)
    rewrite(path, lambda name, data: b"<broken" if name in MAIN_PARTS else data)
    assert "is damaged and cannot be read (" in refusal(path)
    path.write_bytes(whole)
    rewrite(path, lambda name, data: data[:-20] if name.endswith(".rels") else data)
    assert "is damaged and cannot be read (" in refusal(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    suffix=st.sampled_from(SUFFIXES),
    at=st.floats(0, 1, exclude_max=True),
    bytes_there=st.binary(min_size=1, max_size=40),
)
def test_any_damage_gives_a_document_or_a_one_line_error(
    tmp_path: Path, suffix: str, at: float, bytes_there: bytes
) -> None:
    path = tmp_path / f"whole{suffix}"
    if not path.exists():
        make(tmp_path, suffix).rename(path)
    data = bytearray(path.read_bytes())
    place = int(at * len(data))
    data[place : place + len(bytes_there)] = bytes_there
    damaged = tmp_path / f"damaged{suffix}"
    damaged.write_bytes(data)
    try:
        document = read_document(damaged)
    except InputError as exc:
        assert "\n" not in str(exc)  # noqa: PT017
    else:
        assert_valid_document(document)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_without_text_is_rejected(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".docx":
        docx.Document().save(str(path))
    elif suffix == ".pptx":
        pptx.Presentation().save(str(path))
    else:
        openpyxl.Workbook().save(path)
    assert refusal(path).startswith(" has no text. ")


def test_error_for_hidden_sheets_names_the_reason(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Secret")["A1"] = "x"
    book["Secret"].sheet_state = "veryHidden"
    book.save(tmp_path / "a.xlsx")
    assert refusal(tmp_path / "a.xlsx").startswith(
        " has no text: sheet 2 is hidden in the workbook"
    )


@pytest.mark.parametrize(
    ("suffix", "package"), [(".docx", "docx"), (".pptx", "pptx"), (".xlsx", "openpyxl")]
)
def test_error_for_a_missing_package_names_the_install_command(
    tmp_path: Path, suffix: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path, suffix)
    reader = formats.READERS[suffix]
    monkeypatch.delitem(sys.modules, f"{formats.__name__}.{reader.module}", raising=False)
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)

    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name.split(".")[0] == package:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    assert refusal(path) == (
        f" cannot be read without the package {package}. Install it: pip install 'ragguide[office]'"
    )


def test_strict_open_xml_is_rejected(tmp_path: Path) -> None:
    path = make(tmp_path, ".docx")
    transitional = b"schemas.openxmlformats.org/officeDocument/2006"
    rewrite(path, lambda _, data: data.replace(transitional, b"purl.oclc.org/ooxml/officeDocument"))
    assert "has the format Strict Open XML" in refusal(path)
