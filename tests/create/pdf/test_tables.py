from collections.abc import Sequence

import msgspec
import pytest

from ragguide.create.pdf.clean import Line
from ragguide.create.pdf.tables import Table, split_tables
from ragguide.create.pdf.text_runs import text_width
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


def on_page_2(*lines: Line) -> list[Line]:
    return [msgspec.structs.replace(each, page=2) for each in lines]


def test_a_table_goes_on_over_the_page_under_its_header() -> None:
    more = on_page_2(line((70, "g6"), (150, "48 GB"), (250, "video")))
    assert rows_of([HEAD, *ROWS, *more]) == [[*LABELLED, "Name: g6; Memory: 48 GB; Use: video"]]


def test_a_header_that_each_page_repeats_is_no_row() -> None:
    assert rows_of([HEAD, *ROWS, *on_page_2(HEAD, ROWS[0])]) == [
        [*LABELLED, LABELLED[0], LABELLED[1]]
    ]


def test_another_header_on_the_next_page_starts_another_table() -> None:
    other = on_page_2(line((70, "City"), (150, "Region"), (250, "Zone")), *ROWS)
    assert rows_of([HEAD, *ROWS, *other])[1][1] == "City: p5; Region: 80 GB; Zone: training"


def test_the_head_of_each_page_over_its_text_is_no_table() -> None:
    def sheet(name: str) -> list[Line]:
        return [line((70, name), (250, "Works")), line((70, "Mass: 3 kg")), line((70, "Height: 9"))]

    pages = [
        msgspec.structs.replace(each, page=page)
        for page, name in enumerate(("Pump A1", "Pump B2", "Pump C3", "Pump D4"), start=1)
        for each in sheet(name)
    ]
    assert rows_of(pages) == [[each.text for each in pages]]


def test_an_empty_cell_leaves_cells_that_are_flush_right_in_their_columns() -> None:
    lines = [
        line((70, "Field"), (178, "2019"), (258, "2020"), (338, "2021")),
        line((70, "North"), (189, "12"), (341.6, "7,1")),
        line((70, "South"), (263.5, "340"), (354.6, "5")),
    ]
    assert rows_of(lines)[0][1:] == [
        "Field: North; 2019: 12; 2021: 7,1",
        "Field: South; 2020: 340; 2021: 5",
    ]


def test_centred_cells_and_an_empty_first_name_make_a_table() -> None:
    lines = [
        line((150, "Monday"), (250, "Friday")),
        line((70, "oats"), (165, "9"), (258.3, "11")),
        line((70, "rye"), (162.2, "14"), (261.1, "3")),
    ]
    assert rows_of(lines)[0][1:] == [
        "oats; Monday: 9; Friday: 11",
        "rye; Monday: 14; Friday: 3",
    ]


def test_pairs_of_names_and_values_have_no_header() -> None:
    lines = [
        line((70, "Height"), (150, "12 m"), (250, "Doors"), (350, "3")),
        line((70, "Width"), (150, "7 m"), (250, "Roof"), (350, "slate")),
        line((70, "Owner"), (150, "the mill"), (250, "Floors"), (350, "2")),
    ]
    assert rows_of(lines) == [
        [
            "Height: 12 m; Doors: 3",
            "Width: 7 m; Roof: slate",
            "Owner: the mill; Floors: 2",
        ]
    ]


def test_a_paragraph_centred_under_a_table_is_no_cell() -> None:
    below = line((65, "A paragraph that is about as wide as the whole table."))
    assert rows_of([HEAD, *ROWS, below])[1] == [below.text]


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


def test_names_that_end_in_a_colon_are_pairs() -> None:
    lines = [line((70, f"{name}:"), (150, value)) for name, value in zip("ABC", "xyz", strict=True)]
    assert rows_of(lines) == [["A: x", "B: y", "C: z"]]


def test_a_table_of_contents_is_no_table() -> None:
    entries = [
        line((70, "Oats"), (400, "3")),
        line((70, "Rye"), (400, "3")),
        line((70, "Mill"), (400, "9")),
    ]
    assert rows_of(entries) == [["Oats 3", "Rye 3", "Mill 9"]]


