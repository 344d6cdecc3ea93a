"""Rows of measures in, intervals and p-values out. Pure functions over numpy; seeds are explicit.

A measure's rows are `(n, width)`, one for each case; a case of which the measure says nothing is a
row of NaN, so that the rows of two runs stay beside each other. Nothing here knows what a measure
measures: a bootstrap draws its rows, a paired test swaps them between two runs.

scipy.stats has a bootstrap and a permutation test, which the tests compare these with; but it takes
a second to import, and gives no interval at all once one resample is undefined.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from statistics import NormalDist
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.evaluate.records import Judged, Measure

Rows: TypeAlias = NDArray[np.float64]
Summarise: TypeAlias = Callable[[Rows], float]

LEVEL = 0.95
N_RESAMPLES = 2000  # the ends of an interval then move by a twentieth of its width between seeds
N_SWAPS = 5000  # a p of .05 is then known to ±.006
_BLOCK = 4_000_000  # numbers held at once
_MAX_JACKKNIFE = 1000  # rows; with more the skewness that it corrects for is gone
_MAX_UNDEFINED = 0.1  # share of resamples without a figure, above which there is no interval
_ALIKE = 1e-9  # differences below are rounding
_NORMAL = NormalDist()
_NAN = float("nan")


class Interval(msgspec.Struct, frozen=True):
    """Where a figure may lie as far as these cases can tell; NaN where they cannot."""

    low: float
    high: float


UNKNOWN = Interval(_NAN, _NAN)


class PairedTest(msgspec.Struct, frozen=True):
    """One p-value a measure: alone, and corrected for having looked at all of them."""

    p: tuple[float, ...]
    p_corrected: tuple[float, ...]


# ── figures ─────────────────────────────────────────────────────────────────────────────────────


def mean(rows: Rows) -> float:
    """The mean of the first column; NaN of no rows.

    A measure says that it is a mean by using just this function, and is resampled all at once.
    """
    return float(rows[:, 0].mean()) if len(rows) else _NAN


def percentile(rows: Rows, share: int) -> float:
    """A percentile of the first column, told apart like `mean`: `partial(percentile, share=95)`."""
    return float(np.percentile(rows[:, 0], share)) if len(rows) else _NAN


def rows_of(measure: Measure, judged: Sequence[Judged]) -> Rows:
    """Return `(n, width)`; a row of NaN where the measure says nothing of the case."""
    found = [measure.row_of(each) for each in judged]
    width = next((len(row) for row in found if row is not None), 1)
    rows = np.full((len(judged), width), _NAN)
    for at, row in enumerate(found):
        if row is not None:
            rows[at] = row
    return rows


def count_of(rows: Rows) -> int:
    """How many cases the measure says something of."""
    return int(_is_there(rows).sum())


def figure_of(summarise: Summarise, rows: Rows) -> float:
    """The measure's figure; NaN without any case."""
    there = rows[_is_there(rows)]
    return float(summarise(there)) if len(there) else _NAN


def _is_there(rows: Rows) -> NDArray[np.bool_]:
    return ~np.isnan(rows[..., 0])


# ── intervals ───────────────────────────────────────────────────────────────────────────────────


