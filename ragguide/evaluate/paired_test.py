"""Rows of two runs in, p-values of their differences out. Seeds are explicit."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.evaluate.statistics import (
    NAN,
    ROUNDING,
    Rows,
    Summarise,
    block_sizes,
    divide,
    figure_of,
    has_row,
    mean,
)

N_SWAPS = 5000  # gives a p of .05 to within ±.006

_Flags = NDArray[np.bool_]


class PairedTest(msgspec.Struct, frozen=True):
    """One p-value a measure: alone, and corrected for the number of measures."""

    p: tuple[float, ...]
    p_corrected: tuple[float, ...]


def paired_test(
    pairs: Sequence[tuple[Summarise, Rows, Rows]], *, seed: int, n_swaps: int = N_SWAPS
) -> PairedTest:
    """Run a two-sided randomisation test of m measures over the same n cases of two runs.

    If the runs do not differ, chance decided which of a case's two outcomes belongs to which run.
    So the test swaps the outcomes of random cases, for all measures at once. p is the share of
    swaps that set the two figures at least as far apart as they are, counting the swap of nothing.
    Where few cases differ, the test tries all swaps.

    Args:
        pairs: for each measure its summary function, and the `(n, width)` rows of both runs.
        seed: of the swaps.
        n_swaps: how many; p is at least `1 / n_swaps`.

    Sources: Smucker, Allan & Carterette, CIKM 2007 (the test, for retrieval); Phipson & Smyth 2010
    (why the observed swap counts).
    """
    swaps = _draw_swaps([(first, second) for _, first, second in pairs], seed, n_swaps)  # (b, n)
    differences = _differences(pairs, swaps)  # (b, m)
    undefined = np.isnan(differences)
    sizes = np.abs(np.where(undefined, 0.0, differences))
    p = _p_values(sizes, undefined)
    corrected = _corrected(sizes, p)
    unknown = undefined[0]
    p[unknown] = corrected[unknown] = NAN
    return PairedTest(tuple(p.tolist()), tuple(corrected.tolist()))


# ── p-values ────────────────────────────────────────────────────────────────────────────────────


def _p_values(sizes: Rows, undefined: _Flags) -> Rows:
    """Return `(m,)`: the share of swaps whose difference is at least as large as the observed one.

    A swap that leaves a figure undefined counts as one, so that it never makes p smaller.
    """
    at_least = sizes >= sizes[0] - ROUNDING
    p: Rows = (at_least | undefined).mean(axis=0)
    return p


def _corrected(sizes: Rows, p: Rows) -> Rows:
    """Return `(m,)` p-values corrected by the step-down maximum over measures.

    Like Holm's correction it keeps the chance of any false call below the level, which is what a
    gate needs. But hit@1, hit@3 and MRR nearly repeat each other: Holm's would charge for each of
    them, while this one sees in the swaps that they move together.

    Sources: Westfall & Young 1993; Ge, Dudoit & Speed 2003.
    """
    standardised = _standardised(sizes)
    order = np.argsort(-standardised[0], kind="stable")  # largest observed difference first
    largest = _largest_of_rest(standardised[:, order])
    beyond = (largest >= standardised[0, order] - ROUNDING).mean(axis=0)
    corrected = p.copy()
    # A measure's corrected p is at least its own p, and at least that of the measure before it.
    corrected[order] = np.maximum.accumulate(np.maximum(beyond, p[order]))
    return corrected


def _standardised(sizes: Rows) -> Rows:
    """Divide each measure by its spread over the swaps, so that measures can be compared."""
    spread = np.sqrt((sizes**2).mean(axis=0))
    standardised: Rows = sizes / np.where(spread > ROUNDING, spread, 1.0)
    return standardised


def _largest_of_rest(columns: Rows) -> Rows:
    """Return `(b, m)`: for each column the row's maximum over this and all later columns."""
    backwards = np.maximum.accumulate(columns[:, ::-1], axis=1)
    return backwards[:, ::-1]


# ── swaps ───────────────────────────────────────────────────────────────────────────────────────


def _draw_swaps(pairs: Sequence[tuple[Rows, Rows]], seed: int, n_swaps: int) -> _Flags:
    """Return `(b, n)`, true where a case's outcomes are swapped; the first row swaps nothing."""
    n = len(pairs[0][0])
    differing = np.flatnonzero(_differs(pairs))  # swapping the other cases changes nothing
    n_all = 2 ** len(differing)
    if n_all <= n_swaps:
        swaps = np.zeros((n_all, n), bool)
        swaps[:, differing] = (np.arange(n_all)[:, None] >> np.arange(len(differing))) & 1
    else:
        swaps = np.random.default_rng(seed).random((n_swaps, n)) < 0.5
        swaps[0] = False
    return swaps


def _differs(pairs: Sequence[tuple[Rows, Rows]]) -> _Flags:
    """Return `(n,)`, true for a case that differs between the runs in any measure."""
    differs = np.zeros(len(pairs[0][0]), bool)
    for first, second in pairs:
        same = (first == second) | (np.isnan(first) & np.isnan(second))
        differs |= ~same.all(axis=1)
    return differs


# ── differences ─────────────────────────────────────────────────────────────────────────────────


def _differences(pairs: Sequence[tuple[Summarise, Rows, Rows]], swaps: _Flags) -> Rows:
    """Return `(b, m)`, second run minus first; the first row is observed, NaN is undefined."""
    differences = np.full((len(swaps), len(pairs)), NAN)
    for at, (summarise, first, second) in enumerate(pairs):
        observed = figure_of(summarise, second) - figure_of(summarise, first)
        if not np.isnan(observed):
            differences[:, at] = _swapped_differences(summarise, first, second, swaps)
            differences[0, at] = observed  # free of the rounding of the fast way
    return differences


def _swapped_differences(summarise: Summarise, first: Rows, second: Rows, swaps: _Flags) -> Rows:
    """Return the `(b,)` differences of one measure, second minus first, under each swap."""
    if np.array_equal(first, second, equal_nan=True):
        return np.zeros(len(swaps))
    if summarise is mean:
        return _swapped_means(first, second, swaps)
    return np.array(
        [
            figure_of(summarise, np.where(swap[:, None], first, second))
            - figure_of(summarise, np.where(swap[:, None], second, first))
            for swap in swaps
        ]
    )


def _swapped_means(first: Rows, second: Rows, swaps: _Flags) -> Rows:
    """Return what `_swapped_differences` returns for means, by one matrix product.

    A swap moves the sum and the count of the cases it swaps from one run to the other.
    """
    known_a, known_b = has_row(first), has_row(second)
    a, b = np.where(known_a, first[:, 0], 0.0), np.where(known_b, second[:, 0], 0.0)
    change = np.stack([b - a, known_b.astype(np.float64) - known_a], axis=1)  # (n, 2)
    parts = np.array_split(swaps, len(block_sizes(len(swaps), len(a))))
    moved, moved_n = np.concatenate([part @ change for part in parts]).T  # gains of the first run
    return divide(b.sum() - moved, known_b.sum() - moved_n) - divide(
        a.sum() + moved, known_a.sum() + moved_n
    )
