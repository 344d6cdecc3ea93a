"""What is asked of a run, and what it falls short of."""

import pytest

from ragguide.errors import UsageError
from ragguide.evaluate.compare import compare
from ragguide.evaluate.gates import Gate, check_baseline, check_thresholds, read_thresholds
from tests.evaluate.test_compare import BAD, GOOD, made


def gate(text: str, by: str = "value", flag: str = "under") -> Gate:
    under, over = ([text], []) if flag == "under" else ([], [text])
    thresholds = read_thresholds(under, over)
    return check_thresholds(made([1] * 9 + [2]), thresholds, by=by)[0]  # type: ignore[arg-type]


def test_value_that_is_just_reached_will_do() -> None:
    assert gate("hit@1=.9").is_met
    assert not gate("hit@1=.91").is_met
    assert gate("hit@1=.9").name == "hit@1 ≥ 0.9"
    assert (
        gate("hit@1=.91").reason == "0.900 (0.596 to 0.982) over 10 questions, judged by its value"
    )


def test_lower_bound_asks_for_more() -> None:
    assert not gate("hit@1=.6", "lower-bound").is_met
    assert gate("hit@1=.59", "lower-bound").is_met


def test_where_less_is_better_the_upper_bound_counts() -> None:
    assert gate("failed=0", flag="over").is_met
    assert not gate("failed=0", "lower-bound", "over").is_met
    assert gate("failed=.4", "lower-bound", "over").is_met


def test_what_is_not_known_is_not_met() -> None:
    assert gate("AUROC=.1") == Gate(
        name="AUROC ≥ 0.1",
        is_met=False,
        reason="– (not known) over 10 questions, judged by its value",
    )
    assert gate("hit@1:document=.5").reason == "no question of the run tells it"


@pytest.mark.parametrize(
    ("under", "over", "message"),
    [
        (["hit@5"], [], r"--fail-under 'hit@5' is not of the form measure=number"),
        (["hit@5=high"], [], r"--fail-under 'hit@5=high' is not of the form"),
        (["hit@5=nan"], [], r"is not of the form"),
        (["hti@5=.9"], [], r"there is no measure 'hti@5'\. Did you mean hit@5\?"),
        (["hit@5=95"], [], r"hit@5 lies between 0 and 1"),
        (["failed=.1"], [], r"of failed less is better: use --fail-over failed=.1\."),
        ([], ["hit@5=.1"], r"of hit@5 more is better: use --fail-under hit@5=.1\."),
    ],
)
def test_gate_that_cannot_be_read_is_named(under: list[str], over: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_thresholds(under, over)


def test_measure_that_a_run_cannot_tell_is_refused() -> None:
    with pytest.raises(UsageError, match=r"this run cannot tell hit@20: it ranks 10 passages"):
        check_thresholds(made([1]), read_thresholds(["hit@20=.5"], []), by="value")


def test_baseline_fails_by_each_regression() -> None:
    found = check_baseline(compare(("main", made(GOOD)), ("mine", made(BAD))))
    hit = next(each for each in found if each.name == "hit@1 not worse than main")
    assert not hit.is_met
    assert hit.reason.startswith("0.925 → 0.400, difference −0.525 (")
    assert all(not each.is_met for each in found)


def test_baseline_that_is_not_fallen_short_of_is_one_gate_met() -> None:
    (found,) = check_baseline(compare(("main", made(GOOD)), ("mine", made(GOOD))))
    assert found.is_met
    assert found.name == "not worse than main"
    assert "over 40 shared questions" in found.reason
