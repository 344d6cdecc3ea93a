"""Printed lines joined into paragraphs, items and headings, with their pages."""

from collections.abc import Sequence
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.create.pdf.blocks import PrintedBody, join_lines
from ragguide.create.pdf.clean import Line
from ragguide.types import Bookmark, Type

FULL = "A line that is as long as the paper is wide, so the next word went below, and this one"
ENDED = "A line that is as long as the paper is wide, so that nothing at all went below this one."


def lines_of(*texts: str, page: int = 1) -> list[Line]:
    """Lines on one page; a bullet starts an item."""
    return [Line(page, text.removeprefix("• "), text.startswith("• ")) for text in texts]


def blocks_of(body: PrintedBody) -> list[tuple[str, str]]:
    return [(block.kind, body.text[block.start : block.end]) for block in body.blocks]


def joined(lines: Sequence[Line], bookmarks: Sequence[Bookmark] = ()) -> list[tuple[str, str]]:
    n_pages = max(line.page for line in lines)
    return blocks_of(join_lines(lines, n_pages=n_pages, bookmarks=bookmarks))


def test_a_full_line_continues_and_a_short_one_ends_its_paragraph() -> None:
    assert joined(lines_of(FULL, "ends here.", "Short and new.", FULL, FULL, "the end.")) == [
        ("paragraph", f"{FULL} ends here."),
        ("paragraph", "Short and new."),
        ("paragraph", f"{FULL} {FULL} the end."),
    ]


def test_a_short_line_continues_if_the_next_starts_in_lower_case() -> None:
    assert joined(lines_of(FULL, FULL, "broken early", "by a figure, and ended.")) == [
        ("paragraph", f"{FULL} {FULL} broken early by a figure, and ended."),
    ]


def test_an_item_continues_up_to_the_next_bullet() -> None:
    assert joined(lines_of(f"• {FULL}", "ends here.", "• Second", "1. Third")) == [
        ("item", f"• {FULL} ends here."),
        ("item", "• Second"),
        ("paragraph", "1. Third"),
    ]


def test_entries_of_a_table_of_contents_stay_apart() -> None:
    entries = [f"{n} Barley {'.' * 70} {n}" for n in (1, 2, 3)]
    assert joined(lines_of(FULL, "ends here.", *entries))[1:] == [
        ("paragraph", entry) for entry in entries
    ]


def test_an_address_on_its_own_line_is_not_joined() -> None:
    address = "https://example.org/" + "a" * 70
    assert joined(lines_of(FULL, FULL, address, "and words.")) == [
        ("paragraph", f"{FULL} {FULL}"),
        ("paragraph", address),
        ("paragraph", "and words."),
    ]


def test_a_paragraph_over_three_pages_records_where_each_page_starts() -> None:
    lines = [Line(1, FULL, False), Line(2, FULL, False), Line(4, "ends here.", False)]
    body = join_lines(lines, n_pages=5)
    assert body.text == f"{FULL} {FULL} ends here."
    second, fourth = len(FULL) + 1, 2 * (len(FULL) + 1)
    assert body.page_starts == (0, second, fourth, fourth, len(body.text))


def test_a_page_that_starts_with_a_block_starts_after_the_line_break() -> None:
    body = join_lines([*lines_of("One."), *lines_of("Two.", page=2)], n_pages=2)
    assert (body.text, body.page_starts) == ("One.\nTwo.", (0, 5))


def test_a_full_last_line_of_a_page_ends_its_paragraph() -> None:
    lines = [*lines_of(ENDED, ENDED), *lines_of("New page.", page=2)]
    assert joined(lines) == [("paragraph", f"{ENDED} {ENDED}"), ("paragraph", "New page.")]


def hyphenated(before: str, after: str, *context: str) -> str:
    """Join two lines that break between `before` and `after`, below lines of context."""
    first = "x" * (len(FULL) - len(before) - 1) + " " + before
    lines = lines_of(*context, *([FULL] * 9), first, f"{after} and more of it.")
    return join_lines(lines, n_pages=1).text.split("x ")[-1].removesuffix(" and more of it.")


def test_a_word_that_occurs_whole_elsewhere_is_joined() -> None:
    assert hyphenated("trans-", "former", "The transformer is a model.") == "transformer"


