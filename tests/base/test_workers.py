"""Tasks in worker processes: results, faults, deaths, and the end of their parent."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
import pytest

from ragguide.base.processes import ProcessWorkers
from ragguide.base.workers import IN_FLIGHT, WorkerDied, spread
from tests.base import jobs

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


@pytest.fixture
def workers() -> Iterator[ProcessWorkers]:
    with ProcessWorkers(2, threads_each=3) as workers:
        yield workers


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(6000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("did not happen within a minute")


def wait_for(file: Path) -> int:
    wait_until(lambda: file.exists() and file.read_text() != "")
    return int(file.read_text())


def test_results_come_with_the_numbers_of_their_tasks(workers: ProcessWorkers) -> None:
    assert dict(spread(workers, jobs.double, range(50))) == {i: 2 * i for i in range(50)}


def test_no_more_processes_start_than_there_are_tasks(workers: ProcessWorkers) -> None:
    assert len(dict(spread(workers, jobs.own_pid, [None]))) == 1
    assert len(workers._all) == 1
    assert len(set(dict(spread(workers, jobs.own_pid, range(20))).values())) <= 2


def test_a_worker_uses_the_threads_that_it_is_given(workers: ProcessWorkers) -> None:
    assert dict(spread(workers, jobs.own_threads, [None])) == {0: ("3", "3")}


def test_what_a_task_prints_does_not_mix_with_results(
    workers: ProcessWorkers, capfd: pytest.CaptureFixture[str]
) -> None:
    assert dict(spread(workers, jobs.chatter, range(3))) == {0: 0, 1: 1, 2: 2}
    assert "and this\n" in capfd.readouterr().err


def test_an_exception_of_a_task_is_raised_here_with_its_place(workers: ProcessWorkers) -> None:
    with pytest.raises(ValueError, match="7 is too large") as raised:
        list(spread(workers, jobs.refuse, [7]))
    assert "in refuse" in raised.value.__notes__[0]
    with pytest.raises(RuntimeError, match=r"Stubborn\('cannot cross'\)"):
        list(spread(workers, jobs.refuse_stubbornly, [7]))
    assert dict(spread(workers, jobs.double, [4])) == {0: 8}  # its worker goes on


@on_posix
def test_a_task_whose_worker_is_killed_runs_once_more(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    marks = [tmp_path / str(i) for i in range(4)]
    assert dict(spread(workers, jobs.die_once, marks)) == dict.fromkeys(range(4), "done")


@on_posix
def test_a_task_that_kills_its_workers_costs_only_itself(workers: ProcessWorkers) -> None:
    ((number, died),) = spread(workers, jobs.die, [None])
    assert (number, type(died), str(died)) == (0, WorkerDied, "signal 9")
    assert dict(spread(workers, jobs.double, range(5))) == {i: 2 * i for i in range(5)}


def test_leaving_kills_the_workers_in_the_middle_of_their_tasks(tmp_path: Path) -> None:
    with ProcessWorkers(1, threads_each=1) as workers:
        workers.submit(jobs.sleep_forever, tmp_path / "started")
        pid = wait_for(tmp_path / "started")
    assert not psutil.pid_exists(pid)


ABANDONED = """
import time
from ragguide.base.processes import ProcessWorkers
from tests.base import jobs
workers = ProcessWorkers(1, threads_each=1)
print(workers.submit(jobs.own_pid, None).result(), flush=True)
time.sleep(600)
"""


def test_workers_end_with_the_process_that_started_them() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    worker.wait(60)


class Counting:
    """Workers that finish a task only when asked for its result, and count what is in flight."""

    n_workers = 3
    threads_each = 1
    share_files = True

    def __init__(self) -> None:
        self.n_in_flight = self.most_in_flight = 0

    def submit(self, function: Callable[[Any], Any], argument: object) -> "Future[Any]":
        self.n_in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.n_in_flight)
        future: Future[Any] = Future()
        future.set_result(function(argument))
        return future

    def result(self, future: "Future[Any]") -> Any:
        self.n_in_flight -= 1
        return future.result()


def test_few_tasks_are_in_flight_and_arguments_are_made_when_needed() -> None:
    workers, n_made = Counting(), 0

    def arguments() -> Iterator[int]:
        nonlocal n_made
        for number in range(100):
            n_made += 1
            assert n_made - n_done <= IN_FLIGHT * 3
            yield number

    n_done = 0
    for _ in spread(workers, jobs.double, arguments()):
        n_done += 1
    assert n_done == 100
    assert workers.most_in_flight == IN_FLIGHT * 3
