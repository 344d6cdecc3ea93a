"""Numbers in groups, names that are stop words, and scripts without spaces."""

import pytest

from ragguide.index.keywords import terms_of, words_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("8,192 tokens", ["8192", "token"]),
        ("8'192 and 8’192 and 8\u202f192", ["8192"] * 3),
        ("1,00,000", ["100000"]),
        ("$1,200.50", ["1200.50", "1200", "50"]),
        ("5,000GB", ["5000gb", "5000", "gb"]),
        ("10,20,30", ["10", "20", "30"]),
        ("3,5 and 1234,567", ["3", "5", "1234", "567"]),
        ("in 2024 100 boats", ["2024", "100", "boat"]),
        ("1 200 boats", ["1", "200", "boat", "1200"]),  # or two numbers
        ("１２ ｋｍ, ﬁve ｶｷ", ["12", "km", "five", "カキ"]),
    ],
)
def test_a_number_in_groups_is_one_term(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.500 Liter", "12500"), ("4.250.000", "4250000"), ("0.125", ""), ("3.14 or 4.20.301", "")],
)
def test_a_number_with_dots_may_have_groups(text: str, number: str) -> None:
    joined = {term for term in terms_of(text) if term.isdigit() and len(term) > 3}
    assert joined == ({number} if number else set())


def test_words_are_shown_as_they_are_written() -> None:
    assert words_of("Is 8,192 more than 1 200?") == ["8,192", "1,200"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("How much is Plan A?", ["plan A"]),
        ("Tram I runs, tram i too.", ["tram I", "tram I"]),
        ("whose is locker a?", ["locker A"]),
        ("Does vitamin A help? A vitamin may.", ["vitamin A"]),
        ("Where do I go if I'm late? When a plan ends", []),
        ("the A-team, plan A.1, and model B-2, language C++", []),
        ("Lots B, D and E cost more than lot C.", ["lot B", "lot D", "lot E", "lot C"]),
        ("docks A to C, dock F/G", ["dock A", "dock B", "dock C", "dock F", "dock G"]),
        ("WHO guidance is read in the US by IT.", ["WHO", "US", "IT"]),
        ("IT\nIt is open.", ["IT"]),
        ("WHO RUNS IT?", []),
        ("You must NOT do it, AND NOT now.", []),
        ("it is who can us", []),
    ],
)
def test_a_letter_or_stop_word_that_is_a_name_is_a_term(text: str, names: list[str]) -> None:
    assert [term for term in terms_of(text) if any(map(str.isupper, term))] == names


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (
            "保修期为两年。",
            ["保", "保修", "修", "修期", "期", "期为", "为", "为两", "两", "两年", "年"],
        ),
        ("電池はカゴへ", ["電", "電池", "池", "池は", "はカ", "カゴ", "ゴへ"]),
        ("문을 열다", ["문을", "열다"]),
        ("USB端口8443", ["usb", "端", "端口", "口", "8443"]),
        ("か・き", ["か", "き"]),
    ],
)
def test_scripts_without_spaces_give_pairs(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("警报K4表示什么？", ["警报", "K4"]),
        ("K4是什么意思？", ["K4"]),
        ("泵怎么清洗？", ["泵", "清洗"]),
        ("谁检查阀门？", ["检查阀门"]),
        ("K4はどういう意味ですか？", ["K4"]),
        ("ポンプはどこですか？", ["ポンプ"]),
        ("弁は何時間開きますか？", ["弁は", "時間開きます"]),
        ("경보 K4는 무엇입니까?", ["경보", "K4"]),
        ("いつも幾何学を使う", ["いつも幾何学を使う"]),  # "always", "geometry"
    ],
)
def test_what_only_asks_is_no_word(question: str, words: list[str]) -> None:
    assert words_of(question) == words


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("`-q` mutes, -Q quits.", ["-q", "-Q"]),
        ("use [-v] or -x, --long", ["-v", "-x"]),
        ("well-k and -quiet and 3-D", []),
    ],
)
def test_an_option_of_one_letter_keeps_its_case(text: str, options: list[str]) -> None:
    assert [term for term in terms_of(text) if term.startswith("-")] == options
