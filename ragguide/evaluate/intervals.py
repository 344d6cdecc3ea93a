"""Rows of measures in, confidence intervals out. Seeds are explicit."""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.evaluate.bootstrap import (
    NORMAL,
    bca_tails,
    drawn_figures,
    interval_at,
    plain_tails,
    resample,
)
from ragguide.evaluate.statistics import (
    NAN,
    Rows,
    Summarise,
    figure_of,
    has_row,
    mean,
    pooled_share,
)

LEVEL = 0.95
N_RESAMPLES = 2000  # between two seeds, the ends of an interval move by a twentieth of its width


class Interval(msgspec.Struct, frozen=True):
    """Where a figure may lie, as far as these cases show; NaN where they cannot."""

    low: float
    high: float


UNKNOWN = Interval(NAN, NAN)


def interval(
    summarise: Summarise,
    rows: Rows,
    *,
    seed: int,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Return the confidence interval of a figure.

    Shares of yes and no get Wilson's interval. A good guide has shares near 1, and there the
    bootstrap is overconfident: with 12 cases at a true .97, its 95 % intervals contained the truth
    in 26 % of samples, Wilson's in 96 %. Means between 0 and 1 whose rows are all equal get
    Wilson's interval too, which is then too wide rather than too narrow. All other figures are
    bootstrapped (BCa). For other figures whose rows are all equal, the interval is unknown.
    Pooled shares of 0 or 1 get Wilson's interval as if each case had one thing: things of one case
    are alike, so more of them tell little more.

    Sources: Wilson 1927; for the bootstrap see `bootstrap.py`.
    """
    rows = rows[has_row(rows)]
    if not len(rows):
        return UNKNOWN
    values = rows[:, 0]
    if summarise is mean and (_is_share(values) or _is_constant_share(values)):
        return _wilson(float(values.mean()), len(values), level)

    value = figure_of(summarise, rows)
    if summarise is pooled_share and value in (0.0, 1.0):
        return _wilson(value, len(values), level)

    def figures(draws: NDArray[np.intp]) -> Rows:
        return drawn_figures(summarise, rows, draws)

    drawn = resample(figures, len(rows), seed, n_resamples)
    return _known(interval_at(drawn, bca_tails(drawn, value, figures, len(rows), level)))


def difference_interval(
    summarise: Summarise,
    first: Rows,
    second: Rows,
    *,
    seed: int,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Return the confidence interval of the second run's figure minus the first's.

    Both runs have rows of the same cases, and the bootstrap draws cases in pairs. Differences of
    shares get Bonett and Price's interval, for the reason given in `interval`. The others are plain
    percentiles: where most cases have the same outcome in both runs, the bias correction does harm
    (BCa intervals contained the truth in 86 to 97 % of samples, plain percentiles in 93 to 99 %).

    Source: Bonett & Price 2012, "Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data".
    """
    either = has_row(first) | has_row(second)
    first, second = first[either], second[either]
    if not len(first):
        return UNKNOWN
    if summarise is mean and _are_shares(first, second):
        change = second[:, 0] - first[:, 0]
        return _bonett_price(int((change > 0).sum()), int((change < 0).sum()), len(change), level)

    def figures(draws: NDArray[np.intp]) -> Rows:
        return drawn_figures(summarise, second, draws) - drawn_figures(summarise, first, draws)

    return _known(interval_at(resample(figures, len(first), seed, n_resamples), plain_tails(level)))


def _known(ends: tuple[float, float] | None) -> Interval:
    return UNKNOWN if ends is None else Interval(*ends)


def _is_share(values: Rows) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())


def _is_constant_share(values: Rows) -> bool:
    return bool(np.ptp(values) == 0 and 0 <= values[0] <= 1)


def _are_shares(first: Rows, second: Rows) -> bool:
    """Return whether all rows are yes or no, or both runs have the same rows between 0 and 1."""
    values = np.concatenate([first[:, 0], second[:, 0]])
    within = bool(((values >= 0) & (values <= 1)).all())  # false if a run misses a case: NaN
    return _is_share(values) or (within and np.array_equal(first, second))


def _wilson(share: float, n: int, level: float) -> Interval:
    z = NORMAL.inv_cdf((1 + level) / 2)
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def _bonett_price(n_won: int, n_lost: int, n: int, level: float) -> Interval:
    won, lost = (n_won + 1) / (n + 2), (n_lost + 1) / (n + 2)
    half = NORMAL.inv_cdf((1 + level) / 2) * math.sqrt(
        max(0.0, won + lost - (won - lost) ** 2) / (n + 2)
    )
    return Interval(max(-1.0, won - lost - half), min(1.0, won - lost + half))
