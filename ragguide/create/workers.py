"""Settings in, the workers that read and embed documents out."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from ragguide.config import Settings

if TYPE_CHECKING:
    from ragguide.base.workers import Workers


def workers_of(settings: Settings) -> "AbstractContextManager[Workers | None]":
    """Return the workers that the settings name; None if this process does the work.

    Leave the context to stop them. Processes start when the first task needs them.

    Raises:
        WorkersDown: the scheduler does not answer, or has no workers.
    """
    if settings.scheduler:
        from ragguide.base.cluster import connect

        return connect(settings.scheduler)
    if settings.workers:
        from ragguide.base.processes import ProcessWorkers

        threads = max(settings.n_threads // settings.workers, 1)
        return ProcessWorkers(settings.workers, threads_each=threads)
    return nullcontext()
