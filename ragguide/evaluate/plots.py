"""Reports of runs in, their plots out. `kind_plot.py` draws the figures by kind of question."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ragguide.errors import UsageError
from ragguide.evaluate.drawing import INK, MAX_SERIES, MUTED, SERIES, Plot, draw, legend, style
from ragguide.evaluate.kind_plot import plot_kinds
from ragguide.evaluate.report import Report, RunReport
from ragguide.evaluate.verdicts import NOT_FOUND

if TYPE_CHECKING:
    from ragguide.evaluate.drawing import Axes

_N_BINS = 24  # of the histogram of scores
_ROUNDING = 1e-9


def plots_of(report: Report) -> tuple[Plot, ...]:
    """Draw the plots that the runs have data for.

    Raises:
        UsageError: matplotlib is not installed, or there are more runs than colours.
    """
    if len(report.runs) > MAX_SERIES:
        raise UsageError(
            f"a report can plot at most {MAX_SERIES} runs, not {len(report.runs)}. To compare "
            "more runs, use `ragguide eval compare`."
        )
    with style():
        return tuple(plot for draw in _DRAWERS if (plot := draw(report.runs)) is not None)


def _sentence(run: RunReport, runs: Sequence[RunReport], text: str) -> str:
    """Return a run's part of a caption, after its name if there are several runs."""
    return f"{run.name}: {text}" if len(runs) > 1 else f"{text[0].upper()}{text[1:]}"


# ── ranks ───────────────────────────────────────────────────────────────────────────────────────


def _plot_ranks(runs: Sequence[RunReport]) -> Plot | None:
    runs = [run for run in runs if run.ranks]
    if not runs:
        return None
    return Plot(
        id="ranks",
        title="Rank of the gold passage",
        caption=" ".join(_sentence(run, runs, _ranks_in_words(run)) for run in runs),
        svg=draw("ranks", 3.0, partial(_fill_ranks, runs)),
    )


def _ranks_in_words(run: RunReport) -> str:
    n = sum(run.ranks.values())
    n_found = n - run.ranks.get(NOT_FOUND, 0)
    return (
        f"of {n} questions with a gold passage, {run.ranks.get(1, 0)} have it first and {n_found} "
        "have it at any rank."
    )


def _fill_ranks(runs: Sequence[RunReport], axes: "Axes") -> None:
    deepest = max(rank for run in runs for rank in run.ranks)
    ranks = [*range(1, deepest + 1), NOT_FOUND]
    width = 0.8 / len(runs)
    for number, run in enumerate(runs):
        counts = [run.ranks.get(rank, 0) for rank in ranks]
        left = [at + (number - (len(runs) - 1) / 2) * width for at in range(len(ranks))]
        bars = axes.bar(left, counts, width=width * 0.92, color=SERIES[number], label=run.name)
        if len(runs) <= 2:
            axes.bar_label(bars, [str(n) if n else "" for n in counts], color=INK, padding=2)
    axes.set_xticks(range(len(ranks)), [str(rank) if rank else "not found" for rank in ranks])
    axes.set_xlabel("rank of the first gold passage")
    axes.set_ylabel("questions")
    axes.grid(visible=False, axis="x")
    legend(axes, runs)


# ── risk ────────────────────────────────────────────────────────────────────────────────────────


def _plot_risk(runs: Sequence[RunReport]) -> Plot | None:
    runs = [run for run in runs if run.risk_curve]
    if not runs:
        return None
    by_facts = runs[0].risk_by == "risk@0.8:facts"
    loss = "it misses facts" if by_facts else "no gold passage is among the first five"
    risks = " ".join(_sentence(run, runs, _risk_in_words(run)) for run in runs)
    return Plot(
        id="risk",
        title="Risk and coverage",
        caption="The share of wrong answers if only the most certain questions are answered. An "
        f"answer is wrong if {loss}, or if the guide has no answer. {risks}",
        svg=draw("risk", 3.0, partial(_fill_risk, runs)),
    )


def _risk_in_words(run: RunReport) -> str:
    def at(coverage: float) -> float:
        return next(risk for c, risk in run.risk_curve if c >= coverage - _ROUNDING)

    return ", ".join(f"risk {at(c):.2f} at coverage {c:g}" for c in (0.5, 0.8, 1.0)) + "."


