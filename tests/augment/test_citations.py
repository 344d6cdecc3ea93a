"""Check sentences against evidence, and split text into sentences."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.augment.citations import (
    SupportCheck,
    split_answer,
)
from ragguide.augment.claims import MAX_TOGETHER, MIN_COVERED
from ragguide.index.keywords import terms_of
from ragguide.types import Evidence

FACTS = [
    "Managed spot training can reduce the cost of training by up to 90 percent.",
    "A training job runs for at most 28 days.",
    "Store the data in Amazon S3, since EBS volumes are not shared.",
    "P4d instances hold eight A100 GPUs.",
    "The F1 score balances precision and recall.",
]


def evidence(*texts: str, section: tuple[str, ...] = ()) -> list[Evidence]:
    return [
        Evidence(
            mark=mark,
            chunk_id=f"guide/p0001-{mark:02d}",
            document="guide",
            section=section,
            text=text,
            page_first=mark,
            page_last=mark,
            page_label=str(mark),
            locator=f"p. {mark}",
            score=1.0,
        )
        for mark, text in enumerate(texts, start=1)
    ]


def check(*texts: str, section: tuple[str, ...] = ()) -> SupportCheck:
    return SupportCheck(evidence(*texts, section=section), terms_of, {})


def marks(sentence: str, *texts: str, section: tuple[str, ...] = ()) -> list[int]:
    checked = check(*(texts or FACTS), section=section).check(sentence)
    assert checked.text == sentence
    return [item.mark for item in checked.evidence]


# ── what supports a sentence ────────────────────────────────────────────────────────────────────


def test_a_sentence_of_the_evidence_is_supported_by_it() -> None:
    for mark, fact in enumerate(FACTS, start=1):
        assert marks(fact) == [mark]


def test_other_words_around_the_evidence_are_allowed() -> None:
    assert marks("So spot training reduces your training cost by up to 90 percent.") == [1]


def test_another_number_is_not_supported() -> None:
    assert marks("Managed spot training can reduce the cost of training by up to 80 percent.") == []
    assert marks("A training job runs for at most 2 days.") == []


@pytest.mark.parametrize(
    ("said", "stands"), [("10", "100"), ("10", "10.5"), ("1,000", "1"), ("5", "0.5")]
)
def test_a_number_is_compared_whole(said: str, stands: str) -> None:
    assert marks(f"The quota is {stands} jobs.", f"The quota is {stands} jobs.") == [1]
    assert marks(f"The quota is {said} jobs.", f"The quota is {stands} jobs.") == []


def test_another_name_is_not_supported() -> None:
    assert marks("Store the data in Amazon EFS, since volumes are shared.") == []
    assert marks("P3dn instances hold eight A100 GPUs.") == []


def test_a_name_with_its_digit_last_is_a_name() -> None:
    assert marks("The F2 score balances precision and recall.") == []
    assert marks("Store the data in Amazon S4, since volumes are shared.") == []


def test_a_name_inside_another_word_does_not_count() -> None:
    text = "The html page said that the training of models needs data."
    assert marks("The page said that training models needs data.", text) == [1]
    assert marks("The page said that training ML models needs data.", text) == []  # in "html"
    assert marks("The page said that training AI models needs data.", text) == []  # in "said"


def test_a_name_may_be_plural_or_in_another_case() -> None:
    assert marks("P4D instances hold eight A100 GPU.") == [4]
    assert marks("Use GPUs for training.", "Use a GPU for training.") == [1]


def test_a_name_with_one_capital_is_a_name_within_a_sentence() -> None:
    facts = ("Store the features of training in Glue tables and keep them.",)
    assert marks("You store the features of training in Glue tables.", *facts) == [1]
    assert marks("You store the features of training in Kendra tables.", *facts) == []
    assert marks("Features of training you store in Glue Tables.", *facts) == [1]


def test_a_name_common_in_the_guide_may_be_added() -> None:
    rarity = dict.fromkeys(terms_of(FACTS[2]), 1.0) | {terms_of("Amazon")[0]: 0.4}
    usual = SupportCheck(evidence("Store the data in S3."), terms_of, rarity)
    assert usual.check("You store the data in Amazon S3.").evidence
    assert not usual.check("You store the data in Kendra S3.").evidence


def test_a_number_may_be_written_in_another_way() -> None:
    assert marks("P4d instances hold 8 A100 GPUs.") == [4]
    assert marks("P4d instances hold nine A100 GPUs.") == []
    assert marks("It holds 1000 rows of the table.", "It holds 1,000 rows of the table.") == [1]
    assert marks("It holds 1,000 rows of the table.", "It holds 10,000 rows of the table.") == []
    assert marks("Store the data in one place: Amazon S3.", FACTS[2]) == [1]


def test_a_negation_needs_one_in_the_evidence() -> None:
    assert marks("EBS volumes are not shared.") == [3]
    assert marks("A training job cannot run for 28 days.") == []
    assert marks("A training job doesn't run for 28 days.") == []
    assert marks("A training job doesn’t run for 28 days.") == []
    assert marks("A job doesn't stop.", "A job doesn’t stop.") == [1]


def test_too_few_words_of_the_evidence_do_not_support() -> None:
    assert marks("Training wizards juggle purple elephants nightly for a fee.") == []


def test_the_share_of_words_is_weighted_by_rarity() -> None:
    rarity = {"job": 1.0, "queue": 1.0, "wait": 2.0, "stop": 1.7}
    facts = evidence("Jobs wait.", "Jobs stop.")
    check = SupportCheck(facts[:1], terms_of, rarity)
    # job + wait weigh 3 of 4 with queue, and 3 of 4.7 < MIN_COVERED · 4.7 with stop
    assert MIN_COVERED == 0.65
    assert check.check("Queue jobs wait.").evidence == (facts[0],)
    assert check.check("Jobs wait, stop.").evidence == ()


def test_a_word_that_the_guide_never_uses_weighs_as_much_as_the_rarest() -> None:
    facts = evidence("Jobs wait.")
    assert SupportCheck(facts, terms_of, {"job": 1.0, "wait": 2.0}).check("Jobs wait wizardly.")
    weigh = SupportCheck(facts, terms_of, {"job": 1.0, "wait": 1.0, "rare": 9.0}).check
    assert weigh("Jobs wait.").evidence == tuple(facts)
    assert weigh("Jobs wait wizardly.").evidence == ()


def test_the_titles_of_a_section_count_with_its_text() -> None:
    section = ("Training", "Managed spot training", "Limits")
    assert marks("Limits of managed spot training: 3 retries.", "3 retries.", section=section) == [
        1
    ]


def test_two_items_support_a_sentence_together() -> None:
    sentence = "Spot training reduces the cost by up to 90 percent, and a job runs at most 28 days."
    assert marks(sentence) == [1, 2]


def test_three_items_are_too_many() -> None:
    assert MAX_TOGETHER == 2
    assert marks("P4d has A100 GPUs, jobs run 28 days, spot saves 90 percent, says F1.") == []


def test_an_item_that_supports_alone_gets_no_second_mark() -> None:
    texts = ("Training jobs of your team may run 5 days at most.", "Training jobs run 28 days.")
    assert marks("Training jobs of a team run 28 days.", *texts) == [2]


def test_of_equal_items_the_first_is_marked() -> None:
    assert marks("Jobs wait.", "Jobs wait.", "Jobs wait.") == [1]


@pytest.mark.parametrize("sentence", ["It is what it is.", "...", "", "1."])
def test_a_sentence_without_words_of_its_own_is_not_supported(sentence: str) -> None:
    assert marks(sentence) == []


def test_nothing_is_supported_without_evidence() -> None:
    assert SupportCheck([], terms_of, {}).check(FACTS[0]).evidence == ()


@pytest.mark.parametrize("mark", ["1. ", "12) ", "- ", "* ", "• ", "  3. "])
def test_the_number_of_a_list_item_needs_no_support(mark: str) -> None:
    assert marks(mark + FACTS[4]) == [5]


WORDS = "jobs wait stop queue 5 28 S3 EBS not GPU days cost".split()


@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=4),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
)
def test_a_single_mark_names_a_fact_that_supports_the_sentence_alone(
    texts: Sequence[Sequence[str]], sentence: Sequence[str]
) -> None:
    facts = [" ".join(text) for text in texts]
    said = " ".join(sentence)
    found = marks(said, *facts)
    alone = [n for n, fact in enumerate(facts, start=1) if marks(said, fact)]
    # A fact alone may support more: another fact beside it may claim some of the words.
    if len(found) == 1:
        assert found[0] in alone


# ── sentences ───────────────────────────────────────────────────────────────────────────────────

PARTS = [
    *FACTS,
    *"Cows fly. e.g. i.e. U.S. 3.14 3. 1. 2) - * No. Fig. “It is.” (so) Dr. etc. v1.2. ...".split(),
    *"?! end.Next".split(),
    *[" ", "  ", "\n", "\n\n", "\r\n", "\t", "\u2028", "\x85", "🙂", "é", "A", "z", ".", "!", '"'],
]
written = st.lists(st.sampled_from(PARTS), max_size=14).map(
    lambda parts: "".join(part + " " * (len(part) > 1) for part in parts)
) | st.text(max_size=60).filter(lambda text: "[" not in text)


@given(written)
def test_split_answer_loses_nothing(text: str) -> None:
    sentences = split_answer(text)
    assert sentences
    assert "".join(sentences) == text
    assert all(sentences[:-1])
