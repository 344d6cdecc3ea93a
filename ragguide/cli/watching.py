"""Served indexes in, their updates after each change of a source out, a line on stderr for each."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from ragguide.cli.notes import say
from ragguide.config import Settings
from ragguide.errors import RagguideError, UsageError

if TYPE_CHECKING:
    from ragguide.cli.evaluation.replay import GateOfUpdate
    from ragguide.update.run import UpdateReport

MOST_NAMED = 3  # documents in a line


class Watching:
    """Updates indexes in the background. The server takes a new generation up by itself."""

    def __init__(self, served: Sequence[Settings], gate: Path | None) -> None:
        """Prepare to watch.

        Args:
            served: the settings of each index.
            gate: questions that a new generation must pass; None: any will do.

        Raises:
            InputError: the questions cannot be read.
            UsageError: they are for one index, and there are several.
        """
        if gate and len(served) > 1:
            raise UsageError(
                "--gate tests one index. Serve the others with another `ragguide serve`."
            )
        self._stop = Event()
        self._threads = [
            Thread(target=self._follow, args=(each, _judge_of(each, gate)), daemon=True)
            for each in served
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Watch no more; an update that runs may be cut off, which leaves the index intact."""
        self._stop.set()

    def _follow(self, settings: Settings, judge: "GateOfUpdate | None") -> None:
        try:
            for _ in changes_of(settings, stop=self._stop):
                update_once(settings, judge)
        except RagguideError as exc:
            say(f"not watching the sources of {settings.index}: {exc}")


def changes_of(settings: Settings, *, stop: Event | None = None) -> Iterator[None]:
    """Yield once when watching the sources of an index has begun, and after each burst of changes.

    Raises:
        IndexMissing, IndexCorrupt, InputError: as `Guide.open` and `wait_for_changes`.
    """
    from ragguide.index.stores.choose import store_of
    from ragguide.update.watch import wait_for_changes

    request = store_of(settings).manifest().request
    ignored = [settings.indexes_dir, settings.runs_dir]
    yield from wait_for_changes(request, ignored=ignored, stop=stop)


def _judge_of(settings: Settings, gate: Path | None) -> "GateOfUpdate | None":
    if gate is None:
        return None
    from ragguide.cli.evaluation.replay import GateOfUpdate

    return GateOfUpdate(gate, settings, with_answers=False)


def update_once(settings: Settings, judge: "GateOfUpdate | None") -> None:
    """Update an index, and print a line unless nothing has changed."""
    from ragguide.guide import Guide

    try:
        report = Guide.update(
            settings=settings,
            password=os.environ.get("RAGGUIDE_PASSWORD"),
            judge=judge.telling(lambda _stage, _done, _total: None) if judge else None,
            on_wait=lambda: None,
        )
    except RagguideError as exc:
        say(f"{settings.index} was not updated: {exc}")
        return
    for reason in report.skipped.values():
        say(f"skipped: {reason}")
    if not report.unchanged:
        say(summary_of(report))


def summary_of(report: "UpdateReport") -> str:
    """Say in a line what an update did: "updated default/000002: read a.md; dropped b.md"."""
    plan = report.plan
    parts = [
        f"{verb} {_named(paths)}"
        for verb, paths in (
            ("read", list(plan.read)),
            ("moved", list(plan.move)),
            ("dropped", list(plan.drop)),
        )
        if paths
    ]
    return f"updated {report.index}/{report.generation:06d}: {'; '.join(parts)}"


def _named(paths: Sequence[str]) -> str:
    names = ", ".join(Path(path).name for path in paths[:MOST_NAMED])
    more = len(paths) - MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names
