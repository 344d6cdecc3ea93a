"""Headings found by type and by shape, and lines that only look like headings."""

from collections.abc import Sequence

import msgspec
import pytest

from ragguide.create.pdf.blocks import join_lines
from ragguide.create.pdf.clean import Line
from ragguide.types import Type
from tests.create.pdf.test_blocks import BODY, FULL, joined, lines_of, typed

# ── by type ───────────────────────────────────────────────────────────────────────────────────────


def levels(lines: Sequence[Line]) -> list[tuple[str, int]]:
    body = join_lines(lines, n_pages=3)
    return [(body.text[b.start : b.end], b.level) for b in body.blocks if b.kind == "heading"]


def test_larger_type_is_a_higher_heading() -> None:
    lines = [
        typed("a chapter", 18),
        *BODY,
        typed("a section", 13, bold=True),
        *BODY,
        typed("a run-in", 10, bold=True),
        *BODY,
        typed("another chapter", 18, page=2),
        *BODY,
    ]
    assert levels(lines) == [
        ("a chapter", 1),
        ("a section", 2),
        ("a run-in", 3),
        ("another chapter", 1),
    ]


def test_the_documents_title_has_the_level_of_chapters() -> None:
    lines = [
        typed("The Title", 30),
        *BODY,
        typed("One", 18),
        *BODY,
        typed("Two", 18, page=2),
        *BODY,
    ]
    assert levels(lines) == [("The Title", 1), ("One", 1), ("Two", 1)]


def test_a_heading_of_two_lines_is_one_heading() -> None:
    lines = [typed("a chapter with so long", 18), typed("a title", 18), *BODY, *BODY]
    assert levels(lines) == [("a chapter with so long a title", 1)]


def test_a_table_of_contents_has_no_headings() -> None:
    entries = [typed(f"Chapter {n} 1{n}", 18) for n in range(3)]
    lines = [typed("Contents", 20), *entries, *BODY, typed("Chapter 0", 18, page=2), *BODY, *BODY]
    assert [title for title, _ in levels(lines)] == ["Contents", "Chapter 0"]


def test_a_bold_sentence_is_not_a_heading() -> None:
    assert levels([*BODY, typed("This is important.", bold=True), *BODY]) == []


def test_a_bold_name_with_its_value_is_not_a_heading() -> None:
    total = typed("Total: 31 kr", bold=True)
    apart = msgspec.structs.replace(total.type, cells=((70, "Total:"), (300, "31 kr")))
    assert levels([*BODY, msgspec.structs.replace(total, type=apart), *BODY]) == []
    assert levels([*BODY, total, *BODY]) != []


def test_text_that_is_all_bold_has_no_headings_by_type() -> None:
    assert levels([typed(f"plain words {n}", bold=True) for n in range(9)]) == []


# ── by shape ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("amount", ["98.10 kr", "1,050.20 €", "$ 98", ": 230 V"])
def test_a_name_with_an_amount_is_text_below_a_heading(amount: str) -> None:
    lines = lines_of("Sheet of April", f"Opening Balance {amount}", FULL, "ends here.")
    assert joined(lines) == [
        ("heading", "Sheet of April"),
        ("paragraph", f"Opening Balance {amount}"),
        ("paragraph", f"{FULL} ends here."),
    ]


@pytest.mark.parametrize(
    "heading", ["Storing Data", "What is a model?", "1. Storing data", "Key Benefits:", "Amazon S3"]
)
def test_a_short_line_above_text_is_a_heading(heading: str) -> None:
    assert joined(lines_of(heading, FULL, FULL, "ends."))[0] == ("heading", heading)
    assert joined(lines_of(heading, "• One thing", FULL, FULL))[0] == ("heading", heading)


@pytest.mark.parametrize(
    "line", ["Ends like a sentence.", "small beginnings", "Cell |", "Mostly made of small words"]
)
def test_a_short_line_of_another_shape_is_not_a_heading(line: str) -> None:
    assert joined(lines_of(line, f"X{FULL}", FULL, "ends."))[0][0] == "paragraph"


def test_a_short_line_above_short_text_is_not_a_heading() -> None:
    assert joined(lines_of(FULL, "ends.", "Label", "Short."))[1:] == [
        ("paragraph", "Label"),
        ("paragraph", "Short."),
    ]


