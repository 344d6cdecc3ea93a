"""Signs of hits, and the verdict based on them."""

from math import exp, log

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.augment.evidence import split_hits
from ragguide.augment.foreign import Foreign, Vocabulary
from ragguide.augment.refusal import (
    NO_NUMBER,
    OTHER_KIND,
    Verdict,
    absent_words,
    judge,
    read_signs,
    refusal_sentence,
    verdict_of,
)
from ragguide.augment.weigh import weigh_hits
from ragguide.config import Settings
from ragguide.index.calibration import SHIPPED, SIGNS_VERSION, Calibration, Signs
from ragguide.index.keywords import terms_of
from ragguide.retrieve.question import Reading
from ragguide.types import Hit
from tests.augment.test_evidence import hit

RARITY = dict.fromkeys(terms_of("spot instances save money interrupted time work"), 1.0)
ZERO = Signs(stated=0, foreign=0, length=0)
ONES = Signs(stated=1, foreign=1, length=1)
CALIBRATION = Calibration(
    signs_version=SIGNS_VERSION,
    embedder="some",
    chunk_tokens=160,
    means=ZERO,
    scales=ONES,
    weights=msgspec.structs.replace(ZERO, stated=2.0, foreign=-1.0),
    bias=-1.0,
    answerable_chances=tuple(n / 100 for n in range(1, 101)),
    unanswerable_chances=(0.02, 0.04, 0.05, 0.5),
    auroc=0.9,
    risk_curve=(),
    n_hidden=100,
)


def signs(question: str, *hits: Hit, cosine: float = 0.5) -> Signs:
    candidates = split_hits(hits)
    return read_signs(
        question, candidates, [cosine] * len(candidates), dict.fromkeys(terms_of(question), 1.0),
        terms_of, RARITY, [],
    )  # fmt: skip


def test_a_statement_with_all_words_has_the_full_word_share() -> None:
    assert signs("spot instances save money", hit(0, 1), cosine=0.5).stated == pytest.approx(0.65)


def test_half_of_the_words_count_less_than_half() -> None:
    found = signs("spot instances save llamas kiwis", hit(0, 1), cosine=0.0)
    assert 0 < found.stated < 0.3 * 3 / 5


def test_words_that_only_ask_count_nothing() -> None:
    plain, asking = "spot instances save money", "does the guide mention spot instances save money"
    assert signs(asking, hit(0, 1)) == signs(plain, hit(0, 1))


def test_words_of_the_title_count_as_the_statements_own() -> None:
    assert signs("training work", hit(2, 2), cosine=0.0).stated == pytest.approx(0.3)


def test_a_wanted_figure_that_no_hit_states_leaves_the_question_open() -> None:
    assert signs("how much money do spot instances save", hit(0, 2)).stated == 0.0


def test_the_length_is_the_logarithm_of_the_number_of_terms() -> None:
    assert signs("spot instances save money", hit(0, 1)).length == pytest.approx(log(4))


def saying(text: str, *, start: int = 0) -> Hit:
    """Return a hit with one statement."""
    plain = hit(0, 0)
    statement = msgspec.structs.replace(plain.chunk.statements[0], start=0, end=len(text))
    chunk = msgspec.structs.replace(plain.chunk, text=text, start=start, statements=(statement,))
    return msgspec.structs.replace(plain, chunk=chunk)


def test_a_figure_is_stated_by_the_words_beside_it() -> None:
    found = signs(
        "how much money do spot instances save", saying("Spot Instances save 90% of the money.")
    )
    assert found.stated > 0.6


def test_a_figure_of_another_kind_states_less() -> None:
    asked = "how long are spot instances interrupted"
    hours = signs(asked, saying("Spot instances are interrupted for 2 hours."))
    money = signs(asked, saying("Spot instances are interrupted for 2 dollars."))
    assert hours.stated - money.stated == pytest.approx(OTHER_KIND)


def test_a_number_of_other_things_counts_no_instances() -> None:
    asked = "how many instances save money"
    ten = signs(asked, saying("Ten instances save money."))
    one = signs(asked, saying("One instance can save money for 10 people at this time."))
    assert ten.stated > one.stated + 0.1


def test_things_that_a_guide_may_list_need_no_number() -> None:
    listed = saying("Spot instances work and save money and time.")
    assert signs("how many spot instances save money", listed).stated == 0.0
    found = signs("how many spot instances save money are there", listed)
    assert found.stated == pytest.approx(0.5 * 0.7 + 0.3 - NO_NUMBER)


