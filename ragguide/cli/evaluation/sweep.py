"""`ragguide eval sweep`: try settings, and choose the best without fooling oneself."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.evaluation.options import (
    AsJson,
    CasesPath,
    Depth,
    RunsDir,
    WithAnswers,
    WithQuotes,
    mode_of,
    read_cases,
)
from ragguide.cli.options import EXIT_INTERRUPTED, IndexesDir, IndexName, write_text
from ragguide.cli.progress import show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings

if TYPE_CHECKING:
    from ragguide.evaluate.sweep import SweepResult

TRIALS_SHOWN = 15


def sweep(
    cases: CasesPath,
    grid: Annotated[
        list[str],
        typer.Option(
            "--grid",
            metavar="SETTING=VALUES",
            help="dense_weight=0.3,0.5,0.7, or for --random 0.2..0.8; repeatable.",
        ),
    ],
    n_random: Annotated[
        int | None,
        typer.Option("--random", min=1, help="Try so many combinations at random, not all."),
    ] = None,
    measure: Annotated[
        str, typer.Option(help="Choose by this; any that `eval run` shows.")
    ] = "MRR",
    folds: Annotated[
        int, typer.Option(min=2, help="Parts of the questions, each held out once.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Of the random trials and of the folds.")] = 0,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    answers: WithAnswers = False,
    quotes: WithQuotes = False,
    depth: Depth = 10,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a page with plots there.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every trial.")] = False,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the sweep.", show_default=False)
    ] = None,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Try combinations of settings on a guide, and write the best as a settings file.

    The best of many looks better than it is. So it is also chosen on part of the questions and
    measured on the rest, and both figures are told. Stopped, the same command goes on.
    """
    from ragguide.evaluate import sweep as sweeps
    from ragguide.evaluate.measures import find_measure, require_told
    from ragguide.evaluate.space import read_axes, trials_of
    from ragguide.guide import Guide

    mode = mode_of(answers=answers, quotes=quotes)
    axes = read_axes(grid)
    criterion = find_measure(measure)
    settings = load_settings({"index": index, "indexes_dir": indexes_dir, "runs_dir": runs_dir})
    questions = read_cases(cases)
    guide = sweeps.as_indexed(Guide.open(settings=settings))
    space = trials_of(axes, guide.settings, n_random=n_random, seed=seed)
    plan = sweeps.plan_sweep(
        guide, questions.cases, space.trials, cases_name=questions.name, mode=mode, depth=depth
    )
    require_told(criterion, plan.present)
    folder = sweeps.find_or_make_sweep(settings.runs_dir, plan, name=name)
    print(f"{folder}: {len(space.trials)} trials", file=sys.stderr)
    try:
        with show_stages() as tell:
            failed = sweeps.run_trials(guide, questions.cases, plan, folder, on_stage=tell)
    except KeyboardInterrupt:
        print(
            "\nragguide: stopped. What is done is kept; the same command goes on.", file=sys.stderr
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    left_out = space.left_out | failed
    result = sweeps.result_of(folder, plan, left_out, measure=measure, n_folds=folds, seed=seed)
    winner = folder / sweeps.WINNER
    write_text(winner, sweeps.winner_toml(result))
    if output is not None:
        from ragguide.evaluate.pages import sweep_to_html

        write_text(output, sweep_to_html(result))
    if as_json:
        print_json(result)
    else:
        _print_result(result, winner, every=every)


def _print_result(result: "SweepResult", winner: Path, *, every: bool) -> None:
    from ragguide.evaluate import wording
    from ragguide.evaluate.sweep import best_first

    names = list(result.winner.values)
    others = [figure.measure for figure in result.results[0].others]
    widths = [max(10, len(name) + 2) for name in names]
    head = "".join(f"{name:<{width}}" for name, width in zip(names, widths, strict=True))
    print(f"{'':<6}{head}{result.measure:<27}" + "".join(f"{name:<16}" for name in others).rstrip())
    ranked = best_first(result)
    for each in ranked if every else ranked[:TRIALS_SHOWN]:
        values = "".join(
            f"{value!s:<{width}}"
            for value, width in zip(each.trial.values.values(), widths, strict=True)
        )
        figure = f"{wording.number(each.figure.value)}  {wording.interval(each.figure)}"
        found = {other.measure: wording.number(other.value) for other in each.others}
        more = "".join(f"{found.get(name, wording.UNKNOWN):<16}" for name in others)
        note = "chosen" if each.trial == result.winner else ""
        note += (" (as it is)" if note else "as it is") if not each.trial.n_changed else ""
        print(f"{each.trial.name:<6}{values}{figure:<27}{more}{note}".rstrip())
    if not every and len(ranked) > TRIALS_SHOWN:
        print(f"… and {len(ranked) - TRIALS_SHOWN} more (--all)")
    for combination, reason in result.left_out.items():
        print(f"not tried: {combination}: {reason}", file=sys.stderr)
    print()
    for sentence in wording.choice_in_words(result):
        print(sentence)
    print(f"\n{winner}")
