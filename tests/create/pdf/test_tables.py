from collections.abc import Sequence

from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.tables import Table, split_tables
from ragguide.types import Type


def line(*cells: tuple[float, str], page: int = 1, is_item: bool = False) -> Line:
    text = " ".join(text for _, text in cells)
    return Line(page, text, is_item, type=Type(size=10.0, is_bold=False, cells=cells))


def paragraph(text: str = "A paragraph.") -> Line:
    return line((65, text))


def rows_of(lines: Sequence[Line]) -> list[list[str]]:
    """Return the texts of each table's rows and of the lines between tables."""
    return [
        [row.text for row in part.rows] if isinstance(part, Table) else [each.text for each in part]
        for part in split_tables(lines)
    ]


HEAD = line((70, "Name"), (150, "Memory"), (250, "Use"))
ROWS = [
    line((70, "p5"), (150, "80 GB"), (250, "training")),
    line((70.4, "g5"), (150, "24 GB"), (250, "inference")),
]
LABELLED = [
    "Name | Memory | Use",
    "Name: p5; Memory: 80 GB; Use: training",
    "Name: g5; Memory: 24 GB; Use: inference",
]


def test_rows_have_their_column_names() -> None:
    assert rows_of([paragraph(), HEAD, *ROWS, paragraph()]) == [
        ["A paragraph."],
        LABELLED,
        ["A paragraph."],
    ]


def test_a_cell_of_several_lines_is_one_cell() -> None:
    lines = [
        HEAD,
        line((70, "p5")),
        line((70, "large")),  # continues in the first column
        line((150, "80 GB"), (250, "training")),
        line((250, "large models")),
        ROWS[1],
    ]
    assert rows_of(lines) == [
        [
            LABELLED[0],
            "Name: p5 large; Memory: 80 GB; Use: training large models",
            LABELLED[2],
        ]
    ]


def test_a_header_of_several_lines_names_all_columns() -> None:
    lines = [
        line((70, "Name"), (150, "Short")),
        line((150, "name")),
        line((250, "Use")),
        *ROWS,
    ]
    assert rows_of(lines)[0][1] == "Name: p5; Short name: 80 GB; Use: training"


def test_an_empty_cell_is_dropped() -> None:
    lines = [HEAD, line((70, "t3"), (250, "tests")), *ROWS]
    assert rows_of(lines)[0][1] == "Name: t3; Use: tests"


def test_lists_are_not_tables() -> None:
    lines = [line((65, "1."), (80, f"Step {n}"), is_item=True) for n in range(4)]
    assert rows_of(lines) == [[item.text for item in lines]]


def test_two_lines_are_not_a_table() -> None:
    assert rows_of([HEAD, ROWS[0]]) == [[HEAD.text, ROWS[0].text]]


def test_text_that_starts_at_the_first_column_is_not_a_row() -> None:
    after = line((70, "This sentence runs on across the whole page and so is in no cell."))
    assert rows_of([HEAD, *ROWS, after]) == [LABELLED, [after.text]]


def test_a_table_ends_with_its_page() -> None:
    other = [line(*row.type.cells, page=2) for row in (HEAD, *ROWS) if row.type]
    assert rows_of([HEAD, *ROWS, *other]) == [LABELLED, LABELLED]


def test_lines_with_single_positioned_words_are_not_tables() -> None:
    words = [line(*((65.0 + 30 * n, f"w{n}") for n in range(9))) for _ in range(5)]
    assert rows_of(words) == [[each.text for each in words]]


def test_lines_of_unknown_type_are_unchanged() -> None:
    scanned = [Line(1, "Name Memory", False), Line(1, "p5 80 GB", False)]
    assert rows_of(scanned) == [["Name Memory", "p5 80 GB"]]


def test_the_first_column_may_have_no_name() -> None:
    lines = [line((150, "Memory"), (250, "Use")), *ROWS, line((70, "t3"), (150, "1 GB"))]
    assert rows_of(lines)[0][1:] == [
        "p5; Memory: 80 GB; Use: training",
        "g5; Memory: 24 GB; Use: inference",
        "t3; Memory: 1 GB",
    ]
