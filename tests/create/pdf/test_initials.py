"""Large initials beside the text that they begin, and capitals in two sizes."""

import pytest

from ragguide.create.pdf.lines import read_lines
from ragguide.create.pdf.text_runs import Run, text_width


def run(x: float, text: str, *, y: float, size: float = 11.0) -> Run:
    return Run(x, y, size, x + text_width(text) * size, False, False, False, text)


def read(*lines: list[Run]) -> list[str]:
    return read_lines(lines)[0].split("\n")


BELOW = ["and the kiln is lit at dusk, when the", "wind is low."]


def drawn(letter: str, first: str, at: int) -> list[list[Run]]:
    """A letter of two lines' height beside the first two of three lines, drawn at a place."""
    initial = run(72, letter, y=686, size=28)
    lines = [
        [run(initial.right + 3, first, y=700)],
        [run(initial.right + 3, BELOW[0], y=686)],
        [run(72, BELOW[1], y=672)],
    ]
    lines.insert(at, [initial])
    return lines


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize(
    ("letter", "rest", "text"),
    [
        ("T", "he clay is dug in May", "The clay is dug in May"),
        ("T", "HE CLAY is dug in May", "THE CLAY is dug in May"),
        ("A", "potter digs it in May", "A potter digs it in May"),
        ("A", " potter digs it in May", "A potter digs it in May"),
        ("A", "s the clay is dug", "As the clay is dug"),
        ("I", "n May the clay is dug", "In May the clay is dug"),
    ],
)
def test_an_initial_begins_the_line_beside_its_top(
    letter: str, rest: str, text: str, at: int
) -> None:
    assert read(*drawn(letter, rest, at)) == [text, *BELOW]


def test_an_initial_that_the_reader_puts_before_the_line_beside_it_is_taken_from_it() -> None:
    initial, first, second, third = drawn("T", "he clay is dug in May", 0)
    assert read(first, [*initial, *second], third) == ["The clay is dug in May", *BELOW]


@pytest.mark.parametrize(("letter", "entry"), [("C", "Clay"), ("7", "he clay"), ("C", "12 kilns")])
def test_a_letter_beside_entries_is_no_initial(letter: str, entry: str) -> None:
    assert letter in read(*drawn(letter, entry, 0))


def test_a_letter_beside_a_list_in_capitals_is_no_initial() -> None:
    assert "CLAY" in read(*drawn("C", "CLAY", 0)[:3])


def test_a_large_letter_far_from_a_text_is_no_initial() -> None:
    assert "T" in read([run(300, "T", y=686, size=28)], [run(72, "he clay", y=700)])


def test_an_initial_on_the_baseline_and_small_capitals_stay_in_their_word() -> None:
    line, x = [], 72.0
    for text, size in (("T", 24), ("he kilns of ", 11), ("U", 11), ("NESCO", 8.5), (" burn", 11)):
        line.append(run(x, text, y=700, size=size))
        x = line[-1].right
    assert read(*([each] for each in line)) == ["The kilns of UNESCO burn"]


def test_smaller_text_behind_a_gap_is_a_word_of_its_own() -> None:
    capital = run(72, "Plan A", y=700)
    assert read([capital], [run(capital.right + 3, "as drawn", y=700, size=8)]) == [
        "Plan A as drawn"
    ]
