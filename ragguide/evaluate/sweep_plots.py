"""The results of a sweep in, one plot for each setting out."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ragguide.evaluate.drawing import INK, MUTED, SERIES, Plot, draw, style
from ragguide.evaluate.space import Value
from ragguide.evaluate.sweep_result import SweepResult, TrialResult

if TYPE_CHECKING:
    from ragguide.evaluate.drawing import Axes

FEW = 12  # values that get their own tick and a place in the caption

_Point = tuple[Value, float]  # a trial's value of the setting, and its figure


class _Axis(msgspec.Struct, frozen=True):
    """One setting against the measure."""

    name: str
    measure: str
    points: tuple[_Point, ...]  # one for each trial
    places: dict[Value, float]  # value, in order → its place on the x axis
    best: dict[Value, float]  # value → the best figure with it
    chosen: _Point

    @property
    def is_short(self) -> bool:
        return len(self.places) <= FEW


def sweep_plots(result: SweepResult) -> tuple[Plot, ...]:
    """Draw one plot for each setting with several values.

    Raises:
        UsageError: matplotlib is not installed.
    """
    with style():
        return tuple(
            _plot(_axis(result, name), f"axis-{number}")
            for number, name in enumerate(result.winner.values, start=1)
            if len({each.trial.values[name] for each in result.results}) > 1
        )


def _axis(result: SweepResult, name: str) -> _Axis:
    points = tuple(
        _point(each, name) for each in result.results if each.figure.value == each.figure.value
    )
    values = sorted({value for value, _ in points}, key=lambda v: (isinstance(v, str), v))
    better = max if result.results[0].figure.higher_is_better else min
    return _Axis(
        name=name,
        measure=result.choice.measure,
        points=points,
        places=_places(values),
        best={value: better(y for v, y in points if v == value) for value in values},
        chosen=_point(result.results[result.choice.chosen], name),
    )


def _point(each: TrialResult, name: str) -> _Point:
    return each.trial.values[name], each.figure.value


def _places(values: Sequence[Value]) -> dict[Value, float]:
    """Place numbers at their value; if there are words, all values at equal distances."""
    if any(isinstance(value, str) for value in values):
        return {value: at for at, value in enumerate(values)}
    return {value: float(value) for value in values}


def _plot(axis: _Axis, id_: str) -> Plot:
    figures = ", ".join(f"{value}: {y:.3f}" for value, y in axis.best.items())
    return Plot(
        id=id_,
        title=f"{axis.measure} by {axis.name}",
        caption="All trials, and the best one for each value"
        + (f": {figures}." if axis.is_short else "."),
        svg=draw(id_, 3.0, partial(_fill, axis)),
    )


def _fill(axis: _Axis, axes: "Axes") -> None:
    places = axis.places
    axes.plot(
        [places[value] for value, _ in axis.points], [y for _, y in axis.points],
        "o", color=MUTED, alpha=0.5, markersize=4, label="trial",
    )  # fmt: skip
    axes.plot(
        list(places.values()), list(axis.best.values()),
        "o-" if axis.is_short else "o", color=SERIES[0], label="best trial with this value",
    )  # fmt: skip
    value, figure = axis.chosen
    axes.plot([places[value]], [figure], "D", color=SERIES[1], markersize=9, label="chosen")
    if axis.is_short:
        axes.set_xticks(list(places.values()), [str(value) for value in places])
    axes.set_xlabel(axis.name)
    axes.set_ylabel(axis.measure)
    axes.legend(labelcolor=INK)
