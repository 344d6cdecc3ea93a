"""A run and its thresholds or baseline in, gates out: which of them the run meets. No I/O."""

import math
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Literal

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate import wording
from ragguide.evaluate.compare import ALPHA, Comparison
from ragguide.evaluate.measures import find_measure, require_measurable, why_none
from ragguide.evaluate.records import Measure
from ragguide.evaluate.runs import LoadedRun
from ragguide.evaluate.summary import SEED, Figure, figures_of

By = Literal["value", "lower-bound"]

_MOST_NAMED = 5  # questions in a reason
# With n questions the lowest possible p is 2 / 2^n: see `check_baseline`.
_LEAST_QUESTIONS = next(n for n in count(1) if 2.0 ** (1 - n) <= ALPHA)


class Threshold(msgspec.Struct, frozen=True):
    """The lowest value of a measure that passes; the highest, if lower is better."""

    measure: Measure
    limit: float


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement on a run, and whether the run meets it."""

    name: str  # "hit@5 ≥ 0.95", "hit@5 not worse than main"
    is_met: bool
    is_undecided: bool = False  # there are too few questions; met only if the user allows it
    reason: str  # the figures, in words


def read_thresholds(under: Iterable[str], over: Iterable[str]) -> tuple[Threshold, ...]:
    """Read thresholds such as `hit@5=.95`; in `over`, lower values of the measure are better.

    Raises:
        UsageError: one is not measure=number, or its measure is unknown or in the wrong list.
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
        raise UsageError(f"{flag} {text!r} is not of the form measure=number, e.g. hit@5=.95.")
    measure = find_measure(name.strip())
    if measure.higher_is_better != higher_is_better:
        better = "higher" if measure.higher_is_better else "lower"
        other = "--fail-under" if measure.higher_is_better else "--fail-over"
        raise UsageError(f"{better} values of {measure.name} are better. Use {other} {text}.")
    if higher_is_better and not 0 <= limit <= 1:
        raise UsageError(f"{flag} {text!r}: {measure.name} is between 0 and 1.")
    return Threshold(measure, limit)


def check_thresholds(
    run: LoadedRun, thresholds: Sequence[Threshold], *, by: By, seed: int = SEED
) -> tuple[Gate, ...]:
    """Check a run's figures against thresholds.

    By "lower-bound", the whole 95 % interval must pass; if lower values are better, that is its
    upper bound. An undefined figure never passes.

    Raises:
        UsageError: the run's mode or depth does not give a measure.
    """
    for threshold in thresholds:
        require_measurable(threshold.measure, run.record)
    return tuple(
        _check(threshold, figures_of(run.judged, [threshold.measure], seed=seed), by)
        for threshold in thresholds
    )


def _check(threshold: Threshold, figures: Sequence[Figure], by: By) -> Gate:
    measure, limit = threshold.measure, threshold.limit
    name = f"{measure.name} {'≥' if measure.higher_is_better else '≤'} {limit:g}"
    if not figures:
        reason = f"it applies to no question of the run{why_none(measure)}"
        return Gate(name=name, is_met=False, reason=reason)
    (figure,) = figures
    bound = figure.low if measure.higher_is_better else figure.high
    decisive = figure.value if by == "value" else bound
    # NaN passes neither comparison.
    is_met = decisive >= limit if measure.higher_is_better else decisive <= limit
    reason = (
        f"{wording.number(figure.value, figure.unit)} ({wording.interval(figure)}) over "
        f"{figure.n} question{'s' * (figure.n != 1)}, "
        f"judged by its {'value' if by == 'value' else 'interval'}"
    )
    return Gate(name=name, is_met=is_met, reason=reason)


def check_baseline(comparison: Comparison, *, allow_undecided: bool = False) -> tuple[Gate, ...]:
    """Check the second run of a comparison against the first; one gate for each regression.

    Five questions or fewer can show no significant difference: if all n outcomes differ in one
    direction, the paired test still gives p = 2 / 2^n. Such a gate is undecided.
    """
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
    if not n_tested or comparison.n_shared < _LEAST_QUESTIONS:
        return (_undecided(comparison, n_tested, is_met=allow_undecided),)
    reason = f"none of {n_tested} measures is worse, over {comparison.n_shared} shared questions"
    return (Gate(name=f"not worse than {comparison.first}", is_met=True, reason=reason),)


def _undecided(comparison: Comparison, n_tested: int, *, is_met: bool) -> Gate:
    reason = (
        f"{comparison.n_shared} shared question{'s' * (comparison.n_shared != 1)} can show no "
        f"significant difference, whatever the answers; at least {_LEAST_QUESTIONS} are needed"
        if n_tested
        else "no measure applies to the shared questions"
    )
    name = f"not worse than {comparison.first}"
    return Gate(name=name, is_met=is_met, is_undecided=True, reason=reason)


def check_evidence(vanished: Sequence[str], *, is_allowed: bool = False) -> tuple[Gate, ...]:
    """Return a gate that is not met if an update removes the evidence of a question.

    Args:
        vanished: ids of the questions without evidence.
        is_allowed: whether the gate is met all the same.
    """
    if not vanished:
        return ()
    shown = f"{', '.join(vanished[:_MOST_NAMED])}{', …' * (len(vanished) > _MOST_NAMED)}"
    questions = "1 question" if len(vanished) == 1 else f"{len(vanished)} questions"
    reason = f"the new guide has no evidence for {questions} any more: {shown}"
    return (Gate(name="evidence kept", is_met=is_allowed, reason=reason),)
