from collections.abc import Sequence

from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.tables import Table, split_tables
from ragguide.types import Type


def line(*cells: tuple[float, str], page: int = 1, is_item: bool = False) -> Line:
    text = " ".join(text for _, text in cells)
    return Line(page, text, is_item, type=Type(size=10.0, is_bold=False, cells=cells))


def paragraph(text: str = "A paragraph.") -> Line:
    return line((65, text))


def told(lines: Sequence[Line]) -> list[list[str]]:
    """Texts of the rows of a table, and of the lines between tables."""
    return [
        [row.text for row in part.rows] if isinstance(part, Table) else [each.text for each in part]
        for part in split_tables(lines)
    ]


HEAD = line((70, "Name"), (150, "Memory"), (250, "Use"))
ROWS = [
    line((70, "p5"), (150, "80 GB"), (250, "training")),
    line((70.4, "g5"), (150, "24 GB"), (250, "inference")),
]
TOLD = [
    "Name | Memory | Use",
    "Name: p5; Memory: 80 GB; Use: training",
    "Name: g5; Memory: 24 GB; Use: inference",
]


def test_rows_are_told_with_the_names_of_their_columns() -> None:
    assert told([paragraph(), HEAD, *ROWS, paragraph()]) == [
        ["A paragraph."],
        TOLD,
        ["A paragraph."],
    ]


def test_cell_of_several_lines_is_one_cell() -> None:
    lines = [
        HEAD,
        line((70, "p5")),
        line((70, "large")),  # goes on in the first column
        line((150, "80 GB"), (250, "training")),
        line((250, "large models")),
        ROWS[1],
    ]
    assert told(lines) == [
        [
            TOLD[0],
            "Name: p5 large; Memory: 80 GB; Use: training large models",
            TOLD[2],
        ]
    ]


def test_header_of_several_lines_names_all_columns() -> None:
    lines = [
        line((70, "Name"), (150, "Short")),
        line((150, "name")),
        line((250, "Use")),
        *ROWS,
    ]
    assert told(lines)[0][1] == "Name: p5; Short name: 80 GB; Use: training"


def test_empty_cell_is_left_out() -> None:
    lines = [HEAD, line((70, "t3"), (250, "tests")), *ROWS]
    assert told(lines)[0][1] == "Name: t3; Use: tests"


def test_lists_are_no_tables() -> None:
    lines = [line((65, "1."), (80, f"Step {n}"), is_item=True) for n in range(4)]
    assert told(lines) == [[item.text for item in lines]]


def test_two_lines_are_no_table() -> None:
    assert told([HEAD, ROWS[0]]) == [[HEAD.text, ROWS[0].text]]


def test_text_after_a_table_that_begins_where_it_does_is_no_row() -> None:
    after = line((70, "This sentence runs on across the whole page and so is in no cell."))
    assert told([HEAD, *ROWS, after]) == [TOLD, [after.text]]


def test_table_ends_with_its_page() -> None:
    other = [line(*row.type.cells, page=2) for row in (HEAD, *ROWS) if row.type]
    assert told([HEAD, *ROWS, *other]) == [TOLD, TOLD]


def test_lines_whose_words_are_placed_one_by_one_are_no_tables() -> None:
    words = [line(*((65.0 + 30 * n, f"w{n}") for n in range(9))) for _ in range(5)]
    assert told(words) == [[each.text for each in words]]


def test_lines_of_unknown_type_pass() -> None:
    scanned = [Line(1, "Name Memory", False), Line(1, "p5 80 GB", False)]
    assert told(scanned) == [["Name Memory", "p5 80 GB"]]


def test_header_without_a_name_for_the_first_column_is_no_fault() -> None:
    lines = [line((150, "Memory"), (250, "Use")), *ROWS, line((70, "t3"), (150, "1 GB"))]
    assert told(lines)[0][1:] == [
        "p5; Memory: 80 GB; Use: training",
        "g5; Memory: 24 GB; Use: inference",
        "t3; Memory: 1 GB",
    ]
