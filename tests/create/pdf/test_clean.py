"""Running heads, page numbers and bullets that are removed, and similar lines that are kept."""

from collections.abc import Sequence

import msgspec
import pytest

from ragguide.create.pdf.clean import clean_pages, find_bullets, fold_characters
from ragguide.types import Bookmark, Page, Type

WORDS = "alder birch cedar elder fir gorse hazel ivy juniper larch maple oak pine rowan".split()


def pages_of(texts: Sequence[str]) -> list[Page]:
    return [Page(number=n, label=str(n), text=text) for n, text in enumerate(texts, start=1)]


def cleaned(texts: Sequence[str], bookmarks: Sequence[Bookmark] = ()) -> list[list[str]]:
    """Return the lines that are kept of each page."""
    lines = clean_pages(pages_of(texts), bookmarks).lines
    return [[line.text for line in lines if line.page == n + 1] for n in range(len(texts))]


def body(number: int, n_lines: int = 6) -> list[str]:
    """Lines that occur on no other page."""
    shift = WORDS[number % len(WORDS) :] + WORDS
    return [f"The {shift[i]} of wood {WORDS[number]} stands here." for i in range(n_lines)]


def framed(head: str, number: int, foot: str) -> str:
    return "\n".join([head, *body(number), foot])


def test_running_heads_and_feet_are_removed_despite_ocr_errors() -> None:
    feet = [
        "—-Top of page— 16",
        "-—Top of page—17",
        "— Top of page —",
        "Top of page 19",
        "Top of page",
    ]
    texts = [framed("NN\\ HOUSE|", n, foot) for n, foot in enumerate(feet)]
    assert cleaned(texts) == [body(n) for n in range(5)]


def test_a_running_line_that_ocr_put_inside_a_page_is_removed() -> None:
    texts = [framed("NN\\ TREEHOUSE", n, "ends.") for n in range(4)]
    texts.append("\n".join([*body(4), "TREEHOUSE", *body(5)]))
    assert cleaned(texts)[4] == [*body(4), *body(5)]


def test_a_line_with_a_running_heads_words_is_kept_if_the_text_uses_them() -> None:
    texts = [framed("THE WOOD", n, "ends.") for n in range(4)]
    texts.append("\n".join([*body(4), "Wood", *body(5)]))
    assert "Wood" in cleaned(texts)[4]


@pytest.mark.parametrize(
    "numbers",
    [
        ["1", "2", "3", "4"],
        ["7", "8", "9", "10"],
        ["- 7 -", "— 8 —", "- 9 -", "- 10 -"],
        ["iv", "v", "vi", "vii"],
        ["XIX", "XX", "XXI", "XXII"],
        ["Page 3 of 9", "Page 4 of 9", "Page 5 of 9", "Page 6 of 9"],
        ["3 / 9", "4 / 9", "5 / 9", "6 / 9"],
    ],
)
def test_page_numbers_are_removed_at_foot_and_head(numbers: list[str]) -> None:
    feet = ["\n".join([*body(n), number]) for n, number in enumerate(numbers)]
    heads = ["\n".join([number, *body(n)]) for n, number in enumerate(numbers)]
    assert cleaned(feet) == cleaned(heads) == [body(n) for n in range(4)]


def test_a_page_label_is_removed_even_if_it_is_the_only_one() -> None:
    page = Page(number=1, label="A-7", text="\n".join([*body(1), "a-7"]))
    assert [line.text for line in clean_pages([page]).lines] == body(1)


@pytest.mark.parametrize("last", ["300", "civil", "2026"])
def test_a_number_or_word_at_the_foot_of_one_page_is_content(last: str) -> None:
    texts = ["\n".join([*body(n), str(n + 1)]) for n in range(4)] + ["\n".join([*body(4), last])]
    assert cleaned(texts) == [*(body(n) for n in range(4)), [*body(4), last]]


def test_lines_that_repeat_inside_pages_are_content() -> None:
    texts = ["\n".join([*body(n), "Exam tip", *body(n + 5)]) for n in range(4)]
    assert cleaned(texts) == [[*body(n), "Exam tip", *body(n + 5)] for n in range(4)]


