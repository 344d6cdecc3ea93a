"""p-values are uniform when nothing differs, and small when something does."""

import math
import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ragguide.evaluate.paired_test import paired_test
from ragguide.evaluate.statistics import mean
from tests.evaluate.sampled import NAN, auroc, column, median, reciprocal_ranks, slow_mean


def test_no_case_gives_no_p() -> None:
    empty = column(NAN, NAN)
    assert all(math.isnan(p) for p in paired_test([(mean, empty, empty)], seed=0).p)


def test_equal_runs_have_p_1() -> None:
    rows = np.random.default_rng(0).random((30, 1))
    labelled = np.hstack([rows, np.arange(30)[:, None] % 2])
    test = paired_test([(mean, rows, rows), (auroc, labelled, labelled)], seed=9)
    assert test.p == test.p_corrected == (1.0, 1.0)


def test_fast_way_for_means_gives_the_p_of_the_slow_one() -> None:
    rng = np.random.default_rng(2)
    first = rng.gamma(2.0, 1.0, (40, 1))
    first[[3, 17]] = NAN
    second = first + rng.normal(0.2, 0.5, (40, 1))
    second[[5, 17]] = NAN
    test = paired_test([(mean, first, second), (slow_mean, first, second)], seed=0, n_swaps=500)
    assert test.p[0] == test.p[1]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=6),
    st.sampled_from([mean, median]),
)
def test_few_cases_are_tested_by_all_swaps(pairs: list[tuple[int, int]], summarise: object) -> None:
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


def test_p_is_uniform_when_nothing_differs_and_the_correction_holds() -> None:
    """Without a difference, p ≤ x in a share x of samples, and 5 % of families have a call."""
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


def test_measures_that_repeat_each_other_cost_nothing() -> None:
    """Holm's correction would multiply p by 20."""
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
