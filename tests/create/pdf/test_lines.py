"""Runs of text with their places, as programs that write PDFs leave them."""

from pathlib import Path

import msgspec
import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from ragguide.create.documents import Limits, parse
from ragguide.create.pdf.lines import read_lines
from ragguide.create.pdf.text_runs import Run, text_width

LIMITS = Limits(timeout_s=60, memory_mb=1024)


def read(*lines: list[Run]) -> list[str]:
    return read_lines(lines)[0].split("\n")


def run(x: float, text: str, *, y: float = 700.0, size: float = 10.0) -> Run:
    right = x + text_width(text.lstrip()) * size
    return Run(x, y, size, right, False, False, False, text)


def test_raised_digits_do_not_join_their_number() -> None:
    assert read([run(72, "about 10"), run(110, "7", y=704, size=6), run(114, " grains")]) == [
        "about 10⁷ grains"
    ]


def test_a_raised_number_may_be_negative_and_on_a_line_of_its_own() -> None:
    assert read([run(72, "about 10")], [run(110, "-3", y=704, size=6)], [run(117, "  grams")]) == [
        "about 10⁻³ grams"
    ]


def test_lowered_digits_stay_in_their_word() -> None:
    assert read([run(72, "CO"), run(88, "2", y=697, size=6), run(92, " rises")]) == ["CO2 rises"]


def test_a_sign_in_a_font_of_its_own_belongs_to_its_power() -> None:
    line = [run(72, "about 10"), run(110, "−", y=704, size=6), run(113.5, "9", y=704, size=6)]
    assert read([*line, run(118, " grams")]) == ["about 10⁻⁹ grams"]


def test_lowered_digits_that_are_drawn_apart_stay_in_their_line(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "loft.pdf"), invariant=1)
    x = 72.0
    for text, up in [("The log", 0), ("2", -2), (" of 8 is 3; H", 0), ("2", -2), ("O and SO", 0),
                     ("4", -2), ("2-", 4), (" are rinsed out.", 0)]:  # fmt: skip
        size = 7 if up else 11
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, 700 + up, text)
        x += canvas.stringWidth(text, "Helvetica", size)
    canvas.drawString(72, 680, "The tank holds 4 tonnes.")
    canvas.save()
    assert parse(tmp_path / "loft.pdf", LIMITS).document.text == (
        "The log2 of 8 is 3; H2O and SO4²⁻ are rinsed out. The tank holds 4 tonnes."
    )