def test_a_repeated_table_header_is_kept() -> None:
    texts = ["\n".join([*body(n), "Service Limit Price", *body(n + 5)]) for n in range(4)]
    texts[2] = "\n".join(["Service Limit Price", *body(2)])  # a table continues on the next page
    assert [page.count("Service Limit Price") for page in cleaned(texts)] == [1, 1, 1, 1]


def test_a_chapter_title_is_removed_as_running_head_and_kept_where_the_chapter_starts() -> None:
    marks = [
        Bookmark(title="2 Woods", level=1, page=1),
        Bookmark(title="3 Lakes", level=1, page=3),
    ]
    texts = [
        "\n".join(["2 Woods", *body(0)]),
        "\n".join(["2 Woods", *body(1)]),
        "\n".join(["3 Lakes", *body(2)]),
        "\n".join(["Lakes 44", *body(3)]),
    ]
    assert cleaned(texts, marks) == [["2 Woods", *body(0)], body(1), ["3 Lakes", *body(2)], body(3)]


def test_a_chapters_first_page_keeps_its_title_once() -> None:
    marks = [Bookmark(title="Woods", level=1, page=1)]
    texts = ["\n".join(["Woods", "Woods", *body(0), "Woods"])]
    texts += ["\n".join(["Woods", *body(n), "Woods"]) for n in range(1, 4)]
    assert cleaned(texts, marks) == [["Woods", *body(0)], body(1), body(2), body(3)]


def test_a_numbered_chapter_title_is_kept_where_it_first_occurs() -> None:
    heads = ["1 Woods", "1 Woods", "1 Woods", "2 Fields", "2 Fields", "2 Fields"]
    pages = cleaned([framed(head, n, "ends.") for n, head in enumerate(heads)])
    assert [page[0] for page in pages] == [
        "1 Woods", body(1)[0], body(2)[0], "2 Fields", body(4)[0], body(5)[0],
    ]  # fmt: skip


def test_running_heads_with_page_numbers_are_all_removed() -> None:
    pages = cleaned([framed(f"{n + 20} Woods", n, "ends.") for n in range(4)])
    assert [page[0] for page in pages] == [body(n)[0] for n in range(4)]


def test_a_sign_that_starts_two_lines_is_a_bullet() -> None:
    assert "®" in find_bullets(["® One", "text", "® two"])
    assert "®" not in find_bullets(["® One", "text"])
    assert "•" in find_bullets([])


@pytest.mark.parametrize("glyph", ["e", "o"])
def test_a_letter_that_recurs_before_capitals_is_a_bullet(glyph: str) -> None:
    items = [f"{glyph} Item {word}" for word in WORDS[:5]]
    assert glyph in find_bullets(items)
    assert glyph not in find_bullets(items[:4])
    assert glyph not in find_bullets([item.lower() for item in items])
    assert glyph not in find_bullets([f"{glyph} = {n}" for n in range(9)])


def test_articles_pronouns_and_numbers_are_not_bullets() -> None:
    lines = [f"{glyph} {word.title()}" for glyph in "aAI5" for word in WORDS]
    assert find_bullets(lines) == find_bullets([])


def test_items_lose_only_their_bullets() -> None:
    lines = [
        "• Round",
        "° Ring one",
        "° Ring two",
        *(f"o Circle {word}" for word in WORDS[:5]),
        "o circle in mid-sentence",
        "e Lone letter",
        "1. First",
        "(b) Second",
        "A tree",
        "I see",
        "5 trees",
    ]
    cleaned = clean_pages(pages_of(["\n".join(lines)])).lines
    assert [(line.text, line.is_item) for line in cleaned] == [
        ("Round", True),
        ("Ring one", True),
        ("Ring two", True),
        *((f"Circle {word}", True) for word in WORDS[:5]),
        ("o circle in mid-sentence", False),
        ("e Lone letter", False),
        ("1. First", True),
        ("(b) Second", True),
        ("A tree", False),
        ("I see", False),
        ("5 trees", False),
    ]


