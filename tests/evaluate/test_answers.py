import json
from pathlib import Path

import pytest

from ragguide.evaluate.answers import (
    fact_recall,
    first_cited,
    fold,
    says,
    squad_scores,
    support,
    text_of,
)
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.statistics import figure_of, rows_of
from tests.evaluate.made import a_case, a_quote, judged


@pytest.mark.parametrize(
    ("reference", "said", "exact", "f1"),
    [
        ("the Norman dynasty", "Norman Dynasty.", 1.0, 1.0),
        ("10 to 12 days", "in 10 days", 0.0, 2 * 2 / (4 + 3)),
        ("a b b", "b b b", 0.0, 2 * 2 / (2 + 3)),
        ("forty", "", 0.0, 0.0),
        ("Nova Scotia’s", "Nova Scotia's", 0.0, 0.5),  # no ASCII punctuation: as the script has it
    ],
)
def test_squad_scores(reference: str, said: str, exact: float, f1: float) -> None:
    assert squad_scores(a_case(answer=reference), said) == (exact, pytest.approx(f1))


def test_the_best_reference_counts() -> None:
    case = a_case(answer="one", other_answers=("two words", "the"))
    assert squad_scores(case, "two") == (0.0, pytest.approx(2 / 3))
    assert squad_scores(case, "the") == (0.0, 0.0)  # normalised away, as a reference and as said


def test_the_right_answer_to_an_unanswerable_question_is_empty() -> None:
    case = a_case(kind="unanswerable", answer="Not stated.")
    assert squad_scores(case, "") == (1.0, 1.0)
    assert squad_scores(case, "Not stated.") == (0.0, 0.0)


def test_folding_reads_the_word_al_as_ai_and_no_other() -> None:
    assert fold("Al’s  \n‘ALSO’ al-gore val") == "ai's 'also' ai-gore val"


def test_folding_drops_emphasis_and_straightens_dashes() -> None:
    assert fold("**Bold**, `a_b`, 5 * 3, __init__ and 3–5") == "bold, a_b, 5 * 3, init and 3-5"


@pytest.mark.parametrize(
    ("text", "wording", "is_said"),
    [
        ("It costs 25 crowns.", "5 crowns", False),
        ("It costs 5 crowns.", "5", True),
        ("It costs 5.5 crowns, or 5,000.", "5", False),
        ("Up to 1.5.", "1.5", True),
        ("Start here.", "art", False),
        ("a non-stop train", "stop", False),
        ("two nodes", "node", True),
        ("AI21 labs", "Al21", True),
        ("30分ごとに止まる", "ごとに", True),  # Japanese has no spaces
        ("毎30分", "30分", True),
        ("130分", "30分", False),
    ],
)
def test_facts_match_whole_numbers_and_the_beginnings_of_words(
    text: str,
    wording: str,
    is_said: bool,
) -> None:
    assert says(fold(text), (wording,)) is is_said


def test_fact_recall_is_a_share() -> None:
    case = a_case(facts=(("One",), ("2", "two"), ("three",)))
    assert fact_recall(case, "one TWO") == pytest.approx(2 / 3)


def test_marks_are_removed_from_the_text_and_counted_as_support() -> None:
    answer = "It holds x[i]. [1][3] It may not. [?]\nYes. [2]"
    assert text_of(answer) == "It holds x[i]. It may not.\nYes."
    assert support(answer) == pytest.approx(2 / 3)
    assert support("") is None


def test_brackets_of_the_guide_are_no_marks() -> None:
    said = "The limit of a[0] is 40 (see [12]). [2] Note [7] says why. [1]"
    assert text_of(said).startswith("The limit of a[0] is 40 (see [12]).")
    assert support("It is a[0], see [12].") is None
    quotes = (a_quote(1, mark=1), a_quote(2, mark=2))
    outcome = judged(a_case(), answer=f"See table [12] first. {said}", citations=quotes).outcome
    assert [cited.mark for cited in first_cited(outcome)] == [2]


def test_figures_agree_with_the_official_squad_script() -> None:
    """The fixture has the script's output for generated answers and references."""
    fixture = json.loads((Path(__file__).parent / "data" / "squad_figures.json").read_text("utf-8"))
    items = []
    for number, each in enumerate(fixture["cases"]):
        answer, *others = each["answers"] or [""]
        kind = "" if each["answers"] else "unanswerable"
        case = a_case(f"q{number}", kind=kind, answer=answer, other_answers=tuple(others))
        assert squad_scores(case, each["said"]) == (
            each["exact"],
            pytest.approx(each["f1"], abs=1e-9),
        ), each
        items.append(judged(case, answer=each["said"]))
    for name in ("exact-match", "F1"):
        measure = find_measure(name)
        found = 100 * figure_of(measure.summarise, rows_of(measure, items))
        assert found == pytest.approx(fixture["exact" if name == "exact-match" else "f1"], abs=1e-6)
