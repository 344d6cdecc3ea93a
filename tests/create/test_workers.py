"""Ingest and update with workers: the same bytes, and what happens when workers or users stop."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from ragguide import Guide, Settings, load_settings
from ragguide.embed import passages
from ragguide.errors import InputError, WorkersDown
from ragguide.types import Manifest
from tests.base.test_workers import wait_until
from tests.dask_cluster import dask_cluster
from tests.pdfs import write_pdf
from tests.s3 import free_ports

pytestmark = pytest.mark.model

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of several formats, one of them unreadable, with more texts than one batch."""
    folder = tmp_path_factory.mktemp("docs")
    for number in range(6):
        lines = ["", f"The boat {number} leaves at {number}:15.", f"It takes {number + 3} guests."]
        write_pdf(folder / f"boat{number}.pdf", lines, title=f"Boat {number}")
    rows = (f"Rope {i},{i % 17} m,{['red', 'blue', 'white'][i % 3]}" for i in range(300))
    (folder / "ropes.csv").write_text("\n".join(["Item,Length,Colour", *rows]))
    (folder / "notes.md").write_text("# Notes\n\nThe jetty is painted each spring.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\0broken" * 50)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return own_settings(tmp_path)


def own_settings(folder: Path) -> Settings:
    """Settings of an index without a single cached vector; the embedder's export is there."""
    cache_dir = folder / "cache"
    cache_dir.mkdir(parents=True)
    (exports := load_settings().cache_dir / "encoders").mkdir(exist_ok=True, parents=True)
    (cache_dir / "encoders").symlink_to(exports)
    return load_settings({"indexes_dir": folder / "indexes", "cache_dir": cache_dir})


def under(settings: Settings, **changes: object) -> Settings:
    return msgspec.structs.replace(settings, **changes)


def bytes_of(settings: Settings) -> dict[str, object]:
    """All files of the active generation; of its manifest all but its time."""
    folder = settings.indexes_dir / settings.index
    *_, generation = sorted(path.parent for path in folder.rglob("manifest.json"))
    files: dict[str, object] = {path.name: path.read_bytes() for path in generation.iterdir()}
    manifest = msgspec.json.decode((generation / "manifest.json").read_bytes(), type=Manifest)
    return files | {"manifest.json": msgspec.structs.replace(manifest, created="")}


