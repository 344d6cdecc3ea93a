"""The best of several trials, and an honest estimate of its figure."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ragguide.errors import UsageError
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.selection import choose

HIT = find_measure("hit@1")
NAN = float("nan")


def column(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[:, None]


def noise(rng: np.random.Generator, n_trials: int, share: float) -> list[NDArray[np.float64]]:
    return [column((rng.random(80) < share).astype(float)) for _ in range(n_trials)]


def test_held_out_folds_show_that_noise_was_chosen() -> None:
    """All trials have a true share of .7; the best of 20 looks better, but not when held out."""
    rng = np.random.default_rng(0)
    chosen, held_out, calls = [], [], 0
    for seed in range(60):
        choice = choose(HIT, noise(rng, 20, 0.7), [1] * 20, n_folds=5, seed=seed)
        chosen.append(choice.value)
        held_out.append(choice.held_out)
        calls += choice.p < 0.05
    assert np.mean(chosen) > 0.77
    assert np.mean(held_out) == pytest.approx(0.7, abs=0.02)
    assert calls <= 8


def test_a_better_trial_is_found_with_a_significant_gain() -> None:
    rng = np.random.default_rng(1)
    rows = noise(rng, 5, 0.6)
    rows[3] = column((rng.random(80) < 0.95).astype(float))
    choice = choose(HIT, rows, [0, 1, 1, 1, 1], n_folds=5)
    assert choice.chosen == 3
    assert choice.folds == (3, 3, 3, 3, 3)
    assert choice.held_out == choice.value  # each fold chose the same
    assert choice.optimism == 0
    assert choice.gain == pytest.approx(choice.value - choice.present)
    assert 0 < choice.gain_low < choice.gain < choice.gain_high
    assert choice.p < 0.001


def test_ties_go_to_the_fewest_changes() -> None:
    rows = [
        column(np.array(values, float)) for values in ([0, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0])
    ]
    assert choose(HIT, rows, [0, 2, 1], n_folds=2).chosen == 2
    same = choose(HIT, [rows[1]] * 3, [0, 1, 1], n_folds=2)
    assert (same.chosen, same.gain, same.p) == (0, 0.0, 1.0)


def test_where_lower_is_better_the_lowest_is_chosen() -> None:
    failed = find_measure("failed")
    rows = [column(np.array(values, float)) for values in ([0, 1, 1, 1], [0, 0, 0, 1])]
    choice = choose(failed, rows, [0, 1], n_folds=2)
    assert (choice.chosen, choice.value) == (1, 0.25)


def test_only_questions_that_every_trial_has_a_value_for_count() -> None:
    rows = [column(np.array([1, NAN, 0, 1])), column(np.array([1, 1, 0, NAN]))]
    assert choose(HIT, rows, [0, 1], n_folds=2).n == 2
    with pytest.raises(UsageError, match=r"hit@1 applies to 2 questions, too few for 3 folds"):
        choose(HIT, rows, [0, 1], n_folds=3)
    nothing = [column(np.array([NAN, NAN]))] * 2
    with pytest.raises(UsageError, match=r"hit@1 applies to no question; it needs .* `pages`"):
        choose(HIT, nothing, [0, 1], n_folds=2)