def interval(
    summarise: Summarise,
    rows: Rows,
    *,
    seed: int,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Confidence interval of a figure.

    Shares of yes and no get Wilson's interval: near 1, where a good guide is, resampling thinks
    itself certain (of 12 cases at a true .97 its 95 % intervals held the truth in 26 % of samples,
    Wilson's in 96 %). So do means within 0 and 1 whose rows are all alike, for which Wilson's is
    too wide rather than too narrow. All else is bootstrapped, bias-corrected and accelerated.
    Rows that are all alike tell nothing else.

    Sources: Wilson 1927; Efron 1987; Efron & Tibshirani 1993, chapter 14.
    """
    rows = rows[_is_there(rows)]
    if not len(rows):
        return UNKNOWN
    values = rows[:, 0]
    if summarise is mean and (_is_share(values) or _is_constant_share(values)):
        return _wilson(float(values.mean()), len(values), level)

    def figures(draws: NDArray[np.intp]) -> Rows:
        return _drawn(summarise, rows, draws)

    drawn = _bootstrap(figures, len(rows), seed, n_resamples)
    value = figure_of(summarise, rows)
    return _percentiles(drawn, _bca(drawn, value, figures, len(rows), level))


def difference_interval(
    summarise: Summarise,
    first: Rows,
    second: Rows,
    *,
    seed: int,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Confidence interval of the second run's figure less the first's, over the same cases.

    Cases are drawn in pairs. Differences of shares get Bonett and Price's interval, for the reason
    that `interval` names. The others are percentiles: where most cases come out alike in both runs,
    the bias correction makes it worse (the truth was held in 86 to 97 % of samples, by plain
    percentiles in 93 to 99 %).

    Source: Bonett & Price 2012, "Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data".
    """
    either = _is_there(first) | _is_there(second)
    first, second = first[either], second[either]
    if not len(first):
        return UNKNOWN
    values = np.concatenate([first[:, 0], second[:, 0]])
    within = bool(((values >= 0) & (values <= 1)).all())  # and no case is missing in one run
    if summarise is mean and (_is_share(values) or (within and np.array_equal(first, second))):
        change = second[:, 0] - first[:, 0]
        return _bonett_price(int((change > 0).sum()), int((change < 0).sum()), len(change), level)

    def figures(draws: NDArray[np.intp]) -> Rows:
        return _drawn(summarise, second, draws) - _drawn(summarise, first, draws)

    drawn = _bootstrap(figures, len(first), seed, n_resamples)
    return _percentiles(drawn, ((1 - level) / 2, (1 + level) / 2))


def _is_share(values: Rows) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())


def _is_constant_share(values: Rows) -> bool:
    return bool(np.ptp(values) == 0 and 0 <= values[0] <= 1)


def _wilson(share: float, n: int, level: float) -> Interval:
    z = _NORMAL.inv_cdf((1 + level) / 2)
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def _bonett_price(n_won: int, n_lost: int, n: int, level: float) -> Interval:
    won, lost = (n_won + 1) / (n + 2), (n_lost + 1) / (n + 2)
    half = _NORMAL.inv_cdf((1 + level) / 2) * math.sqrt(
        max(0.0, won + lost - (won - lost) ** 2) / (n + 2)
    )
    return Interval(max(-1.0, won - lost - half), min(1.0, won - lost + half))


def _bootstrap(
    figures: Callable[[NDArray[np.intp]], Rows], n: int, seed: int, n_resamples: int
) -> Rows:
    """Return the `(n_resamples,)` figures of n rows drawn anew. `figures` takes draws `(b, n)`."""
    rng = np.random.default_rng(seed)
    sizes = _blocks(n_resamples, n)
    return np.concatenate([figures(rng.integers(0, n, (size, n))) for size in sizes])


def _percentiles(drawn: Rows, tails: tuple[float, float]) -> Interval:
    """The figures at both tails; unknown if many are undefined, or all are alike."""
    kept = drawn[~np.isnan(drawn)]
    if len(kept) < (1 - _MAX_UNDEFINED) * len(drawn) or np.ptp(kept) < _ALIKE:
        return UNKNOWN
    low, high = np.quantile(kept, tails)
    return Interval(float(low), float(high))


def _bca(
    drawn: Rows,
    value: float,
    figures: Callable[[NDArray[np.intp]], Rows],
    n: int,
    level: float,
) -> tuple[float, float]:
    """The tails to read, shifted by the bias of the draws and stretched by their skewness."""
    kept = drawn[~np.isnan(drawn)]
    if not len(kept):
        return (1 - level) / 2, (1 + level) / 2
    below = (kept < value - _ALIKE).mean() + 0.5 * (np.abs(kept - value) <= _ALIKE).mean()
    least = 0.5 / len(kept)
    bias = _NORMAL.inv_cdf(float(np.clip(below, least, 1 - least)))
    acceleration = _acceleration(figures, n) if n <= _MAX_JACKKNIFE else 0.0

    def shifted(tail: float) -> float:
        z = bias + _NORMAL.inv_cdf(tail)
        return _NORMAL.cdf(bias + z / (1 - acceleration * z))

    return shifted((1 - level) / 2), shifted((1 + level) / 2)


def _acceleration(figures: Callable[[NDArray[np.intp]], Rows], n: int) -> float:
    """Skewness of the figure, from leaving out each row once."""
    if n < 3:
        return 0.0
    others = np.arange(n - 1)[None] + (
        np.arange(n - 1)[None] >= np.arange(n)[:, None]
    )  # (n, n - 1)
    without = figures(others)  # (n,)
    without = without[~np.isnan(without)]
    if not len(without):
        return 0.0
    pull = without.mean() - without
    spread = float((pull**2).sum()) ** 1.5
    return float((pull**3).sum()) / (6 * spread) if spread > _ALIKE else 0.0


def _blocks(total: int, n: int) -> list[int]:
    """Sizes that sum up to `total`, each so that `(size, n)` numbers fit into memory."""
    size = max(1, min(total, _BLOCK // max(1, n)))
    return [size] * (total // size) + [total % size] * bool(total % size)


def _drawn(summarise: Summarise, rows: Rows, draws: NDArray[np.intp]) -> Rows:
    """Return the `(b,)` figures of rows `(n, width)` drawn by `(b, m)`."""
    values = rows[:, 0][draws]  # (b, m)
    there = ~np.isnan(values)
    if isinstance(summarise, partial) and summarise.func is percentile and there.all():
        found: Rows = np.percentile(values, summarise.keywords["share"], axis=1)
        return found
    if summarise is not mean:
        return np.array([figure_of(summarise, rows[draw]) for draw in draws])
    return _quotient(np.where(there, values, 0.0).sum(axis=1), there.sum(axis=1))


def _quotient(sums: Rows, counts: Rows | NDArray[np.intp]) -> Rows:
    values: Rows = np.divide(sums, counts, out=np.full(len(sums), _NAN), where=counts > 0)
    return values


# ── paired tests ────────────────────────────────────────────────────────────────────────────────


def paired_test(
    pairs: Sequence[tuple[Summarise, Rows, Rows]], *, seed: int, n_swaps: int = N_SWAPS
) -> PairedTest:
    """Randomisation test of several measures over the same n cases of two runs, two-sided.

    If the runs do not differ, it is chance which of a case's two outcomes is whose. So the outcomes
    of random cases are swapped, for all measures at once, and p is the share of swaps (the one that
    took place among them) under which the runs' figures lie as far apart. All swaps are tried where
    they are few.

    The correction is the step-down maximum over measures, by the same swaps. Like Holm's it keeps
    the chance of any false call below the level, which is what a gate needs; but hit@1, hit@3 and
    MRR say nearly the same, and this knows it from the swaps, while Holm's would charge for each.

    Args:
        pairs: for each measure how it is summarised, and the `(n, width)` rows of both runs.
        seed: of the swaps.
        n_swaps: how many; p is no less than `1 / n_swaps`.

    Sources: Smucker, Allan & Carterette, CIKM 2007 (the test for retrieval); Phipson & Smyth 2010
    (the observed one counts); Westfall & Young 1993, Ge, Dudoit & Speed 2003 (the correction).
    """
    observed = np.array([figure_of(s, b) - figure_of(s, a) for s, a, b in pairs])  # (m,)
    swaps = _swaps([(a, b) for _, a, b in pairs], seed, n_swaps)  # (b, n)
    apart = np.full((len(swaps), len(pairs)), _NAN)  # (b, m)
    for at, (summarise, first, second) in enumerate(pairs):
        if not np.isnan(observed[at]):
            apart[:, at] = _swapped(summarise, first, second, swaps)
    apart[0] = observed  # the swap of nothing
    undefined = np.isnan(apart)
    apart = np.abs(np.where(undefined, 0.0, apart))
    least = apart[0] - _ALIKE
    # A swap that leaves a figure undefined must not make the difference look rarer than it is.
    p = ((apart >= least) | undefined).mean(axis=0)
    corrected = p.copy()
    spread = np.sqrt((apart**2).mean(axis=0))
    unit = apart / np.where(spread > _ALIKE, spread, 1.0)  # so that measures can be compared
    order = np.argsort(-unit[0], kind="stable")
    farthest = np.maximum.accumulate(unit[:, order[::-1]], axis=1)[:, ::-1]  # of this and all later
    beyond = (farthest >= unit[0, order] - _ALIKE).mean(axis=0)
    corrected[order] = np.maximum.accumulate(np.maximum(beyond, p[order]))
    unknown = np.isnan(observed)
    p[unknown] = corrected[unknown] = _NAN
    return PairedTest(tuple(p.tolist()), tuple(corrected.tolist()))


def _swaps(pairs: Sequence[tuple[Rows, Rows]], seed: int, n_swaps: int) -> NDArray[np.bool_]:
    """Return `(b, n)`, true where a case's outcomes are swapped; the first row swaps nothing."""
    n = len(pairs[0][0])
    differs = np.zeros(n, bool)
    for first, second in pairs:
        same = (first == second) | (np.isnan(first) & np.isnan(second))
        differs |= ~same.all(axis=1)
    at = np.flatnonzero(differs)  # swapping the others changes nothing
    if 2 ** len(at) <= n_swaps:
        swaps = np.zeros((2 ** len(at), n), bool)
        swaps[:, at] = (np.arange(2 ** len(at))[:, None] >> np.arange(len(at))) & 1
    else:
        swaps = np.random.default_rng(seed).random((n_swaps, n)) < 0.5
        swaps[0] = False
    return swaps


def _swapped(summarise: Summarise, first: Rows, second: Rows, swaps: NDArray[np.bool_]) -> Rows:
    """Return the `(b,)` differences, second less first, under the swaps `(b, n)`."""
    if np.array_equal(first, second, equal_nan=True):
        return np.zeros(len(swaps))
    if summarise is not mean:
        return np.array(
            [
                figure_of(summarise, np.where(swap[:, None], first, second))
                - figure_of(summarise, np.where(swap[:, None], second, first))
                for swap in swaps
            ]
        )
    there_a, there_b = _is_there(first), _is_there(second)
    a, b = np.where(there_a, first[:, 0], 0.0), np.where(there_b, second[:, 0], 0.0)
    change = np.stack([b - a, there_b.astype(np.float64) - there_a], axis=1)  # (n, 2)
    parts = np.array_split(swaps, len(_blocks(len(swaps), len(a))))
    moved, moved_n = np.concatenate([part @ change for part in parts]).T  # what the first gains
    return _quotient(b.sum() - moved, there_b.sum() - moved_n) - _quotient(
        a.sum() + moved, there_a.sum() + moved_n
    )
