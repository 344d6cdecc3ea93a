"""`ragguide update`: changed sources in, an updated index and a list of the changes out."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragguide.cli.evaluation.gate import AllowUndecided
from ragguide.cli.exit_codes import EXIT_INCOMPLETE
from ragguide.cli.notes import is_quiet, note, say
from ragguide.cli.options import (
    AllowPrivate,
    AsJson,
    Device,
    IndexesDir,
    IndexName,
    NoWait,
    Password,
    Scheduler,
    StoreUrl,
    Workers,
)
from ragguide.cli.progress import report_interrupt, show_stages, waiting_notice
from ragguide.cli.render import print_json
from ragguide.cli.watching import changes_of
from ragguide.cli.wrap import print_wrapped
from ragguide.config import Settings, load_settings
from ragguide.errors import RagguideError

if TYPE_CHECKING:
    from ragguide.cli.evaluation.replay import GateOfUpdate
    from ragguide.evaluate.replay import Replay
    from ragguide.update.run import UpdateReport

GateCases = Annotated[
    Path | None,
    typer.Option(
        "--gate",
        metavar="CASES",
        help="Test the new index with these questions; keep the old one if answers get worse.",
        show_default=False,
    ),
]
GateAnswers = Annotated[
    bool,
    typer.Option("--gate-answers", help="Let the generator answer the --gate questions too; slow."),
]
AllowLostEvidence = Annotated[
    bool,
    typer.Option(
        "--allow-lost-evidence",
        help="Accept an update that removes the evidence of a question.",
    ),
]


def update(
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", "-n", help="Show what would change, without writing anything."),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", "-w", help="Keep watching, and update after each change until Ctrl-C."
        ),
    ] = False,
    gate: GateCases = None,
    gate_answers: GateAnswers = False,
    allow_undecided: AllowUndecided = False,
    allow_lost_evidence: AllowLostEvidence = False,
    password: Password = None,
    allow_private: AllowPrivate = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    device: Device = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Update an index from its changed sources, and list the changes in the guide.

    The sources are the files, folders, patterns and URLs given to `ingest`. Only new text is
    embedded. Exit code 2: some documents could not be read, so their old text is kept; 6: with
    --gate, the new index answers significantly worse, lacks the evidence of a question, or there
    are too few questions to decide, so the old one stays in use.
    """
    from ragguide.cli.evaluation.replay import GateOfUpdate

    settings = load_settings({
        "index": index, "indexes_dir": indexes_dir, "store": store, "device": device,
        "workers": workers, "scheduler": scheduler, "private_addresses": allow_private,
    })  # fmt: skip
    judge = None
    if gate:
        judge = GateOfUpdate(
            gate,
            settings,
            with_answers=gate_answers,
            allow_undecided=allow_undecided,
            allow_lost_evidence=allow_lost_evidence,
        )
    on_wait = waiting_notice(settings.index, no_wait=no_wait)
    run = partial(_update, settings, password, judge, on_wait, dry_run=dry_run)
    if watch:
        _follow(settings, run, judge, as_json=as_json)
        return
    with report_interrupt():
        report = run()
    _show(report, judge, as_json=as_json)
    if report.skipped:
        raise typer.Exit(EXIT_INCOMPLETE)


def _update(
    settings: Settings,
    password: str | None,
    judge: "GateOfUpdate | None",
    on_wait: Callable[[], None] | None,
    *,
    dry_run: bool,
) -> "UpdateReport":
    from ragguide.guide import Guide

    with show_stages() as on_stage:
        return Guide.update(
            settings=settings,
            password=password,
            dry_run=dry_run,
            judge=judge.telling(on_stage) if judge else None,
            on_stage=on_stage,
            on_wait=on_wait,
        )


def _follow(
    settings: Settings,
    run: "Callable[[], UpdateReport]",
    judge: "GateOfUpdate | None",
    *,
    as_json: bool,
) -> None:
    """Update after each change until Ctrl-C; a failed update is reported, and the next one runs."""
    try:
        for _ in changes_of(settings):
            try:
                report = run()
            except RagguideError as exc:
                say(str(exc))
            else:
                _show(report, judge, as_json=as_json)
            note("watching the sources; press Ctrl-C to stop")
    except KeyboardInterrupt:
        print(file=sys.stderr)
        say("stopped watching; the index is intact.")


def _show(report: "UpdateReport", judge: "GateOfUpdate | None", *, as_json: bool) -> None:
    from ragguide.cli.changes import report_lines

    for reason in report.skipped.values():
        print_wrapped(f"skipped: {reason}", file=sys.stderr)
    if as_json:
        replay: Replay | None = judge.found if judge else None
        print_json(msgspec.structs.asdict(report) | ({"gate": replay} if replay else {}))
    elif not (report.unchanged and is_quiet()):
        print("\n".join(report_lines(report)), flush=True)
