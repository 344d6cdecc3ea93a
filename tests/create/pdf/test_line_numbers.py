"""Numbers in the margins that count the lines of a text."""

import pytest

from ragguide.create.pdf.line_numbers import drop_line_numbers
from ragguide.create.pdf.running import Printed
from ragguide.types import Type

TEXT = (
    "The keeper of the lock opens the gate at six and",
    "closes it at nine, and in winter at dusk. Boats of",
    "more than 12 metres wait for the second chamber and",
    "pay 3 crowns. The toll is paid at the window, and",
    "no boat may stay overnight without a word of the",
    "keeper, who lives in the house beside the weir and",
    "may be woken if the water rises.",
)
STEPS = ("Open the gate.", "Let the boat in.", "Close the gate.", "Fill it.", "Ring the bell.")


def printed(*cells: tuple[float, str], y: float, pitch: float = 0.0) -> Printed:
    """A line of cells; a letter is 5 points wide."""
    type_ = Type(
        size=10.0,
        is_bold=False,
        cells=cells,
        rights=tuple(x + 5.0 * len(text) for x, text in cells),
        pitch=pitch,
        y=y,
    )
    return Printed(" ".join(text for _, text in cells), round(700 - y), type_)


def page(texts: tuple[str, ...], x: float, *, each: int = 1, pitch: float = 0.0) -> list[Printed]:
    """A page with a number at `x` beside each line, or each fifth."""
    lines = []
    for number, text in enumerate(texts, start=1):
        cells = [(80.0, text)]
        if number % each == 0:
            label = str(number)
            cells.append((x - 5.0 * len(label), label))
        lines.append(printed(*sorted(cells), y=700.0 - 14 * number, pitch=pitch))
    return lines


@pytest.mark.parametrize("x", [60.0, 500.0])
def test_numbers_that_count_the_lines_of_a_text_are_dropped(x: float) -> None:
    kept, numbers = drop_line_numbers(page(TEXT, x))
    assert [line.text for line in kept] == list(TEXT)
    assert [line.text for line in numbers] == [str(n) for n in range(1, 8)]
    assert all(line.type and len(line.type.cells) == 1 for line in kept)


def test_numbers_beside_each_fifth_line_are_dropped() -> None:
    kept, numbers = drop_line_numbers(page(TEXT + TEXT, 60.0, each=5))
    assert [line.text for line in kept] == [*TEXT, *TEXT]
    assert [line.text for line in numbers] == ["5", "10"]


def test_a_number_on_a_line_of_its_own_is_dropped() -> None:
    lines = page(TEXT + TEXT, 60.0, each=50)
    numbers = [printed((50.0, str(n)), y=700.0 - 14 * n) for n in (5, 10)]
    kept, dropped = drop_line_numbers([*lines, *numbers])
    assert [line.text for line in kept] == [*TEXT, *TEXT]
    assert len(dropped) == 2


def test_numbers_of_steps_and_of_rows_stay() -> None:
    for x in (60.0, 500.0):
        lines = page(STEPS, x)
        assert drop_line_numbers(lines) == (lines, [])


def test_numbers_of_code_are_dropped() -> None:
    code = ("import lock", "lock.open(6)", "lock.close(9)", "lock.ring()")
    kept, _ = drop_line_numbers(page(code, 60.0, pitch=5.0))
    assert [line.text for line in kept] == list(code)


def test_numbers_that_do_not_count_stay() -> None:
    lines = [
        printed((80.0, text), (500.0, number), y=700.0 - 14 * at)
        for at, (text, number) in enumerate(zip(TEXT, "4928117", strict=True))
    ]
    assert drop_line_numbers(lines) == (lines, [])
