"""Differences between two runs of the same questions."""

import msgspec
import pytest

from ragguide.errors import UsageError
from ragguide.evaluate.compare import Difference, compare
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.records import Judged
from ragguide.evaluate.runs import LoadedRun
from tests.evaluate.made import a_case, a_hit, a_run, judged


def ranked(number: int, rank: int, **fields: object) -> Judged:
    """A case whose gold passage is at that rank of five; 0: it is not found."""
    hits = [a_hit(9 if place == rank else place + 20) for place in range(1, 6)]
    kind = "typo" if number % 2 else "list"
    return judged(a_case(f"q{number:02d}", kind=kind, pages=(9,)), *hits, **fields)


def made(ranks: list[int], **fields: object) -> LoadedRun:
    return a_run(*(ranked(at, rank) for at, rank in enumerate(ranks)), **fields)  # type: ignore[arg-type]


GOOD = [1] * 36 + [2, 3, 0, 1]
BAD = [1] * 16 + [3] * 12 + [0] * 12


def named(differences: tuple[Difference, ...]) -> dict[str, Difference]:
    return {each.measure: each for each in differences}


def test_planted_regression_is_called_and_its_mirror_is_an_improvement() -> None:
    found = compare(("a", made(GOOD)), ("b", made(BAD)))
    hit = named(found.differences)["hit@1"]
    assert (hit.first, hit.second, hit.n) == (37 / 40, 16 / 40, 40)
    assert hit.difference == pytest.approx(-21 / 40)
    assert hit.low < hit.difference < hit.high < 0
    assert hit.p is not None
    assert hit.p_corrected is not None
    assert hit.p <= hit.p_corrected < 0.01
    assert hit.call == "worse"
    assert "hit@1" in named(found.regressions)
    back = compare(("b", made(BAD)), ("a", made(GOOD)))
    assert named(back.differences)["hit@1"].call == "better"
    assert back.regressions == ()


def test_equal_runs_are_not_called_different_with_any_seed() -> None:
    for seed in range(3):
        found = compare(("a", made(GOOD)), ("b", made(GOOD, seed=7)), seed=seed)
        assert {each.call for each in found.differences} == {"no call"}
        assert {each.p_corrected for each in found.differences if each.p is not None} == {1.0}
        assert found.flips == ()


def test_one_or_two_changed_outcomes_are_no_regression() -> None:
    found = compare(("a", made([1] * 40)), ("b", made([1] * 38 + [2, 0])))
    assert found.regressions == ()
    assert [(flip.case_id, str(flip.first), str(flip.second)) for flip in found.flips] == [
        ("q39", "rank 1", "not found"),
        ("q38", "rank 1", "rank 2"),
    ]


def test_losses_come_before_wins() -> None:
    found = compare(("a", made([1, 0, 2])), ("b", made([0, 1, 1])))
    assert [(flip.case_id, flip.is_loss) for flip in found.flips] == [
        ("q00", True),
        ("q01", False),
        ("q02", False),
    ]


def test_only_shared_questions_are_compared() -> None:
    first = made([1, 1, 1, 1])
    second = a_run(
        ranked(0, 0),
        msgspec.structs.replace(ranked(1, 0), case=a_case("q01", pages=(8,))),
        ranked(7, 1),
    )
    found = compare(("a", first), ("b", second))
    assert (found.n_shared, found.n_only_first, found.n_only_second, found.n_reworded) == (
        1,
        2,
        1,
        1,
    )
    assert named(found.differences)["hit@1"].n == 1


def test_runs_without_shared_questions_are_rejected() -> None:
    with pytest.raises(
        UsageError, match=r"a \(questions: made.jsonl\) and b \(questions: other.csv\) share no"
    ):
        compare(("a", made([1])), ("b", a_run(judged(a_case("z")), cases_name="other.csv")))


def test_times_are_shown_and_not_tested() -> None:
    def timed(seconds: float) -> LoadedRun:
        return a_run(*(ranked(i, 1, timings_s={"search": seconds}) for i in range(30)))

    found = named(compare(("a", timed(0.1)), ("b", timed(9.0))).differences)["search-p50"]
    assert found.difference == pytest.approx(8.9)
    assert (found.p, found.p_corrected, found.call) == (None, None, "no call")


def test_p_values_are_corrected_for_several_comparisons() -> None:
    pair = ("a", made(GOOD)), ("b", made([1] * 30 + [2] * 10))
    once = named(compare(*pair).differences)["hit@1"].p_corrected
    thrice = named(compare(*pair, n_comparisons=3).differences)["hit@1"].p_corrected
    assert once is not None
    assert thrice == pytest.approx(min(1.0, 3 * once))


def test_kinds_are_compared_by_the_headline_measures() -> None:
    found = compare(("a", made([1, 1, 1, 1])), ("b", made([0, 1, 0, 1])))
    by_kind = {kind.kind: named(kind.differences) for kind in found.kinds}
    assert by_kind["list"]["hit@1"].difference == -1.0
    assert by_kind["typo"]["hit@1"].difference == 0.0
    assert {each.p for each in by_kind["list"].values()} == {None}


def test_settings_that_differ_are_named() -> None:
    second = made(GOOD, settings={"top_k": 5, "dense_weight": 1.0}, generation=2)
    assert compare(("a", made(GOOD)), ("b", second)).settings == {
        "index": ("default/000001", "default/000002"),
        "dense_weight": (0.5, 1.0),
    }


def test_only_the_given_measures_are_compared() -> None:
    found = compare(("a", made(GOOD)), ("b", made(BAD)), measures=[find_measure("hit@2")])
    assert [each.measure for each in found.differences] == ["hit@2"]
