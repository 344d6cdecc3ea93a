"""Progress on stderr: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from ragguide.base.clock import OnStage
from ragguide.cli.exit_codes import EXIT_INTERRUPTED
from ragguide.cli.notes import is_quiet, note, say

if TYPE_CHECKING:
    from rich.status import Status

    from ragguide.guide import Guide

PLAIN_PERIOD_S = 5.0  # at least, between lines of one stage
PLAIN_SHARE = 0.25  # at least, of a stage's time until then: a log of an hour has 40 lines
WIDE = 64  # columns that a line with a bar needs


@contextmanager
def show_stages() -> Iterator[OnStage]:
    """Yield a callback that shows progress: (stage, done, total)."""
    if is_quiet():
        yield lambda _stage, _done, _total: None
        return
    if not sys.stderr.isatty():
        yield _PlainStages().show
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    text, left = TextColumn("{task.description:<24}"), TimeRemainingColumn()
    wide = (text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), left)
    columns = wide if console.width >= WIDE else (text, MofNCompleteColumn(), left)
    with Progress(*columns, console=console) as progress:
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total or None)
            elif not total:  # a document without pages has been read
                done = total = 1
            progress.update(tasks[stage], completed=done, total=total or None)

        yield show


class _PlainStages:
    """Prints a line when a stage begins, some while it runs, and one when it is done."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = self._printed = 0.0

    def show(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._printed = stage, now, now
            print(f"{stage} …", file=sys.stderr)
        elif 1 < done == total and self._printed < float("inf"):
            self._printed = float("inf")
            print(f"{stage}: {done:,} of {total:,}", file=sys.stderr)
        elif 0 < done < total and now - self._printed >= max(
            PLAIN_PERIOD_S, PLAIN_SHARE * (now - self._began)
        ):
            self._printed = now
            left_s = (now - self._began) / done * (total - done)
            print(f"{stage}: {done:,} of {total:,}, about {left_s:.0f} s left", file=sys.stderr)


def warn_if_stale(guide: "Guide") -> tuple[str, ...]:
    """Warn on stderr if sources have changed since the index was made; return the warning."""
    found = guide.stale_note()
    if not found:
        return ()
    note(found)
    return (found,)


def waiting_notice(index: str | None, *, no_wait: bool = False) -> Callable[[], None] | None:
    """Return a callback that reports the wait for another process; None if `no_wait`."""
    if no_wait:
        return None
    which = "this index" if index is None else f"the index {index!r}"
    notice = f"another process is writing {which}; waiting for it (Ctrl-C cancels)"
    return lambda: note(notice)


@contextmanager
def report_interrupt() -> Iterator[None]:
    """On Ctrl-C, say that the index is intact and how to resume; exit with code 130."""
    try:
        yield
    except KeyboardInterrupt:
        print(file=sys.stderr)
        say(
            "stopped. The index is intact and finished embeddings are cached. Run the same command "
            "to resume."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None


class Waiting:
    """A status line on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def start(self, text: str) -> None:
        if sys.stderr.isatty() and not is_quiet():
            from rich.console import Console

            self._status = Console(stderr=True).status(text)
            self._status.start()

    def stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


@contextmanager
def show_waiting(text: str) -> Iterator[Waiting]:
    """Show a status line until `stop` is called, or until the block ends."""
    waiting = Waiting()
    waiting.start(text)
    try:
        yield waiting
    finally:
        waiting.stop()
