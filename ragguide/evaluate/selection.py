"""The rows of several trials in, the best trial and an honest estimate of it out. No I/O.

The best of many trials was also lucky: its figure over the questions that chose it is too good. So
cross-validation repeats the choice on all folds of the questions but one, and measures it on the
held-out fold. The held-out folds together give an honest figure, not of the trial that is finally
chosen, but of this way of choosing.

Source: Stone 1974; Cawley & Talbot, JMLR 2010 (why the choice belongs inside the loop).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.errors import UsageError
from ragguide.evaluate.intervals import difference_interval, interval
from ragguide.evaluate.measures import why_none
from ragguide.evaluate.paired_test import paired_test
from ragguide.evaluate.records import Measure
from ragguide.evaluate.statistics import Rows, figure_of
from ragguide.evaluate.summary import SEED

_TIE = 1e-9  # figures closer than this are equal


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The best trial by a measure, and an estimate of it on held-out questions."""

    measure: str
    chosen: int  # position of the trial
    n: int  # questions that the measure applies to
    value: float  # over the questions that chose the trial: too good
    held_out: float  # over questions that did not take part in the choice
    low: float  # 95 % interval of `held_out`
    high: float
    optimism: float  # how much too good `value` is; positive whichever direction is better
    present: float  # with the current settings
    gain: float  # `held_out` minus `present`
    gain_low: float
    gain_high: float
    p: float  # of the gain
    folds: tuple[int, ...]  # for each fold, the trial that the other folds chose


def choose(
    measure: Measure,
    rows: Sequence[Rows],
    n_changed: Sequence[int],
    *,
    n_folds: int,
    seed: int = SEED,
) -> Choice:
    """Choose a trial; among equally good ones, the one that changes the fewest settings.

    Args:
        measure: to choose by.
        rows: for each trial, the measure's rows of the same cases; the first has current settings.
        n_changed: for each trial, the number of settings it changes.
        n_folds: of the cross-validation; at least 2.
        seed: of the folds and of the resampling.

    Raises:
        UsageError: the measure applies to no case, or to fewer than there are folds.
    """
    counted = np.flatnonzero(~np.isnan(np.stack([each[:, 0] for each in rows])).any(axis=0))
    n = len(counted)
    if n == 0:
        raise UsageError(f"{measure.name} applies to no question{why_none(measure)}.")
    if n < n_folds:
        raise UsageError(
            f"{measure.name} applies to {n} questions, too few for {n_folds} folds. Add "
            "questions, or set a smaller --folds."
        )
    rows = [each[counted] for each in rows]
    every = np.arange(n)
    chosen = _best(measure, rows, n_changed, every)
    folds = np.array_split(np.random.default_rng(seed).permutation(n), n_folds)
    choices = [_best(measure, rows, n_changed, np.setdiff1d(every, fold)) for fold in folds]
    unseen = rows[0].copy()
    for choice, fold in zip(choices, folds, strict=True):
        unseen[fold] = rows[choice][fold]
    value = figure_of(measure.summarise, rows[chosen])
    held_out = figure_of(measure.summarise, unseen)
    present = figure_of(measure.summarise, rows[0])
    ends = interval(measure.summarise, unseen, seed=seed)
    gain = difference_interval(measure.summarise, rows[0], unseen, seed=seed)
    test = paired_test([(measure.summarise, rows[0], unseen)], seed=seed)
    return Choice(
        measure=measure.name,
        chosen=chosen,
        n=n,
        value=value,
        held_out=held_out,
        low=ends.low,
        high=ends.high,
        optimism=(value - held_out) * (1 if measure.higher_is_better else -1),
        present=present,
        gain=held_out - present,
        gain_low=gain.low,
        gain_high=gain.high,
        p=test.p[0],
        folds=tuple(choices),
    )


def _best(
    measure: Measure,
    rows: Sequence[Rows],
    n_changed: Sequence[int],
    cases: NDArray[np.intp],
) -> int:
    values = np.array([figure_of(measure.summarise, each[cases]) for each in rows])
    values = np.where(np.isnan(values), -np.inf, values if measure.higher_is_better else -values)
    tied: list[int] = np.flatnonzero(values >= values.max() - _TIE).tolist()
    return min(tied, key=lambda trial: (n_changed[trial], trial))