def test_a_yes_or_no_question_needs_no_number() -> None:
    text = "Spot instances work and save money and time."
    assert signs("do spot instances raise the number of instances", saying(text)).stated > 0.4


def test_both_sides_of_a_comparison_may_have_a_statement_of_their_own() -> None:
    sides = saying("Instances save money."), saying("Work takes time.", start=50)
    assert signs("money versus time", *sides).stated == pytest.approx(0.65)
    assert signs("money or time", *sides).stated < 0.5


def test_the_chance_is_the_logistic_of_the_weighted_signs() -> None:
    found = msgspec.structs.replace(ZERO, stated=0.75, foreign=1.0)
    assert CALIBRATION.chance(found) == pytest.approx(1 / (1 + exp(0.5)))


def test_the_threshold_refuses_the_allowed_share() -> None:
    assert CALIBRATION.threshold(0.05) == 0.06
    below = [chance for chance in CALIBRATION.answerable_chances if chance < 0.06]
    assert len(below) / len(CALIBRATION.answerable_chances) == 0.05
    assert CALIBRATION.refused(0.05) == 0.75


def test_zero_false_refusals_means_no_refusals() -> None:
    assert CALIBRATION.threshold(0.0) == 0.0
    assert judge(ZERO, CALIBRATION, false_refusals=0.0).refused is False


def test_with_few_questions_chances_below_the_lowest_are_refused() -> None:
    few = msgspec.structs.replace(CALIBRATION, answerable_chances=(0.3, 0.6))
    assert few.threshold(0.04) == 0.3
    assert few.threshold(0.5) == 0.6
    assert few.threshold(1.0) == 1.0


