"""`ragguide eval export`: a run for other programs to judge."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ragguide.cli.evaluation.options import RunsDir, load_runs
from ragguide.config import load_settings
from ragguide.errors import UsageError


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of a finished run.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.")],
    form: Annotated[
        Literal["trec", "ragas"],
        typer.Option("--format", help="trec: run.txt and qrels.txt; ragas: samples.jsonl."),
    ] = "trec",
    unit: Annotated[
        Literal["page", "span", "document"] | None,
        typer.Option(
            help="What trec judges.  [default: document if cases name relevant ones, else page]",
            show_default=False,
        ),
    ] = None,
    runs_dir: RunsDir = None,
) -> None:
    """Write a run as TREC files, of which trec_eval tells the same figures, or as RAGAS samples."""
    from ragguide.evaluate.exports import write_ragas, write_trec

    if unit is not None and form != "trec":
        raise UsageError("--unit is for --format trec; RAGAS judges by other means.")
    ((name, loaded),) = load_runs([run], load_settings({"runs_dir": runs_dir}))
    if form == "ragas":
        write_ragas(loaded, folder)
    else:
        write_trec(loaded, folder, unit=unit, tag=name)
    print(f"{name}: {', '.join(sorted(path.name for path in folder.iterdir()))} in {folder}")
