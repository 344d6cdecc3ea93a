"""Reports of runs in, a plot of the first headline measure by kind of question out."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ragguide.evaluate.drawing import INK, SERIES, Plot, draw
from ragguide.evaluate.report import RunReport
from ragguide.evaluate.summary import Figure

if TYPE_CHECKING:
    from ragguide.evaluate.drawing import Axes

_Figures = dict[str, tuple[Figure, int]]  # kind → its figure, and its number of questions


def plot_kinds(runs: Sequence[RunReport]) -> Plot | None:
    runs = [run for run in runs if run.kinds and run.headlines]
    if not runs:
        return None
    measure = runs[0].headlines[0].measure
    figures = [_figures_of(run, measure) for run in runs]
    kinds = sorted(figures[0], key=lambda kind: figures[0][kind][0].value)
    if not kinds:
        return None
    height = 0.7 + 0.2 * len(kinds) * (1 + 0.4 * len(runs))
    return Plot(
        id="kinds",
        title=f"{measure} by kind of question",
        caption="With 95 % intervals, and the number of questions in brackets. Kinds with few "
        "questions have wide intervals; where intervals overlap widely, kinds may not differ.",
        svg=draw("kinds", height, partial(_fill, runs, figures, kinds, measure)),
    )


def _figures_of(run: RunReport, measure: str) -> _Figures:
    return {
        group.name: (figure, group.n)
        for group in run.kinds
        for figure in group.figures
        if figure.measure == measure
    }


def _fill(
    runs: Sequence[RunReport],
    figures: Sequence[_Figures],
    kinds: Sequence[str],
    measure: str,
    axes: "Axes",
) -> None:
    height = 0.7 / len(runs)
    for number, (run, of_run) in enumerate(zip(runs, figures, strict=True)):
        shift = (number - (len(runs) - 1) / 2) * height
        shown = [(at - shift, of_run[kind][0]) for at, kind in enumerate(kinds) if kind in of_run]
        _draw_run(axes, run.name, shown, height, SERIES[number])
    axes.set_yticks(range(len(kinds)), [f"{kind} ({figures[0][kind][1]})" for kind in kinds])
    axes.set_xlim(0, 1.01)
    axes.set_xlabel(measure)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    if len(runs) > 1:
        axes.legend(labelcolor=INK, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(runs))


def _draw_run(
    axes: "Axes", name: str, shown: Sequence[tuple[float, Figure]], height: float, colour: str
) -> None:
    """Draw a bar for each (row, figure), with its interval as a line and its value as a dot."""
    rows = [row for row, _ in shown]
    values = [figure.value for _, figure in shown]
    axes.barh(rows, values, height=height * 0.9, color=colour, alpha=0.35, label=name)
    known = [(row, figure) for row, figure in shown if figure.low == figure.low]
    axes.hlines(
        [row for row, _ in known],
        [figure.low for _, figure in known],
        [figure.high for _, figure in known],
        color=colour,
        linewidth=2,
    )
    axes.plot(values, rows, "o", color=colour, markersize=5)
