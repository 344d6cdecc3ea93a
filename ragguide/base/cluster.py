"""The address of a Dask scheduler in, workers on any number of machines out.

Dask runs a task again if its worker ends, three times by default. This is the only module that
imports distributed, which takes one to three seconds.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ragguide import __version__
from ragguide.base.workers import A, R, WorkerDied
from ragguide.errors import WorkersDown

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 15.0
FIRST_WORKER_S = 30.0  # how long to wait for the first worker


@contextmanager
def connect(scheduler: str, *, first_worker_s: float = FIRST_WORKER_S) -> "Iterator[DaskWorkers]":
    """Use the workers of a Dask cluster.

    Raises:
        WorkersDown: distributed is not installed, the scheduler does not answer, or it has no
            workers.
    """
    try:
        import distributed
    except ModuleNotFoundError as exc:
        if exc.name != "distributed":
            raise
        raise WorkersDown(
            "--scheduler needs the package distributed. Install it: pip install 'ragguide[workers]'"
        ) from exc
    # Its lines would come between ours; what they report, we raise.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(  # type: ignore[no-untyped-call]
            scheduler, timeout=CONNECT_S, set_as_default=False, name="ragguide"
        )
    except OSError as exc:
        raise WorkersDown(
            f"the scheduler {scheduler} does not answer. Check its address, and that it runs "
            "Dask: dask scheduler"
        ) from exc
    with client:
        _wait_for_workers(client, scheduler, first_worker_s)
        workers = DaskWorkers(client, scheduler)
        try:
            yield workers
        finally:
            workers.close()


def _wait_for_workers(client: "Client", scheduler: str, seconds: float) -> None:
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError as exc:
        raise WorkersDown(
            f"the scheduler {scheduler} has no workers. Start some on each machine: "
            f"dask worker {scheduler} --nworkers 4 --nthreads 1"
        ) from exc


class DaskWorkers:
    """The workers of a connected cluster."""

    threads_each = 1  # Dask counts on it
    share_files = False

    def __init__(self, client: "Client", scheduler: str) -> None:
        threads: dict[str, int] = client.nthreads()  # type: ignore[no-untyped-call]
        self.n_workers = sum(threads.values())
        self._scheduler = scheduler
        self._executor: Executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]

    def submit(self, function: Callable[[A], R], argument: A) -> "Future[R]":
        return self._executor.submit(_run, __version__, function, argument)

    def result(self, future: "Future[R]") -> R:
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker as exc:
            raise WorkerDied(f"last on {exc.last_worker.address}") from exc
        except CancelledError as exc:
            raise WorkersDown(
                f"the scheduler {self._scheduler} does not answer any more. Finished embeddings "
                "are cached: run the same command again."
            ) from exc
        except ModuleNotFoundError as exc:
            if exc.name != "ragguide":
                raise
            raise WorkersDown(
                f"a worker of {self._scheduler} has no ragguide. Install {__version__} there: "
                f"pip install ragguide=={__version__}"
            ) from exc

    def close(self) -> None:
        """Cancel all tasks."""
        self._executor.shutdown(wait=False)


def _run(version: str, function: Callable[[Any], R], argument: Any) -> R:
    """Run a task on a worker; another version of ragguide could give other results."""
    if version != __version__:
        raise WorkersDown(
            f"a worker has ragguide {__version__}, this is {version}. Install {version} there: "
            f"pip install ragguide=={version}"
        )
    return function(argument)
