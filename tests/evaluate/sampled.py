"""Rows and summary functions for the tests of the statistics."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
NAN = float("nan")


def column(*values: float) -> Rows:
    return np.array(values, float)[:, None]


def median(rows: Rows) -> float:
    return float(np.median(rows[:, 0]))


def slow_mean(rows: Rows) -> float:
    """Return the mean without the fast way for means."""
    return float(rows[:, 0].mean())


def auroc(rows: Rows) -> float:
    yes, no = rows[rows[:, 1] == 1, 0], rows[rows[:, 1] == 0, 0]
    if not len(yes) or not len(no):
        return NAN
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean())


def reciprocal_ranks(rng: np.random.Generator, n: int) -> Rows:
    return rng.choice([1.0, 0.5, 0.2, 0.0], size=(n, 1), p=[0.7, 0.15, 0.1, 0.05])


RECIPROCAL_MEAN = 0.7 + 0.15 / 2 + 0.1 / 5
