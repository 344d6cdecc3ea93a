"""Progress on stderr: bars on a terminal, a plain line a stage elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from ragguide.base.clock import OnStage
from ragguide.cli.options import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from rich.status import Status

    from ragguide.guide import Guide

PLAIN_PERIOD_S = 5.0  # between lines of one stage


@contextmanager
def show_stages() -> Iterator[OnStage]:
    """Yield what to tell (stage, done, in all)."""
    if not sys.stderr.isatty():
        yield _PlainStages().tell
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

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield tell


class _PlainStages:
    """A line when a stage begins, one every few seconds, one when it is done."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = self._told = 0.0

    def tell(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._told = stage, now, now
            print(f"{stage} …", file=sys.stderr)
        elif 1 < done == total and self._told < float("inf"):
            self._told = float("inf")
            print(f"{stage}: {done:,} of {total:,}", file=sys.stderr)
        elif done and now - self._told >= PLAIN_PERIOD_S:
            self._told = now
            left_s = (now - self._began) / done * (total - done)
            print(f"{stage}: {done:,} of {total:,}, about {left_s:.0f} s left", file=sys.stderr)


def show_log() -> None:
    """Print what the package logs on stderr, the way errors are printed."""
    import logging  # 8 ms, which `--help` need not wait for

    class OneLine(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print(f"ragguide: {record.getMessage()}", file=sys.stderr)  # which a bar may replace

    logger = logging.getLogger("ragguide")
    logger.addHandler(OneLine())
    logger.setLevel(logging.INFO)


def tell_if_stale(guide: "Guide") -> tuple[str, ...]:
    """Print a line on stderr if sources have changed since, and return it for JSON."""
    note = guide.stale_note()
    if not note:
        return ()
    print(f"ragguide: {note}", file=sys.stderr)
    return (note,)


def tell_waiting(index: str | None, *, no_wait: bool = False) -> Callable[[], None] | None:
    """What says that another process writes the index; None if that is not to be waited for."""
    if no_wait:
        return None
    which = "this index" if index is None else f"the index {index!r}"
    told = f"ragguide: another process is writing {which}; waiting (Ctrl-C gives up)"
    return lambda: print(told, file=sys.stderr, flush=True)


@contextmanager
def told_if_stopped() -> Iterator[None]:
    """Say what an interrupt leaves of an index that is being written, and end with code 130."""
    try:
        yield
    except KeyboardInterrupt:
        print(
            "\nragguide: stopped. The index in use is whole, and what was embedded is kept: the "
            "same command goes on.",
            file=sys.stderr,
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None


class Waiting:
    """A line that says what is being waited for; on a terminal only."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def start(self, text: str) -> None:
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status(text)
            self._status.start()

    def stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


@contextmanager
def show_waiting(text: str) -> Iterator[Waiting]:
    """Say what is being waited for until `stop`, or the end at the latest."""
    waiting = Waiting()
    waiting.start(text)
    try:
        yield waiting
    finally:
        waiting.stop()
