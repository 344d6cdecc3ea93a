"""Intervals contain the truth as often as they claim."""

import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

from ragguide.evaluate.intervals import Interval, difference_interval, interval
from ragguide.evaluate.statistics import mean, percentile
from tests.evaluate.sampled import (
    NAN,
    RECIPROCAL_MEAN,
    auroc,
    column,
    median,
    reciprocal_ranks,
    slow_mean,
)


def test_no_case_gives_no_interval() -> None:
    empty = column(NAN, NAN)
    assert math.isnan(interval(mean, empty, seed=0).low)
    assert math.isnan(difference_interval(mean, empty, empty, seed=0).high)


@pytest.mark.parametrize("summarise", [mean, median])
def test_bootstrap_agrees_with_scipy(summarise: object) -> None:
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


def test_equal_rows_are_not_taken_for_certainty() -> None:
    assert interval(mean, column(*[0.5] * 6), seed=0).low < 0.3
    same_time = interval(mean, column(*[7.5] * 6), seed=0)
    assert math.isnan(same_time.low)
    one_sided = interval(auroc, np.array([[0.9, 1.0], [0.8, 1.0], [0.1, 0.0]] * 4), seed=0)
    assert math.isnan(one_sided.high)  # every resample separates them


def test_fast_way_for_percentiles_gives_the_interval_of_the_slow_one() -> None:
    rows = np.random.default_rng(2).gamma(2.0, 1.0, (40, 1))
    fast = interval(partial(percentile, share=90), rows, seed=0)
    slow = interval(lambda r: percentile(r, 90), rows, seed=0)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high))


def test_fast_way_for_means_gives_the_interval_of_the_slow_one() -> None:
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


def test_equal_runs_still_have_an_interval_around_zero() -> None:
    rows = np.random.default_rng(0).random((30, 1))
    assert difference_interval(mean, rows, rows, seed=0).low < 0  # 30 cases are not all cases


def test_seed_decides_and_nothing_else() -> None:
    rows = np.random.default_rng(3).gamma(2.0, 1.0, (50, 1))
    assert interval(mean, rows, seed=4) == interval(mean, rows, seed=4)
    assert interval(mean, rows, seed=4) != interval(mean, rows, seed=5)


def test_intervals_contain_the_truth_as_often_as_they_claim() -> None:
    """At 95 %, 92 to 98 % of 300 intervals contain it, nearly always."""
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
