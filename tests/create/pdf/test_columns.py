"""Texts that are printed side by side, drawn line by line across the page."""

from collections.abc import Sequence
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from ragguide.create.documents import Limits, parse

LIMITS = Limits(timeout_s=60, memory_mb=1024)
BEES = [
    "The hives are opened on warm days",
    "only. Smoke calms the bees for about",
    "ten minutes, and the frames are lifted",
    "one by one. A frame without brood",
    "is given back to the same hive.",
]
WAX = [
    "Wax is melted in a water bath at 65",
    "degrees. The pot is never left alone,",
    "because wax burns. What floats on top",
    "is skimmed, and the rest is poured",
    "through a cloth into the mould.",
]
GUARD = [
    "The lamp is lit at dusk and put out at dawn. The keeper winds the",
    "clockwork every four hours and writes the time into the book. If the",
    "fog comes in, the horn sounds twice a minute until the far rock can",
    "be seen again. Nobody sleeps in the lamp room while the lamp burns.",
]


def drawn(path: Path, *lines: Sequence[tuple[float, str]], size: float = 9.0) -> list[str]:
    """Draw lines of placed texts from the top; return the blocks that are read."""
    canvas = Canvas(str(path), invariant=1)
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(60, 780, "Chapter")
    canvas.setFont("Helvetica", size)
    for i, line in enumerate(lines):
        for x, text in line:
            canvas.drawString(x, 740 - 12 * i, text)
    canvas.save()
    document = parse(path, LIMITS).document
    return [document.text[block.start : block.end] for block in document.blocks][1:]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    rows = [[(60, bees), (310, wax)] for bees, wax in zip(BEES, WAX, strict=True)]
    text = "\n".join(drawn(tmp_path / "bees.pdf", *rows))
    assert " ".join(BEES) in text
    assert " ".join(WAX) in text
    assert text.index("same hive") < text.index("Wax is melted")


def test_three_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    three = zip(BEES, WAX, [line.replace("Wax", "Tar") for line in WAX], strict=True)
    rows = [[(40, bees), (215, wax), (390, tar)] for bees, wax, tar in three]
    text = "\n".join(drawn(tmp_path / "bees.pdf", *rows, size=8))
    places = [text.index(words) for words in ("same hive", "Wax is melted", "Tar is melted")]
    assert places == sorted(places)


def test_a_column_may_be_longer_than_the_other(tmp_path: Path) -> None:
    rows = [[(60, bees), (310, wax)] for bees, wax in zip(BEES[:4], WAX, strict=False)]
    text = "\n".join(drawn(tmp_path / "bees.pdf", *rows, [(310, WAX[4])]))
    assert " ".join(WAX) in text


def test_notes_beside_a_text_follow_it(tmp_path: Path) -> None:
    notes = {0: "Dusk: see", 1: "table 3", 3: "No sleep"}
    for name, x_text, x_note in (("right", 60, 470), ("left", 160, 60)):
        rows = [
            sorted([*([(x_note, notes[i])] if i in notes else []), (x_text, line)])
            for i, line in enumerate(GUARD)
        ]
        found = drawn(tmp_path / f"{name}.pdf", *rows)
        assert found == [" ".join(GUARD), "Dusk: see table 3", "No sleep"]


def test_cells_of_several_lines_are_not_columns(tmp_path: Path) -> None:
    rows = [
        [(60, "Fault"), (310, "Remedy")],
        [(60, "The lamp flickers when the wind"), (310, "Close the shutter on the sea side and")],
        [(60, "is in the west and the door"), (310, "put felt under the door until it no")],
        [(60, "is open"), (310, "longer moves")],
        [(60, "The horn is hoarse or does not"), (310, "Dry the reed at the stove, never in")],
        [(60, "sound at all in wet weather"), (310, "the sun, and fit it again")],
        [(60, "The clock runs slow"), (310, "Oil the pivots")],
    ]
    text = "\n".join(drawn(tmp_path / "faults.pdf", *rows))
    assert text.startswith("Fault | Remedy\n")


def test_bullets_are_no_column_beside_their_items(tmp_path: Path) -> None:
    rows = [[(60, "•"), (72, bees)] for bees in BEES]
    found = drawn(tmp_path / "items.pdf", *rows)
    assert found == [f"• {bees}" for bees in BEES]
