"""The lines of a document, put together from chunks that overlap."""

from ragguide.augment.lists.lines import Line, read_lines
from ragguide.types import Chunk, Statement
from tests.augment.lists.guides import chunks_of

MANUAL = """# Pump

The pump moves water.

## Setup

1. Fill the tank.
2. Open the valve.

## Parts

- Motor: turns the wheel.
- Wheel: moves the water.
"""


def short(lines: list[Line]) -> list[tuple[str, str]]:
    return [(line.sign, line.text) for line in lines]


def test_lines_keep_the_signs_of_items_and_the_headings() -> None:
    assert short(read_lines(chunks_of(MANUAL))) == [
        ("", "Pump"),
        ("", "The pump moves water."),
        ("", "Setup"),
        ("1.", "Fill the tank."),
        ("2.", "Open the valve."),
        ("", "Parts"),
        ("•", "Motor: turns the wheel."),
        ("•", "Wheel: moves the water."),
    ]


def test_small_chunks_that_overlap_give_the_same_lines() -> None:
    whole = short(read_lines(chunks_of(MANUAL)))
    assert short(read_lines(chunks_of(MANUAL, chunk_tokens=9, chunk_overlap=5))) == whole


def test_a_heading_knows_its_section_and_its_number() -> None:
    text = "# Plan\n\n## Steps\n\n### 1. Draw\n\nUse a pen.\n\n### 2. Cut\n\nUse a knife.\n"
    headings = [line for line in read_lines(chunks_of(text)) if line.is_heading]
    assert [(line.section, line.number) for line in headings] == [
        (("Plan",), None),
        (("Plan", "Steps"), None),
        (("Plan", "Steps", "Draw"), 1),
        (("Plan", "Steps", "Cut"), 2),
    ]


def test_a_number_that_stands_in_the_statement_is_a_sign() -> None:
    text = "3. Close the lid."
    chunk = Chunk(
        id="m/p0007-01",
        document="m",
        section=("Care",),
        text=text,
        text_sha="",
        statements=(Statement(start=0, end=len(text), section=("Care",)),),
        start=0,
        end=len(text),
        page_first=7,
        page_last=7,
        page_labels=("5",),
        page_breaks=(),
    )
    (line,) = read_lines([chunk])
    assert (line.number, line.sign, line.text) == (3, "3.", "Close the lid.")


def test_a_line_is_evidence_with_its_place() -> None:
    lines = read_lines(chunks_of(MANUAL))
    evidence = lines[3].evidence(4)
    assert (evidence.mark, evidence.text, evidence.section, evidence.locator) == (
        4,
        "Fill the tank.",
        ("Pump", "Setup"),
        "line 7",
    )
