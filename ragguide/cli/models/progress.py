"""Progress of a download or a checksum on stderr: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ragguide.cli.notes import is_quiet
from ragguide.cli.progress import PLAIN_PERIOD_S
from ragguide.cli.render import size_of
from ragguide.models.source import OnProgress, PullProgress


@contextmanager
def show_progress() -> Iterator[OnProgress]:
    """Yield a callback that shows how many bytes are done."""
    if is_quiet():
        yield lambda _at: None
        return
    if not sys.stderr.isatty():
        yield _PlainProgress().show
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def draw(at: PullProgress) -> None:
            bar.update(task, description=at.note, completed=at.n_bytes, total=at.total_bytes)

        yield draw


class _PlainProgress:
    """Prints a line at every new step, and one every few seconds."""

    def __init__(self) -> None:
        self._note, self._printed_s = "", 0.0

    def show(self, at: PullProgress) -> None:
        now = time.monotonic()
        if at.note == self._note and now - self._printed_s < PLAIN_PERIOD_S:
            return
        self._note, self._printed_s = at.note, now
        of = f" of {size_of(at.total_bytes)}" if at.total_bytes else ""
        print(f"{at.source}: {at.note}, {size_of(at.n_bytes)}{of}", file=sys.stderr, flush=True)