def test_a_word_that_occurs_with_its_hyphen_keeps_it() -> None:
    context = "A high-performance model.", "Another highperformance model."
    assert hyphenated("high-", "performance", *context) == "high-performance"


def test_two_words_that_occur_separately_keep_their_hyphen() -> None:
    assert hyphenated("high-", "performance", "The high jump, a performance.") == "high-performance"


def test_without_evidence_the_hyphen_stays() -> None:
    assert hyphenated("high-", "performance") == "high-performance"


def test_in_a_document_that_splits_words_the_hyphen_is_removed() -> None:
    pad = "x" * (len(FULL) - 7)
    context = ["The transformer is a model.", f"{pad} trans-", "former and so on."]
    assert hyphenated("inter-", "national", *context) == "international"
    assert hyphenated("Inter-", "National", *context) == "Inter-National"


def test_no_space_follows_a_slash_at_the_end_of_a_line() -> None:
    assert hyphenated("and/", "or") == "and/or"


def test_bookmarks_mark_the_headings() -> None:
    marks = [
        Bookmark(title="1 Storing, and moving data", level=1, page=1),
        Bookmark(title="Storing", level=2, page=1),
        Bookmark(title="After a full line", level=2, page=1),
        Bookmark(title="On another page", level=2, page=7),
    ]
    lines = lines_of(
        "1  Storing, and",
        "Moving Data",
        "Storing",
        FULL,
        ENDED,
        "After a full line",
        "Text below it.",
        "On another page",
        "Looks Like One",
        *(FULL, "ends."),
    )
    assert joined(lines, marks) == [
        ("heading", "1  Storing, and Moving Data"),
        ("heading", "Storing"),
        ("paragraph", f"{FULL} {ENDED}"),
        ("heading", "After a full line"),
        ("paragraph", "Text below it."),
        ("paragraph", "On another page"),
        ("paragraph", "Looks Like One"),
        ("paragraph", f"{FULL} ends."),
    ]


def test_a_bookmarked_heading_after_an_unfinished_full_line_is_found() -> None:
    marks = [Bookmark(title="Next thing", level=1, page=1)]
    assert joined(lines_of(FULL, FULL, "Next thing", f"• {FULL}", "ends."), marks) == [
        ("paragraph", f"{FULL} {FULL}"),
        ("heading", "Next thing"),
        ("item", f"• {FULL} ends."),
    ]


@pytest.mark.parametrize("title", ["Cover", "***", ""])
def test_bookmarks_that_match_no_line_fall_back_to_shape(title: str) -> None:
    marks = [Bookmark(title=title, level=1, page=1)]
    assert joined(lines_of("A Heading", FULL, FULL, "ends."), marks)[0] == ("heading", "A Heading")


def test_no_lines_give_an_empty_text() -> None:
    body = join_lines([], n_pages=2)
    assert (body.text, body.blocks, body.page_starts) == ("", (), (0, 0))


WORD = st.text(st.sampled_from("aAbéß-/.1,:中😀"), min_size=1, max_size=12)
TEXT = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
LINES = st.lists(st.tuples(st.integers(1, 5), TEXT, st.booleans()), max_size=25).map(
    lambda drawn: [Line(*line) for line in sorted(drawn, key=lambda line: line[0])]
)


@given(LINES, st.booleans())
def test_blocks_contain_all_text_in_order_and_every_page_has_a_start(
    lines: list[Line], with_bookmarks: bool
) -> None:
    marks = [Bookmark(title=line.text, level=1, page=line.page) for line in lines[::3]]
    body = join_lines(lines, n_pages=6, bookmarks=marks if with_bookmarks else ())
    for before, after in pairwise(body.blocks):
        assert before.start < before.end < after.start < after.end
        assert body.text[before.end : after.start] == "\n"
    if body.blocks:
        assert (body.blocks[0].start, body.blocks[-1].end) == (0, len(body.text))
    assert body.text.replace("• ", "").replace(" ", "").replace("\n", "").replace("-", "") == (
        "".join(line.text for line in lines).replace(" ", "").replace("-", "")
    )
    assert len(body.page_starts) == 6
    assert list(body.page_starts) == sorted(body.page_starts)
    starts = [*body.page_starts, len(body.text)]
    written = {page: list(group) for page, group in groupby(lines, key=lambda line: line.page)}
    for page, (start, end) in enumerate(pairwise(starts), start=1):
        shown = body.text[start:end].removeprefix("• ")
        assert bool(shown) == (page in written)
        if page in written:
            assert shown.startswith(written[page][0].text.rstrip("-"))