@pytest.mark.parametrize("first", ["|nteger", "[Important]", "\\Version", '"Quoted', "7 ways"])
def test_a_bullet_before_misread_text_is_found(first: str) -> None:
    lines = [*(f"e Item {word}" for word in WORDS[:5]), f"e {first} here"]
    last = clean_pages(pages_of(["\n".join(lines)])).lines[-1]
    assert (last.text, last.is_item) == (f"{first} here", True)


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("ﬁve eﬃcient ﬂows", "five efficient flows"),
        ("“it’s” ‘so’", "\"it's\" 'so'"),
        ("10\u00a0GB\u202fper\u2009day", "10 GB per day"),
        ("soft\u00adware zero\u200bwidth\ufeff", "software zerowidth"),
        ("non‑breaking ‐ …", "non-breaking - ..."),
        ("e\u0301", "é"),
        ("red\x1b[31m\x00 bell\x07\x9b", "red[31m bell"),
        ("line\nbreaks\r\nstay", "line\nbreaks\r\nstay"),
    ],
)
def test_characters_are_folded(raw: str, folded: str) -> None:
    assert fold_characters(raw) == folded


def test_a_soft_hyphen_at_the_end_of_a_line_stays_as_a_hyphen() -> None:
    assert cleaned(["trans\u00ad\nformer soft\u00adware"]) == [["trans-", "former software"]]


def test_lines_without_a_word_or_number_are_removed() -> None:
    assert cleaned(["~ ~\nwords\n| _ .\n7\nmore words"]) == [["words", "7", "more words"]]


def typed(texts: Sequence[str], sizes: Sequence[Sequence[float]]) -> list[Page]:
    """Pages whose lines have these sizes in points."""
    return [
        msgspec.structs.replace(
            page, types=tuple(Type(size=size, is_bold=False, cells=()) for size in row)
        )
        for page, row in zip(pages_of(texts), sizes, strict=True)
    ]


def kept_of(pages: Sequence[Page]) -> list[list[str]]:
    lines = clean_pages(pages).lines
    return [[line.text for line in lines if line.page == page.number] for page in pages]


def test_values_at_the_foot_of_pages_are_content_despite_equal_words() -> None:
    feet = ["Depth 7 m", "Depth 31 m", "Depth 12 m", "Depth 90 m", "Depth 3 m"]
    texts = [framed("THE WOOD", n, foot) for n, foot in enumerate(feet)]
    assert cleaned(texts) == [[*body(n), foot] for n, foot in enumerate(feet)]


def test_a_name_with_its_value_is_content_in_body_type() -> None:
    feet = ["Tests: 14", "Verdict: sound"]
    texts = ["\n".join([f"Beam {word}", *body(n), *feet]) for n, word in enumerate(WORDS[:4])]
    kept = kept_of(typed(texts, [[11.0] * 9] * 4))
    assert ["Tests: 14" in lines for lines in kept] == [True] * 4


def test_a_value_is_kept_on_every_page_if_its_name_has_another_on_one() -> None:
    feet = ["Verdict: sound"] * 4 + ["Verdict: rotten"]
    texts = [framed(f"Beam {WORDS[n]}", n, foot) for n, foot in enumerate(feet)]
    kept = kept_of(typed(texts, [[11.0] * 8] * 5))
    assert [lines[-1] for lines in kept] == feet


def test_small_type_below_the_body_is_a_foot_even_with_a_colon() -> None:
    texts = [framed(f"Beam {WORDS[n]}", n, "Owner: the mill") for n in range(4)]
    kept = kept_of(typed(texts, [[11.0] * 7 + [8.0]] * 4))
    assert [lines[-1] for lines in kept] == [body(n)[-1] for n in range(4)]


@pytest.mark.parametrize("size", [11.0, 9.0])
def test_a_repeated_sentence_is_kept_once(size: float) -> None:
    head = "Wear gloves before you lift a beam."
    texts = [framed(head, n, f"{WORDS[n]} ends") for n in range(4)]
    kept = kept_of(typed(texts, [[size] + [11.0] * 7] * 4))
    assert [lines[0] == head for lines in kept] == [True, False, False, False]