def test_a_name_set_left_is_joined_with_its_numbers_set_right() -> None:
    head = line((70, "Name"), (150, "Memory"), (300, "Use"))
    rows = [
        line((70, "p5"), (250, "80"), (300, "train")),
        line((70, "g5"), (250, "24"), (300, "run")),
    ]
    assert rows_of([head, *rows, msgspec.structs.replace(head, page=1), *rows])[0][1:3] == [
        "Name: p5; Memory: 80; Use: train",
        "Name: g5; Memory: 24; Use: run",
    ]


def test_centred_names_belong_to_the_cells_set_left_below_them() -> None:
    head = line((130, "Mill"), (330, "Depth"))
    rows = [line((70, name), (270, depth)) for name, depth in (("Alke", "2 m"), ("Lom", "3 m"))]
    assert rows_of([head, *rows])[0][1:] == ["Mill: Alke; Depth: 2 m", "Mill: Lom; Depth: 3 m"]


def test_right_edges_come_from_the_font_if_they_are_known() -> None:
    def wide(*cells: tuple[float, float, str]) -> Line:
        placed = tuple((left, text) for left, _, text in cells)
        rights = tuple(right for _, right, _ in cells)
        type_ = Type(size=10.0, is_bold=False, cells=placed, rights=rights)
        return Line(1, " ".join(text for _, text in placed), False, type=type_)

    head = wide((70, 100, "Name"), (150, 240, "Memory"))
    rows = [wide((70, 90, "p5"), (215, 240, "80")), wide((70, 90, "g5"), (215, 240, "24"))]
    assert rows_of([head, *rows])[0][1:] == ["Name: p5; Memory: 80", "Name: g5; Memory: 24"]


PAIRS_OF_PROSE = [
    ("Tar", "A black oil that keeps ropes dry for years."),
    ("Whip", "The end of a rope, bound with thread."),
    ("Cleat", "A bar of wood with two horns on which a rope is made fast."),
]


def beside(*pairs: tuple[str, str]) -> list[Line]:
    return [line((70, label), (120, text)) for label, text in pairs]


def test_a_word_and_its_definition_are_a_pair() -> None:
    assert rows_of(beside(*PAIRS_OF_PROSE)) == [
        [f"{label}: {text}" for label, text in PAIRS_OF_PROSE]
    ]


@pytest.mark.parametrize(
    "marks",
    [("2.1", "2.2", "2.3"), ("7", "8", "9"), ("[4]", "[5]", "[6]"), ("0:58", "1:07", "1:31")],
)
def test_a_sentence_beside_its_number_is_no_row(marks: Sequence[str]) -> None:
    lines = beside(*zip(marks, (text for _, text in PAIRS_OF_PROSE), strict=True))
    lines.insert(1, line((120, "It smells of smoke.")))
    found = [row for part in split_tables(lines) if isinstance(part, Table) for row in part.rows]
    assert [(row.is_prose, row.header) for row in found] == [(True, "")] * 3
    assert found[0].lines == tuple(lines[:2])


def test_numbered_steps_without_a_stop_are_no_table() -> None:
    steps = beside(("1", "Loosen both nuts"), ("2", "Lift the lid"), ("3", "Drain the sump"))
    found = [row for part in split_tables(steps) if isinstance(part, Table) for row in part.rows]
    assert [row.is_prose for row in found] == [True] * 3


def test_a_header_above_sentences_stays_a_header() -> None:
    lines = beside(("Word", "Meaning"), *PAIRS_OF_PROSE)
    assert rows_of(lines)[0][1] == f"Word: Tar; Meaning: {PAIRS_OF_PROSE[0][1]}"


def test_years_above_numbers_stay_a_header() -> None:
    lines = beside(("2019", "2020"), ("7", "12 t"), ("9", "14 t"))
    assert rows_of(lines)[0][1] == "2019: 7; 2020: 12 t"


def test_the_name_of_a_group_holds_for_the_rows_below_it() -> None:
    lines = [
        line((70, "Lake"), (150, "Fish"), (250, "Tons")),
        line((70, "Upper"), (150, "carp"), (250, "3")),
        line((150, "perch"), (250, "11")),
        line((70, "Lower"), (150, "trout"), (250, "8")),
        line((150, "eel"), (250, "2")),
    ]
    assert rows_of(lines)[0][1:] == [
        "Lake: Upper; Fish: carp; Tons: 3",
        "Lake: Upper; Fish: perch; Tons: 11",
        "Lake: Lower; Fish: trout; Tons: 8",
        "Lake: Lower; Fish: eel; Tons: 2",
    ]


