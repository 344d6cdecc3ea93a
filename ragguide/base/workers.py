"""Tasks in, their results out, in the order in which workers finish them. For any kind of worker.

`processes.py` has workers on this machine, `cluster.py` those of a Dask cluster.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any, Protocol, TypeVar

A = TypeVar("A")
R = TypeVar("R")

IN_FLIGHT = 2  # tasks per worker: one runs, one waits, so that no worker has to wait for it
_WAKE_S = 1.0  # Windows handles Ctrl-C only between two waits


class WorkerDied(Exception):
    """Each worker that ran a task ended before it was done; says how."""


class Workers(Protocol):
    """Runs functions in other processes. Functions, arguments and results are pickled."""

    @property
    def n_workers(self) -> int: ...

    @property
    def threads_each(self) -> int:
        """How many threads a task may use, so that the workers of a machine share its cores."""
        ...

    @property
    def share_files(self) -> bool:
        """Whether they are on this machine, so that they have all of its files."""
        ...

    def submit(self, function: Callable[[A], R], argument: A) -> "Future[R]":
        """Start a task, or queue it; a task whose worker dies runs again."""
        ...

    def result(self, future: "Future[R]") -> R:
        """Return the result of a task that is done, or raise what the function raised.

        Raises:
            WorkerDied: the workers that ran it ended.
            WorkersDown: the cluster does not answer any more.
        """
        ...


def spread(
    workers: Workers, function: Callable[[A], R], arguments: Iterable[A]
) -> Iterator[tuple[int, R | WorkerDied]]:
    """Yield the number of each argument, from 0, and its result, as soon as it is there.

    Takes an argument only when a worker is about to need it, so few tasks are in memory. When the
    caller stops, tasks that have not begun are cancelled.

    Raises:
        WorkersDown: the cluster does not answer any more.
    """
    waiting = iter(enumerate(arguments))
    running: dict[Future[Any], int] = {}
    at_most = IN_FLIGHT * workers.n_workers
    try:
        while True:
            for number, argument in islice(waiting, at_most - len(running)):
                running[workers.submit(function, argument)] = number
            if not running:
                return
            done, _ = wait(running, timeout=_WAKE_S, return_when=FIRST_COMPLETED)
            for future in done:
                number = running.pop(future)
                try:
                    yield number, workers.result(future)
                except WorkerDied as exc:
                    yield number, exc
    finally:
        for future in running:
            future.cancel()