@pytest.mark.parametrize(
    ("before", "raised", "text"),
    [
        ("the fee", "a", "the fee^a"),
        ("the fee.", "a,b", "the fee.^a,b"),
        ("the fee", "e", "the fee^e"),
        ("the depth", "*", "the depth*"),
        ("the depth", "1,2", "the depth¹,²"),
        ("2", "n", "2^n"),
        ("2", "n-1", "2^(n-1)"),
        ("the 4", "th", "the 4th"),
        ("the 2", "e", "the 2e"),
        ("M", "me", "Mme"),
        ("at 20", "o", "at 20°"),
        ("Ropex", "TM", "Ropex™"),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_raised_letters_do_not_join_their_word(
    before: str, raised: str, text: str, apart: bool
) -> None:
    x = 72 + 10 * text_width(before)
    drawn = [run(72, before), run(x, raised, y=704, size=6.5)]
    behind = run(x + 6.5 * text_width(raised), " is here")
    lines = [[each] for each in (*drawn, behind)] if apart else [[*drawn, behind]]
    assert read(*lines) == [f"{text} is here"]


@pytest.mark.parametrize("mark", ["a", "2"])
def test_a_word_or_a_cell_behind_raised_signs_stands_apart(mark: str) -> None:
    """TeX draws no blanks."""
    fee = run(72, "fee")
    raised = run(fee.right, mark, y=704, size=6)
    behind = [run(raised.right + gap, text) for gap, text in ((3, "is"), (80, "is"), (0.2, "."))]
    ends = [" is", " is", "."]
    for follows, end in zip(behind, ends, strict=True):
        said = f"fee{'^a' if mark == 'a' else '²'}{end}"
        assert read([fee], [raised], [follows]) == read([fee, raised, follows]) == [said]


def test_a_letter_on_the_baseline_far_above_it_or_far_behind_is_not_raised() -> None:
    for x, y, size in ((87, 700, 6.5), (87, 712, 6.5), (130, 704, 6.5), (87, 704, 10)):
        assert "^" not in read([run(72, "fee"), run(x, "a", y=y, size=size)])[0]


def test_text_beside_a_large_initial_is_not_raised() -> None:
    initial = run(72, "A", size=30)
    assert read([initial, run(92, "s", y=714), run(97, " the tide")]) == ["As the tide"]


def test_lowered_letters_stay_in_their_word() -> None:
    lines = [[run(72, "V")], [run(78.7, "max", y=697, size=6)], [run(95, " is 7")]]
    assert read(*lines) == ["Vmax is 7"]


def test_the_cells_of_a_line_do_not_break_at_a_raised_digit() -> None:
    line = [run(72, "about 10"), run(110, "7", y=704, size=6), run(114, " grains"), run(300, "rye")]
    assert read_lines([line])[1][0].cells == ((72, "about 10⁷ grains"), (300, "rye"))


def test_text_drawn_twice_is_read_once() -> None:
    assert read([run(72, "Stop the mill"), run(72.4, "Stop the mill")]) == ["Stop the mill"]


@pytest.mark.parametrize("shifts", [[(0, 0)], [(0.3, 0), (0.6, 0)], [(0.3, 0.3)], [(1, -1)]])
def test_text_drawn_again_by_operations_of_their_own_is_read_once(
    shifts: list[tuple[float, float]], tmp_path: Path
) -> None:
    canvas = Canvas(str(tmp_path / "loft.pdf"), invariant=1)
    for i, text in enumerate(["Close the hatch", "Lift the pole and pull it.", "Then wait 7 s."]):
        for x, y in [(0, 0), *shifts]:
            canvas.drawString(72 + x, 700 - 24 * i + y, text)
    canvas.save()
    text = parse(tmp_path / "loft.pdf", LIMITS).document.text
    assert text == "Close the hatch\nLift the pole and pull it. Then wait 7 s."


def test_equal_powers_of_a_line_whose_runs_share_a_place_are_both_read() -> None:
    power = run(72, "2", y=705, size=7)
    line = [run(72, "5 m"), power, run(72, " of 6 m"), power]
    assert read(line) == ["5 m² of 6 m²"]


def test_equal_cells_side_by_side_are_both_read() -> None:
    assert read([run(72, "oats"), run(172, "oats")]) == ["oatsoats"]


def test_a_bullet_on_a_baseline_of_its_own_joins_its_line() -> None:
    assert read([run(72, "•", y=698, size=12)], [run(90, "Oats")]) == ["• Oats"]


def test_bullets_that_are_drawn_last_join_their_lines() -> None:
    lines = [[run(90, "Oats")], [run(90, "Rye", y=686)], [run(80, "•")], [run(80, "•", y=686)]]
    assert read(*lines) == ["• Oats", "• Rye"]


@pytest.mark.parametrize(("number", "read_as"), [("1", "1."), ("2.", "2."), ("(b)", "(b)")])
def test_the_number_of_an_item_may_have_a_baseline_of_its_own(number: str, read_as: str) -> None:
    """reportlab's lists draw numbers in larger type, lower than their text."""
    label, item = run(72, number, y=698, size=12), run(90, "Mill the oats.")
    assert read([label], [item]) == [f"{read_as} Mill the oats."]
    assert read([label], [run(90, "Mill the oats.", y=640)]) == [number, "Mill the oats."]


def test_a_sign_that_stands_beside_no_line_stays() -> None:
    assert read([run(72, "Oats")], [run(300, "*", y=600)]) == ["Oats", "*"]


def test_the_number_of_a_note_stands_apart_from_its_text() -> None:
    for mark in ("2", "a"):
        label, text = run(72, mark, y=703, size=6), run(76, "If the loft is dry.", size=8)
        assert read([label, text]) == read([label], [text]) == [f"{mark} If the loft is dry."]


def test_raised_digits_of_full_size_belong_to_a_number_or_a_word() -> None:
    def raised(text: str) -> str:
        x = 72 + 10 * text_width(text)
        return read([run(72, text), run(x, "2", y=703.5)])[0]

    assert raised("about 10") == "about 10²"
    assert raised("the loft") == "the loft²"
    assert raised("CO") == "CO2"  # a formula, whose digits are lowered


def test_letters_set_apart_form_words() -> None:
    width = {"T": 6.1, "H": 7.2, "E": 6.7, "M": 8.3, "I": 2.8, "L": 5.6, " ": 2.8}
    line, x = [], 72.0
    for letter in "THE MILL":
        if letter != " ":
            line.append(run(x, letter if x == 72 else " " + letter))
        x += width[letter] + 4
    assert read(line) == ["THE MILL"]
    assert read(*[[each] for each in line]) == ["THE MILL"]


def spaced(text: str, x: float, gap: float) -> list[Run]:
    """Each letter placed on its own."""
    drawn = []
    for letter in text:
        drawn.append(run(x, letter))
        x += 10 * text_width(letter) + gap
    return drawn


def test_letters_set_apart_within_a_line_form_words() -> None:
    letters = spaced("the mill", 100, 4)
    drawn = [run(72, "Close "), *letters, run(letters[-1].right + 6, " at once")]
    assert read(*([each] for each in drawn)) == ["Close the mill at once"]
    assert read(drawn) == ["Close the mill at once"]


def test_single_letters_far_apart_are_cells() -> None:
    line = spaced("CABD", 72, 30)
    assert [text for _, text in read_lines([line])[1][0].cells] == ["C", "A", "B", "D"]


def test_lines_of_turned_text_are_not_joined() -> None:
    turned = [Run(x, None, 10.0, x, False, False, False, f"line {x}") for x in (72.0, 90.0)]
    assert read(*[[each] for each in turned]) == ["line 72.0", "line 90.0"]


def test_the_cells_of_a_drawn_table_stay_in_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "grain.pdf"
    rows = [["Grain", "Sacks", "Price"], ["Oats", "7", "31 marks"], ["Rye", "12", "44 marks"]]
    note = Paragraph("Sacks are weighed twice.", getSampleStyleSheet()["Normal"])
    SimpleDocTemplate(str(path), invariant=1).build([Table(rows), note])
    assert parse(path, LIMITS).document.text.split("\n") == [
        "Grain | Sacks | Price",
        "Grain: Oats; Sacks: 7; Price: 31 marks",
        "Grain: Rye; Sacks: 12; Price: 44 marks",
        "Sacks are weighed twice.",
    ]


def test_the_mark_of_a_note_leaves_the_text_and_a_power_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    canvas = Canvas(str(path), invariant=1)
    for y, parts in (
        (720, ["A sack has 10", "2", " handfuls."]),
        (700, ["Flour keeps 40", "2", " weeks."]),
        (680, ["The loft has 60 m", "2", "."]),
    ):
        text = canvas.beginText(72, y)
        x = 72.0
        for i, part in enumerate(parts):
            size = 6 if i == 1 else 10
            text.setFont("Helvetica", size)
            text.setTextOrigin(x, y + 4 * (i == 1))
            text.textOut(part)
            x += canvas.stringWidth(part, "Helvetica", size)
        canvas.drawText(text)
    canvas.setFont("Helvetica", 7)
    canvas.drawString(72, 90, "2 If the loft is dry.")
    canvas.save()
    parsed = parse(path, LIMITS)
    assert (
        "A sack has 10² handfuls. Flour keeps 40 weeks. The loft has 60 m²." in parsed.document.text
    )
    assert [(mark.text, mark.reason) for mark in parsed.removed] == [("²", "mark of a note")]


def test_letters_and_signs_of_notes_leave_the_text_each_time(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    canvas = Canvas(str(path), invariant=1)
    notes = [("a", 4, 6), (" Without oats.", 0, 8)], [("*", 4, 6), (" By hand.", 0, 8)]
    for y, parts in (
        (720, [("The fee", 0, 10), ("a", 4, 6), (" is 4 marks, the toll", 0, 10), ("a", 4, 6),
               (" is 3.", 0, 10)]),
        (708, [("The rope", 0, 10), ("b", 4, 6), (" has e", 0, 10), ("a", 4, 6),
               (" threads and the mill", 0, 10), ("*", 4, 6), (" a wheel.", 0, 10)]),
        (90, notes[0]),
        (80, notes[1]),
    ):  # fmt: skip
        x = 72.0
        for part, up, size in parts:
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, y + up, part)
            x += canvas.stringWidth(part, "Helvetica", size)
    canvas.save()
    parsed = parse(path, LIMITS)
    assert parsed.document.text.split("\n") == [
        "The fee is 4 marks, the toll is 3.",
        "The rope^b has e^a threads and the mill a wheel.",
        "a Without oats.",
        "• By hand.",
    ]


def test_filled_fields_and_notes_are_read_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), invariant=1)
    canvas.drawString(72, 700, "Miller:")
    canvas.drawString(300, 700, "Sacks:")
    canvas.drawString(72, 660, "The form goes to the loft.")
    canvas.acroForm.textfield(name="who", value="Ada Quern", x=130, y=695, width=120, height=18)
    canvas.acroForm.textfield(name="sacks", value="42", x=350, y=695, width=60, height=18)
    canvas.acroForm.textfield(name="empty", value="", x=350, y=600, width=60, height=18)
    canvas.acroForm.textfield(name="Remark", value="moist", x=350, y=500, width=60, height=18)
    canvas.textAnnotation("Weigh twice", Rect=[400, 640, 420, 660])
    canvas.save()
    text = parse(path, LIMITS).document.text
    assert "Miller: Ada Quern Sacks: 42" in text
    assert "Remark: moist" in text
    assert "Note: Weigh twice" in text
    assert "empty" not in text


