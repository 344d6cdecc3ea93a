"""Signs of hits, and the verdict based on them."""

from math import exp

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.augment.evidence import split_hits
from ragguide.augment.refusal import (
    OTHER_KIND,
    Verdict,
    absent_names,
    judge,
    read_signs,
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
ZERO = Signs(lead=0, nearest=0, weight=0, stated=0, lacking=0, missing=0)
ONES = Signs(lead=1, nearest=1, weight=1, stated=1, lacking=1, missing=1)
CALIBRATION = Calibration(
    signs_version=SIGNS_VERSION,
    embedder="some",
    chunk_tokens=160,
    means=ZERO,
    scales=ONES,
    weights=msgspec.structs.replace(ZERO, nearest=2.0, lacking=-1.0),
    bias=-1.0,
    answerable_chances=tuple(n / 100 for n in range(1, 101)),
    unanswerable_chances=(0.02, 0.04, 0.05, 0.5),
    auroc=0.9,
    risk_curve=(),
    n_hidden=100,
)


def signs(question: str, *hits: Hit, cosine: float = 0.5) -> Signs:
    candidates = split_hits(hits)
    cosines = [cosine] * len(candidates)
    return read_signs(
        question, hits, candidates, cosines, cosines, dict.fromkeys(terms_of(question), 1.0),
        terms_of, RARITY,
    )  # fmt: skip


def test_a_statement_with_all_words_has_the_full_word_share() -> None:
    found = signs("spot instances save money", hit(0, 1), cosine=0.5)
    assert found.stated == pytest.approx(0.65)
    assert (found.lacking, found.nearest) == (0.0, 0.5)


def test_words_of_the_title_count_as_the_statements_own() -> None:
    assert signs("training work", hit(2, 2), cosine=0.0).stated == pytest.approx(0.3)


def test_a_wanted_figure_that_no_hit_states_is_lacking() -> None:
    found = signs("how much money do spot instances save", hit(0, 2))
    assert found.stated == 0.0
    assert found.lacking > 0.6


def test_question_words_that_occur_in_no_hit_are_missing() -> None:
    assert signs("spot instances save money", hit(0, 1)).missing == 0.0
    assert signs("spot instances save llamas", hit(0, 1)).missing == pytest.approx(0.25)


def saying(text: str) -> Hit:
    """Return a hit with one statement."""
    plain = hit(0, 0)
    statement = msgspec.structs.replace(plain.chunk.statements[0], start=0, end=len(text))
    chunk = msgspec.structs.replace(plain.chunk, text=text, statements=(statement,))
    return msgspec.structs.replace(plain, chunk=chunk)


def test_a_figure_is_stated_by_the_words_beside_it() -> None:
    found = signs(
        "how much money do spot instances save", saying("Spot Instances save 90% of the money.")
    )
    assert found.stated > 0.6
    assert found.lacking == pytest.approx(0.0)


def test_a_figure_of_another_kind_states_less() -> None:
    asked = "how long are spot instances interrupted"
    hours = signs(asked, saying("Spot instances are interrupted for 2 hours."))
    money = signs(asked, saying("Spot instances are interrupted for 2 dollars."))
    assert hours.lacking == pytest.approx(0.0)
    assert money.lacking == pytest.approx(OTHER_KIND)
    assert money.stated < hours.stated - 0.1


def test_the_lead_uses_the_best_score_at_any_rank() -> None:
    first, second = hit(0, 0, score=0.3), hit(2, 2, score=0.5, rank=2)
    assert signs("spot", first, second).lead == pytest.approx(0.2)
    assert signs("spot", first).lead == 0.0


def test_the_chance_is_the_logistic_of_the_weighted_signs() -> None:
    found = msgspec.structs.replace(ZERO, nearest=0.75, lacking=1.0)
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


def test_without_a_calibration_nothing_is_refused_and_chance_is_none() -> None:
    assert judge(ZERO, None, false_refusals=1.0) == Verdict(False, None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_false_refusals_refuse_more(one: float, other: float) -> None:
    low, high = sorted((one * 0.99, other * 0.99))
    assert CALIBRATION.threshold(low) <= CALIBRATION.threshold(high)
    assert CALIBRATION.refused(low) <= CALIBRATION.refused(high)


def test_the_shipped_calibration_separates_questions_as_in_the_benchmarks() -> None:
    shipped = msgspec.json.decode(SHIPPED.read_bytes(), type=Calibration)
    assert shipped.auroc is not None
    assert shipped.auroc >= 0.86
    assert shipped.refused(Settings().false_refusals) >= 0.55
    assert (len(shipped.answerable_chances), len(shipped.unanswerable_chances)) == (173, 27)


@pytest.mark.parametrize(
    ("question", "absent", "names"),
    [
        ("What does Snowflake cost?", ("Snowflake",), ("Snowflake",)),
        ("what does ERR-9999 mean", ("ERR-9999",), ("ERR-9999",)),
        ("which rank for LoRA adapters", ("LoRA",), ("LoRA",)),
        ("which slice do I take", ("slice",), ()),
        ("Roughly how many are there?", ("Roughly",), ()),
        ("What Is The Usual Payload Of Boats?", ("Payload",), ()),
        ("can I'm there count", ("I'm",), ()),
    ],
)
def test_names_that_the_guide_never_uses_differ_from_other_words(
    question: str, absent: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert absent_names(question, absent) == names


def verdict(question: str, absent: tuple[str, ...], false_refusals: float = 0.05) -> Verdict:
    hits = [hit(0, 1)]
    terms = dict.fromkeys(terms_of(question), 1.0)
    weighed = weigh_hits(hits, terms, lambda _: dict.fromkeys(range(999), 0.9), RARITY)
    reading = Reading(question, terms, {}, {})
    return verdict_of(
        question, absent, reading, weighed, None, rarity=RARITY, false_refusals=false_refusals
    )


def test_a_question_with_a_name_that_the_guide_lacks_is_refused() -> None:
    question = "How much money does Snowflake save?"
    assert verdict(question, ("Snowflake",)).refused
    assert not verdict(question, ()).refused
    assert not verdict(question, ("Snowflake",), false_refusals=0.0).refused


def test_a_lookup_of_an_unmentioned_topic_is_refused() -> None:
    question = "does the guide mention snowflakes"
    assert verdict(question, ("mention", "snowflakes")).refused
    assert not verdict(question, ("mention",)).refused
    assert not verdict("how do snowflakes save money", ("snowflakes",)).refused
