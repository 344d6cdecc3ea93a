"""Workers of a real Dask cluster."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragguide.base import cluster as cluster_module
from ragguide.base.cluster import connect
from ragguide.base.workers import WorkerDied, spread
from ragguide.errors import WorkersDown
from tests.base import jobs
from tests.base.test_workers import wait_for
from tests.dask_cluster import Cluster, dask_cluster
from tests.s3 import free_ports

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with dask_cluster(2) as cluster:
        yield cluster


def test_results_come_with_the_numbers_of_their_tasks(cluster: Cluster) -> None:
    with connect(cluster.scheduler) as workers:
        assert workers.n_workers in (1, 2)  # both may not have started
        assert dict(spread(workers, jobs.double, range(50))) == {i: 2 * i for i in range(50)}
        with pytest.raises(ValueError, match="7 is too large"):
            list(spread(workers, jobs.refuse, [7]))


@on_posix
def test_a_task_whose_worker_is_killed_runs_again_until_it_killed_several(
    cluster: Cluster, tmp_path: Path
) -> None:
    with connect(cluster.scheduler) as workers:
        marks = [tmp_path / "0", tmp_path / "1"]
        assert dict(spread(workers, jobs.die_once, marks)) == {0: "done", 1: "done"}
        ((number, died),) = spread(workers, jobs.die, [None])
        assert (number, type(died)) == (0, WorkerDied)
        assert str(died).startswith("last on tcp://127.0.0.1:")


def test_a_worker_with_another_version_is_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "__version__", "0.0.1")
    with (
        connect(cluster.scheduler) as workers,
        pytest.raises(WorkersDown, match=r"a worker has ragguide .*, this is 0\.0\.1\. Install"),
    ):
        list(spread(workers, jobs.double, [1]))


def test_a_scheduler_that_goes_away_is_one_line(tmp_path: Path) -> None:
    with dask_cluster(1) as cluster, connect(cluster.scheduler) as workers:
        future = workers.submit(jobs.sleep_forever, tmp_path / "started")
        wait_for(tmp_path / "started")
        cluster.stop_scheduler()
        with pytest.raises(WorkersDown, match="does not answer any more"):
            workers.result(future)


def test_a_scheduler_without_workers_is_refused() -> None:
    with (
        dask_cluster(0) as cluster,
        pytest.raises(WorkersDown, match=r"has no workers\. Start some on each machine: dask"),
        connect(cluster.scheduler, first_worker_s=0.5),
    ):
        raise AssertionError("connected")


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster_module, "CONNECT_S", 0.5)
    address = f"tcp://127.0.0.1:{free_ports(1)[0]}"
    with (
        pytest.raises(WorkersDown, match=f"the scheduler {address} does not answer"),
        connect(address),
    ):
        raise AssertionError("connected")
