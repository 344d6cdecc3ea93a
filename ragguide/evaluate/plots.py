"""A report in, its plots as inline SVG out.

The only module that imports matplotlib. Colours are those of the page: the SVG names the page's
variables, so a plot is dark where the page is, and its text is text, set in the page's font.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from ragguide.errors import UsageError
from ragguide.evaluate.report import NOT_FOUND, Report, RunReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_SERIES = 6  # colours that can still be told apart
WIDTH = 6.4  # inches; the page scales it
# matplotlib knows no CSS: it draws in colours that mean nothing, which become names afterwards.
_INK, _MUTED, _GRID, _PAPER = "#010101", "#020202", "#030303", "#040404"
_SERIES = tuple(f"#0a0a0{number}" for number in range(1, MAX_SERIES + 1))
_NAMES = {
    _INK: "currentColor",
    _MUTED: "var(--muted)",
    _GRID: "var(--grid)",
    _PAPER: "var(--paper)",
    **{colour: f"var(--series-{number})" for number, colour in enumerate(_SERIES, start=1)},
}
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.parse_math": False,  # a "$" in a name is a dollar
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.7,
    "text.color": _INK,
    "xtick.color": _GRID,
    "ytick.color": _GRID,
    "xtick.labelcolor": _MUTED,
    "ytick.labelcolor": _MUTED,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
}


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """A picture for the page."""

    id: str  # unique on the page
    title: str
    told: str  # what it shows, in words
    svg: str  # without title; safe to put into HTML as it is


def plots_of(report: Report) -> tuple[Plot, ...]:
    """Draw what the runs have something to show of.

    Raises:
        UsageError: matplotlib is not installed, or there are more runs than colours.
    """
    if len(report.runs) > MAX_SERIES:
        raise UsageError(
            f"a report draws at most {MAX_SERIES} runs, these are {len(report.runs)}. "
            "`ragguide eval compare` takes any number."
        )
    with _style():
        return tuple(plot for draw in _DRAWERS if (plot := draw(report.runs)) is not None)


@contextmanager
def _style() -> Iterator[None]:
    try:
        import matplotlib
    except ModuleNotFoundError as exc:
        if exc.name != "matplotlib":
            raise
        raise UsageError(
            "the plots of a report need matplotlib. Run: pip install 'ragguide[report]', or give "
            "--format markdown."
        ) from exc
    with matplotlib.rc_context(_STYLE):
        yield


def _draw(name: str, height: float, fill: Callable[["Figure", "Axes"], None]) -> str:
    """Return a figure as SVG; `fill` draws on its axes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": name}):  # so that ids are the same each time
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.subplots()
        axes.patch.set_alpha(0)
        fill(figure, axes)
        data = io.StringIO()
        figure.savefig(data, format="svg", metadata=dict.fromkeys(_METADATA))
    return _clean(data.getvalue(), name)


_METADATA = ("Creator", "Date", "Format", "Type")
_FONT = re.compile(r"(?<=; )font-family: [^;\"]+; ")


