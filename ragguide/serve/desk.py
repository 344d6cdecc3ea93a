"""Work in, its results out: searches side by side, answers by the generator one after another."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from ragguide.base.clock import Deadline
from ragguide.serve.ahead import Ahead, Search
from ragguide.serve.faults import ServeFault

MOST_SEARCHES = 256  # that run or wait
RETRY_S = 5  # what a client is asked to wait when a queue is full

_T = TypeVar("_T")
_Event = TypeVar("_Event")


class Queue:
    """Threads that work on one thing after another, first come, first served."""

    def __init__(self, name: str, *, n_threads: int, most: int) -> None:
        """Run `n_threads` at a time; `most` may run or wait."""
        self._name = name
        self._most = most
        self._pool = ThreadPoolExecutor(n_threads, thread_name_prefix=name)
        self._lock = Lock()
        self.n_pending = 0

    def submit(self, work: Callable[[], _T]) -> "Future[_T]":
        """Start or queue work.

        Raises:
            ServeFault: the queue is full.
        """
        with self._lock:
            if self.n_pending >= self._most:
                raise ServeFault(
                    503,
                    f"{self.n_pending} {self._name} run or wait, which is the limit. "
                    f"Try again in {RETRY_S} s.",
                    code="queue_full",
                    headers={"Retry-After": str(RETRY_S)},
                )
            self.n_pending += 1
        future = self._pool.submit(work)
        future.add_done_callback(self._count_done)
        return future

    def _count_done(self, _: "Future[_T]") -> None:
        with self._lock:
            self.n_pending -= 1

    def close(self) -> None:
        """Wait for what runs, and drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Desk:
    """Runs questions on threads, so that the server's own thread is always free."""

    def __init__(self, *, n_searches: int, n_answers: int, timeout_s: float) -> None:
        """Set the limits.

        Args:
            n_searches: that run at a time.
            n_answers: by the generator that run or wait; one runs.
            timeout_s: for an answer, from its arrival on.
        """
        self.searches = Queue("searches", n_threads=n_searches, most=MOST_SEARCHES)
        self.answers = Queue("answers", n_threads=1, most=n_answers)
        self._ahead = Ahead()
        self._timeout_s = timeout_s

    async def run(self, work: Callable[[], _T]) -> _T:
        """Run a search or the like, and return its result. Raises `ServeFault` if too many wait."""
        return await asyncio.wrap_future(self.searches.submit(work))

    async def search(self, search: Search, work: Callable[[], _T]) -> _T:
        """Run a search, as `run`; the questions of searches that wait are read together."""
        return await asyncio.wrap_future(self._submit(search, work))

    def _submit(self, search: Search, work: Callable[[], _T]) -> "Future[_T]":
        self._ahead.add(search)
        try:
            future = self.searches.submit(self._ahead.reading(search, work))
        except ServeFault:
            self._ahead.drop(search)
            raise
        future.add_done_callback(lambda _: self._ahead.drop(search))
        return future

    async def stream(
        self, ask: Callable[[Deadline], Iterator[_Event]], *, search: Search | None = None
    ) -> AsyncGenerator[_Event]:
        """Yield the events of an answer as they come.

        If the caller stops early, the answer is cancelled. An answer that is a `search` alone runs
        beside others; else the generator may be needed, which gives one answer at a time.

        Raises:
            ServeFault: the queue is full.
        """
        deadline = Deadline(self._timeout_s)
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[_Event | Exception | None] = asyncio.Queue()
        is_wanted = True

        def send(item: _Event | Exception | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop ends before a cancelled answer
                loop.call_soon_threadsafe(arrived.put_nowait, item)

        def work() -> None:
            try:
                for event in ask(deadline):
                    if not is_wanted:
                        return
                    send(event)
            except Exception as exc:
                send(exc)
            else:
                send(None)

        future = self._submit(search, work) if search else self.answers.submit(work)
        try:
            while (item := await arrived.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            is_wanted = False
            deadline.cancel()
            future.cancel()

    def close(self) -> None:
        """Wait for what runs."""
        self.answers.close()
        self.searches.close()
