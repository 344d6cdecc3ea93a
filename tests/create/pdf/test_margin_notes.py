"""Notes beside a text, in smaller type or not."""

import msgspec
import pytest

from ragguide.create.pdf.lines import read_lines
from ragguide.create.pdf.text_runs import Run, text_width


def run(x: float, text: str, *, y: float, size: float = 11.0) -> Run:
    return Run(x, y, size, x + text_width(text) * size, False, False, False, text)


def note(text: str, *, y: float, x: float = 480.0) -> Run:
    return run(x, text, y=y, size=8.0)


def read(*lines: list[Run]) -> list[str]:
    return read_lines(lines)[0].split("\n")


def test_a_note_of_two_lines_follows_the_sentence_beside_it() -> None:
    assert read(
        [note("Bring a", y=702)],
        [note("lamp.", y=692), run(72, "The cave is open on all days of the week but", y=700)],
        [run(72, "Monday, and closes when the tide comes in.", y=686)],
        [run(72, "Dogs stay outside.", y=672)],
    ) == [
        "The cave is open on all days of the week but",
        "Monday, and closes when the tide comes in.",
        "Bring a",
        "lamp.",
        "Dogs stay outside.",
    ]


def test_a_note_that_begins_on_a_line_of_the_text_is_taken_from_it() -> None:
    text = run(72, "The cave is open on all days, says the keeper.", y=700)
    assert read([text, note("Bring a", y=700)], [note("lamp.", y=690)])[1:] == ["Bring a", "lamp."]


def test_rows_in_small_type_stay_rows() -> None:
    rows = [[note("Cave ", y=y, x=72), note("9 m", y=y)] for y in (672.0, 662.0, 652.0)]
    text = [run(72, "The caves have these depths, from the north to the south.", y=690)]
    assert read(text, *rows)[1:] == ["Cave 9 m"] * 3


def test_a_line_in_small_type_below_a_text_stays_there() -> None:
    text = [run(72, "The cave is open on all days, says the keeper.", y=y) for y in (700.0, 600.0)]
    lines = [[text[0]], [note("Plan of", y=660)], [note("the cave", y=650)], [text[1]]]
    assert read(*lines)[1:3] == ["Plan of", "the cave"]


CAVE = [
    "The cave is open on all days of the week but Monday, and",
    "closes when the tide comes in. Bring a lamp and dry shoes,",
    "because the floor is wet and the light of the door ends at",
    "the first bend. Children under ten hold the hand of a grown",
    "person.",
]


def text(at: int, *, x: float = 160.0) -> Run:
    return run(x, CAVE[at], y=700.0 - 14 * at)


@pytest.mark.parametrize(
    ("at", "x", "size", "dy"),
    [
        pytest.param(1, 72.0, 8.0, 0.0, id="left, smaller"),
        pytest.param(1, 72.0, 11.0, 0.0, id="left, as large as the text"),
        pytest.param(3, 72.0, 9.0, 3.0, id="left, with a baseline of its own"),
        pytest.param(1, 490.0, 8.0, 0.0, id="right"),
    ],
)
@pytest.mark.parametrize("drawn", ["before", "behind", "last"])
def test_a_note_of_one_line_in_a_margin_follows_its_paragraph(
    at: int, x: float, size: float, dy: float, drawn: str
) -> None:
    aside = run(x, "Mind the step", y=700.0 - 14 * at + dy, size=size)
    lines = [[text(n)] for n in range(5)]
    lines.insert({"before": at, "behind": at + 1, "last": 5}[drawn], [aside])
    assert [line.strip() for line in read(*lines)] == [*CAVE, "Mind the step"]


@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_note_of_two_lines_may_stand_on_the_baselines_of_the_text(first: int) -> None:
    lines = [[text(n)] for n in range(5)]
    for n, aside in enumerate(("Mind the", "step")):
        lines[first + n].append(run(490, aside, y=700.0 - 14 * (first + n)))
    assert [line.strip() for line in read(*lines)] == [*CAVE, "Mind the", "step"]


def test_notes_in_small_type_keep_their_order() -> None:
    lines = [[text(n)] for n in range(5)]
    for n, aside in ((0, "Mind the"), (1, "step"), (3, "Bring a"), (4, "lamp")):
        lines[n].append(note(aside, x=490, y=700.0 - 14 * n))
    asides = ["Mind the", "step", "Bring a", "lamp"]
    assert [line.strip() for line in read(*lines)] == [*CAVE, *asides]


def test_a_bold_note_beside_the_first_line_stands_above_it() -> None:
    head = msgspec.structs.replace(run(72.0, "Entry", y=700.0), is_bold=True)
    lines = [[text(0)], [head], *([text(n)] for n in range(1, 5))]
    assert read(*lines) == ["Entry", *CAVE]


def test_a_label_beside_the_first_line_or_the_middle_of_a_row_stays() -> None:
    first = [run(72.0, "Entry ", y=700.0), text(0)]
    middle = [run(72.0, "Entry ", y=672.0), text(2)]
    for label, at in ((first, 0), (middle, 2)):
        lines = [label if n == at else [text(n)] for n in range(5)]
        assert read(*lines)[at] == f"Entry {CAVE[at]}"