def test_a_header_alone_at_a_pages_end_names_the_columns_of_the_next() -> None:
    head = line((70, "Lake"), (150, "Fish"), (250, "Tons"))
    rows = on_page_2(
        line((70, "Upper"), (150, "carp"), (250, "3")),
        line((70, "Lower"), (150, "eel"), (250, "2")),
    )
    named = ["Lake: Upper; Fish: carp; Tons: 3", "Lake: Lower; Fish: eel; Tons: 2"]
    assert rows_of([paragraph(), head, *rows])[1] == ["Lake | Fish | Tons", *named]


def test_a_row_alone_at_a_pages_end_is_no_header() -> None:
    lines = [line((70, "Upper"), (150, "9"), (250, "3")), *on_page_2(*ROWS, HEAD)]
    assert rows_of(lines)[0] == ["Upper 9 3"]


@pytest.mark.parametrize("lefts", [(150, 350), (201, 401)])
def test_a_name_above_a_group_of_columns_is_repeated_in_each(lefts: tuple[float, float]) -> None:
    groups = [line((70, "Dam"), *zip(lefts, ("2022", "2023"), strict=True))]
    names = line((150, "low"), (250, "high"), (350, "low"), (450, "high"))
    rows = [
        line((70, "Aal"), (150, "12"), (250, "90"), (350, "9"), (450, "85")),
        line((70, "Ems"), (150, "2"), (250, "14"), (350, "1"), (450, "19")),
    ]
    assert (
        rows_of([*groups, names, *rows, *on_page_2(*groups, names, *rows)])[0]
        == [
            "Dam | 2022 low | 2022 high | 2023 low | 2023 high",
            "Dam: Aal; 2022 low: 12; 2022 high: 90; 2023 low: 9; 2023 high: 85",
            "Dam: Ems; 2022 low: 2; 2022 high: 14; 2023 low: 1; 2023 high: 19",
        ]
        * 2
    )


def test_names_flush_left_name_columns_flush_right() -> None:
    def row(name: str, *cells: tuple[float, str]) -> Line:
        """Cells end at these places."""
        return line((70, name), *((x - 10 * text_width(text), text) for x, text in cells))

    head = line((70, "Part"), (114, "Price"), (155, "Gross load"))
    rows = [
        row("FX-1", (146.5, "10.58"), (220, "8 kg")),
        row("FX-2", (146.5, "344.17"), (220, "156 kg")),
        row("FX-3", (220, "20 kg")),
        row("FX-4", (146.5, "7.25"), (220, "4 kg")),
    ]
    assert rows_of([head, *rows])[0] == [
        "Part | Price | Gross load",
        "Part: FX-1; Price: 10.58; Gross load: 8 kg",
        "Part: FX-2; Price: 344.17; Gross load: 156 kg",
        "Part: FX-3; Gross load: 20 kg",
        "Part: FX-4; Price: 7.25; Gross load: 4 kg",
    ]


@pytest.mark.parametrize(
    ("values", "are_pairs"),
    [
        (["oak tar", "41 m", "5", "13 knots", "Ann Vik"], True),
        (["oak tar", "birch", "pine pitch", "13 knots", "Ann Vik"], False),
        (["Weight", "41 m", "5 m", "13 m", "none"], False),
        (["Amount", "41 m", "5", "13 knots", "2 kg"], False),
    ],
)
def test_values_of_mixed_kinds_are_no_column(values: list[str], are_pairs: bool) -> None:
    names = ["Cargo", "Length", "Crew", "Speed", "Owner"]
    lines = [line((70, name), (180, text)) for name, text in zip(names, values, strict=True)]
    pairs = [f"{name}: {text}" for name, text in zip(names, values, strict=True)]
    assert (rows_of(lines)[0] == pairs) == are_pairs