def typed(text: str, size: float = 10.0, *, bold: bool = False, page: int = 1) -> Line:
    return Line(page, text, False, type=Type(size=size, is_bold=bold, cells=((65.0, text),)))


BODY = [
    typed("Body text runs along here until its line is full, as lines of body text do"),
    typed("and goes on."),
]


def test_small_type_in_a_figure_does_not_break_a_sentence() -> None:
    lines = [BODY[0], typed("label of an axis", 7), BODY[1], *BODY]
    body = join_lines(lines, n_pages=1)
    assert [body.text[b.start : b.end] for b in body.blocks][1] == "label of an axis"


def test_a_compound_keeps_its_hyphen_where_a_line_ends() -> None:
    context = ["The transformer is a model.", f"{FULL[:-7]} trans-", "former and so on."]
    assert hyphenated("slow-", "moving", *context) == "slow-moving"
    assert hyphenated("out-of-the-", "way", *context) == "out-of-the-way"
    assert hyphenated("chim-", "ney", *context) == "chimney"
    assert hyphenated("light-", "house", *context) == "lighthouse"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("Hin-", "und Rückfahrt", "Hin- und Rückfahrt"),
        ("Kalt-", "oder Warmwasser", "Kalt- oder Warmwasser"),
        ("pre-", "and postwar", "pre- and postwar"),
        ("franco-", "et anglophone", "franco- et anglophone"),
        ("socio-", "y económico", "socio- y económico"),
        ("thous-", "and", "thousand"),
        ("E-", "Mail-Konto", "E-Mail-Konto"),
        ("U-", "Bahn", "U-Bahn"),
        ("Hoch-", "unddruck", "Hochunddruck"),
    ],
)
def test_a_hyphen_that_stands_for_a_word_keeps_its_blank(
    before: str, after: str, joined: str
) -> None:
    context = ["The transformer is a model.", f"{FULL[:-7]} trans-", "former and so on."]
    assert hyphenated(before, after, *context) == joined


def test_a_document_that_is_not_english_splits_words_at_its_hyphens() -> None:
    text = "Mehrere Arbeiter prüfen täglich sämtliche Ventile, Leitungen, Kessel sowie Anzeigen"
    assert hyphenated("Mess-", "geräte", text) == "Messgeräte"


def test_a_range_that_a_line_cuts_opens_no_item() -> None:
    after = Line(page=1, text="19. Those on winches are longer.", is_item=True)
    assert joined([*lines_of("Read the notes on pages 12-"), after]) == [
        ("paragraph", "Read the notes on pages 12-19. Those on winches are longer.")
    ]


def test_a_number_stays_with_its_letters_where_a_line_ends() -> None:
    assert joined(lines_of("Order the part RX-", "4410 by letter.")) == [
        ("paragraph", "Order the part RX-4410 by letter.")
    ]


def code_line(text: str, x: float = 70.0) -> Line:
    type_ = Type(size=10.0, is_bold=False, pitch=6.0, cells=((x, text),))
    return Line(1, text, False, type=type_, is_code=True)


def test_lines_of_code_stay_apart_and_indented() -> None:
    lines = [code_line("while wind:"), code_line("turn(vane)", x=94.0), code_line("stop()")]
    assert joined([*lines_of(ENDED), *lines, *lines_of(ENDED)]) == [
        ("paragraph", ENDED),
        ("code", "while wind:\n    turn(vane)\nstop()"),
        ("paragraph", ENDED),
    ]


def placed(x: float, *texts: str, page: int = 1) -> list[Line]:
    return [
        Line(page, text, False, type=Type(size=10.0, is_bold=False, cells=((x, text),)))
        for text in texts
    ]


def test_a_narrow_column_has_a_measure_of_its_own() -> None:
    column = [
        "The column is narrow, and its lines",
        "wrap much earlier than those above,",
        "where the page was still undivided,",
        "and so the valve opens at a pressure of",
        "96 bar, which nobody wanted at all.",
    ]
    found = joined([*placed(70, *[ENDED] * 20), *placed(310, *column, page=2)])
    assert found[-1] == ("paragraph", " ".join(column))
