"""`ragguide eval export`: write a run for other evaluation tools."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ragguide.cli.evaluation.options import RunsDir, load_runs
from ragguide.config import load_settings
from ragguide.errors import UsageError


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name or folder of a finished run.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for the files.")],
    form: Annotated[
        Literal["trec", "ragas"],
        typer.Option(
            "--format", help="Write run.txt and qrels.txt (trec) or samples.jsonl (ragas)."
        ),
    ] = "trec",
    unit: Annotated[
        Literal["page", "span", "document"] | None,
        typer.Option(
            help="Count pages, quotes (span) or documents as hits in TREC files.  "
            "[default: document if the questions name relevant documents, else page]",
            show_default=False,
        ),
    ] = None,
    runs_dir: RunsDir = None,
) -> None:
    """Export a run as TREC files or RAGAS samples.

    `trec_eval -c` computes the same figures from the TREC files.
    """
    from ragguide.evaluate.exports import write_ragas, write_trec

    if unit is not None and form != "trec":
        raise UsageError("--unit applies to --format trec only. Leave it out.")
    ((name, loaded),) = load_runs([run], load_settings({"runs_dir": runs_dir}))
    if form == "ragas":
        write_ragas(loaded, folder)
    else:
        write_trec(loaded, folder, unit=unit, tag=name)
    print(f"{name}: {', '.join(sorted(path.name for path in folder.iterdir()))} in {folder}")