def test_a_label_may_stand_above_its_field(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), invariant=1)
    for y, name, value in ((700, "Miller:", "Ada Quern"), (640, "Sacks:", "42")):
        canvas.drawString(72, y, name)
        canvas.acroForm.textfield(name=value, value=value, x=74, y=y - 24, width=120, height=18)
    canvas.save()
    assert parse(path, LIMITS).document.text == "Miller: Ada Quern\nSacks: 42"


def test_a_few_words_to_the_left_of_a_field_are_its_label(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), invariant=1)
    for y, name, value in ((700, "Name of the miller", "Ada Quern"), (670, "Sacks", "42")):
        canvas.drawString(72, y, name)
        canvas.acroForm.textfield(name="f", value=value, x=200, y=y - 6, width=120, height=18)
    canvas.drawString(72, 640, "Flour dried")
    canvas.acroForm.checkbox(name="dry", checked=True, x=200, y=636, size=14)
    canvas.save()
    text = parse(path, LIMITS).document.text
    assert text.split("\n") == ["Name of the miller: Ada Quern", "Sacks: 42", "Flour dried: Yes"]


def test_fields_without_a_label_are_blocks_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), invariant=1)
    canvas.drawString(72, 700, "The form goes to the loft.")
    for y, name, value in ((600, "miller", "Ada Quern"), (500, "sacks", "42")):
        canvas.acroForm.textfield(name=name, value=value, x=200, y=y, width=120, height=18)
    canvas.save()
    text = parse(path, LIMITS).document.text
    assert text.split("\n") == ["The form goes to the loft.", "miller: Ada Quern", "sacks: 42"]


