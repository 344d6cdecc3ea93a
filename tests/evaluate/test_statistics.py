"""Intervals hold the truth as often as they say; p-values are even when nothing differs."""

import math
import warnings
from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from ragguide.evaluate.records import Case, Judged, Measure, Outcome
from ragguide.evaluate.statistics import (
    Interval,
    count_of,
    difference_interval,
    figure_of,
    interval,
    mean,
    paired_test,
    percentile,
    rows_of,
)

Rows = NDArray[np.float64]
NAN = float("nan")


def column(*values: float) -> Rows:
    return np.array(values, float)[:, None]


def median(rows: Rows) -> float:
    return float(np.median(rows[:, 0]))


def slow_mean(rows: Rows) -> float:
    """The mean without the short cuts for means."""
    return float(rows[:, 0].mean())


def auroc(rows: Rows) -> float:
    yes, no = rows[rows[:, 1] == 1, 0], rows[rows[:, 1] == 0, 0]
    if not len(yes) or not len(no):
        return NAN
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean())


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def test_rows_keep_the_place_of_a_case_that_a_measure_leaves_out() -> None:
    def row_of(judged: Judged) -> tuple[float, ...] | None:
        return None if judged.outcome.refused else (judged.outcome.answerability, 1.0)

    measure = Measure(name="m", higher_is_better=True, row_of=row_of, summarise=mean)
    judged = [
        Judged(
            case=Case(id=str(i), question="?"),
            outcome=Outcome(case_id=str(i), answerability=i / 10, refused=i == 1),
        )
        for i in range(3)
    ]
    rows = rows_of(measure, judged)
    np.testing.assert_array_equal(rows, [[0.0, 1.0], [NAN, NAN], [0.2, 1.0]])
    assert count_of(rows) == 2
    assert figure_of(mean, rows) == pytest.approx(0.1)


def test_no_case_gives_no_figure_and_no_interval() -> None:
    empty = column(NAN, NAN)
    assert math.isnan(figure_of(mean, empty))
    assert math.isnan(interval(mean, empty, seed=0).low)
    assert math.isnan(difference_interval(mean, empty, empty, seed=0).high)
    assert all(math.isnan(p) for p in paired_test([(mean, empty, empty)], seed=0).p)


# ── intervals ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("summarise", [mean, median])
def test_bootstrap_is_that_of_scipy(summarise: object) -> None:
    rows = np.random.default_rng(5).gamma(2.0, 1.0, (60, 1))
    ours = interval(summarise, rows, seed=1)  # type: ignore[arg-type]
    theirs = stats.bootstrap(
        (rows[:, 0],),
        np.mean if summarise is mean else np.median,
        n_resamples=2000,
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize(("n_yes", "n"), [(9, 10), (12, 12), (0, 7), (94, 102)])
def test_share_has_the_interval_of_wilson(n_yes: int, n: int) -> None:
    found = interval(mean, column(*[1.0] * n_yes, *[0.0] * (n - n_yes)), seed=0)
    wilson = stats.binomtest(n_yes, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=1e-9)


def test_alike_rows_are_not_taken_for_certainty() -> None:
    assert interval(mean, column(*[0.5] * 6), seed=0).low < 0.3
    same_time = interval(mean, column(*[7.5] * 6), seed=0)
    assert math.isnan(same_time.low)
    one_sided = interval(auroc, np.array([[0.9, 1.0], [0.8, 1.0], [0.1, 0.0]] * 4), seed=0)
    assert math.isnan(one_sided.high)  # every resample separates them


def test_short_cut_for_percentiles_gives_what_the_long_way_gives() -> None:
    rows = np.random.default_rng(2).gamma(2.0, 1.0, (40, 1))
    fast = interval(partial(percentile, share=90), rows, seed=0)
    slow = interval(lambda r: percentile(r, 90), rows, seed=0)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high))


def test_short_cut_for_means_gives_what_the_long_way_gives() -> None:
    rng = np.random.default_rng(2)
    first = rng.gamma(2.0, 1.0, (40, 1))
    first[[3, 17]] = NAN
    second = first + rng.normal(0.2, 0.5, (40, 1))
    second[[5, 17]] = NAN
    for seed in (0, 1):
        fast, slow = (interval(s, first, seed=seed) for s in (mean, slow_mean))
        assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high))
        fast, slow = (difference_interval(s, first, second, seed=seed) for s in (mean, slow_mean))
        assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high))
    test = paired_test([(mean, first, second), (slow_mean, first, second)], seed=0, n_swaps=500)
    assert test.p[0] == test.p[1]


def test_seed_decides_and_nothing_else() -> None:
    rows = np.random.default_rng(3).gamma(2.0, 1.0, (50, 1))
    assert interval(mean, rows, seed=4) == interval(mean, rows, seed=4)
    assert interval(mean, rows, seed=4) != interval(mean, rows, seed=5)


def reciprocal_ranks(rng: np.random.Generator, n: int) -> Rows:
    return rng.choice([1.0, 0.5, 0.2, 0.0], size=(n, 1), p=[0.7, 0.15, 0.1, 0.05])


