"""How often 95 % intervals hold the truth: percentiles, BCa, and what ragguide tells.

    python benchmarks/intervals.py

Samples of questions are drawn from known distributions: shares of hits, reciprocal ranks, AUROC,
the 95th percentile of times; and, for differences, pairs of runs that differ in a fifth of the
questions. An interval that is not known is no wrong one: in brackets, how many there are.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ragguide.evaluate.intervals import Interval, difference_interval, interval
from ragguide.evaluate.measures import find_measure
from ragguide.evaluate.statistics import figure_of

Rows = NDArray[np.float64]
RANKS, SHARES = np.array([1, 1 / 2, 1 / 3, 1 / 5, 0]), np.array([0.85, 0.06, 0.03, 0.02, 0.04])
N_RESAMPLES = 500
CHANGED = 0.2  # share of the questions that two runs differ in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=500)
    n_samples = parser.parse_args().samples
    rng = np.random.default_rng(0)
    print(f"{'':<24}{'n':>4}{'percentiles':>13}{'BCa':>13}{'ragguide':>13}")
    for name, measure, draw, truth in _figures(rng):
        summarise = find_measure(measure).summarise
        for n in (12, 30, 100):
            intervals = []
            for seed in range(n_samples):
                rows = draw(n)
                ours = interval(summarise, rows, seed=seed, n_resamples=N_RESAMPLES)
                intervals.append((*_plain(summarise, rows, seed), ours))
            _print(name, n, intervals, truth)
    mean = find_measure("MRR").summarise
    for n in (30, 60, 100):
        intervals = []
        for seed in range(n_samples):
            first = _ranks(rng, n)
            second = np.where(rng.random((n, 1)) < CHANGED, _ranks(rng, n), first)
            ours = difference_interval(mean, first, second, seed=seed, n_resamples=N_RESAMPLES)
            intervals.append((*_plain(mean, second - first, seed), ours))
        _print("difference of MRR", n, intervals, 0.0)


def _print(name: str, n: int, intervals: list[tuple[Interval, ...]], truth: float) -> None:
    cells = []
    for found in zip(*intervals, strict=True):
        known = [each for each in found if each.low == each.low]
        held = [each.low - 1e-9 <= truth <= each.high + 1e-9 for each in known]
        share = f"{np.mean(held):.2f}" if held else "–"
        cells.append(f"{share} ({len(found) - len(known)})")
    print(f"{name:<24}{n:>4}" + "".join(f"{cell:>13}" for cell in cells), flush=True)


def _figures(
    rng: np.random.Generator,
) -> list[tuple[str, str, Callable[[int], Rows], float]]:
    def hits(share: float) -> Callable[[int], Rows]:
        return lambda n: (rng.random((n, 1)) < share).astype(float)

    def scores(n: int) -> Rows:
        answerable = (np.arange(n) >= 0.15 * n).astype(float)
        return np.column_stack([rng.normal(size=n) + answerable, answerable])

    return [
        ("share of .80", "hit@1", hits(0.8), 0.8),
        ("share of .90", "hit@1", hits(0.9), 0.9),
        ("share of .97", "hit@1", hits(0.97), 0.97),
        ("MRR", "MRR", lambda n: _ranks(rng, n), float(RANKS @ SHARES)),
        ("AUROC, 15 % unanswerable", "AUROC", scores, float(stats.norm.cdf(2**-0.5))),
        (
            "95th percentile", "total-p95", lambda n: rng.lognormal(size=(n, 1)),
            float(stats.lognorm(1).ppf(0.95)),
        ),
    ]  # fmt: skip


def _ranks(rng: np.random.Generator, n: int) -> Rows:
    return rng.choice(RANKS, p=SHARES, size=(n, 1))


def _plain(summarise: Callable[[Rows], float], rows: Rows, seed: int) -> list[Interval]:
    """By the percentiles alone and by BCa, without what ragguide adds."""
    found = []
    for method in ("percentile", "BCa"):
        with np.errstate(all="ignore"):
            ends = stats.bootstrap(
                (np.arange(len(rows)),),
                lambda at: figure_of(summarise, rows[at]),
                n_resamples=N_RESAMPLES,
                method=method,
                vectorized=False,
                rng=np.random.default_rng(seed),
            ).confidence_interval
        found.append(Interval(float(ends.low), float(ends.high)))
    return found


if __name__ == "__main__":
    main()
