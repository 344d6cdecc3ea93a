"""`ragguide eval compare`: what tells two runs, and whether it is more than chance."""

from typing import Annotated

import typer

from ragguide.cli.evaluation.options import AsJson, MeasureNames, RunsDir, load_runs, read_measures
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Names or folders; each against the first."),
    ],
    measure: MeasureNames = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also what is alike, and every question that flipped.")
    ] = False,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Compare runs over the questions that they share.

    A difference is called better or worse if its p-value, corrected for all measures and runs
    looked at, is below .05.
    """
    from ragguide.cli.evaluation.comparison import print_comparison
    from ragguide.evaluate.compare import compare as compare_runs
    from ragguide.evaluate.pages import comparison_to_markdown

    if len(runs) < 2:
        raise UsageError("one run has nothing to be compared with. Name two runs or more.")
    first, *others = load_runs(runs, load_settings({"runs_dir": runs_dir}))
    measures = read_measures(measure or [], [first, *others])
    for other in others:
        found = compare_runs(first, other, measures=measures, n_comparisons=len(others))
        if as_json:
            print_json(found)
        elif as_markdown:
            print(comparison_to_markdown(found))
        else:
            print_comparison(found, every=every)
