"""`ragguide update`: an index brought up to its sources, and what has changed in the guide."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.options import AsJson, IndexesDir, IndexName
from ragguide.cli.progress import show_log, show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings

if TYPE_CHECKING:
    from ragguide.evaluate.replay import Replay
    from ragguide.update.run import UpdateReport


def update(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be done; write nothing.")
    ] = False,
    gate: Annotated[
        Path | None,
        typer.Option(
            metavar="CASES",
            help="Ask these questions first; if they are answered worse, keep the old index.",
            show_default=False,
        ),
    ] = None,
    gate_answers: Annotated[
        bool, typer.Option("--gate-answers", help="Let the model answer them, too; slow.")
    ] = False,
    password: Annotated[
        str | None,
        typer.Option(envvar="RAGGUIDE_PASSWORD", help="Opens encrypted PDFs.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read again what has changed of an index's sources, and tell what changed in the guide.

    The sources are the files, folders and patterns that `ingest` was given. Only new text is
    embedded. Exit code 2: a changed document could not be read, and stays as it was; 6: the
    questions of --gate are answered worse, beyond chance, and the old index stays in use.
    """
    from ragguide.cli.evaluation.replay import GateOfUpdate
    from ragguide.guide import Guide

    show_log()
    settings = load_settings({"index": index, "indexes_dir": indexes_dir})
    with show_stages() as tell:
        judge = None
        if gate is not None:
            judge = GateOfUpdate(gate, settings, with_answers=gate_answers, on_stage=tell)
        report = Guide.update(
            settings=settings, password=password, dry_run=dry_run, judge=judge, on_stage=tell
        )
    _show(report, judge.found if judge else None, as_json=as_json)
    if report.skipped:
        raise typer.Exit(2)


def _show(report: "UpdateReport", replay: "Replay | None", *, as_json: bool) -> None:
    from ragguide.cli.changes import report_lines

    for reason in report.skipped.values():
        print(f"skipped: {reason}", file=sys.stderr)
    if as_json:
        print_json(msgspec.structs.asdict(report) | ({"gate": replay} if replay else {}))
    else:
        print("\n".join(report_lines(report)))
