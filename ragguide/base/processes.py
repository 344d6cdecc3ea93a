"""Functions and arguments in, results out: worker processes on this machine.

A worker is a child process that runs one task after another (`worker.py`). If it ends during a
task, for example because memory is short, a new one runs the task once more.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from ragguide.base.worker import Done, Failed, receive, send
from ragguide.base.workers import A, R, WorkerDied

ATTEMPTS = 2  # of a task whose worker ends

_ROOT = Path(__file__).parents[2]  # where the child finds this package
_CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from ragguide.base.worker import serve
serve()
"""
_THREADS = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS")  # of torch, of the tokenizers


class ProcessWorkers:
    """Up to `n_workers` processes, each started when a task needs it."""

    share_files = True

    def __init__(self, n_workers: int, *, threads_each: int) -> None:
        self.n_workers = n_workers
        self.threads_each = threads_each
        self._threads = ThreadPoolExecutor(n_workers)  # each waits for one worker
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        """Kill the workers, whatever they are doing."""
        with self._lock:
            self._is_closed = True
            for worker in self._all:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.close()

    def submit(self, function: Callable[[A], R], argument: A) -> "Future[R]":
        return self._threads.submit(self._run, function, argument)

    def result(self, future: "Future[R]") -> R:
        return future.result()

    def _run(self, function: Callable[[A], R], argument: A) -> R:
        message = pickle.dumps((function, argument))
        ended = ""
        for _ in range(ATTEMPTS):
            worker = self._take()
            answer = worker.ask(message)
            if answer is not None:
                self._give_back(worker)
                result: R = _result_of(answer)
                return result
            ended = self._remove(worker)
        raise WorkerDied(ended)

    def _take(self) -> "_Worker":
        with self._lock:
            if self._is_closed:
                raise WorkerDied("it was stopped")
            if self._idle:
                return self._idle.pop()
            worker = _Worker(self.threads_each)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: "_Worker") -> None:
        with self._lock:
            self._idle.append(worker)

    def _remove(self, worker: "_Worker") -> str:
        """Clean up after a worker that ended; return how it did."""
        with self._lock:
            worker.kill()  # the programs that it started
            self._all.discard(worker)
        return worker.close()


class _Worker:
    """One child process."""

    def __init__(self, threads: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ) | dict.fromkeys(_THREADS, str(threads)),
            # Ctrl-C of a terminal is for this process, which then kills its workers.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def ask(self, message: bytes) -> bytes | None:
        """Let the worker run a task; return its answer, or None if the worker ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            send(self._process.stdin, message)
        except OSError:
            return None
        return receive(self._process.stdout)

    def kill(self) -> None:
        """Kill the process and all that it started."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # it ended; on macOS the second
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def close(self) -> str:
        """Wait for the killed process; return how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        status = self._process.wait()
        with suppress(OSError):  # closing flushes what the worker did not read
            self._process.stdin.close()
        self._process.stdout.close()
        return f"signal {-status}" if status < 0 else f"status {status}"


def _result_of(answer: bytes) -> Any:
    match pickle.loads(answer):  # noqa: S301  from our own child
        case Done(result):
            return result
        case Failed(exc, trace):
            exc.add_note(trace)
            raise exc
