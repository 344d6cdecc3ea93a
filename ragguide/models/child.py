"""Arguments of our Python interpreter in, the child's output out; its file size is its progress."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from ragguide.models.source import OnBytes, SourceError

_POLL_S = 0.2
_ENV = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def run_python(
    arguments: Sequence[str],
    *,
    scratch: Path,
    on_growth: OnBytes | None = None,
    timeout_s: float | None = None,
) -> str:
    """Run a child of our own interpreter to its end; return its stdout.

    `-P` keeps the working folder off its path, so that a project cannot substitute its own pip.
    Temporary files go to `scratch`, whose largest file is the running download.

    Raises:
        SourceError: the child failed (with its last error line) or took longer than `timeout_s`.
    """
    env = _ENV | dict(os.environ) | {"TMPDIR": str(scratch)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=env,
        )
        try:
            _wait(child, scratch, on_growth, timeout_s)
        finally:
            if child.poll() is None:  # timed out or interrupted
                child.kill()
                child.wait()
        if child.returncode:
            raise SourceError(_last_error(_text(err), child.returncode))
        return _text(out)


def _wait(
    child: "subprocess.Popen[bytes]",
    scratch: Path,
    on_growth: OnBytes | None,
    timeout_s: float | None,
) -> None:
    began = time.monotonic()
    while child.poll() is None:
        if timeout_s is not None and time.monotonic() - began > timeout_s:
            raise SourceError(f"no answer within {timeout_s:g} s")
        if on_growth is not None:
            on_growth(largest_file(scratch))
        with suppress(subprocess.TimeoutExpired):
            child.wait(_POLL_S)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _last_error(stderr: str, status: int) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ") and not line.endswith(":")]
    last = (errors or lines or [f"exited with status {status}"])[-1]
    return last.removeprefix("ERROR: ").rstrip(".")[:200]


def largest_file(folder: Path) -> int:
    """Return the size in bytes of the largest file below a folder; 0 if there is none."""
    sizes = [0]
    for parent, _, names in os.walk(folder):  # skips folders that vanish meanwhile
        for name in names:
            with suppress(OSError):  # moved away since it was listed
                sizes.append(Path(parent, name).stat().st_size)
    return max(sizes)
