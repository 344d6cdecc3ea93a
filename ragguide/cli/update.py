"""`ragguide update`: an index brought up to its sources, and what has changed in the guide."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ragguide.cli.options import AsJson, IndexesDir, IndexName
from ragguide.cli.progress import show_log, show_stages
from ragguide.cli.render import print_json
from ragguide.config import load_settings

if TYPE_CHECKING:
    from ragguide.update.run import UpdateReport


def update(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be done; write nothing.")
    ] = False,
    password: Annotated[
        str | None,
        typer.Option(envvar="RAGGUIDE_PASSWORD", help="Opens encrypted PDFs.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read again what has changed of an index's sources, and tell what changed in the guide.

    The sources are the files, folders and patterns that `ingest` was given. Only new text is
    embedded. Exit code 2: a changed document could not be read, and stays as it was.
    """
    from ragguide.guide import Guide

    show_log()
    settings = load_settings({"index": index, "indexes_dir": indexes_dir})
    with show_stages() as tell:
        report = Guide.update(settings=settings, password=password, dry_run=dry_run, on_stage=tell)
    _show(report, as_json=as_json)
    if report.skipped:
        raise typer.Exit(2)


def _show(report: "UpdateReport", *, as_json: bool) -> None:
    from ragguide.cli.changes import report_lines

    for reason in report.skipped.values():
        print(f"skipped: {reason}", file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        print("\n".join(report_lines(report)))