def test_words_that_are_drawn_one_by_one_are_one_cell() -> None:
    line = [run(72, "62"), run(83.1, " "), run(86, "%"), run(200, "9 "), run(208.4, "t")]
    _, types = read_lines([line])
    assert [text for _, text in types[0].cells] == ["62 %", "9 t"]


def test_a_number_that_is_drawn_behind_its_item_comes_before_it() -> None:
    assert read([run(86, "Open the tap."), run(72, "2. ")]) == ["2. Open the tap."]


def test_a_line_that_the_reader_joins_to_the_line_above_is_cut() -> None:
    assert read([run(90, "def tap():"), run(84, "drip()", y=692)]) == ["def tap():", "drip()"]


def test_a_cell_beside_the_middle_of_two_lines_belongs_to_the_first() -> None:
    lines = read([run(72, "Bed", y=694)], [run(150, "Spring")], [run(150, "water", y=688)])
    assert lines == ["Bed Spring", "water"]


def test_a_name_beside_the_middle_of_two_header_lines_is_a_cell() -> None:
    goes_on = msgspec.structs.replace(run(150, "\tLoose", y=709), goes_on=True)
    _, types = read_lines([[run(72, "Sort"), goes_on]])
    assert [text.strip() for _, text in types[0].cells] == ["Sort", "Loose"]


def test_heads_that_are_drawn_last_come_first() -> None:
    body = [[run(72, text, y=700 - 14 * at)] for at, text in enumerate("abcdef")]
    assert read(*body, [run(72, "Wells", y=760)], [run(72, "7", y=40)]) == ["Wells", *"abcdef", "7"]


def test_a_few_words_above_a_field_are_its_label(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(str(path), invariant=1)
    canvas.drawString(72, 700, "Name of the miller")
    canvas.acroForm.textfield(name="a", value="Ada Quern", x=74, y=676, width=120, height=18)
    canvas.drawString(72, 640, "The form is kept for two years.")
    canvas.save()
    text = parse(path, LIMITS).document.text
    assert text == "Name of the miller: Ada Quern The form is kept for two years."