def _clean(svg: str, name: str) -> str:
    """Leave the drawing: no prologue, size or font; the page's colours; own ids."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]+"', head)
    assert box is not None
    body = _FONT.sub("", body)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{name}-", body)
    for colour, variable in _NAMES.items():
        body = body.replace(colour, variable)
    return f'<svg {box[0]} xmlns:xlink="http://www.w3.org/1999/xlink" aria-hidden="true">{body}'


def _legend(axes: "Axes", runs: Sequence[object], **where: Any) -> None:
    if len(runs) > 1:
        axes.legend(labelcolor=_INK, **where)


def _of(run: RunReport, runs: Sequence[RunReport]) -> str:
    """Whose words follow, where it is not plain."""
    return f"{run.name}: " if len(runs) > 1 else ""


# ── the plots ───────────────────────────────────────────────────────────────────────────────────


def _ranks(runs: Sequence[RunReport]) -> Plot | None:
    runs = [run for run in runs if run.ranks]
    if not runs:
        return None
    deepest = max(rank for run in runs for rank in run.ranks)
    places = [*range(1, deepest + 1), NOT_FOUND]

    def fill(_figure: "Figure", axes: "Axes") -> None:
        wide = 0.8 / len(runs)
        for number, run in enumerate(runs):
            counts = [run.ranks.get(place, 0) for place in places]
            left = [at + (number - (len(runs) - 1) / 2) * wide for at in range(len(places))]
            bars = axes.bar(left, counts, width=wide * 0.92, color=_SERIES[number], label=run.name)
            if len(runs) <= 2:
                axes.bar_label(bars, [str(n) if n else "" for n in counts], color=_INK, padding=2)
        axes.set_xticks(range(len(places)), [str(p) if p else "not found" for p in places])
        axes.set_xlabel("rank of the first gold passage")
        axes.set_ylabel("questions")
        axes.grid(visible=False, axis="x")
        _legend(axes, runs)

    told = []
    for run in runs:
        n = sum(run.ranks.values())
        told.append(
            f"{_of(run, runs)}{n} questions have a gold passage: {run.ranks.get(1, 0)} found it "
            f"first, {n - run.ranks.get(NOT_FOUND, 0)} among all that was ranked."
        )
    title = "Where the gold passage ranks"
    return Plot(id="ranks", title=title, told=" ".join(told), svg=_draw("ranks", 3.0, fill))


def _risk(runs: Sequence[RunReport]) -> Plot | None:
    runs = [run for run in runs if run.risk_curve]
    if not runs:
        return None

    def fill(_figure: "Figure", axes: "Axes") -> None:
        for number, run in enumerate(runs):
            coverage, risk = zip(*run.risk_curve, strict=True)
            axes.step(coverage, risk, where="post", color=_SERIES[number], label=run.name)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, None)
        axes.set_xlabel("coverage: share of questions answered, surest first")
        axes.set_ylabel("risk: share of them wrong")
        _legend(axes, runs)

    loss = {"risk@0.8:facts": "the facts that are not shown"}
    by = loss.get(runs[0].risk_by, "no gold passage among the first five")
    told = " ".join(f"{_of(run, runs)}{_risk_told(run)}." for run in runs)
    return Plot(
        id="risk",
        title="Risk and coverage",
        told=f"What goes wrong if only the surest questions are answered; wrong is {by}, and any "
        f"answer to a question that the guide does not answer. {told}",
        svg=_draw("risk", 3.0, fill),
    )


def _risk_told(run: RunReport) -> str:
    def at(coverage: float) -> float:
        return next(risk for c, risk in run.risk_curve if c >= coverage - 1e-9)

    return ", ".join(f"risk {at(c):.2f} at coverage {c:g}" for c in (0.5, 0.8, 1.0))


def _scores(runs: Sequence[RunReport]) -> Plot | None:
    """Of the first run alone: two histograms for each run could not be read."""
    run = runs[0]
    groups = [
        (group, name)
        for group, name in zip(run.scores, ("answerable", "unanswerable"), strict=True)
        if group
    ]
    if not groups:
        return None
    everything = [score for group, _ in groups for score in group]
    least, most = min(everything), max(everything)
    n_bins = 24
    step = (most - least) / n_bins or 1.0
    edges = [least + step * number for number in range(n_bins + 1)]

    def fill(_figure: "Figure", axes: "Axes") -> None:
        for (group, name), colour in zip(groups, _SERIES[2:], strict=False):  # not those of runs
            weights = [1 / len(group)] * len(group)
            label = f"{name} ({len(group)})"
            axes.hist(group, edges, weights=weights, color=colour, alpha=0.35, label=label)
            axes.hist(group, edges, weights=weights, color=colour, histtype="step", linewidth=1.6)
        axes.set_xlabel("score: how sure the guide answers")
        axes.set_ylabel("share of the questions")
        axes.grid(visible=False, axis="x")
        _legend(axes, groups)

    middles = ", ".join(
        f"{sorted(group)[len(group) // 2]:.2f} of {len(group)} {name} ones"
        for group, name in groups
    )
    return Plot(
        id="scores",
        title="Scores of answerable and unanswerable questions",
        told=f"{_of(run, runs)}the middle score is {middles}. The less they overlap, the better "
        "can questions be refused that the guide does not answer.",
        svg=_draw("scores", 3.0, fill),
    )


def _times(runs: Sequence[RunReport]) -> Plot | None:
    by_word = any(run.first_word_s for run in runs)
    timed = [(run, run.first_word_s if by_word else run.total_s) for run in runs]
    timed = [(run, seconds) for run, seconds in timed if seconds]
    if not timed:
        return None

    def fill(_figure: "Figure", axes: "Axes") -> None:
        for number, (run, seconds) in enumerate(timed):
            shares = [(at + 1) / len(seconds) for at in range(len(seconds))]
            axes.step(seconds, shares, where="post", color=_SERIES[number], label=run.name)
        for share in (0.5, 0.95):
            axes.axhline(share, color=_MUTED, linewidth=0.8, linestyle=(0, (4, 4)))
        axes.set_ylim(0, 1.02)
        axes.set_xlim(0, None)
        axes.set_xlabel("seconds to the first word" if by_word else "seconds for a question")
        axes.set_ylabel("share of questions by then")
        _legend(axes, timed, loc="lower right")

    told = " ".join(
        f"{_of(run, runs)}half of {len(seconds)} questions within {_at(seconds, 0.5):.2f} s, 95 % "
        f"within {_at(seconds, 0.95):.2f} s."
        for run, seconds in timed
    )
    title = "Time to the first word" if by_word else "Time for a question"
    return Plot(id="times", title=title, told=told, svg=_draw("times", 3.0, fill))


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _kinds(runs: Sequence[RunReport]) -> Plot | None:
    """The first headline of each kind, with its interval."""
    runs = [run for run in runs if run.kinds and run.headlines]
    if not runs:
        return None
    measure = runs[0].headlines[0].measure
    found = [
        {
            group.name: (figure, group.n)
            for group in run.kinds
            for figure in group.figures
            if figure.measure == measure
        }
        for run in runs
    ]
    kinds = sorted(found[0], key=lambda kind: found[0][kind][0].value)
    if not kinds:
        return None

    def fill(_figure: "Figure", axes: "Axes") -> None:
        tall = 0.7 / len(runs)
        for number, (run, groups) in enumerate(zip(runs, found, strict=True)):
            shown = [(at, groups[kind][0]) for at, kind in enumerate(kinds) if kind in groups]
            rows = [at - (number - (len(runs) - 1) / 2) * tall for at, _ in shown]
            values = [figure.value for _, figure in shown]
            colour = _SERIES[number]
            axes.barh(rows, values, height=tall * 0.9, color=colour, alpha=0.35, label=run.name)
            ends = [(row, f) for row, (_, f) in zip(rows, shown, strict=True) if f.low == f.low]
            axes.hlines(
                [row for row, _ in ends],
                [f.low for _, f in ends],
                [f.high for _, f in ends],
                color=colour,
                linewidth=2,
            )
            axes.plot(values, rows, "o", color=colour, markersize=5)
        axes.set_yticks(range(len(kinds)), [f"{kind} ({found[0][kind][1]})" for kind in kinds])
        axes.set_xlim(0, 1.01)
        axes.set_xlabel(measure)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        if len(runs) > 1:
            axes.legend(labelcolor=_INK, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(runs))

    height = 0.7 + 0.2 * len(kinds) * (1 + 0.4 * len(runs))
    return Plot(
        id="kinds",
        title=f"{measure} by kind of question",
        told="With 95 % intervals; in brackets the number of questions. Few questions tell little: "
        "where intervals overlap widely, kinds need not differ.",
        svg=_draw("kinds", height, fill),
    )


_DRAWERS: tuple[Callable[[Sequence[RunReport]], Plot | None], ...] = (
    _ranks,
    _kinds,
    _risk,
    _scores,
    _times,
)
