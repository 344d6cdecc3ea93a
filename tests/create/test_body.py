"""Blocks in reading order, joined into one text with its sections and pages."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from ragguide.create.body import Body, BodyBuilder, one_line, typed_item


def built(*steps: Callable[[BodyBuilder], None]) -> Body:
    body = BodyBuilder()
    for step in steps:
        step(body)
    return body.finish()


def blocks_of(body: Body) -> list[tuple[str, str]]:
    return [(block.kind, body.text[block.start : block.end]) for block in body.blocks]


def sections_of(body: Body) -> list[tuple[tuple[str, ...], str]]:
    return [(section.path, body.text[section.start : section.end]) for section in body.sections]


def assert_valid(body: Body) -> None:
    """Check the invariants of every body."""
    at = 0
    for block in body.blocks:
        assert body.text[at : block.start].strip() == ""
        assert at <= block.start < block.end
        at = block.end
    assert at == len(body.text)
    edges = [section.start for section in body.sections] + [len(body.text)]
    assert edges == sorted(edges)
    assert [section.end for section in body.sections] == edges[1:]
    assert edges[0] == 0
    assert len(body.page_starts) == len(body.page_labels) >= 1
    assert list(body.page_starts) == sorted(body.page_starts)
    assert body.page_starts[0] == 0
    body.text.encode()  # it can be stored in a file


def test_one_line_break_separates_blocks() -> None:
    body = built(
        lambda b: b.heading("A  heading", 1, line=1),
        lambda b: b.paragraph("Two\n lines", line=3),
        lambda b: b.item("bullet"),
        lambda b: b.item("numbered", sign="3."),
        lambda b: b.row(["Ann", "31"], header=["Name", "Age"], line=9),
        lambda b: b.code("def f():\n\n    return 1\n", line=10),
    )
    assert body.text == (
        "A heading\nTwo lines\n• bullet\n3. numbered\nName: Ann; Age: 31\ndef f():\n\n    return 1"
    )
    assert blocks_of(body) == [
        ("heading", "A heading"),
        ("paragraph", "Two lines"),
        ("item", "• bullet"),
        ("item", "3. numbered"),
        ("row", "Name: Ann; Age: 31"),
        ("code", "def f():\n\n    return 1"),
    ]
    assert [block.line for block in body.blocks] == [1, 3, None, None, 9, 10]
    assert [block.header for block in body.blocks] == ["", "", "", "", "Name | Age", ""]
    assert_valid(body)


def test_a_heading_nests_under_the_last_one_of_a_lower_level() -> None:
    body = built(
        lambda b: b.paragraph("before"),
        lambda b: b.heading("1. One", 1),
        lambda b: b.heading("Deep", 4),
        lambda b: b.paragraph("text"),
        lambda b: b.heading("Less deep:", 2),
        lambda b: b.heading("Two", 1),
    )
    assert sections_of(body) == [
        ((), "before\n"),
        (("One",), "1. One\n"),
        (("One", "Deep"), "Deep\ntext\n"),
        (("One", "Less deep"), "Less deep:\n"),
        (("Two",), "Two"),
    ]


def test_a_slide_without_a_title_is_not_in_the_previous_section() -> None:
    body = built(
        lambda b: b.begin_page(1, "1", closes_section=True),
        lambda b: b.heading("Title", 1),
        lambda b: b.begin_page(2, "2", closes_section=True),
        lambda b: b.begin_page(3, "3", closes_section=True),
        lambda b: b.paragraph("text"),
        lambda b: b.begin_page(4, "4", closes_section=True),
    )
    assert sections_of(body) == [(("Title",), "Title\n"), ((), "text")]
    assert body.page_starts == (0, 6, 6, 10)
    assert body.page_labels == ("1", "2", "3", "4")


def test_a_page_does_not_end_a_section() -> None:
    body = built(
        lambda b: b.begin_page(1, "i"),
        lambda b: b.heading("Title", 1),
        lambda b: b.begin_page(2, "ii"),
        lambda b: b.paragraph("text"),
    )
    assert sections_of(body) == [(("Title",), "Title\ntext")]
    assert (body.page_starts, body.page_labels) == ((0, 6), ("i", "ii"))


def test_a_row_names_its_filled_cells_by_their_columns() -> None:
    header = ["Name:", "", "Age"]
    body = built(
        lambda b: b.row(["Ann", "x", "", "more"], header=header),
        lambda b: b.row(["", " ", ""], header=header),
        lambda b: b.row(["Name:", "", "Age", ""], header=header),  # repeated on the next page
        lambda b: b.row(["Age", "31"]),
        lambda b: b.row(["a", "", "c"]),
        lambda b: b.row(["a", "b", "c"]),
    )
    assert body.text == "Name: Ann; x; more\nAge: 31\na | c\na | b | c"
    assert [block.header for block in body.blocks] == ["Name: | Age", "", "", ""]


def test_code_keeps_its_lines_and_loses_the_common_indentation() -> None:
    body = built(lambda b: b.code("\n\n\tif x:\n\t\ty = “1”  \n\n", line=5))
    assert blocks_of(body) == [("code", 'if x:\n    y = "1"')]
    assert body.blocks[0].line == 7


def test_blocks_without_text_are_dropped() -> None:
    body = built(
        lambda b: b.heading(" ", 1),
        lambda b: b.paragraph("\u200b\n"),
        lambda b: b.item(""),
        lambda b: b.code("\n \n"),
        lambda b: b.row([]),
    )
    assert body == Body("", (), (), (0,), ("1",))


def test_characters_are_folded_and_can_all_be_encoded() -> None:
    assert one_line("a\u00a0 ‘ﬁt’\x00\x0b\ud83d\ude00 \udc80") == "a 'fit' 😀 \ufffd"


def test_a_typed_sign_starts_an_item() -> None:
    assert typed_item("• one") == ("• ", "one")
    assert typed_item("- one") == ("• ", "one")
    assert typed_item("12) one") == ("12) ", "one")
    assert typed_item("(a) one") == ("(a) ", "one")
    assert typed_item("-5 degrees") is None
    assert typed_item("A. Smith") is None
    assert typed_item("1. ") is None


texts = st.text(max_size=20)
steps = st.one_of(
    st.tuples(st.just("heading"), texts, st.integers(0, 6)),
    st.tuples(st.sampled_from(["paragraph", "item", "code"]), texts),
    st.tuples(st.just("row"), st.lists(texts, max_size=4), st.lists(texts, max_size=4)),
    st.tuples(st.just("turn"), texts, st.booleans()),
)


@given(st.lists(steps, max_size=12))
def test_blocks_and_sections_cover_all_added_text(added: list[tuple]) -> None:  # type: ignore[type-arg]
    body = BodyBuilder()
    n_pages = 0
    for step in added:
        match step:
            case ("heading", text, level):
                body.heading(text, level)
            case ("row", cells, header):
                body.row(cells, header=header)
            case ("turn", label, closes):
                n_pages += 1
                body.begin_page(n_pages, label, closes_section=closes)
            case (kind, text):
                getattr(body, kind)(text)
    result = body.finish()
    if result.text:
        assert_valid(result)


def test_lines_of_a_paragraph_that_are_names_with_values_stay_apart() -> None:
    body = BodyBuilder()
    body.paragraph("From: the mill\n To: Ann Vik\nAbout: rye")
    body.paragraph("Note: the mill\nis closed.")
    body.paragraph("To: Ann Vik\n")
    assert body.finish().text.split("\n") == [
        "From: the mill", "To: Ann Vik", "About: rye", "Note: the mill is closed.", "To: Ann Vik",
    ]  # fmt: skip


def test_a_spaced_heading_is_one_word_if_the_text_before_it_has_that_word() -> None:
    body = BodyBuilder()
    body.heading("R O P E S H E D", 1)
    body.paragraph("Each ropeshed is locked.")
    body.heading("R O P E S H E D", 1)
    assert [title for section in body.finish().sections for title in section.path] == [
        "ROPE SHED",
        "ROPESHED",
    ]


def test_a_heading_with_spaced_letters_has_words() -> None:
    body = BodyBuilder()
    body.heading("C H A P T E R  F O U R", 1)
    body.heading("C A R E O F R O P E S", 2)
    body.heading("A B C D", 2)
    assert [section.path[-1] for section in body.finish().sections] == [
        "CHAPTER FOUR",
        "CARE OF ROPES",
        "A B C D",
    ]
