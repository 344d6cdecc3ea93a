import pytest

from ragguide.create.pdf.spelling import Rewrite, mend_lines


def mended(*lines: str) -> list[str]:
    return mend_lines(lines)[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Al and ML", "AI and ML"),
        ("Generative Al, Al/ML and Al21", "Generative AI, AI/ML and AI21"),
        ("Al-driven search by OpenAl", "AI-driven search by OpenAI"),
    ],
)
def test_al_is_ai_in_a_text_on_artificial_intelligence(wrong: str, right: str) -> None:
    assert mended(wrong, "artificial intelligence") == [right, "artificial intelligence"]


@pytest.mark.parametrize("line", ["Al and Bo went home", "Al2O3 is alumina", "TiAl and Al alloys"])
def test_al_stays_where_the_text_never_speaks_of_ai(line: str) -> None:
    assert mended(line) == [line]


def test_a_man_called_al_stays_in_a_text_on_ai() -> None:
    lines = ["AI in films", "Al Pacino played in it", "Al Pacino again", "Al Systems and systems"]
    assert mended(*lines) == [*lines[:3], "AI Systems and systems"]


def test_compounds_prove_themselves() -> None:
    assert mended("a Cl/CD pipeline", "Cl is chlorine") == ["a CI/CD pipeline", "Cl is chlorine"]


def test_short_form_is_mended_only_where_the_right_one_stands_too() -> None:
    assert mended("some APls", "other APIs") == ["some APIs", "other APIs"]
    assert mended("some APls") == ["some APls"]


def test_camel_case_job_is_proven_by_the_words_apart() -> None:
    name = "HyperParameterTuninglobConfig"
    assert mended(name, "a tuning job") == ["HyperParameterTuningJobConfig", "a tuning job"]
    assert mended(name, "no such thing") == [name, "no such thing"]


@pytest.mark.parametrize("word", ["global", "globs", "Schlob", "lobe", "Hyperglobal"])
def test_lob_inside_a_word_stays(word: str) -> None:
    assert mended(word, "training job", "hyper job") == [word, "training job", "hyper job"]


def test_bar_for_a_capital_i() -> None:
    lines = ["|t's late", "|Issue: none", "|AM roles", "It is an issue"]
    assert mended(*lines) == ["It's late", "Issue: none", "IAM roles", "It is an issue"]


@pytest.mark.parametrize("line", ["a | b", "x||y", "|nonesuch", "Regression | XGBoost"])
def test_other_bars_stay(line: str) -> None:
    assert mended(line) == [line]


def test_g_for_q_only_where_the_word_is_known_with_q() -> None:
    lines = ["guality and guidance", *["quality"] * 5]
    assert mended(*lines)[0] == "quality and guidance"
    assert mended("guality")[0] == "guality"


def test_both_spellings_in_use_are_both_meant() -> None:
    lines = ["guest", "guest", "quest", "quest"]
    assert mended(*lines) == lines


def test_rewrites_are_listed_with_their_number() -> None:
    assert mend_lines(["Al Al", "AI", "a Cl/CD"])[1] == [
        Rewrite("Al", "AI", 2),
        Rewrite("Cl/CD", "CI/CD", 1),
    ]
