"""The finished trials of a sweep in, the best settings out."""

from pathlib import Path

import msgspec

from ragguide.evaluate.measures import find_measure, measures_of, require_measurable
from ragguide.evaluate.runs import LoadedRun, load_run
from ragguide.evaluate.selection import Choice, choose
from ragguide.evaluate.space import Trial, Value
from ragguide.evaluate.statistics import rows_of
from ragguide.evaluate.summary import SEED, Figure, figures_of, headlines
from ragguide.evaluate.sweep import Sweep, is_finished, trial_folder


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a trial, over all questions."""

    trial: Trial
    figure: Figure  # of the measure that trials are chosen by
    others: tuple[Figure, ...]  # of the other headline measures


class SweepResult(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a sweep."""

    name: str
    sweep: Sweep
    measure: str
    results: tuple[TrialResult, ...]  # in the order of the trials
    choice: Choice
    left_out: dict[str, str]  # a combination → why it was not tried

    @property
    def winner(self) -> Trial:
        return self.results[self.choice.chosen].trial


def result_of(
    folder: Path,
    sweep: Sweep,
    left_out: dict[str, str],
    *,
    measure: str,
    n_folds: int,
    seed: int = SEED,
) -> SweepResult:
    """Compute a measure for each finished trial, and choose the best one.

    Raises:
        UsageError: the measure is unknown, the trials do not give it, or there are too few cases.
    """
    criterion = find_measure(measure)
    require_measurable(criterion, sweep.present)
    runs = [
        (trial, load_run(trial_folder(folder, trial)))
        for trial in sweep.trials
        if is_finished(trial_folder(folder, trial))
    ]
    choice = choose(
        criterion,
        [rows_of(criterion, run.judged) for _, run in runs],
        [trial.n_changed for trial, _ in runs],
        n_folds=n_folds,
        seed=seed,
    )
    return SweepResult(
        name=folder.name,
        sweep=sweep,
        measure=measure,
        results=tuple(_result(trial, run, measure, seed) for trial, run in runs),
        choice=choice,
        left_out=left_out,
    )


def best_first(result: SweepResult) -> list[TrialResult]:
    """Return the trials by their figure, the best first; ties go to the fewest changes."""
    sign = -1 if result.results[0].figure.higher_is_better else 1
    return sorted(
        result.results,
        key=lambda each: (
            each.figure.value != each.figure.value,  # NaN last
            round(sign * each.figure.value, 9),
            each.trial.n_changed,
            each.trial.number,
        ),
    )


def winner_toml(result: SweepResult) -> str:
    """Return the winner's values as a settings file, with its figures as comments."""
    choice = result.choice
    lines = [
        f"# The best of {len(result.results)} combinations by {choice.measure}, on {choice.n} "
        f"questions of {result.sweep.present.cases_name}.",
        f"# {choice.measure}: {choice.value:.3f} on these questions, {choice.held_out:.3f} "
        "estimated for other questions,",
        f"# {choice.present:.3f} with the previous settings (p of the difference: {choice.p:.3f}).",
        *(f"{name} = {_toml(value)}" for name, value in result.winner.values.items()),
    ]
    return "\n".join(lines) + "\n"


def _toml(value: Value) -> str:
    return msgspec.json.encode(value).decode()  # plain strings and numbers: JSON is valid TOML


def _result(trial: Trial, run: LoadedRun, measure: str, seed: int) -> TrialResult:
    heads = [m for m in headlines(run.judged, measures_of(run.record)) if m.name != measure]
    figure, *others = figures_of(run.judged, [find_measure(measure), *heads], seed=seed)
    return TrialResult(trial=trial, figure=figure, others=tuple(others))
