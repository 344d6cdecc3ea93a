"""`ragguide eval compare`: the differences between runs, and whether they are significant."""

from typing import Annotated

import typer

from ragguide.cli.evaluation.options import AsJson, MeasureNames, RunsDir, load_runs, read_measures
from ragguide.cli.render import print_json
from ragguide.config import load_settings
from ragguide.errors import UsageError


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN RUN...", help="Names or folders of runs. The first is the baseline."
        ),
    ],
    measure: MeasureNames = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also list equal measures and all changed questions.")
    ] = False,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Compare runs with the first one, on the questions that they share.

    A difference counts as better or worse if its p-value, corrected for the number of measures and
    runs, is below .05.
    """
    from ragguide.cli.evaluation.comparison import print_comparison
    from ragguide.evaluate.compare import compare as compare_runs
    from ragguide.evaluate.pages import comparison_to_markdown

    if len(runs) < 2:
        raise UsageError("a comparison needs at least two runs. List all runs: ragguide eval list")
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