@pytest.fixture(scope="module")
def without_workers(docs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    settings = own_settings(tmp_path_factory.mktemp("alone"))
    report = Guide.ingest(docs, settings=settings)
    assert len(report.skipped) == 1
    assert report.n_embedded > passages.AT_ONCE  # so there is something to share out
    return bytes_of(settings)


# ── the same bytes ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n_workers", [1, 8])
def test_workers_write_the_bytes_that_one_process_writes(
    n_workers: int, docs: Path, settings: Settings, without_workers: dict[str, object]
) -> None:
    report = Guide.ingest(docs, settings=under(settings, workers=n_workers))
    assert bytes_of(settings) == without_workers
    (reason,) = report.skipped.values()
    assert reason.startswith(f"{docs / 'broken.pdf'} is damaged")
    assert report.n_embedded > passages.AT_ONCE


def test_a_cluster_writes_the_bytes_that_one_process_writes(
    docs: Path, settings: Settings, without_workers: dict[str, object]
) -> None:
    with dask_cluster(2) as cluster:
        Guide.ingest(docs, settings=under(settings, scheduler=cluster.scheduler))
    assert bytes_of(settings) == without_workers


def test_an_update_with_workers_equals_an_ingest(settings: Settings, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(3):
        (docs / f"{number}.md").write_text(f"# Part {number}\n\nThe mast is {number} m high.\n")
    with_workers = under(settings, workers=2)
    Guide.ingest(docs, settings=with_workers)
    (docs / "1.md").write_text("# Part 1\n\nThe mast is 11 m high.\n")
    (docs / "3.md").write_text("# Part 3\n\nThe keel is 3 m deep.\n")
    (docs / "4.md").write_text("\n")
    report = Guide.update(settings=with_workers)
    assert sorted(map(os.path.basename, report.plan.read)) == ["1.md", "3.md", "4.md"]
    assert list(report.skipped) == [str(docs / "4.md")]
    fresh = own_settings(tmp_path / "fresh")
    Guide.ingest(docs, settings=fresh)
    updated, ingested = bytes_of(settings), bytes_of(fresh)
    del updated["manifest.json"], ingested["manifest.json"]
    assert updated == ingested


# ── workers that end, users that stop ───────────────────────────────────────────────────────────


def workers_of(pid: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(pid).children():
        try:
            if "ragguide.base.worker" in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            pass
    return found


@contextmanager
def killer(most: int) -> Iterator[list[int]]:
    """Kill workers of this process as soon as they are there, at most so many."""
    killed: list[int] = []
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.01):
            for worker in workers_of(os.getpid())[: most - len(killed)]:
                worker.kill()
                killed.append(worker.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


@on_posix
def test_a_killed_worker_changes_nothing(
    docs: Path, settings: Settings, without_workers: dict[str, object]
) -> None:
    with killer(most=1) as killed:
        Guide.ingest(docs, settings=under(settings, workers=2))
    assert len(killed) == 1
    assert bytes_of(settings) == without_workers


@on_posix
def test_a_document_whose_workers_are_all_killed_is_named(docs: Path, settings: Settings) -> None:
    expected = rf"{docs / 'notes.md'} cannot be read: each worker that tried ended \(signal 9\)"
    with killer(most=1000), pytest.raises(InputError, match=expected):
        Guide.ingest(docs / "notes.md", settings=under(settings, workers=1))
    assert not (settings.indexes_dir / settings.index / "000001").exists()


@on_posix
def test_killed_embedding_is_one_line_and_leaves_the_old_index(
    docs: Path, settings: Settings
) -> None:
    Guide.ingest(docs / "notes.md", settings=settings)
    before = bytes_of(settings)
    with ExitStack() as stack:

        def on_stage(stage: str, done: int, _total: int) -> None:
            if stage == "embed" and not done:
                stack.enter_context(killer(most=1000))

        with pytest.raises(WorkersDown, match=r"each worker that tried to embed \d+ texts ended"):
            Guide.ingest(docs, settings=under(settings, workers=1), on_stage=on_stage)
    assert bytes_of(settings) == before


def start(*arguments: object, settings: Settings) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ragguide", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"RAGGUIDE_INDEXES_DIR": str(settings.indexes_dir),
                          "RAGGUIDE_CACHE_DIR": str(settings.cache_dir)},
    )  # fmt: skip


@on_posix
def test_an_interrupt_stops_the_workers_and_leaves_the_old_index(
    docs: Path, settings: Settings
) -> None:
    Guide.ingest(docs / "notes.md", settings=settings)
    before = bytes_of(settings)
    process = start("ingest", docs, "--workers", 2, settings=settings)
    wait_until(lambda: bool(workers_of(process.pid)))
    workers = workers_of(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("ragguide: stopped. The index is intact")
    assert not any(map(psutil.Process.is_running, workers))
    assert bytes_of(settings) == before


@on_posix
def test_workers_end_with_a_killed_ingest(docs: Path, settings: Settings) -> None:
    process = start("ingest", docs, "--workers", 2, settings=settings)
    wait_until(lambda: bool(workers_of(process.pid)))
    workers = workers_of(process.pid)
    process.kill()
    process.communicate(timeout=60)
    psutil.wait_procs(workers, timeout=60)
    assert not any(map(psutil.Process.is_running, workers))


def test_an_unreachable_scheduler_is_one_line(docs: Path, settings: Settings) -> None:
    pytest.importorskip("distributed")
    address = f"tcp://127.0.0.1:{free_ports(1)[0]}"
    process = start("ingest", docs, "--scheduler", address, settings=settings)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3
    assert said == (
        f"ragguide: the scheduler {address} does not answer. Check its address, and that it runs "
        "Dask: dask scheduler\n"
    )
    assert not settings.indexes_dir.exists()