def test_only_the_last_line_of_a_figure_can_be_a_heading() -> None:
    figure = ["Raw Data", "Feature Store", "Training Job", "Registry", "Endpoint"]
    assert [kind for kind, _ in joined(lines_of(*figure, FULL, FULL, "ends."))] == [
        *["paragraph"] * 4,
        "heading",
        "paragraph",
    ]


def test_three_headings_in_a_row_are_headings() -> None:
    lines = lines_of("Part One", "Storing Data", "Buckets", FULL, FULL, "ends.")
    assert [kind for kind, _ in joined(lines)] == ["heading"] * 3 + ["paragraph"]


def headings(*texts: str) -> list[str]:
    """Headings of a page, below a full paragraph on the page before."""
    lines = [*lines_of(FULL, FULL, "ends."), *lines_of(*texts, page=2)]
    return [text for kind, text in joined(lines) if kind == "heading"]


def test_a_cell_above_a_narrow_column_is_not_a_heading() -> None:
    column = [
        "Data Quality",
        "text that turns where its",
        "column ends, not the paper, and",
        "ends.",
    ]
    assert headings("Title", FULL, "ends.", *column) == ["Title"]


def test_a_cell_above_a_line_of_other_cells_is_not_a_heading() -> None:
    cells = ["grasps what the", "Search", f"Methods {FULL}", "apabili", "Py less effective."]
    assert headings("Title", FULL, "ends.", *cells) == ["Title"]


def test_column_names_above_ruled_cells_are_not_a_heading() -> None:
    row = "Purpose Tells how a model comes to what it says | Tells what it does as people would"
    assert headings("Rules and Reasons", "Aspect Rules Reasons", row, "say it.") == [
        "Rules and Reasons"
    ]
    assert headings(FULL, "ends.", "Aspect Rules Reasons", row, "say it.") == []


def test_figure_labels_above_a_heading_are_not_headings() -> None:
    figure = ["raw files", "Prompt Prompt", "Tuned Model"]
    assert headings(FULL, "ends.", *figure, "Storing Data", FULL, "ends.") == ["Storing Data"]


def test_after_a_figure_the_heading_above_a_label_is_kept() -> None:
    figure = ["raw files", "Tuned Model"]
    assert headings(FULL, "ends.", *figure, "Tools", "First Tool:", FULL, "ends.") == [
        "Tools",
        "First Tool:",
    ]


@pytest.mark.parametrize(
    "caption", ["Table 4.6. Kinds of Disks", "Figure 2: Parts", "Fig. 3 Parts"]
)
def test_a_caption_is_not_a_heading(caption: str) -> None:
    assert headings("Title", FULL, "ends.", caption, FULL, "ends.") == ["Title"]


def test_only_a_label_with_a_colon_is_a_heading_above_addresses() -> None:
    address = "https://example.org/" + "a" * len(FULL)
    assert headings("Title", FULL, "ends.", "Further Reading:", address) == [
        "Title",
        "Further Reading:",
    ]
    assert headings("Title", FULL, "ends.", "Last Row", address) == ["Title"]


BROKEN = ["Preparing Everything for a Training", "Job"]


def test_a_title_of_two_lines_is_joined_if_the_text_has_the_words_at_the_break() -> None:
    text = "Every training job has a name, and it is a name that no other one in this account has."
    assert headings(*BROKEN, text, "ends.") == [" ".join(BROKEN)]
    assert headings(*BROKEN, FULL, "ends.") == BROKEN
    assert headings(
        "A Training", "Job", text, "Preparing Everything for Training", FULL, "ends."
    ) == [
        "A Training",
        "Job",
        "Preparing Everything for Training",
    ]


def test_table_rows_are_no_headings() -> None:
    def row(*cells: tuple[float, str]) -> Line:
        text = " ".join(text for _, text in cells)
        return Line(1, text, False, type=Type(size=10, is_bold=False, cells=cells))

    rows = [
        row((70, "Quarry"), (200, "Depth")),
        row((70, "North Pit"), (200, "31 m")),
        row((70, "old shaft of the mine"), (200, "9 m")),
    ]
    text = [typed(line.text, 10) for line in lines_of(FULL)]
    assert levels([*text, *rows, *text]) == []