RECIPROCAL_MEAN = 0.7 + 0.15 / 2 + 0.1 / 5


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """At 95 %, 300 samples hold it in 92 to 98 % of cases nearly always."""
    rng = np.random.default_rng(0)

    def held(found: Interval, truth: float) -> bool:
        return found.low <= truth <= found.high

    means = [
        held(interval(mean, reciprocal_ranks(rng, 60), seed=i, n_resamples=500), RECIPROCAL_MEAN)
        for i in range(300)
    ]
    shares = [
        held(interval(mean, (rng.random((30, 1)) < 0.95).astype(float), seed=0), 0.95)
        for _ in range(300)
    ]
    changes = []
    for i in range(300):
        first = reciprocal_ranks(rng, 60)
        second = np.where(rng.random((60, 1)) < 0.2, reciprocal_ranks(rng, 60), first)
        changes.append(held(difference_interval(mean, first, second, seed=i, n_resamples=500), 0.0))
    lost = []
    for _ in range(300):
        base = rng.random((60, 1))
        yes_first, yes_second = (base < 0.9).astype(float), (base > 0.15).astype(float)
        lost.append(held(difference_interval(mean, yes_first, yes_second, seed=0), -0.05))
    for counted in (means, shares, changes, lost):
        assert 0.90 <= np.mean(counted) <= 0.99


# ── tests of a difference ───────────────────────────────────────────────────────────────────────


def test_equal_runs_have_p_1() -> None:
    rows = np.random.default_rng(0).random((30, 1))
    labelled = np.hstack([rows, np.arange(30)[:, None] % 2])
    test = paired_test([(mean, rows, rows), (auroc, labelled, labelled)], seed=9)
    assert test.p == test.p_corrected == (1.0, 1.0)
    assert difference_interval(mean, rows, rows, seed=0).low < 0  # and yet 30 cases are not all


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=6),
    st.sampled_from([mean, median]),
)
def test_few_cases_are_counted_out_exactly(pairs: list[tuple[int, int]], summarise: object) -> None:
    assert callable(summarise)
    first, second = (column(*(pair[side] / 4 for pair in pairs)) for side in (0, 1))
    found = paired_test([(summarise, first, second)], seed=0).p[0]
    differences = []
    for swap in product([False, True], repeat=len(pairs)):
        a = np.where(np.array(swap)[:, None], second, first)
        b = np.where(np.array(swap)[:, None], first, second)
        differences.append(abs(summarise(b) - summarise(a)))
    at_least = np.array(differences) >= differences[0] - 1e-9
    assert found == pytest.approx(at_least.mean())


def test_many_cases_agree_with_scipy() -> None:
    rng = np.random.default_rng(8)
    first = rng.random((80, 1))
    second = first + rng.normal(0.02, 0.1, (80, 1))
    theirs = stats.permutation_test(
        (first[:, 0], second[:, 0]),
        lambda a, b, axis: np.mean(b - a, axis=axis),
        permutation_type="samples",
        n_resamples=5000,
        vectorized=True,
        rng=np.random.default_rng(1),
    )
    assert paired_test([(mean, first, second)], seed=0).p[0] == pytest.approx(
        theirs.pvalue, abs=0.03
    )


def test_p_is_even_when_nothing_differs_and_the_family_is_kept() -> None:
    """Under the null p ≤ x in a share x of samples; any of three measures calls in 5 %."""
    rng = np.random.default_rng(1)
    single, family = [], []
    for i in range(300):
        first, second = (reciprocal_ranks(rng, 40) for _ in range(2))
        pairs = [
            (mean, (first >= least).astype(float), (second >= least).astype(float))
            for least in (0.5, 1.0)
        ]
        test = paired_test([(mean, first, second), *pairs], seed=i, n_swaps=200)
        single.append(test.p[0])
        family.append(min(test.p_corrected))
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(single) <= level) == pytest.approx(level, abs=0.07)
    assert np.mean(np.array(family) <= 0.05) <= 0.08


def test_planted_difference_is_found_by_means_medians_and_auroc() -> None:
    rng = np.random.default_rng(2)
    label = (np.arange(100) < 80).astype(float)[:, None]
    good = np.hstack([rng.normal(2.0 * label), label])
    bad = np.hstack([rng.normal(0.0, 1.0, (100, 1)), label])
    test = paired_test(
        [(mean, good, bad), (median, good, bad), (auroc, good, bad)], seed=0, n_swaps=500
    )
    assert max(test.p_corrected) < 0.01


def test_measures_that_say_the_same_cost_nothing() -> None:
    """Holm's correction would take p times 20."""
    rng = np.random.default_rng(4)
    first = rng.random((60, 1))
    second = first + rng.normal(0.03, 0.1, (60, 1))
    test = paired_test([(mean, first, second)] * 20, seed=0)
    assert test.p_corrected == pytest.approx(test.p)
    assert 0.001 < test.p[0] < 0.05


def test_correction_raises_p_and_keeps_its_order() -> None:
    rng = np.random.default_rng(6)
    pairs = [
        (mean, a := rng.random((50, 1)), a + rng.normal(shift, 0.2, (50, 1)))
        for shift in (0.0, 0.02, 0.04, 0.1)
    ]
    test = paired_test(pairs, seed=0)
    assert all(p <= corrected <= 1 for p, corrected in zip(test.p, test.p_corrected, strict=True))
    assert list(np.argsort(test.p)) == list(np.argsort(test.p_corrected, kind="stable"))


def test_case_without_a_row_in_one_run_swaps_too() -> None:
    first = column(1.0, 1.0, NAN, 0.0)
    second = column(0.0, NAN, 1.0, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        test = paired_test([(mean, first, second), (slow_mean, first, second)], seed=0)
    assert test.p[0] == test.p[1]
    assert 0 < test.p[0] <= 1


def test_undefined_swaps_do_not_make_a_difference_look_rarer() -> None:
    label = np.array([[1.0], [0.0]])
    first = np.vstack([np.hstack([[[0.9], [0.1]], label]), np.full((2, 2), NAN)])
    second = np.vstack([np.full((2, 2), NAN), np.hstack([[[0.2], [0.7]], label])])
    test = paired_test([(auroc, first, second)], seed=0)
    assert test.p[0] > 0.5
