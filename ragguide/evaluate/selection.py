"""The rows of several trials in, the best one out, and what it is worth. No I/O.

The best of many trials was lucky, too: its figure over the questions that it was chosen by is too
good. So the choice is made again and again, each time on all folds of the questions but one, and
each choice is measured on the fold that it has not seen. These questions together give the honest
figure: not of the trial that is chosen in the end, but of choosing.

Source: Stone 1974; Cawley & Talbot, JMLR 2010 (why the choice belongs inside).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ragguide.errors import UsageError
from ragguide.evaluate.intervals import difference_interval, interval
from ragguide.evaluate.paired_test import paired_test
from ragguide.evaluate.records import Measure
from ragguide.evaluate.statistics import Rows, figure_of
from ragguide.evaluate.summary import SEED

_TIE = 1e-9


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which trial is best by a measure, and what that is worth on questions not chosen by."""

    measure: str
    chosen: int  # place of the trial
    n: int  # questions that the measure counts
    value: float  # over the questions that it was chosen by: too good
    held_out: float  # over questions that the choice did not see
    low: float  # its 95 % interval
    high: float
    optimism: float  # how much too good: `value` less `held_out`, turned so that more is too good
    present: float  # of the settings as they are
    gain: float  # `held_out` less `present`
    gain_low: float
    gain_high: float
    p: float  # that a gain or loss of this size is chance
    folds: tuple[int, ...]  # the trial that each fold's rest chose


def choose(
    measure: Measure,
    rows: Sequence[Rows],
    n_changed: Sequence[int],
    *,
    n_folds: int,
    seed: int = SEED,
) -> Choice:
    """Choose a trial; of several that are as good the one that changes least.

    Args:
        measure: what it is chosen by.
        rows: for each trial the measure's rows of the same n cases; the first as settings are now.
        n_changed: for each trial how many settings it changes.
        n_folds: parts of the cases, each left out once; from 2.
        seed: of the parts and of the resampling.

    Raises:
        UsageError: there are fewer cases than folds, or the measure says nothing of them.
    """
    told = np.flatnonzero(~np.isnan(np.stack([each[:, 0] for each in rows])).any(axis=0))
    if len(told) < n_folds:
        raise UsageError(
            f"{measure.name} counts {len(told)} questions, which cannot be split into {n_folds} "
            "folds. Ask more questions, or give a smaller --folds."
        )
    rows = [each[told] for each in rows]
    every = np.arange(len(told))
    chosen = _best(measure, rows, n_changed, every)
    folds = np.array_split(np.random.default_rng(seed).permutation(len(told)), n_folds)
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
        n=len(told),
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