def test_a_large_line_that_counts_is_a_heading_unless_it_says_page() -> None:
    sizes = [[16.0] + [11.0] * 7] * 4
    units = typed([framed(f"Unit {n + 1}", n, f"{WORDS[n]} ends") for n in range(4)], sizes)
    assert [lines[0] for lines in kept_of(units)] == ["Unit 1", "Unit 2", "Unit 3", "Unit 4"]
    paged = typed([framed(f"Page {n + 1} of 9", n, f"{WORDS[n]} ends") for n in range(4)], sizes)
    assert [lines[0] for lines in kept_of(paged)] == [body(n)[0] for n in range(4)]


def test_a_numbered_part_below_a_running_head_is_a_heading() -> None:
    texts = ["\n".join(["Mill and quay", f"Lesson {n + 1}", *body(n)]) for n in range(4)]
    kept = kept_of(typed(texts, [[11.0] * 8] * 4))
    assert [lines[0] for lines in kept] == ["Lesson 1", "Lesson 2", "Lesson 3", "Lesson 4"]


def test_numbers_far_above_the_pages_count_invoices() -> None:
    heads = [f"Invoice {4711 + n}" for n in range(4)]
    texts = [framed(head, n, f"{WORDS[n]} ends") for n, head in enumerate(heads)]
    assert [lines[0] for lines in kept_of(typed(texts, [[11.0] * 8] * 4))] == heads


def drawn(lines: Sequence[tuple[str, float, float]]) -> tuple[str, tuple[Type, ...]]:
    """The text and the types of lines, each given as (text, size, baseline)."""
    types = tuple(Type(size=size, is_bold=False, cells=(), y=y) for _, size, y in lines)
    return "\n".join(text for text, _, _ in lines), types


def kept_where(pages: Sequence[Sequence[tuple[str, float, float]]]) -> list[list[str]]:
    """Return the lines that are kept of each page; lines are given as (text, size, baseline)."""
    found = [drawn(lines) for lines in pages]
    return kept_of(
        [
            Page(number=n, label=str(n), text=text, types=types)
            for n, (text, types) in enumerate(found, start=1)
        ]
    )


def set_at(texts: Sequence[str], top: float, size: float = 11.0) -> list[tuple[str, float, float]]:
    """Lines of a paragraph, 14 points apart."""
    return [(text, size, top - 14 * i) for i, text in enumerate(texts)]


def test_a_line_within_a_repeated_paragraph_is_kept_on_every_page() -> None:
    pages = [
        [f"Boat {word} is red.", "It is hauled up the slip and left on the shore by", f"{n} men."]
        for n, word in enumerate(WORDS[:5], start=2)
    ]
    assert kept_where([set_at(lines, 760.0) for lines in pages]) == pages


def test_a_repeated_line_that_ends_a_letters_sentence_is_kept_on_every_page() -> None:
    greetings = ["Yours sincerely", "the harbour master"]
    letters = [
        [*set_at(body(n, 3), 760.0), *set_at([f"Come {word} and bring", "your oars."], 690.0)]
        for n, word in enumerate(WORDS[:4])
    ]
    kept = kept_where([[*lines, *set_at(greetings, 620.0)] for lines in letters])
    assert ["your oars." in lines for lines in kept] == [True] * 4
    assert [lines[-2:] == greetings for lines in kept] == [True, False, False, False]


def test_values_without_a_colon_are_kept_with_the_lines_below_them() -> None:
    ends = [["Verdict sound" if n % 3 else "Verdict rotten", "Valid until 2031"] for n in range(6)]
    pages = [
        [*set_at([f"Mast {n}", *body(n)], 760.0), *set_at(end, 80.0)] for n, end in enumerate(ends)
    ]
    assert [lines[-2:] for lines in kept_where(pages)] == ends
    assert [lines[0] for lines in kept_where(pages)] == [f"Mast {n}" for n in range(6)]


