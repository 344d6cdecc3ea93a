"""Text that a PDF strikes out by a line across its middle."""

from pathlib import Path

import pytest
from msgspec import convert
from pypdf import PdfReader
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from reportlab.platypus.tables import TableStyle

from ragguide.create.documents import Limits, parse
from ragguide.create.pdf.fonts import Fonts
from ragguide.create.pdf.lines import read_lines
from ragguide.create.pdf.page_text import read_page
from ragguide.create.pdf.text_runs import Run
from tests.pdfs import set_content, write_pdf

LIMITS = Limits(timeout_s=60, memory_mb=1024)
START, WORD, END = "The barn costs ", "300", " 420 crowns a year."


def read(path: Path) -> tuple[str, list[tuple[str, str]]]:
    parsed = parse(path, LIMITS)
    return parsed.document.text, [(line.text, line.reason) for line in parsed.removed]


def draw(
    path: Path,
    *,
    up: float,
    before: float = 0,
    after: float = 0,
    high: float = 0,
    word: str = WORD,
) -> Path:
    """Draw a line so high above the baseline of a word, and so far beyond it."""
    canvas = Canvas(str(path), invariant=1)
    canvas.drawString(72, 700, START + word + END)
    left = 72 + canvas.stringWidth(START) - before
    width = canvas.stringWidth(word) + before + after
    if high:
        canvas.rect(left, 700 + up, width, high, stroke=0, fill=1)
    else:
        canvas.line(left, 700 + up, left + width, 700 + up)
    canvas.save()
    return path


@pytest.mark.parametrize("high", [0, 0.6])
def test_a_word_behind_a_line_is_left_out_and_reported(high: float, tmp_path: Path) -> None:
    assert read(draw(tmp_path / "barn.pdf", up=3.5, high=high)) == (
        "The barn costs 420 crowns a year.",
        [("300", "struck out")],
    )


@pytest.mark.parametrize(
    ("up", "before", "after"),
    [
        pytest.param(-1.5, 0, 0, id="underline"),
        pytest.param(10, 0, 0, id="rule above"),
        pytest.param(3.5, 180, 0, id="from the margin"),
        pytest.param(3.5, 0, 300, id="to the margin"),
    ],
)
def test_other_lines_strike_nothing(up: float, before: float, after: float, tmp_path: Path) -> None:
    path = draw(tmp_path / "barn.pdf", up=up, before=before, after=after)
    assert read(path) == (START + WORD + END, [])


def drawn_without_blanks(path: Path, before: str, struck: str, after: str, *, gap: int) -> Path:
    """TeX leaves gaps instead of blanks, and draws the line between two texts."""
    left = round(72 + stringWidth(before, "Helvetica", 10) + gap, 2)
    width = round(stringWidth(struck, "Helvetica", 10), 2)
    content = (
        f"BT /F1 10 Tf 72 700 Td ({before}) Tj ET {left} 702.5 {width} .5 re f "
        f"BT /F1 10 Tf {left} 700 Td [({struck}){-100 * gap}({after})] TJ ET"
    )
    return set_content(write_pdf(path, ["Words"]), 1, content.encode())


@pytest.mark.parametrize(
    ("parts", "gap", "text"),
    [
        (("The barn costs", "300", "420 crowns."), 3, "The barn costs 420 crowns."),
        (("It costs", "8", "9 crowns."), 3, "It costs 9 crowns."),
        (("The hono", "u", "rs list."), 0, "The honors list."),
    ],
)
def test_words_around_a_struck_one_stay_apart(
    tmp_path: Path, parts: tuple[str, str, str], gap: int, text: str
) -> None:
    path = drawn_without_blanks(tmp_path / "barn.pdf", *parts, gap=gap)
    assert read(path) == (text, [(parts[1], "struck out")])


def test_a_struck_text_with_many_blanks_is_left_out_whole(tmp_path: Path) -> None:
    assert read(draw(tmp_path / "barn.pdf", up=3.5, word="300    gold coins")) == (
        "The barn costs 420 crowns a year.",
        [("300", "struck out"), ("gold coins", "struck out")],
    )


def test_a_dashed_line_beyond_the_text_strikes_nothing(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "barn.pdf"), invariant=1)
    canvas.drawString(72, 700, WORD)
    for x in range(40, 160, 6):
        canvas.line(x, 703.5, x + 4, 703.5)
    canvas.save()
    assert read(tmp_path / "barn.pdf") == (WORD, [])


def test_a_thick_bar_is_no_strike(tmp_path: Path) -> None:
    assert read(draw(tmp_path / "barn.pdf", up=1, high=7)) == (START + WORD + END, [])


def test_struck_parts_of_a_paragraph_are_left_out(tmp_path: Path) -> None:
    style = getSampleStyleSheet()["Normal"]
    text = (
        "The loft is <strike>not</strike> dry and 5 m<super>2</super> wide. Its door is"
        " <u>green</u>, and its key <strike>hangs at the gate and the spare one lies in the"
        " kitchen behind the clock</strike> is kept by the miller."
    )
    path = tmp_path / "loft.pdf"
    SimpleDocTemplate(str(path), invariant=1).build([Paragraph(text, style)])
    found, removed = read(path)
    assert found == (
        "The loft is dry and 5 m² wide. Its door is green, and its key is kept by the miller."
    )
    assert removed[0] == ("not", "struck out")
    assert " ".join(text for text, _ in removed[1:]) == (
        "hangs at the gate and the spare one lies in the kitchen behind the clock"
    )


def test_the_rules_of_a_table_strike_nothing(tmp_path: Path) -> None:
    rows = [["Field", "Crop"], ["Upper", "rye"], ["Lower", "oats"]]
    grid = TableStyle(
        [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("TOPPADDING", (0, 0), (-1, -1), 0)]
    )
    path = tmp_path / "fields.pdf"
    SimpleDocTemplate(str(path), invariant=1).build([Table(rows, style=grid)])
    assert read(path) == (
        "Field | Crop\nField: Upper; Crop: rye\nField: Lower; Crop: oats",
        [],
    )


def test_a_word_that_is_struck_in_a_form_is_left_out_on_each_page(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "form.pdf"), invariant=1)
    canvas.beginForm("notice")
    canvas.drawString(72, 700, START + WORD + END)
    left = 72 + canvas.stringWidth(START)
    canvas.line(left, 703.5, left + canvas.stringWidth(WORD), 703.5)
    canvas.endForm()
    for _ in range(2):
        canvas.doForm("notice")
        canvas.showPage()
    canvas.save()
    text, removed = read(tmp_path / "form.pdf")
    assert text.count("The barn costs 420 crowns a year.") == 2
    assert removed == [("300", "struck out")] * 2


def test_a_line_with_struck_text_stays_one_cell(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "barn.pdf"), invariant=1)
    line = canvas.beginText(72, 700)
    line.textOut(START)
    x = line.getX()
    line.setTextOrigin(x, 700)
    line.textOut(WORD)
    canvas.line(x, 703.5, line.getX(), 703.5)
    line.setTextOrigin(line.getX(), 700)
    line.textOut(END)
    canvas.drawText(line)
    canvas.save()
    printed = read_page(PdfReader(tmp_path / "barn.pdf").pages[0], Fonts())["lines"]
    _, types = read_lines(convert(printed, list[list[Run]]))
    assert [text for type_ in types for _, text in type_.cells] == [
        "The barn costs  420 crowns a year."
    ]