def test_without_a_calibration_only_foreign_names_are_refused() -> None:
    assert judge(ZERO, None, false_refusals=1.0) == Verdict(False, None)
    assert judge(ONES, None, false_refusals=1.0) == Verdict(True, None)
    assert judge(ONES, None, false_refusals=0.0) == Verdict(False, None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_false_refusals_refuse_more(one: float, other: float) -> None:
    low, high = sorted((one * 0.99, other * 0.99))
    assert CALIBRATION.threshold(low) <= CALIBRATION.threshold(high)
    assert CALIBRATION.refused(low) <= CALIBRATION.refused(high)


def test_the_shipped_calibration_separates_questions_as_in_the_benchmarks() -> None:
    shipped = msgspec.json.decode(SHIPPED.read_bytes(), type=Calibration)
    assert shipped.auroc is not None
    assert shipped.auroc >= 0.9
    assert shipped.refused(Settings().false_refusals) >= 0.7
    weights = shipped.weights
    assert weights.stated > 0 > weights.foreign


def test_the_strongest_foreign_word_is_the_sign() -> None:
    foreign = [Foreign("brioche", 0.5), Foreign("Vertex", 1.0)]
    found = read_signs("brioche in Vertex", [], [], {"brioch": 1.0}, terms_of, RARITY, foreign)
    assert found.foreign == 1.0


def vocabulary() -> Vocabulary:
    return Vocabulary(RARITY, lambda _: False, lambda _: False, lambda _: 1e-5, is_english=True)


def verdict(question: str, *, calibrated: bool = True, false_refusals: float = 0.05) -> Verdict:
    terms = dict.fromkeys(terms_of(question), 1.0)
    weighed = weigh_hits([hit(0, 1)], terms, lambda _: dict.fromkeys(range(999), 0.9), RARITY)
    shipped = msgspec.json.decode(SHIPPED.read_bytes(), type=Calibration)
    return verdict_of(
        Reading(question, terms, {}, {}),
        weighed,
        shipped if calibrated else None,
        vocabulary(),
        false_refusals=false_refusals,
    )


def test_a_question_for_an_identifier_that_the_guide_lacks_is_refused() -> None:
    question = "do spot instances save money after ERR-9999"
    assert verdict(question).refused
    assert not verdict(question.replace("ERR-9999", "work")).refused
    assert not verdict(question, false_refusals=0.0).refused


@pytest.mark.parametrize(
    ("version", "text", "refused"),
    [
        ("v2.4.7", "Firmware v2.4.1 mutes the horn.", True),
        ("v2.4.1", "Firmware v2.4.1 mutes the horn.", False),
        ("v2.4.7", "Firmware v2.4.1 or later mutes the horn.", False),
    ],
)
def test_a_version_that_the_guide_lacks_is_refused_unless_it_names_a_range(
    version: str, text: str, refused: bool
) -> None:
    question = f"Does firmware {version} mute the horn?"
    terms, rarity = dict.fromkeys(terms_of(question), 1.0), dict.fromkeys(terms_of(text), 1.0)
    weighed = weigh_hits([saying(text)], terms, lambda _: dict.fromkeys(range(999), 0.9), rarity)
    guide = msgspec.structs.replace(vocabulary(), terms=rarity)
    reading = Reading(question, terms, {}, {})
    assert verdict_of(reading, weighed, None, guide, false_refusals=0.05).refused is refused


def test_a_name_that_the_guide_lacks_lowers_the_chance() -> None:
    known, unknown = verdict("how do spot instances work"), verdict("how do Snowflake work")
    assert known.chance is not None
    assert unknown.chance is not None
    assert unknown.chance < known.chance - 0.2
    assert verdict("how do Snowflake work", calibrated=False).refused
    assert not verdict("how do spot instances work", calibrated=False).refused


def test_a_lookup_of_an_unmentioned_topic_is_refused() -> None:
    assert verdict("does the guide mention snowflakes").refused
    assert not verdict("does the guide mention spot instances").refused
    assert not verdict("how do snowflakes save money at spot instances").refused


def test_absent_words_leave_out_those_that_only_ask() -> None:
    text = "does the guide mention anything of spot snowflakes"
    assert absent_words(text, vocabulary()) == ("snowflakes",)


@pytest.mark.parametrize(
    "question",
    ["How often do spot instances save?", "how many days", "how very long is the work",
     "How frequently", "whose time"],
)  # fmt: skip
def test_what_how_asks_for_is_not_absent(question: str) -> None:
    assert set(absent_words(question, vocabulary())) <= {"days"}


def test_a_measure_that_does_not_ask_may_be_absent() -> None:
    assert absent_words("are spot instances often long", vocabulary()) == ("often", "long")


def test_what_how_asks_for_does_not_count_as_content() -> None:
    asked = signs("how long do spot instances save", hit(0, 1))
    plain = signs("do spot instances save", hit(0, 1))
    assert asked.length == plain.length


def test_a_code_is_absent_even_if_the_guide_has_its_parts() -> None:
    text = "what do SPOT_TIME and --save-money save"
    assert absent_words(text, vocabulary()) == ("SPOT_TIME", "save-money")


def test_a_name_by_letter_is_absent_as_a_whole() -> None:
    terms = dict.fromkeys(terms_of("Berth B is free. Berth C is let. Vitamin D is dear."), 1.0)
    guide = Vocabulary(terms, lambda _: False, lambda _: False, lambda _: 1e-5, is_english=True)
    assert absent_words("Is berth D let?", guide) == ("berth D",)
    assert absent_words("Is berth E let?", guide) == ("berth E",)
    assert absent_words("Is berth C let?", guide) == ()


def test_words_told_before_the_question_neither_count_nor_are_named() -> None:
    plain, told = "How do spot instances save money?", "My aunt came from Fargo with an ostrich."
    assert verdict(f"{told} {plain}") == verdict(plain)
    assert absent_words(f"{told} {plain}", vocabulary()) == ()
    assert verdict(f"Then came ERR-9999. {plain}").refused
    assert absent_words(f"Then came ERR-9999. {plain}", vocabulary()) == ("ERR-9999",)


@pytest.mark.parametrize(
    ("looked_for", "absent", "sentence"),
    [
        (("spot", "save"), (), "The guide does not say."),
        (("spot", "Vertex"), ("Vertex",), "The guide does not say: it does not contain “Vertex”."),
        (
            ("spot", "a", "b", "c"),
            ("a", "b", "c"),
            "The guide does not say: it does not contain “a”, “b” or “c”.",
        ),
        (
            ("mention", "kiwis"),
            ("kiwis",),
            "The guide does not say: it contains none of the question's words.",
        ),
        ((), (), "The question contains only common words, which are not searched."),
    ],
)
def test_a_refusal_names_the_words_that_the_guide_lacks(
    looked_for: tuple[str, ...], absent: tuple[str, ...], sentence: str
) -> None:
    assert refusal_sentence(looked_for, absent) == sentence