def test_a_value_that_occurs_once_is_no_stray_of_a_running_head() -> None:
    heads = ["Sodium 1.2", "Sodium 1.2", "Sodium 1.2", "Sodium 0.9"]
    pages = [[(head, 8.0, 800.0), *set_at(body(n), 760.0, 11.0)] for n, head in enumerate(heads)]
    assert kept_where(pages)[3][0] == "Sodium 0.9"


@pytest.mark.parametrize("foot", ["Page {} of 9", "- {} -"])
def test_numbers_that_count_beside_a_page_number_count_invoices(foot: str) -> None:
    heads = [f"Bill 2031-{118 + n}" for n in range(5)]
    pages = [
        [(head, 8.0, 800.0), *set_at(body(n), 760.0), (foot.format(n + 1), 8.0, 30.0)]
        for n, head in enumerate(heads)
    ]
    assert kept_where(pages) == [[head, *body(n)] for n, head in enumerate(heads)]


def test_a_counting_number_that_is_called_a_number_stays_below_body_type() -> None:
    heads = [f"Bill no. 2031-{118 + n}" for n in range(5)]
    pages = [[(head, 8.0, 800.0), *set_at(body(n), 760.0)] for n, head in enumerate(heads)]
    assert [lines[0] for lines in kept_where(pages)] == heads


def test_running_lines_in_body_type_that_stand_apart_are_removed() -> None:
    pages = [
        [
            ("Harbour handbook", 11.0, 810.0),
            *set_at(body(n), 760.0),
            (f"Harbour office, page {n + 1}", 11.0, 30.0),
        ]
        for n in range(5)
    ]
    assert kept_where(pages) == [body(n) for n in range(5)]


def test_a_label_without_a_value_is_removed_even_in_a_block() -> None:
    pages = [set_at([*body(n), "Sources:", f"{WORDS[n]} 1"], 760.0) for n in range(5)]
    assert ["Sources:" in lines for lines in kept_where(pages)] == [False] * 5


def test_the_head_of_a_printed_plain_text_is_removed_without_a_gap() -> None:
    pages = [set_at(["The otter handbook", *body(n)], 760.0) for n in range(4)]
    assert kept_where(pages) == [body(n) for n in range(4)]


@pytest.mark.parametrize(
    "first", ["It is hauled up the slip and", "It rests.", "Load 7 t", "Hull sound"]
)
def test_a_first_line_that_is_no_title_is_kept_in_a_block(first: str) -> None:
    heads = ["Hull rotten" if first == "Hull sound" and n == 2 else first for n in range(5)]
    pages = [[head, f"left by {WORDS[n]}.", *body(n)] for n, head in enumerate(heads)]
    assert kept_where([set_at(lines, 760.0) for lines in pages]) == pages


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("B E R T H S", ["BERTHS"]),
        ("S A F E   U S E:", ["SAFE USE:"]),
        ("T h e   N e w   Q u a y", ["The New Quay"]),
        ("C H A P T E R   1 2", ["CHAPTER 12"]),
        ("C A R E O F R O P E S", ["CARE OF ROPES"]),  # no gap is wider
        ("Q U A Y M A S T E R", ["QUAYMASTER"]),  # a word of the document
        ("V A L D R I S", ["VALDRIS"]),
        ("A B C D E", []),  # the names of columns
        ("Dock A B D C", ["Dock A B D C"]),
        ("o O O O", []),  # boxes, as OCR reads them
    ],
)
def test_a_heading_with_spaced_letters_is_read_as_words(line: str, kept: list[str]) -> None:
    below = "The quay is closed, says the quaymaster."
    assert cleaned([f"{line}\n{below}"]) == [[*kept, below]]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("It is N E V E R open at n i g h t.", "It is NEVER open at night."),
        ("Call the q u a y m a s t e r first.", "Call the quaymaster first."),
        ("It is a  n i g h t  w a t c h here.", "It is a night watch here."),
        ("The vitamins K D E A are in it.", "The vitamins K D E A are in it."),
        ("Press the keys W A S D to go.", "Press the keys W A S D to go."),
        ("Docks A B C D are full.", "Docks A B C D are full."),
    ],
)
def test_letters_set_apart_within_a_line_are_words_if_they_are_known(line: str, kept: str) -> None:
    below = "The quay is closed, says the quaymaster."
    assert cleaned([f"{line}\n{below}"]) == [[kept, below]]


