"""Answers are shown blind and once, grades stay with their run, means come with intervals."""

from pathlib import Path

import pytest

from ragguide.errors import UsageError
from ragguide.evaluate.ratings import GRADES, add_grade, rated, read_grades, to_rate
from tests.evaluate.made import a_case, a_quote, a_run, judged

CASES = [a_case(f"q{n}") for n in range(8)]


def run_of(*answers: str):
    quotes = (a_quote(1, "A quote."), a_quote(2, "Another.", mark=2))
    return a_run(
        *(
            judged(case, answer=answer, quotes=quotes, citations=quotes[:1] if answer else ())
            for case, answer in zip(CASES, answers, strict=False)
        ),
        mode="answers",
    )


NO_GRADES: dict[str, dict[str, int]] = {"old": {}, "new": {}}


def test_equal_answers_are_shown_once_and_different_ones_side_by_side() -> None:
    runs = {"old": run_of("Same.", "Red."), "new": run_of("Same.", "Blue.")}
    shown = to_rate(runs, NO_GRADES)
    assert sorted((each.case.id, each.answer, each.runs) for each in shown) == [
        ("q0", "Same.", ("old", "new")), ("q1", "Blue.", ("new",)), ("q1", "Red.", ("old",)),
    ]  # fmt: skip
    ids = [each.case.id for each in shown]
    assert ids in (["q0", "q1", "q1"], ["q1", "q1", "q0"])
    assert [quote.text for quote in shown[0].quotes] == ["A quote."]


def test_neither_run_always_comes_first_and_each_session_has_one_order() -> None:
    runs = {
        "old": run_of(*(f"Old {n}." for n in range(8))),
        "new": run_of(*(f"New {n}." for n in range(8))),
    }
    shown = to_rate(runs, NO_GRADES)
    firsts = {each.runs for each in shown[::2]}
    assert firsts == {("old",), ("new",)}
    assert to_rate(runs, NO_GRADES) == shown != to_rate(runs, NO_GRADES, seed=1)


def test_graded_answers_are_not_shown_again() -> None:
    runs = {"old": run_of("Red.", "Green."), "new": run_of("Blue.", "Green.")}
    left = to_rate(runs, {"old": {"q0": 3, "q1": 4}, "new": {"q1": 4}})
    assert [(each.case.id, each.runs) for each in left] == [("q0", ("new",))]


def test_a_run_of_the_search_alone_is_refused() -> None:
    runs = {"old": a_run(judged(CASES[0]), mode="search")}
    with pytest.raises(UsageError, match="has no answers to rate"):
        to_rate(runs, {"old": {}})


def test_grades_are_kept_and_the_last_one_counts(tmp_path: Path) -> None:
    assert read_grades(tmp_path) == {}
    add_grade(tmp_path, "q0", 2)
    with (tmp_path / GRADES).open("ab") as file:
        file.write(b'{"case_id":"q')  # a kill cut it off
    add_grade(tmp_path, "q1", 5)
    add_grade(tmp_path, "q0", 3)
    assert read_grades(tmp_path) == {"q0": 3, "q1": 5}


def test_means_have_intervals_and_are_compared_on_shared_questions() -> None:
    old = {f"q{n}": 2 + n % 2 for n in range(8)}
    new = {f"q{n}": 4 + n % 2 for n in range(8)} | {"other": 1}
    first, second = rated({"none": {}, "old": old, "new": new})
    assert (first.run, first.n, first.mean, first.n_shared) == ("old", 8, 2.5, 0)
    assert first.low < 2.5 < first.high
    assert (second.n, second.n_shared, second.difference) == (9, 8, 2.0)
    assert second.p == 2 / 2**8  # all eight questions are better: only the full swap equals it
    assert rated({"old": {}, "new": {}}) == []
