"""Rows of scores in, measures of refusals out. No I/O."""

from math import nan
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def auroc(rows: "NDArray[np.float64]") -> float:
    """Return the chance that an answerable question scores above an unanswerable one.

    A tie counts half.

    Args:
        rows: (n, 2) score; 1 for an answerable question, 0 for an unanswerable one.

    Source: Mann & Whitney 1947.
    """
    answerable = rows[rows[:, 1] == 1, 0]
    unanswerable = np.sort(rows[rows[:, 1] == 0, 0])
    if not len(answerable) or not len(unanswerable):
        return nan
    below = np.searchsorted(unanswerable, answerable, side="left")
    not_above = np.searchsorted(unanswerable, answerable, side="right")
    return float((below + not_above).mean() / 2 / len(unanswerable))


def risk_at(rows: "NDArray[np.float64]", coverage: float) -> float:
    """Return the mean loss over the questions with the highest scores.

    Questions that tie at the edge of the share each count in part, so that the parts fill it.

    Args:
        rows: (n, 2) score; loss between 0 and 1.
        coverage: the share of questions, above 0.

    Source: El-Yaniv & Wiener, JMLR 2010.
    """
    if not len(rows):
        return nan
    n_kept = coverage * len(rows)
    scores, losses = rows[:, 0], rows[:, 1]
    edge = np.sort(scores)[::-1][min(len(rows), int(np.ceil(n_kept))) - 1]
    above, tied = losses[scores > edge], losses[scores == edge]
    return float((above.sum() + tied.mean() * (n_kept - len(above))) / n_kept)


def risk_curve(rows: "NDArray[np.float64]") -> tuple[tuple[float, float], ...]:
    """Return the mean loss over the questions above a score, for each possible threshold.

    Args:
        rows: (n, 2) score; loss between 0 and 1; at least one row.

    Returns:
        (coverage, risk), coverage rising to 1; questions that tie are added together.
    """
    order = np.argsort(-rows[:, 0], kind="stable")
    scores, losses = rows[order, 0], rows[order, 1]
    is_end = np.append(scores[1:] != scores[:-1], True)
    sums = losses.cumsum()
    return tuple(
        ((at + 1) / len(rows), float(sums[at]) / (at + 1)) for at in np.flatnonzero(is_end).tolist()
    )