@pytest.mark.parametrize(
    ("printed", "are_pairs"),
    [
        pytest.param(
            "Owner|the mill|Roof|slate|Height|12 m|Built|1902|Doors|3|Cellar|damp",
            True,
            id="values of several kinds",
        ),
        pytest.param(
            "Owner|the mill|Height|12 m|Roof|slate|Keeper|Bo Lie|Doors|3|Cellar|damp",
            True,
            id="words below an amount",
        ),
        pytest.param(
            "Depot|Stock|Keeper|Fee|Bergen|12 t|Ann Vik|30 kr|Molde|7 t|Bo Lie|25 kr",
            False,
            id="one kind in each column",
        ),
        pytest.param(
            "Depot|Stock|Keeper|Fee|Bergen|12 t|Ann Vik|30 kr|Bergen|none|Bo Lie|free",
            False,
            id="a first cell that comes again",
        ),
    ],
)
def test_pairs_without_numbers_in_the_first_row(printed: str, are_pairs: bool) -> None:
    cells = printed.split("|")
    lines = [line(*zip((70, 150, 250, 350), cells[at : at + 4], strict=True)) for at in (0, 4, 8)]
    pairs = "; ".join(f"{cells[at]}: {cells[at + 1]}" for at in (0, 2))
    assert (rows_of(lines)[0][0] == pairs) == are_pairs


@pytest.mark.parametrize(
    ("printed", "are_pairs"),
    [
        pytest.param("Sum|129.00|Toll 20 %|25.80|Total|154.80", True, id="amounts"),
        pytest.param("Adults|12 kr|Under 14|6 kr|Under 6|free", True, id="an amount that is none"),
        pytest.param("07:00|Bread|08:30|Milling|12:00|Soup", True, id="times"),
        pytest.param("2011 – 2014|Miller|2014 – 2019|Baker|2019 – 2021|Cook", True, id="spans"),
        pytest.param("Time|Meal|07:00|Bread|12:00|Soup", False, id="names above times"),
        pytest.param("Year|2019|Mill 1|25.80|Mill 2|154.80", False, id="a year above amounts"),
        pytest.param("7|Bread|8|Milling|9|Soup", False, id="numbers"),
    ],
)
def test_times_and_amounts_in_the_first_row_show_pairs(printed: str, are_pairs: bool) -> None:
    cells = printed.split("|")
    lines = [line(*zip((70, 180), cells[at : at + 2], strict=True)) for at in (0, 2, 4)]
    pairs = [f"{cells[at]}: {cells[at + 1]}" for at in (0, 2, 4)]
    assert (rows_of(lines)[0] == pairs) == are_pairs


@pytest.mark.parametrize("leader", [" .........", " . . . . . . .", "......", " ______", "……"])
def test_dots_before_a_value_are_no_part_of_its_name(leader: str) -> None:
    lines = [line((70, name + leader), (300, value)) for name, value in (("Tart", "4.50"),) * 3]
    assert rows_of(lines) == [["Tart: 4.50"] * 3]


def below(gap: float, *cells: tuple[float, str], size: float = 10.0) -> list[list[str]]:
    """The table with a line below it, at a distance; the table's own lines are 12 apart."""
    last = line(*cells)
    lines = [HEAD, *ROWS, last]
    ys = (700.0, 688.0, 676.0, 676.0 - gap)
    types = [msgspec.structs.replace(each.type, y=y) for each, y in zip(lines, ys, strict=True)]
    types[-1] = msgspec.structs.replace(types[-1], size=size)
    return rows_of([msgspec.structs.replace(a, type=b) for a, b in zip(lines, types, strict=True)])


def test_a_total_or_a_heading_below_a_wide_gap_is_no_row() -> None:
    assert below(20, (150, "Sum:"), (250, "3 uses")) == [LABELLED, ["Sum: 3 uses"]]
    assert below(20, (70, "Notes"), size=12) == [LABELLED, ["Notes"]]


def test_a_line_at_the_usual_distance_or_with_all_cells_stays_in_its_table() -> None:
    assert below(12, (150, "at most"), (250, "and tests"))[0][2].endswith("inference and tests")
    assert below(20, (70, "h5"), (150, "9 GB"), (250, "tests"), size=12)[0][3] == (
        "Name: h5; Memory: 9 GB; Use: tests"
    )


