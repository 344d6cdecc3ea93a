"""`ragguide eval sweep`: try settings, and choose the best ones without overestimating them."""

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
from ragguide.cli.evaluation.sweep_table import print_sweep
from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.notes import note, say
from ragguide.cli.options import IndexesDir, IndexName, StoreUrl, write_text
from ragguide.cli.progress import show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragguide.evaluate.records import Case
    from ragguide.evaluate.sweep import Sweep
    from ragguide.guide import Guide

Grid = Annotated[
    list[str],
    typer.Option(
        "--grid",
        metavar="SETTING=VALUES",
        help="Try these values, e.g. dense_weight=0.3,0.5,0.7; repeatable. With --random also a "
        "range, e.g. 0.2..0.8.",
    ),
]
Random = Annotated[
    int | None,
    typer.Option("--random", min=1, help="Try N random combinations instead of all."),
]
MeasureName = Annotated[
    str, typer.Option(help="Choose the best settings by this measure of `eval run`.")
]
Folds = Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")]
Seed = Annotated[int, typer.Option(help="Random seed for the combinations and the folds.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Also write an HTML page with plots.")
]
Every = Annotated[bool, typer.Option("--all", help="Show all trials.")]
Name = Annotated[str | None, typer.Option("--name", help="Name the sweep.", show_default=False)]


def sweep(
    cases: CasesPath,
    grid: Grid,
    n_random: Random = None,
    measure: MeasureName = "MRR",
    folds: Folds = 5,
    seed: Seed = 0,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    answers: WithAnswers = False,
    quotes: WithQuotes = False,
    depth: Depth = 10,
    output: Output = None,
    every: Every = False,
    name: Name = None,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Try combinations of settings, and write the best one as a settings file.

    The best of many trials looks better than it is. So the sweep also estimates, by
    cross-validation, how good the chosen settings are on new questions.

    To resume an interrupted sweep, run the same command again.
    """
    from ragguide.evaluate import sweep as sweeps
    from ragguide.evaluate.drawing import require_matplotlib
    from ragguide.evaluate.measures import find_measure, require_measurable
    from ragguide.evaluate.space import read_axes, trials_of
    from ragguide.evaluate.sweep_result import result_of, winner_toml
    from ragguide.guide import Guide

    if output is not None:
        require_matplotlib("leave --output out")
    mode = mode_of(answers=answers, quotes=quotes)
    axes = read_axes(grid)
    criterion = find_measure(measure)
    flags = {"index": index, "indexes_dir": indexes_dir, "store": store, "runs_dir": runs_dir}
    settings = load_settings(flags)
    questions = read_cases(cases)
    guide = sweeps.as_indexed(Guide.open(settings=settings))
    space = trials_of(axes, guide.settings, n_random=n_random, seed=seed)
    plan = sweeps.plan_sweep(
        guide, questions.cases, space.trials, cases_name=questions.name, mode=mode, depth=depth
    )
    require_measurable(criterion, plan.present)
    folder = sweeps.find_or_make_sweep(settings.runs_dir, plan, name=name)
    left_out = space.left_out | _run(guide, questions.cases, plan, folder)
    result = result_of(folder, plan, left_out, measure=measure, n_folds=folds, seed=seed)
    winner = folder / sweeps.WINNER
    write_text(winner, winner_toml(result))
    if output is not None:
        from ragguide.evaluate.pages import sweep_to_html

        write_text(output, sweep_to_html(result))
    if as_json:
        print_json(result)
    else:
        print_sweep(result, winner, every=every)


def _run(guide: "Guide", cases: "Sequence[Case]", plan: "Sweep", folder: Path) -> dict[str, str]:
    """Run the trials; return those that cannot be tried, and why."""
    from ragguide.evaluate.sweep_trials import run_trials

    note(f"{folder}: {len(plan.trials)} trials")
    try:
        with show_stages() as report:
            return run_trials(guide, cases, plan, folder, on_stage=report)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        say("stopped. The finished trials are saved; run the same command again to resume.")
        raise typer.Exit(EXIT_INTERRUPTED) from None
