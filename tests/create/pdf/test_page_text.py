"""Places and looks of text that pypdf alone does not report."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject, read_object
from reportlab.pdfbase.pdfmetrics import stringWidth

from ragguide.create.documents import Limits, parse
from ragguide.create.pdf.dots import Dots
from ragguide.create.pdf.fonts import Face, Fonts
from ragguide.create.pdf.moves import MAX_FORMS, mark_moves
from ragguide.create.pdf.pages import read_pdf
from ragguide.types import Document
from tests.pdfs import set_content, write_pdf

LIMITS = Limits(timeout_s=60, memory_mb=1024)


def page(path: Path, content: bytes) -> Path:
    """A PDF whose page has this content; /F1 is Helvetica."""
    return set_content(write_pdf(path, ["Words"]), 1, content)


def width(text: str) -> float:
    """Return a text's width in Helvetica, as a multiple of the type size."""
    return stringWidth(text, "Helvetica", 1)


def texts(path: Path) -> list[str]:
    return read_pdf(path).pages[0].text.split("\n")


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(each.kind, document.text[each.start : each.end]) for each in document.blocks]


def test_cells_of_one_string_are_apart(tmp_path: Path) -> None:
    """TeX draws a row of a table as one string with wide gaps."""
    rows = [("Well", "Depth", "Fee"), ("Tolna", "31", "4"), ("Ister", "12", "9"), ("Aa", "7", "2")]
    shown = [
        f"[({a})-{round(600 - 100 * width(a)) * 10}({b})-{round(500 - 100 * width(b)) * 10}({c})]TJ"
        for a, b, c in rows
    ]
    content = f"BT /F1 10 Tf 72 700 Td {' 0 -12 Td '.join(shown)} ET".encode()
    document = parse(page(tmp_path / "a.pdf", content), LIMITS).document
    assert document.text.split("\n")[1:] == [
        "Well: Tolna; Depth: 31; Fee: 4",
        "Well: Ister; Depth: 12; Fee: 9",
        "Well: Aa; Depth: 7; Fee: 2",
    ]


def placed(*pieces: tuple[float, str], y: int) -> str:
    """A line of pieces, each placed on its own; in print order."""
    return " ".join(f"1 0 0 1 {x} {y} Tm ({text}) Tj" for x, text in pieces)


def test_cells_of_columns_that_touch_are_apart(tmp_path: Path) -> None:
    """WeasyPrint sets tables without rules as closely as words."""
    rows = [("Barge", "Sacks of rye", "Crew"), ("Alke", "412 and more", "Ann"), ("Lom", "90", "Bo")]
    rows += [("Terne", "7", "Cai")]
    lines = [
        placed((72, a), (102, b), (166, c), y=700 - 12 * n) for n, (a, b, c) in enumerate(rows)
    ]
    content = f"BT /F1 10 Tf {' '.join(lines)} ET".encode()
    document = parse(page(tmp_path / "a.pdf", content), LIMITS).document
    assert document.text.split("\n")[1:] == [
        "Barge: Alke; Sacks of rye: 412 and more; Crew: Ann",
        "Barge: Lom; Sacks of rye: 90; Crew: Bo",
        "Barge: Terne; Sacks of rye: 7; Crew: Cai",
    ]
    assert document.raw_pages[0].split("\n")[1] == "Alke 412 and more Ann"


