"""Words of a question that are foreign to a guide."""

import msgspec
import pytest

from ragguide.augment.foreign import NAME, UNKNOWN, VERSION, Vocabulary, foreign_words
from ragguide.index.keywords import terms_of

GUIDE = Vocabulary(
    terms=dict.fromkeys(
        terms_of(
            "The harbour office of Port Alma renews permits for GPT-4 and Python 3 with UV_CACHE. "
            "Its API reads JumpStart files, and --color sets the colours of trawlers."
        ),
        1.0,
    ),
    is_near=lambda word: word == "trawlres",
    is_typo=lambda word: word == "JumpStrat",
    share_of=lambda word: {
        "data": 1e-4, "set": 1e-4, "boat": 1e-5, "brioche": 1e-7, "password": 1e-5, "based": 1e-4,
    }.get(word, 0.0),
    is_english=True,
)  # fmt: skip


def found(question: str) -> list[tuple[str, float]]:
    return [(each.word, each.strength) for each in foreign_words(question, GUIDE)]


@pytest.mark.parametrize(
    "word", ["ERR-9999", "UV_MAGIC", "--hyperlink-format", "GPT-5", "E17", "DeepAR+", "YAML"]
)
def test_an_identifier_that_the_guide_lacks_is_foreign(word: str) -> None:
    (foreign,) = foreign_words(f"which permits does {word} renew", GUIDE)
    assert (foreign.word, foreign.strength, foreign.is_identifier) == (word, NAME, True)


@pytest.mark.parametrize(
    "word",
    ["GPT-4", "gpt4", "Python3", "UV_CACHE", "--color", "API-based", "APIs", "JumpStart", "16GB",
     "2nd", "30-day", "90%", "me@port.org"],
)  # fmt: skip
def test_an_identifier_of_the_guide_and_a_value_are_not(word: str) -> None:
    assert found(f"which permits does {word} renew") == []


@pytest.mark.parametrize(
    ("question", "foreign"),
    [
        ("does Snowflake renew permits", [("Snowflake", NAME)]),
        ("Snowflakes renew permits", [("Snowflakes", UNKNOWN)]),  # a sentence starts so
        ("It renews. Boat permits?", [("Boat", pytest.approx(0.2))]),
        ("which Permits Does The Snowflake Renew", [("Snowflake", UNKNOWN)]),
        ("are permits renewed on Sundays in May", []),
        ("can I'm renew", []),
        ("is Alma's office in Oslo's harbour", [("Oslo's", NAME)]),
        # the sides of a comparison
        ("Alma vs Wheelhouse", [("Wheelhouse", NAME)]),
        ("Wheelhouse Pro or Alma", [("Wheelhouse", NAME), ("Pro", NAME)]),
        ("Alma or Wheelhouse?", [("Wheelhouse", NAME)]),
    ],
)
def test_a_name_is_a_capital_within_a_sentence(
    question: str, foreign: list[tuple[str, float]]
) -> None:
    assert found(question) == foreign


def test_rare_words_are_more_foreign_than_common_ones() -> None:
    (boat, common), (brioche, rare) = found("boat brioche")
    assert (boat, brioche) == ("boat", "brioche")
    assert 0 < common < rare < UNKNOWN


def test_typing_errors_short_words_and_compounds_are_not_foreign() -> None:
    assert found("trawlres vs dataset permits") == []
    assert found("tangzhong permits") == [("tangzhong", UNKNOWN)]


def test_a_version_is_foreign_only_after_a_word() -> None:
    assert found("is trawler 15.2 new") == [("15.2", VERSION)]
    assert found("from 0.001 to 0.1") == []


def test_a_guide_in_another_language_leaves_only_identifiers() -> None:
    guide = Vocabulary(GUIDE.terms, GUIDE.is_near, GUIDE.is_typo, GUIDE.share_of, is_english=False)
    foreign = foreign_words("welche Genehmigung erneuert ERR-9999", guide)
    assert [each.word for each in foreign] == ["ERR-9999"]


@pytest.mark.parametrize(
    ("question", "codes"),
    [("警报K4表示什么？", []), ("警报K5表示什么？", ["K5"]), ("K5はどういう意味ですか？", ["K5"])],
)
def test_a_code_ends_where_chinese_or_japanese_begins(question: str, codes: list[str]) -> None:
    terms = dict.fromkeys(terms_of("警报K4表示漏水。"), 1.0)
    guide = Vocabulary(terms, GUIDE.is_near, GUIDE.is_typo, GUIDE.share_of, is_english=False)
    assert [each.word for each in foreign_words(question, guide)] == codes


NUMBERED = Vocabulary(
    dict.fromkeys(
        terms_of(
            "Firmware v4.20.3 mutes the siren. ISO 5457 and error 318 apply. "
            "Order 8841-06 is a hose. Hall B is dry, halls E and F are wet. "
            "Vitamin D is dear. TrawlBase stores the catch."
        ),
        1.0,
    ),
    is_near=lambda _: True,
    is_typo=lambda word: word == "TrawlBsae",
    share_of=lambda _: 1e-3,
    is_english=True,
)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does v4.20.2 mute?", "v4.20.2"),
        ("What does firmware 4.21 mute?", "4.21"),
        ("What does ISO 7200 say?", "7200"),
        ("What is error 319?", "319"),
        ("What is port 8081 for?", "8081"),
        ("What is order 8841-07?", "8841-07"),
        ("How wet is hall D?", "hall D"),
        ("What does TrawlBoss store?", "TrawlBoss"),
        ("Does TrawlBoss store the catch?", "TrawlBoss"),
    ],
)
def test_a_version_number_or_letter_that_the_guide_lacks_is_an_identifier(
    question: str, name: str
) -> None:
    found = [each.word for each in foreign_words(question, NUMBERED) if each.is_identifier]
    assert found == [name]


@pytest.mark.parametrize(
    "question",
    [
        "What does v4.20.3 mute?",
        "What does firmware 4.20 mute?",  # the guide has one of this line
        "Does it run on firmware v4.22?",  # "v4.20.3 or later"
        "What does ISO 5457 say?",
        "How wet is hall F?",
        "Is vitamin C dear?",  # one letter does not show that the guide names vitamins so
        "What costs EUR 500?",
        "What does TrawlBsae store?",
    ],
)
def test_what_the_guide_may_answer_is_no_foreign_identifier(question: str) -> None:
    assert not [each.word for each in foreign_words(question, NUMBERED) if each.is_identifier]


def test_a_name_with_the_letter_a_is_a_sibling_of_the_next_one() -> None:
    guide = msgspec.structs.replace(
        NUMBERED,
        terms=dict.fromkeys(terms_of("Plan A is for calm weather, Plan B for a gale."), 1.0),
    )
    found = [each.word for each in foreign_words("When is Plan C used?", guide)]
    assert "Plan C" in found
    assert foreign_words("When is Plan A used?", guide) == ()