def _fill_risk(runs: Sequence[RunReport], axes: "Axes") -> None:
    for number, run in enumerate(runs):
        coverage, risk = zip(*run.risk_curve, strict=True)
        axes.step(coverage, risk, where="post", color=SERIES[number], label=run.name)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, None)
    axes.set_xlabel("coverage: share of questions answered, most certain first")
    axes.set_ylabel("risk: share of wrong answers")
    legend(axes, runs)


# ── scores ──────────────────────────────────────────────────────────────────────────────────────

_Scores = tuple[str, Sequence[float]]  # "answerable" or "unanswerable", and their scores


def _plot_scores(runs: Sequence[RunReport]) -> Plot | None:
    """Draw the first run only: two histograms for each run would be unreadable."""
    run = runs[0]
    names = ("answerable", "unanswerable")
    groups = [(name, scores) for name, scores in zip(names, run.scores, strict=True) if scores]
    if not groups:
        return None
    medians = ", ".join(
        f"{sorted(scores)[len(scores) // 2]:.2f} for {len(scores)} {name} questions"
        for name, scores in groups
    )
    return Plot(
        id="scores",
        title="Scores of answerable and unanswerable questions",
        caption=_sentence(run, runs, f"median scores are {medians}. ")
        + "The less the two overlap, the better refusals can separate them.",
        svg=draw("scores", 3.0, partial(_fill_scores, groups)),
    )


def _fill_scores(groups: Sequence[_Scores], axes: "Axes") -> None:
    edges = _bin_edges([score for _, scores in groups for score in scores])
    for (name, scores), colour in zip(groups, SERIES[2:], strict=False):  # not the runs' colours
        weights = [1 / len(scores)] * len(scores)
        label = f"{name} ({len(scores)})"
        axes.hist(scores, edges, weights=weights, color=colour, alpha=0.35, label=label)
        axes.hist(scores, edges, weights=weights, color=colour, histtype="step", linewidth=1.6)
    axes.set_xlabel("score: how certain it is that the guide has the answer")
    axes.set_ylabel("share of the questions")
    axes.grid(visible=False, axis="x")
    legend(axes, groups)


def _bin_edges(scores: Sequence[float]) -> list[float]:
    least, most = min(scores), max(scores)
    step = (most - least) / _N_BINS or 1.0
    return [least + step * number for number in range(_N_BINS + 1)]


# ── times ───────────────────────────────────────────────────────────────────────────────────────

_Times = tuple[RunReport, Sequence[float]]  # a run, and its times in seconds, sorted


def _plot_times(runs: Sequence[RunReport]) -> Plot | None:
    to_first_word = any(run.first_word_s for run in runs)
    timed = [(run, run.first_word_s if to_first_word else run.total_s) for run in runs]
    timed = [(run, seconds) for run, seconds in timed if seconds]
    if not timed:
        return None
    caption = " ".join(_sentence(run, runs, _times_in_words(seconds)) for run, seconds in timed)
    label = "seconds to the first word" if to_first_word else "seconds per question"
    return Plot(
        id="times",
        title="Time to the first word" if to_first_word else "Time per question",
        caption=caption,
        svg=draw("times", 3.0, partial(_fill_times, timed, label)),
    )


def _times_in_words(seconds: Sequence[float]) -> str:
    return (
        f"half of {len(seconds)} questions took at most {_at(seconds, 0.5):.2f} s, 95 % at most "
        f"{_at(seconds, 0.95):.2f} s."
    )


def _fill_times(timed: Sequence[_Times], label: str, axes: "Axes") -> None:
    for number, (run, seconds) in enumerate(timed):
        shares = [(at + 1) / len(seconds) for at in range(len(seconds))]
        axes.step(seconds, shares, where="post", color=SERIES[number], label=run.name)
    for share in (0.5, 0.95):
        axes.axhline(share, color=MUTED, linewidth=0.8, linestyle=(0, (4, 4)))
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, None)
    axes.set_xlabel(label)
    axes.set_ylabel("share of questions within this time")
    legend(axes, timed, loc="lower right")


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


_DRAWERS: tuple[Callable[[Sequence[RunReport]], Plot | None], ...] = (
    _plot_ranks,
    plot_kinds,
    _plot_risk,
    _plot_scores,
    _plot_times,
)
