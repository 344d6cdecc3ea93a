import pytest

from ragguide.create.pdf.spelling import Rewrite, correct_lines


def corrected(*lines: str) -> list[str]:
    return correct_lines(lines)[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Al and ML", "AI and ML"),
        ("Generative Al, Al/ML and Al21", "Generative AI, AI/ML and AI21"),
        ("Al-driven search by OpenAl", "AI-driven search by OpenAI"),
    ],
)
def test_al_is_ai_in_a_text_on_artificial_intelligence(wrong: str, right: str) -> None:
    assert corrected(wrong, "artificial intelligence") == [right, "artificial intelligence"]


@pytest.mark.parametrize("line", ["Al and Bo went home", "Al2O3 is alumina", "TiAl and Al alloys"])
def test_al_is_kept_if_the_text_does_not_mention_ai(line: str) -> None:
    assert corrected(line) == [line]


def test_a_man_called_al_is_kept_in_a_text_on_ai() -> None:
    lines = ["AI in films", "Al Pacino played in it", "Al Pacino again", "Al Systems and systems"]
    assert corrected(*lines) == [*lines[:3], "AI Systems and systems"]


def test_compounds_need_no_evidence() -> None:
    assert corrected("a Cl/CD pipeline", "Cl is chlorine") == ["a CI/CD pipeline", "Cl is chlorine"]


def test_a_short_form_is_corrected_only_if_the_right_one_occurs() -> None:
    assert corrected("some APls", "other APIs") == ["some APIs", "other APIs"]
    assert corrected("some APls") == ["some APls"]


def test_camel_case_job_is_corrected_if_the_separate_words_occur() -> None:
    name = "HyperParameterTuninglobConfig"
    assert corrected(name, "a tuning job") == ["HyperParameterTuningJobConfig", "a tuning job"]
    assert corrected(name, "no such thing") == [name, "no such thing"]


@pytest.mark.parametrize("word", ["global", "globs", "Schlob", "lobe", "Hyperglobal"])
def test_lob_inside_a_word_is_kept(word: str) -> None:
    assert corrected(word, "training job", "hyper job") == [word, "training job", "hyper job"]


def test_a_bar_is_read_as_capital_i() -> None:
    lines = ["|t's late", "|Issue: none", "|AM roles", "It is an issue"]
    assert corrected(*lines) == ["It's late", "Issue: none", "IAM roles", "It is an issue"]


@pytest.mark.parametrize("line", ["a | b", "x||y", "|nonesuch", "Regression | XGBoost"])
def test_other_bars_are_kept(line: str) -> None:
    assert corrected(line) == [line]


def test_g_is_corrected_to_q_only_if_the_word_with_q_occurs() -> None:
    lines = ["guality and guidance", *["quality"] * 5]
    assert corrected(*lines)[0] == "quality and guidance"
    assert corrected("guality")[0] == "guality"


def test_two_frequent_spellings_are_both_kept() -> None:
    lines = ["guest", "guest", "quest", "quest"]
    assert corrected(*lines) == lines


def test_rewrites_are_listed_with_their_count() -> None:
    assert correct_lines(["Al Al", "AI", "a Cl/CD"])[1] == [
        Rewrite("Al", "AI", 2),
        Rewrite("Cl/CD", "CI/CD", 1),
    ]