def test_bold_names_beside_other_values_are_pairs() -> None:
    rows = [("Owner", "the mill", "Roof", "slate"), ("Keeper", "Bo", "Door", "oak")] * 2
    lines = [line(*zip((70, 150, 250, 350), row, strict=True)) for row in rows]
    bold = [
        msgspec.structs.replace(
            each,
            type=msgspec.structs.replace(each.type, bold=(True, False, True, False)),
        )
        for each in lines
    ]
    assert rows_of(lines)[0][1] == "Owner: Keeper; the mill: Bo; Roof: Door; slate: oak"
    assert rows_of(bold)[0][:2] == ["Owner: the mill; Roof: slate", "Keeper: Bo; Door: oak"]


def test_groups_hold_different_names_if_single_columns_are_named_above() -> None:
    lines = [
        line((70, "Dam"), (150, "Summer"), (350, "Winter")),
        line((150, "flood"), (250, "weed"), (350, "ice"), (450, "snow")),
        line((70, "Aal"), (150, "12"), (350, "9"), (450, "85")),
        line((70, "Ems"), (250, "14"), (350, "1")),
    ]
    assert rows_of(lines)[0] == [
        "Dam | Summer flood | Summer weed | Winter ice | Winter snow",
        "Dam: Aal; Summer flood: 12; Winter ice: 9; Winter snow: 85",
        "Dam: Ems; Summer weed: 14; Winter ice: 1",
    ]


def test_numbers_aligned_by_their_points_are_in_one_column() -> None:
    def numbers(name: str, *texts: str) -> Line:
        """Whole parts end at 200, 280 and 360 points."""
        lefts = [80 * i + 200 - 10 * text_width(text.split(".")[0]) for i, text in enumerate(texts)]
        cells = [cell for cell in zip(lefts, texts, strict=True) if cell[1]]
        return line((70, name), *cells)

    head = line((70, "Bay"), (189.7, "High"), (270.8, "Low"), (348.1, "Swell"))
    rows = [numbers("Aker", "3.1", "0.4", ""), numbers("Cove", "1202.755", "", "0.925")]
    assert rows_of([head, *rows])[0][1:] == [
        "Bay: Aker; High: 3.1; Low: 0.4",
        "Bay: Cove; High: 1202.755; Swell: 0.925",
    ]


def test_numbers_below_an_empty_cell_show_their_column() -> None:
    lines = [
        line((70, "Room"), (150, "Beds"), (250, "Price")),
        line((70, "R1"), (250, "50")),
        *on_page_2(
            line((70, "R2"), (220, "2"), (250, "53")), line((70, "R3"), (220, "3"), (250, "60"))
        ),
    ]
    assert rows_of(lines)[0][1:] == [
        "Room: R1; Price: 50",
        "Room: R2; Beds: 2; Price: 53",
        "Room: R3; Beds: 3; Price: 60",
    ]


def test_numbers_that_count_the_lines_of_a_text_are_dropped() -> None:
    text = [
        "The mill stands at the ford of",
        "the river and grinds rye from May",
        "to the first frost.",
    ]
    lines = beside(*zip(("4", "5", "6"), text, strict=True))
    assert rows_of([paragraph(), *lines]) == [["A paragraph.", *text]]


@pytest.mark.parametrize("lefts", [(205, 405), (150, 350)])
@pytest.mark.parametrize("name", [(), ((70, "Dam"),)])
def test_names_of_groups_may_stand_above_the_header(
    lefts: tuple[float, float], name: tuple[tuple[float, str], ...]
) -> None:
    groups = line(*name, *zip(lefts, ("Summer flood", "Winter flood"), strict=True))
    first = () if name else ((70, "Dam"),)
    header = line(*first, (150, "low"), (250, "high"), (350, "low"), (450, "high"))
    rows = [
        line((70, "Aal"), (150, "12"), (250, "90"), (350, "9"), (450, "85")),
        line((70, "Ems"), (150, "2"), (250, "14")),
    ]
    assert rows_of([groups, header, *rows])[0] == [
        "Dam | Summer flood low | Summer flood high | Winter flood low | Winter flood high",
        "Dam: Aal; Summer flood low: 12; Summer flood high: 90; Winter flood low: 9; "
        "Winter flood high: 85",
        "Dam: Ems; Summer flood low: 2; Summer flood high: 14",
    ]
