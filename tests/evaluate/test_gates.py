"""A run meets its thresholds and its baseline, or it does not."""

import pytest

from ragguide.errors import UsageError
from ragguide.evaluate.compare import compare
from ragguide.evaluate.gates import (
    Gate,
    check_baseline,
    check_evidence,
    check_thresholds,
    read_thresholds,
)
from ragguide.evaluate.measures import find_measure, why_none
from tests.evaluate.test_compare import BAD, GOOD, made


def gate(text: str, by: str = "value", flag: str = "under") -> Gate:
    under, over = ([text], []) if flag == "under" else ([], [text])
    thresholds = read_thresholds(under, over)
    return check_thresholds(made([1] * 9 + [2]), thresholds, by=by)[0]  # type: ignore[arg-type]


def test_a_value_at_the_threshold_passes() -> None:
    assert gate("hit@1=.9").is_met
    assert not gate("hit@1=.91").is_met
    assert gate("hit@1=.9").name == "hit@1 ≥ 0.9"
    assert (
        gate("hit@1=.91").reason == "0.900 (0.596 to 0.982) over 10 questions, judged by its value"
    )


def test_the_lower_bound_is_stricter() -> None:
    assert not gate("hit@1=.6", "lower-bound").is_met
    assert gate("hit@1=.59", "lower-bound").is_met


def test_where_lower_is_better_the_upper_bound_counts() -> None:
    assert gate("failed=0", flag="over").is_met
    assert not gate("failed=0", "lower-bound", "over").is_met
    assert gate("failed=.4", "lower-bound", "over").is_met


def test_an_undefined_measure_fails() -> None:
    assert gate("AUROC=.1") == Gate(
        name="AUROC ≥ 0.1",
        is_met=False,
        reason="– (unknown) over 10 questions, judged by its value",
    )
    assert gate("hit@1:document=.5").reason == "it applies to no question of the run"
    assert why_none(find_measure("hit@5")) == (
        "; it needs questions with `pages`, and hit@5:span some with `evidence`"
    )


@pytest.mark.parametrize(
    ("under", "over", "message"),
    [
        (["hit@5"], [], r"--fail-under 'hit@5' is not of the form measure=number"),
        (["hit@5=high"], [], r"--fail-under 'hit@5=high' is not of the form"),
        (["hit@5=nan"], [], r"is not of the form"),
        (["hti@5=.9"], [], r"unknown measure 'hti@5'\. Did you mean hit@5\?"),
        (["hit@5=95"], [], r"hit@5 is between 0 and 1"),
        (["failed=.1"], [], r"lower values of failed are better. Use --fail-over failed=.1\."),
        ([], ["hit@5=.1"], r"higher values of hit@5 are better. Use --fail-under hit@5=.1\."),
    ],
)
def test_a_malformed_gate_is_named(under: list[str], over: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_thresholds(under, over)


def test_a_measure_beyond_the_depth_is_rejected() -> None:
    with pytest.raises(UsageError, match=r"this run has no hit@20: it ranked only 10 passages"):
        check_thresholds(made([1]), read_thresholds(["hit@20=.5"], []), by="value")


def test_the_baseline_gives_one_gate_for_each_regression() -> None:
    found = check_baseline(compare(("main", made(GOOD)), ("mine", made(BAD))))
    hit = next(each for each in found if each.name == "hit@1 not worse than main")
    assert not hit.is_met
    assert hit.reason.startswith("0.925 → 0.400, difference −0.525 (")
    assert all(not each.is_met for each in found)


def test_a_baseline_without_regression_gives_one_gate() -> None:
    (found,) = check_baseline(compare(("main", made(GOOD)), ("mine", made(GOOD))))
    assert found.is_met
    assert found.name == "not worse than main"
    assert "over 40 shared questions" in found.reason


@pytest.mark.parametrize(("n", "is_undecided"), [(1, True), (5, True), (6, False)])
def test_a_baseline_needs_six_questions_to_decide(n: int, is_undecided: bool) -> None:
    same = compare(("main", made([1] * n)), ("mine", made([1] * n)))
    (found,) = check_baseline(same)
    assert (found.is_undecided, found.is_met) == (is_undecided, not is_undecided)
    (allowed,) = check_baseline(same, allow_undecided=True)
    assert (allowed.is_undecided, allowed.is_met) == (is_undecided, True)
    if is_undecided:
        assert found.reason.endswith("whatever the answers; at least 6 are needed")
    worst = check_baseline(compare(("main", made([1] * n)), ("mine", made([0] * n))))
    assert all(not each.is_met for each in worst)


def test_vanished_evidence_closes_the_gate_unless_allowed() -> None:
    assert check_evidence([]) == ()
    (found,) = check_evidence([f"q{n}" for n in range(7)])
    assert not found.is_met
    assert found.reason.endswith("for 7 questions any more: q0, q1, q2, q3, q4, …")
    (allowed,) = check_evidence(["q1"], is_allowed=True)
    assert allowed.is_met
