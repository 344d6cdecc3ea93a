"""Reports of runs in, their plots out."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ragguide.errors import UsageError
from ragguide.evaluate.drawing import INK, MAX_SERIES, MUTED, SERIES, Plot, draw, legend, style
from ragguide.evaluate.report import NOT_FOUND, Report, RunReport

if TYPE_CHECKING:
    from ragguide.evaluate.drawing import Axes


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
    with style():
        return tuple(plot for draw in _DRAWERS if (plot := draw(report.runs)) is not None)


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

    def fill(axes: "Axes") -> None:
        wide = 0.8 / len(runs)
        for number, run in enumerate(runs):
            counts = [run.ranks.get(place, 0) for place in places]
            left = [at + (number - (len(runs) - 1) / 2) * wide for at in range(len(places))]
            bars = axes.bar(left, counts, width=wide * 0.92, color=SERIES[number], label=run.name)
            if len(runs) <= 2:
                axes.bar_label(bars, [str(n) if n else "" for n in counts], color=INK, padding=2)
        axes.set_xticks(range(len(places)), [str(p) if p else "not found" for p in places])
        axes.set_xlabel("rank of the first gold passage")
        axes.set_ylabel("questions")
        axes.grid(visible=False, axis="x")
        legend(axes, runs)

    told = []
    for run in runs:
        n = sum(run.ranks.values())
        told.append(
            f"{_of(run, runs)}{n} questions have a gold passage: {run.ranks.get(1, 0)} found it "
            f"first, {n - run.ranks.get(NOT_FOUND, 0)} among all that was ranked."
        )
    title = "Where the gold passage ranks"
    return Plot(id="ranks", title=title, told=" ".join(told), svg=draw("ranks", 3.0, fill))


def _risk(runs: Sequence[RunReport]) -> Plot | None:
    runs = [run for run in runs if run.risk_curve]
    if not runs:
        return None

    def fill(axes: "Axes") -> None:
        for number, run in enumerate(runs):
            coverage, risk = zip(*run.risk_curve, strict=True)
            axes.step(coverage, risk, where="post", color=SERIES[number], label=run.name)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, None)
        axes.set_xlabel("coverage: share of questions answered, surest first")
        axes.set_ylabel("risk: share of them wrong")
        legend(axes, runs)

    loss = {"risk@0.8:facts": "the facts that are not shown"}
    by = loss.get(runs[0].risk_by, "no gold passage among the first five")
    told = " ".join(f"{_of(run, runs)}{_risk_told(run)}." for run in runs)
    return Plot(
        id="risk",
        title="Risk and coverage",
        told=f"What goes wrong if only the surest questions are answered; wrong is {by}, and any "
        f"answer to a question that the guide does not answer. {told}",
        svg=draw("risk", 3.0, fill),
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

    def fill(axes: "Axes") -> None:
        for (group, name), colour in zip(groups, SERIES[2:], strict=False):  # not those of runs
            weights = [1 / len(group)] * len(group)
            label = f"{name} ({len(group)})"
            axes.hist(group, edges, weights=weights, color=colour, alpha=0.35, label=label)
            axes.hist(group, edges, weights=weights, color=colour, histtype="step", linewidth=1.6)
        axes.set_xlabel("score: how sure the guide answers")
        axes.set_ylabel("share of the questions")
        axes.grid(visible=False, axis="x")
        legend(axes, groups)

    middles = ", ".join(
        f"{sorted(group)[len(group) // 2]:.2f} of {len(group)} {name} ones"
        for group, name in groups
    )
    return Plot(
        id="scores",
        title="Scores of answerable and unanswerable questions",
        told=f"{_of(run, runs)}the middle score is {middles}. The less they overlap, the better "
        "can questions be refused that the guide does not answer.",
        svg=draw("scores", 3.0, fill),
    )


def _times(runs: Sequence[RunReport]) -> Plot | None:
    by_word = any(run.first_word_s for run in runs)
    timed = [(run, run.first_word_s if by_word else run.total_s) for run in runs]
    timed = [(run, seconds) for run, seconds in timed if seconds]
    if not timed:
        return None

    def fill(axes: "Axes") -> None:
        for number, (run, seconds) in enumerate(timed):
            shares = [(at + 1) / len(seconds) for at in range(len(seconds))]
            axes.step(seconds, shares, where="post", color=SERIES[number], label=run.name)
        for share in (0.5, 0.95):
            axes.axhline(share, color=MUTED, linewidth=0.8, linestyle=(0, (4, 4)))
        axes.set_ylim(0, 1.02)
        axes.set_xlim(0, None)
        axes.set_xlabel("seconds to the first word" if by_word else "seconds for a question")
        axes.set_ylabel("share of questions by then")
        legend(axes, timed, loc="lower right")

    told = " ".join(
        f"{_of(run, runs)}half of {len(seconds)} questions within {_at(seconds, 0.5):.2f} s, 95 % "
        f"within {_at(seconds, 0.95):.2f} s."
        for run, seconds in timed
    )
    title = "Time to the first word" if by_word else "Time for a question"
    return Plot(id="times", title=title, told=told, svg=draw("times", 3.0, fill))


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

    def fill(axes: "Axes") -> None:
        tall = 0.7 / len(runs)
        for number, (run, groups) in enumerate(zip(runs, found, strict=True)):
            shown = [(at, groups[kind][0]) for at, kind in enumerate(kinds) if kind in groups]
            rows = [at - (number - (len(runs) - 1) / 2) * tall for at, _ in shown]
            values = [figure.value for _, figure in shown]
            colour = SERIES[number]
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
            axes.legend(labelcolor=INK, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(runs))

    height = 0.7 + 0.2 * len(kinds) * (1 + 0.4 * len(runs))
    return Plot(
        id="kinds",
        title=f"{measure} by kind of question",
        told="With 95 % intervals; in brackets the number of questions. Few questions tell little: "
        "where intervals overlap widely, kinds need not differ.",
        svg=draw("kinds", height, fill),
    )


_DRAWERS: tuple[Callable[[Sequence[RunReport]], Plot | None], ...] = (
    _ranks,
    _kinds,
    _risk,
    _scores,
    _times,
)
