"""A real Dask cluster: a scheduler and workers as processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

import psutil
import pytest

from tests.s3 import free_ports


class Cluster:
    """A scheduler, and workers that have one thread each."""

    def __init__(self, scheduler: str, stack: ExitStack) -> None:
        self.scheduler = scheduler
        self._stack = stack
        port = scheduler.rpartition(":")[2]
        self._process = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", port)

    def add_workers(self, n: int) -> None:
        self._start("dask_worker", self.scheduler, "--nworkers", str(n), "--nthreads", "1")

    def stop_scheduler(self) -> None:
        kill(self._process)

    def _start(self, module: str, *arguments: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._stack.callback(kill, process)
        return process


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and those that it started."""
    if process.poll() is None:
        below = psutil.Process(process.pid).children(recursive=True)
        for each in [process, *below]:
            each.kill()
    process.wait(60)


@contextmanager
def dask_cluster(n_workers: int) -> Iterator[Cluster]:
    if find_spec("distributed") is None:
        pytest.skip("no Dask: `pip install distributed` fails here")
    with ExitStack() as stack:
        cluster = Cluster(f"tcp://127.0.0.1:{free_ports(1)[0]}", stack)
        if n_workers:
            cluster.add_workers(n_workers)
        yield cluster
