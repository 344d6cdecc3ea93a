"""Sentences, marks, verdicts and copied words of an answer."""

import pytest

from ragguide.evaluate.said import (
    Sentence,
    copied_share,
    says_silent,
    sentences_of,
    verdict_of,
    words_of,
)


def test_sentences_keep_their_last_mark_and_lose_list_marks_and_emphasis() -> None:
    answer = (
        "**No**, it ends at 5.30 p.m. on Friday. [1][3] Ask first [?]\n1. Bring a key\n- Al helps"
    )
    assert sentences_of(answer) == (
        Sentence("no, it ends at 5.30 p.m. on friday.", "3"),
        Sentence("ask first", "?"),
        Sentence("bring a key", ""),
        Sentence("ai helps", ""),
    )
    assert [sentence.has_evidence for sentence in sentences_of(answer)] == [
        True,
        False,
        False,
        False,
    ]
    assert sentences_of(" [1] ") == ()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("yes, after dark", "yes"),
        ("the ferry: no.", "no"),
        ("there is no need to book; yes", "yes"),
        ("no - ask first", "no"),
        ("no-one may enter", None),
        ("a yesterday of noon", None),
    ],
)
def test_a_no_is_a_verdict_only_at_the_end_of_a_clause(text: str, verdict: str | None) -> None:
    assert verdict_of(text) == verdict


@pytest.mark.parametrize(
    ("text", "is_silent"),
    [
        ("the guide does not mention otters.", True),
        ("the text doesn't say when.", True),
        ("the depth is not stated.", True),
        ("the guide says not to feed them.", False),
        ("it does not contain lead.", False),
    ],
)
def test_a_sentence_says_that_the_guide_is_silent(text: str, is_silent: bool) -> None:
    assert says_silent(text) is is_silent


def test_words_are_copied_in_runs_of_eight() -> None:
    quote = "Boats below six metres may moor at the north quay overnight."
    copied = words_of("boats below six metres may moor at the north quay, it says")
    assert copied_share(copied, [quote]) == pytest.approx(10 / 12)
    assert copied_share(copied[:7], [quote]) == 0.0
    assert copied_share([*copied[:4], "never", *copied[4:]], [quote]) == 0.0
