"""A run and what is asked of it in, which of that it falls short of out. No I/O."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate import wording
from ragguide.evaluate.compare import Comparison
from ragguide.evaluate.measures import find_measure, require_told
from ragguide.evaluate.records import Measure
from ragguide.evaluate.runs import LoadedRun
from ragguide.evaluate.summary import SEED, Figure, figures_of

By = Literal["value", "lower-bound"]


class Threshold(msgspec.Struct, frozen=True):
    """The least of a measure that will do; or the most, where less is better."""

    measure: Measure
    limit: float


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was asked of a run, and whether it is so."""

    name: str  # "hit@5 ≥ 0.95", "hit@5 not worse than main"
    is_met: bool
    reason: str  # with the figures, for people


def read_thresholds(under: Iterable[str], over: Iterable[str]) -> tuple[Threshold, ...]:
    """Read `hit@5=.95`; of `over` those are measures of which less is better.

    Raises:
        UsageError: one is of another form, names no measure, or one of the other direction.
    """
    return (
        *(_read(text, "--fail-under", higher_is_better=True) for text in under),
        *(_read(text, "--fail-over", higher_is_better=False) for text in over),
    )


def _read(text: str, flag: str, *, higher_is_better: bool) -> Threshold:
    name, sign, number = text.partition("=")
    try:
        limit = float(number)
    except ValueError:
        limit = math.nan
    if not sign or not math.isfinite(limit):
        raise UsageError(f"{flag} {text!r} is not of the form measure=number, such as hit@5=.95.")
    measure = find_measure(name.strip())
    if measure.higher_is_better != higher_is_better:
        better = "more" if measure.higher_is_better else "less"
        other = "--fail-under" if measure.higher_is_better else "--fail-over"
        raise UsageError(f"of {measure.name} {better} is better: use {other} {text}.")
    if higher_is_better and not 0 <= limit <= 1:
        raise UsageError(f"{flag} {text!r}: {measure.name} lies between 0 and 1.")
    return Threshold(measure, limit)


def check_thresholds(
    run: LoadedRun, thresholds: Sequence[Threshold], *, by: By, seed: int = SEED
) -> tuple[Gate, ...]:
    """Hold a run's figures against thresholds.

    By "lower-bound" the 95 % interval must lie on the right side as a whole: of a measure of which
    less is better, its upper bound. What is not known is not met.

    Raises:
        UsageError: the run did not look so far as a measure asks.
    """
    for threshold in thresholds:
        require_told(threshold.measure, run.record)
    return tuple(
        _check(threshold, figures_of(run.judged, [threshold.measure], seed=seed), by)
        for threshold in thresholds
    )


def _check(threshold: Threshold, figures: Sequence[Figure], by: By) -> Gate:
    measure, limit = threshold.measure, threshold.limit
    name = f"{measure.name} {'≥' if measure.higher_is_better else '≤'} {limit:g}"
    if not figures:
        return Gate(name=name, is_met=False, reason="no question of the run tells it")
    (figure,) = figures
    bound = figure.low if measure.higher_is_better else figure.high
    held = figure.value if by == "value" else bound
    is_met = held >= limit if measure.higher_is_better else held <= limit  # NaN is neither
    reason = (
        f"{wording.number(figure.value, figure.unit)} ({wording.interval(figure)}) over "
        f"{figure.n} question{'s' * (figure.n != 1)}, "
        f"judged by its {'value' if by == 'value' else 'interval'}"
    )
    return Gate(name=name, is_met=is_met, reason=reason)


def check_baseline(comparison: Comparison) -> tuple[Gate, ...]:
    """Hold a run, the second of the comparison, against the first; one gate for each regression."""
    gates = tuple(
        Gate(
            name=f"{each.measure} not worse than {comparison.first}",
            is_met=False,
            reason=(
                f"{wording.number(each.first)} → {wording.number(each.second)}, "
                f"difference {wording.signed(each.difference)} "
                f"({wording.difference_interval(each)}), "
                f"corrected p {wording.p_value(each.p_corrected)}"
            ),
        )
        for each in comparison.regressions
    )
    if gates:
        return gates
    n_tested = sum(each.p is not None for each in comparison.differences)
    reason = f"none of {n_tested} measures, over {comparison.n_shared} shared questions"
    return (Gate(name=f"not worse than {comparison.first}", is_met=True, reason=reason),)
