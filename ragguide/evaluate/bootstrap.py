"""Rows in, bootstrap intervals out: plain percentiles, or bias-corrected and accelerated (BCa).

Sources: Efron 1987; Efron & Tibshirani 1993, chapter 14.
"""

from collections.abc import Callable
from functools import partial
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ragguide.evaluate.statistics import (
    ROUNDING,
    Rows,
    Summarise,
    block_sizes,
    divide,
    figure_of,
    mean,
    percentile,
)

Figures: TypeAlias = Callable[[NDArray[np.intp]], Rows]  # drawn row numbers (b, m) → figures (b,)

NORMAL = NormalDist()
_MAX_JACKKNIFE = 1000  # rows; with more rows, the skewness to correct for is negligible
_MAX_UNDEFINED = 0.1  # share of resamples without a figure, above which there is no interval


def drawn_figures(summarise: Summarise, rows: Rows, draws: NDArray[np.intp]) -> Rows:
    """Return the `(b,)` figures of the rows `(n, width)` that `draws` `(b, m)` picks."""
    values = rows[:, 0][draws]  # (b, m)
    known = ~np.isnan(values)
    if isinstance(summarise, partial) and summarise.func is percentile and known.all():
        found: Rows = np.percentile(values, summarise.keywords["share"], axis=1)
        return found
    if summarise is not mean:
        return np.array([figure_of(summarise, rows[draw]) for draw in draws])
    return divide(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1))


def resample(figures: Figures, n: int, seed: int, n_resamples: int) -> Rows:
    """Return the `(n_resamples,)` figures of n rows drawn with replacement."""
    rng = np.random.default_rng(seed)
    sizes = block_sizes(n_resamples, n)
    return np.concatenate([figures(rng.integers(0, n, (size, n))) for size in sizes])


def interval_at(drawn: Rows, tails: tuple[float, float]) -> tuple[float, float] | None:
    """Return the quantiles at both tails.

    None if too many resamples are undefined, or if all of them give the same figure.
    """
    known = drawn[~np.isnan(drawn)]
    if len(known) < (1 - _MAX_UNDEFINED) * len(drawn) or np.ptp(known) < ROUNDING:
        return None
    low, high = np.quantile(known, tails)
    return float(low), float(high)


def plain_tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2


def bca_tails(
    drawn: Rows, value: float, figures: Figures, n: int, level: float
) -> tuple[float, float]:
    """Return the tails, shifted by the bias of the resamples and stretched by their skewness."""
    low, high = plain_tails(level)
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return low, high
    bias = _bias(known, value)
    acceleration = _acceleration(figures, n) if n <= _MAX_JACKKNIFE else 0.0

    def shifted(tail: float) -> float:
        z = bias + NORMAL.inv_cdf(tail)
        return NORMAL.cdf(bias + z / (1 - acceleration * z))

    return shifted(low), shifted(high)


def _bias(known: Rows, value: float) -> float:
    """Return how far the median of the resamples lies from the figure, as a normal quantile."""
    below = (known < value - ROUNDING).mean() + 0.5 * (np.abs(known - value) <= ROUNDING).mean()
    least = 0.5 / len(known)
    return NORMAL.inv_cdf(float(np.clip(below, least, 1 - least)))


def _acceleration(figures: Figures, n: int) -> float:
    """Return the skewness of the figure, by the jackknife: leave out each row once."""
    if n < 3:
        return 0.0
    columns = np.arange(n - 1)[None]
    others = columns + (columns >= np.arange(n)[:, None])  # (n, n - 1): all rows but one
    without = figures(others)  # (n,)
    without = without[~np.isnan(without)]
    if not len(without):
        return 0.0
    pull = without.mean() - without
    spread = float((pull**2).sum()) ** 1.5
    return float((pull**3).sum()) / (6 * spread) if spread > ROUNDING else 0.0