@pytest.mark.parametrize(
    "lines",
    [
        [
            ("The keeper of the", "lock wakes at"),
            ("dawn and opens the", "gate"),
            ("for boats", "x"),
        ],
        [("1.", "Open the gate slowly"), ("2.", "Close the gate"), ("3.", "Go home")],
        [("a", "b"), ("c", "d"), ("e", "f")],
    ],
)
def test_pieces_of_a_text_form_one_cell(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    """They line up nowhere, behind a number that counts, or as letters placed one by one."""
    drawn = []
    for n, (left, right) in enumerate(lines):
        x = 72 + 10 * width(left) + 3 * (len(left) > 1)
        drawn.append(placed((72, left), (round(x, 1), right), y=700 - 12 * n))
    source = read_pdf(page(tmp_path / "a.pdf", f"BT /F1 10 Tf {' '.join(drawn)} ET".encode()))
    assert [len(each.cells) for each in source.pages[0].types] == [1, 1, 1]


def test_many_blanks_are_a_gap_between_cells(tmp_path: Path) -> None:
    content = b"BT /F1 10 Tf 72 700 Td (Well             Depth) Tj ET"
    source = read_pdf(page(tmp_path / "a.pdf", content))
    (x, _), (right, text) = source.pages[0].types[0].cells
    assert (x, text) == (72, "Depth")
    assert right == pytest.approx(72 + 18.9 + 13 * 2.78, abs=1)


def test_a_word_that_is_drawn_in_parts_stays_whole_in_spaced_text(tmp_path: Path) -> None:
    """groff moves the pen between letters that it kerns, and widens the blanks of a full line."""
    x = 10 * width("the keeper of the lo") + 4 * 3
    content = f"BT /F1 10 Tf 3 Tw 72 700 Td (the keeper of the lo) Tj {x} 0 Td (wer well) Tj ET"
    assert texts(page(tmp_path / "a.pdf", content.encode())) == ["the keeper of the lower well"]


def test_letters_that_are_placed_one_by_one_form_one_cell(tmp_path: Path) -> None:
    letters, x = [], 72.0
    for letter in "Tolna well":
        letters.append(f"1 0 0 1 {x} 700 Tm ({letter}) Tj")
        x += {"l": 2.22, "T": 6.11, "w": 7.22, " ": 2.78}.get(letter, 5.56)
    content = f"BT /F1 10 Tf {' '.join(letters)} ET".encode()
    source = read_pdf(page(tmp_path / "a.pdf", content))
    assert source.pages[0].types[0].cells == ((72, "Tolna well"),)


def test_text_rise_raises_a_power_and_ends_with_the_graphics_state(tmp_path: Path) -> None:
    content = (
        b"BT /F1 10 Tf 72 700 Td (about 10) Tj ET "
        b"q BT /F1 6 Tf 3 Ts 1 0 0 1 110.6 700 Tm (7) Tj ET Q "
        b"BT /F1 10 Tf 1 0 0 1 114 700 Tm ( grains, or 2) Tj ET "
        b"BT /F1 6 Tf 1 0 0 1 172.9 700 Tm (5) Tj ET"
    )
    assert texts(page(tmp_path / "a.pdf", content)) == ["about 10⁷ grains, or 2 5"]


def test_narrow_blanks_between_words_of_a_font_without_a_blank(tmp_path: Path) -> None:
    path = page(tmp_path / "a.pdf", b"BT /F9 10 Tf 72 700 Td [(ab)-227(ba)28(b)]TJ ET")
    writer = PdfWriter(clone_from=path)
    data = (
        "<</Type/Font/Subtype/Type1/BaseFont/Tex/FirstChar 32/LastChar 98/Encoding"
        "<</Differences[32/visiblespace 97/a/b]>>/Widths["
        f"{'500 ' * 67}]>>"
    )
    fonts = writer.pages[0]["/Resources"]["/Font"].get_object()
    fonts[NameObject("/F9")] = read_object(_stream(data), writer)
    writer.write(path)
    assert texts(path) == ["ab bab"]


def _stream(data: str) -> BytesIO:
    return BytesIO(data.encode())


def test_the_raised_digits_of_a_font_are_known_by_their_width() -> None:
    face = Face(raised=frozenset("#"), signs=frozenset("m"))
    assert face.draws_raised([b"#"])
    assert face.draws_raised([b"m#"])
    assert not face.draws_raised([b"1#"])
    assert not face.draws_raised([b"m"])


def dot(x: float, y: float) -> bytes:
    """A disc of 3 points."""
    return (
        f"{x + 3} {y + 1.5} m {x + 3} {y + 3} {x} {y + 3} {x} {y + 1.5} c "
        f"{x} {y} {x + 3} {y} {x + 3} {y + 1.5} c h f "
    ).encode()


def test_drawn_dots_are_the_bullets_of_a_list(tmp_path: Path) -> None:
    content = b"BT /F1 10 Tf 72 700 Td (Wells) Tj 20 -14 Td (Tolna) Tj 0 -14 Td (Ister) Tj ET "
    found = texts(page(tmp_path / "a.pdf", content + dot(80, 688) + dot(80, 674)))
    assert found == ["Wells", "• Tolna", "• Ister"]


@pytest.mark.parametrize("drawn", [dot(80, 688), dot(30, 688) + dot(30, 674), dot(80, 650) * 2])
def test_other_dots_are_no_bullets(drawn: bytes, tmp_path: Path) -> None:
    content = b"BT /F1 10 Tf 92 686 Td (Tolna) Tj 0 -14 Td (Ister) Tj ET "
    assert texts(page(tmp_path / "a.pdf", content + drawn)) == ["Tolna", "Ister"]


def test_damaged_paths_are_no_dots() -> None:
    dots = Dots()
    with pytest.raises(TypeError):
        dots.watch(b"m", [None, 3], [1, 0, 0, 1, 0, 0])
    dots.watch(b"f", [], [1, 0, 0, 1, 0, 0])
    assert dots.found == []


def test_few_of_the_pictures_that_pages_share_are_loaded(tmp_path: Path) -> None:
    writer = PdfWriter(write_pdf(tmp_path / "a.pdf", ["Words"]))
    pictures = DictionaryObject()
    for n in range(2 * MAX_FORMS):
        picture = StreamObject()
        picture[NameObject("/Subtype")] = NameObject("/Image")
        pictures[NameObject(f"/I{n}")] = writer._add_object(picture)
    writer.pages[0]["/Resources"][NameObject("/XObject")] = pictures
    writer.write(tmp_path / "b.pdf")
    reader = PdfReader(tmp_path / "b.pdf")
    mark_moves(reader.pages[0], Fonts())
    loaded = [each for each in reader.resolved_objects.values() if isinstance(each, StreamObject)]
    assert sum(each.get("/Subtype") == "/Image" for each in loaded) == MAX_FORMS
