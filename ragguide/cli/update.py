"""`ragguide update`: an index brought up to its sources, and what has changed in the guide."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.options import AsJson, Device, IndexesDir, IndexName, NoWait
from ragguide.cli.progress import show_log, show_stages, tell_waiting, told_if_stopped
from ragguide.cli.render import print_json
from ragguide.config import Settings, load_settings
from ragguide.errors import RagguideError

if TYPE_CHECKING:
    from ragguide.cli.evaluation.replay import GateOfUpdate
    from ragguide.evaluate.replay import Replay
    from ragguide.update.run import UpdateReport


def update(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be done; write nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Go on, after each change; Ctrl-C ends it.")
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
    device: Device = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Read again what has changed of an index's sources, and tell what changed in the guide.

    The sources are the files, folders and patterns that `ingest` was given. Only new text is
    embedded. Exit code 2: a changed document could not be read, and stays as it was; 6: the
    questions of --gate are answered worse, beyond chance, and the old index stays in use.
    """
    from ragguide.cli.evaluation.replay import GateOfUpdate

    show_log()
    settings = load_settings({"index": index, "indexes_dir": indexes_dir, "device": device})
    judge = GateOfUpdate(gate, settings, with_answers=gate_answers) if gate else None
    on_wait = tell_waiting(settings.index, no_wait=no_wait)
    run = partial(_update, settings, password, judge, on_wait, dry_run=dry_run)
    if watch:
        _follow(settings, run, judge, as_json=as_json)
        return
    with told_if_stopped():
        report = run()
    _show(report, judge, as_json=as_json)
    if report.skipped:
        raise typer.Exit(2)


def _update(
    settings: Settings,
    password: str | None,
    judge: "GateOfUpdate | None",
    on_wait: Callable[[], None] | None,
    *,
    dry_run: bool,
) -> "UpdateReport":
    from ragguide.guide import Guide

    with show_stages() as tell:
        return Guide.update(
            settings=settings,
            password=password,
            dry_run=dry_run,
            judge=judge.telling(tell) if judge else None,
            on_stage=tell,
            on_wait=on_wait,
        )


def _follow(
    settings: Settings,
    run: "Callable[[], UpdateReport]",
    judge: "GateOfUpdate | None",
    *,
    as_json: bool,
) -> None:
    """Update after each change until interrupted; one that fails is told, and the next is tried."""
    from ragguide.index.store import IndexFolder
    from ragguide.update.watch import wait_for_changes

    request = IndexFolder(settings.indexes_dir, settings.index).manifest().request
    try:
        for _ in wait_for_changes(request, ignored=[settings.indexes_dir, settings.runs_dir]):
            try:
                report = run()
            except RagguideError as exc:
                print(f"ragguide: {exc}", file=sys.stderr)
            else:
                _show(report, judge, as_json=as_json)
            print("watching the sources; Ctrl-C ends it", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("\nragguide: stopped watching; the index in use is whole.", file=sys.stderr)


def _show(report: "UpdateReport", judge: "GateOfUpdate | None", *, as_json: bool) -> None:
    from ragguide.cli.changes import report_lines

    for reason in report.skipped.values():
        print(f"skipped: {reason}", file=sys.stderr)
    if as_json:
        replay: Replay | None = judge.found if judge else None
        print_json(msgspec.structs.asdict(report) | ({"gate": replay} if replay else {}))
    else:
        print("\n".join(report_lines(report)), flush=True)