def celled(page: Page, cells: Sequence[tuple[float, str]]) -> Page:
    """The page with these cells in its first line."""
    first, *others = page.types
    return msgspec.structs.replace(
        page, types=(msgspec.structs.replace(first, cells=tuple(cells)), *others)
    )


def test_a_head_of_two_cells_is_removed_although_one_changes() -> None:
    chapters = ["1 Docks", "2 Ropes", "3 Sails", "3 Sails", "4 Hooks"]
    heads = [[(72.0, chapter.upper()), (300.0, "Harbour handbook")] for chapter in chapters]
    pages = []
    for n, (chapter, head) in enumerate(zip(chapters, heads, strict=True), start=1):
        title = [(chapter, 14.0, 770.0)] if chapter not in chapters[: n - 1] else []
        lines = [(" ".join(text for _, text in head), 11.0, 810.0), *title, *set_at(body(n), 740.0)]
        text, types = drawn(lines)
        pages.append(celled(Page(number=n, label=str(n), text=text, types=types), head))
    assert [lines[0] for lines in kept_of(pages)] == [*chapters[:3], body(4)[0], "4 Hooks"]


def test_a_chapters_name_with_the_page_number_is_removed_from_odd_pages() -> None:
    chapters = ["Docks", "Docks", "Docks", "Ropes", "Ropes", "Sails", "Sails", "Sails"]
    pages = []
    for n, chapter in enumerate(chapters, start=1):
        head = f"{chapter} {n}" if n % 2 else f"{n} Harbour handbook"
        title = [(chapter, 14.0, 780.0)] if chapter not in chapters[: n - 1] else []
        pages.append([(head, 9.0, 810.0), *title, *set_at(body(n), 740.0)])
    first = [lines[0] for lines in kept_where(pages)]
    assert first == [
        "Docks", body(2)[0], body(3)[0], "Ropes", body(5)[0], "Sails", body(7)[0], body(8)[0],
    ]  # fmt: skip


def test_a_head_that_is_no_title_is_kept_although_its_number_counts() -> None:
    heads = ["Docks 1", "2 Harbour handbook", "Ropes 3", "4 Harbour handbook", "Sails 5"]
    pages = [[(head, 9.0, 810.0), *set_at(body(n), 740.0)] for n, head in enumerate(heads)]
    assert [lines[0] for lines in kept_where(pages)][::2] == heads[::2]


def two_pages(
    head: str, sizes: tuple[float, float] = (8.0, 8.0), heights: tuple[float, float] = (810.0,) * 2
) -> list[list[str]]:
    return kept_where(
        [
            [(head, sizes[n], heights[n]), *set_at(body(n), 760.0), (f"{n + 1} / 2", 8.0, 30.0)]
            for n in range(2)
        ]
    )


def test_small_type_at_the_same_place_on_both_of_two_pages_is_removed() -> None:
    assert two_pages("Harbour prices") == [body(0), body(1)]


@pytest.mark.parametrize(
    ("head", "sizes", "heights"),
    [
        ("Prices hold from May.", (8.0, 8.0), (810.0, 810.0)),
        ("Harbour: open", (8.0, 8.0), (810.0, 810.0)),
        ("Harbour prices", (11.0, 11.0), (810.0, 810.0)),
        ("Harbour prices", (8.0, 8.0), (810.0, 790.0)),
    ],
)
def test_other_lines_of_two_pages_are_kept(
    head: str, sizes: tuple[float, float], heights: tuple[float, float]
) -> None:
    assert two_pages(head, sizes, heights) == [[head, *body(0)], [head, *body(1)]]
