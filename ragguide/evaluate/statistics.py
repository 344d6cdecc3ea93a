"""Cases in, rows and figures of a measure out. Pure functions over numpy.

A measure's rows are `(n, width)`, one row a case. A case that the measure does not apply to gets a
row of NaN, so the rows of two runs stay aligned. The statistics never look at what a measure means:
`intervals.py` resamples rows, `paired_test.py` swaps them between two runs.

scipy.stats has a bootstrap and a permutation test, and the tests compare ours with them. But scipy
takes a second to import, and its bootstrap returns no interval if a single resample is undefined.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ragguide.evaluate.records import Judged, Measure

Rows: TypeAlias = NDArray[np.float64]
Summarise: TypeAlias = Callable[[Rows], float]

NAN = float("nan")
ROUNDING = 1e-9  # smaller differences are rounding errors
_BLOCK = 4_000_000  # numbers in memory at a time


def mean(rows: Rows) -> float:
    """Return the mean of the first column; NaN if there are no rows.

    The resampling recognises this very function and computes all its resamples at once.
    """
    return float(rows[:, 0].mean()) if len(rows) else NAN


def percentile(rows: Rows, share: int) -> float:
    """Return a percentile of the first column; NaN if there are no rows.

    The resampling recognises `partial(percentile, share=95)`, as it does `mean`.
    """
    return float(np.percentile(rows[:, 0], share)) if len(rows) else NAN


def nearest_rank(rows: Rows, share: int) -> float:
    """Return the lowest value of the first column that `share` percent of the rows do not exceed.

    NaN if there are no rows.
    """
    return float(np.percentile(rows[:, 0], share, method="inverted_cdf")) if len(rows) else NAN


def pooled_share(rows: Rows) -> float:
    """Return the share that hits have of all things; NaN if there are none.

    Args:
        rows: (n, 2) hits of a case; things that could be one.
    """
    return float(rows[:, 0].sum() / rows[:, 1].sum()) if len(rows) else NAN


def balanced_share(rows: Rows) -> float:
    """Return the mean of two groups' means; NaN if a group has no rows.

    Args:
        rows: (n, 2) value; 1 for the first group, 0 for the second.
    """
    first, second = (rows[rows[:, 1] == group, 0] for group in (1, 0))
    return float(first.mean() + second.mean()) / 2 if len(first) and len(second) else NAN


def rows_of(measure: Measure, judged: Sequence[Judged]) -> Rows:
    """Return `(n, width)`; a row of NaN where the measure does not apply to the case."""
    found = [measure.row_of(each) for each in judged]
    width = next((len(row) for row in found if row is not None), 1)
    rows = np.full((len(judged), width), NAN)
    for at, row in enumerate(found):
        if row is not None:
            rows[at] = row
    return rows


def has_row(rows: Rows) -> NDArray[np.bool_]:
    """Return `(n,)`, true where the measure applies to the case."""
    return ~np.isnan(rows[..., 0])


def count_of(rows: Rows) -> int:
    """Count the cases that the measure applies to."""
    return int(has_row(rows).sum())


def figure_of(summarise: Summarise, rows: Rows) -> float:
    """Return the measure's figure; NaN if it applies to no case."""
    known = rows[has_row(rows)]
    return float(summarise(known)) if len(known) else NAN


def block_sizes(total: int, n: int) -> list[int]:
    """Return sizes that sum up to `total`, each so that `(size, n)` numbers fit into memory."""
    size = max(1, min(total, _BLOCK // max(1, n)))
    return [size] * (total // size) + [total % size] * bool(total % size)


def divide(sums: Rows, counts: Rows | NDArray[np.intp]) -> Rows:
    """Return the `(b,)` means; NaN where a count is 0."""
    values: Rows = np.divide(sums, counts, out=np.full(len(sums), NAN), where=counts > 0)
    return values
