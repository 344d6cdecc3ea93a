"""What a sweep came to in, a plot of each setting out."""

from typing import TYPE_CHECKING

from ragguide.evaluate.drawing import INK, MUTED, SERIES, Plot, draw, style
from ragguide.evaluate.sweep import SweepResult

if TYPE_CHECKING:
    from ragguide.evaluate.drawing import Axes
    from ragguide.evaluate.space import Value

FEW = 12  # values that are told one by one


def sweep_plots(result: SweepResult) -> tuple[Plot, ...]:
    """One plot for each setting that was swept.

    Raises:
        UsageError: matplotlib is not installed.
    """
    with style():
        return tuple(
            _axis(result, name, number)
            for number, name in enumerate(result.winner.values, start=1)
            if len({each.trial.values[name] for each in result.results}) > 1
        )


def _axis(result: SweepResult, name: str, number: int) -> Plot:
    """The measure against one setting: every trial, the best of each value, the chosen one."""
    measure = result.choice.measure
    points = [
        (each.trial.values[name], each.figure.value)
        for each in result.results
        if each.figure.value == each.figure.value
    ]
    values = sorted({value for value, _ in points}, key=lambda v: (isinstance(v, str), v))
    words = any(isinstance(value, str) for value in values)
    place: dict[Value, float] = {
        value: at if words else float(value) for at, value in enumerate(values)
    }
    better = max if result.results[0].figure.higher_is_better else min
    best = {value: better(y for v, y in points if v == value) for value in values}
    chosen = result.results[result.choice.chosen]

    def fill(axes: "Axes") -> None:
        axes.plot(
            [place[value] for value, _ in points], [y for _, y in points],
            "o", color=MUTED, alpha=0.5, markersize=4, label="a trial",
        )  # fmt: skip
        axes.plot(
            [place[value] for value in values], list(best.values()),
            "o-" if len(values) <= FEW else "o", color=SERIES[0], label="the best of its value",
        )  # fmt: skip
        axes.plot(
            [place[chosen.trial.values[name]]], [chosen.figure.value],
            "D", color=SERIES[1], markersize=9, label="chosen",
        )  # fmt: skip
        if len(values) <= FEW:
            axes.set_xticks(list(place.values()), [str(value) for value in values])
        axes.set_xlabel(name)
        axes.set_ylabel(measure)
        axes.legend(labelcolor=INK)

    told = ", ".join(f"{value}: {y:.3f}" for value, y in best.items()) if len(values) <= FEW else ""
    return Plot(
        id=f"axis-{number}",
        title=f"{measure} by {name}",
        told=f"Every trial, and the best of each value. {told}".strip(),
        svg=draw(f"axis-{number}", 3.0, fill),
    )
