"""Paths of documents other than PDF in, `Document`s out, read by a reusable child process.

A parser can loop or exhaust memory on a foreign file, so it runs in a child with limits on time and
memory. Starting a child takes 0.2 s and a folder may have thousands of small files, so one child
reads many files. A new child starts after a crash or timeout, or after `MAX_FILES` files.
"""

import atexit
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import msgspec

from ragguide.create.formats import read_document
from ragguide.create.pdf.limits import limit_memory
from ragguide.errors import InputError
from ragguide.types import Document

MAX_FILES = 500  # per child, so that memory leaks of parsers stay small
_ROOT = Path(__file__).parents[3]  # where the child finds this package
_CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from ragguide.create.formats.process import serve
serve(int(sys.argv[2]))
"""


class _Request(msgspec.Struct):
    path: str


class _Refusal(msgspec.Struct, tag=True):
    message: str


class _Success(msgspec.Struct, tag=True):
    document: Document


class _Child:
    """A process that reads one document after another."""

    def __init__(self, memory_mb: int) -> None:
        self.memory_mb = memory_mb
        self.n_files = 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, str(_ROOT), str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self, path: Path, timeout_s: float) -> bytes | None:
        """Return the child's answer on a file; empty if it crashed, None on timeout."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.n_files += 1
        timed_out = threading.Event()

        def on_timeout() -> None:
            timed_out.set()
            self._process.kill()

        timer = threading.Timer(timeout_s, on_timeout)
        timer.daemon = True
        try:
            timer.start()  # inside, so that Ctrl-C at this moment cancels the timer, too
            self._process.stdin.write(msgspec.json.encode(_Request(str(path))) + b"\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            timer.cancel()
        return None if timed_out.is_set() else answer

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        with suppress(BrokenPipeError):  # closing flushes what the child did not read
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Return the exit status of a process that ended by itself."""
        return self._process.wait()


class Reader:
    """Reads documents in a child process, which it starts on demand."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._lock = threading.Lock()

    def read(self, path: Path, *, timeout_s: float, memory_mb: int) -> Document:
        """Read a document other than a PDF.

        Raises:
            InputError: the document cannot be read, or exceeds the limits.
        """
        with self._lock:
            child = self._ready(memory_mb)
            try:
                answer = child.read(path.absolute(), timeout_s)
            except BaseException:  # interrupted: a late answer would be taken for the next file's
                self.close()
                raise
            if not answer:
                status = child.wait()
                self.close()
        if answer is None:
            raise InputError(
                f"{path} took longer than {timeout_s:g} s to read. "
                "Split it into smaller files, or raise parse_timeout_s."
            )
        if not answer:
            raise InputError(
                f"{path} cannot be read: the reader process stopped (status {status}). "
                "Open it in its own program and save it again."
            )
        result = msgspec.json.decode(answer, type=_Success | _Refusal)
        if isinstance(result, _Refusal):
            raise InputError(result.message.replace(str(path.absolute()), str(path)))
        return result.document

    def close(self) -> None:
        """Stop the child, if there is one."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _ready(self, memory_mb: int) -> _Child:
        kept = self._child
        if (
            kept is None
            or kept.memory_mb != memory_mb
            or kept.n_files >= MAX_FILES
            or not kept.is_running()
        ):
            self.close()
            self._child = kept = _Child(memory_mb)
        return kept


READER = Reader()  # one for this process is enough: documents are read one by one
atexit.register(READER.close)


def serve(memory_mb: int) -> None:
    """Run in the child: answer each JSON line on stdin with one on stdout."""
    limit_memory(memory_mb)
    for line in sys.stdin.buffer:
        answer: _Success | _Refusal
        try:
            answer = _Success(read_document(Path(msgspec.json.decode(line, type=_Request).path)))
        except InputError as exc:
            answer = _Refusal(str(exc))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
