"""A GGUF file in, the same model in another quantisation out, written by `quantise.py`."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from ragguide.errors import ModelError

_POLL_S = 0.2
_SCRIPT = str(Path(__file__).with_name("quantise.py"))


def requantise(
    source: Path,
    target: Path,
    kind: str,
    *,
    threads: int,
    expected_bytes: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """Write a requantised copy of a model, in another process.

    Args:
        source: the GGUF file.
        target: the copy; `log` in its folder receives llama.cpp's output.
        kind: the quantisation, such as "Q4_0".
        threads: to compute with.
        expected_bytes: size of the copy, for the progress.
        on_progress: called with (MB written, MB in all); may raise to stop.

    Raises:
        ModelError: llama.cpp cannot requantise the file.
    """
    arguments = [str(source), str(target), kind, str(threads)]
    with (target.parent / "log").open("wb+") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", _SCRIPT, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            while child.poll() is None:
                done = target.stat().st_size if target.exists() else 0
                on_progress(done // 10**6, max(done, expected_bytes) // 10**6)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL_S)
        finally:
            if child.poll() is None:  # interrupted
                child.kill()
                child.wait()
        if child.returncode:
            raise ModelError(
                f"llama.cpp cannot requantise {source} to {kind}: {_last_line(log)[:200]}."
            )


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason"
