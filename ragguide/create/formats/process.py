"""Paths of documents that are no PDFs in, `Document`s out, read by a child process that is kept.

A parser of foreign files can loop or swallow memory, hence the child with a clock and a ceiling. To
start one takes a fifth of a second, and a folder may hold thousands of small files, hence one child
reads many: after one that it stumbled over, or some hundred, the next is read by a new one.
"""

import atexit
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import msgspec

from ragguide.create.formats import read_document
from ragguide.create.pdf.reader import _limit_memory as limit_memory
from ragguide.errors import InputError
from ragguide.types import Document

MOST_FILES = 500  # read by one child, so that no parser's leak grows up
_ROOT = Path(__file__).parents[3]  # where the child finds this package
_CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from ragguide.create.formats.process import serve
serve(int(sys.argv[2]))
"""


class _Asked(msgspec.Struct):
    path: str


class _Refused(msgspec.Struct, tag=True):
    message: str


class _Read(msgspec.Struct, tag=True):
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
        """Return what the child says of a file; nothing if it died of it; None out of time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.n_files += 1
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(timeout_s, end)
        timer.start()
        try:
            self._process.stdin.write(msgspec.json.encode(_Asked(str(path))) + b"\n")
            self._process.stdin.flush()
            said = self._process.stdout.readline()
        except BrokenPipeError:
            said = b""
        finally:
            timer.cancel()
        return None if late.is_set() else said

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        with suppress(BrokenPipeError):  # closing writes what was not read
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Status of a process that died by itself."""
        return self._process.wait()


class Reader:
    """Reads documents by a child that is started when it is needed."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._lock = threading.Lock()

    def read(self, path: Path, *, timeout_s: float, memory_mb: int) -> Document:
        """Read a document that is no PDF.

        Raises:
            InputError: it cannot be read, or not within the limits.
        """
        with self._lock:
            child = self._ready(memory_mb)
            try:
                said = child.read(path.absolute(), timeout_s)
            except BaseException:  # interrupted: what it says later would answer the next question
                self.close()
                raise
            if not said:
                status = child.wait()
                self.close()
        if said is None:
            raise InputError(
                f"{path} took over {timeout_s:g} s to read. Split it up, or raise parse_timeout_s."
            )
        if not said:
            raise InputError(
                f"{path} cannot be read: its reader stopped (status {status}). "
                "Open it in its program and save it anew."
            )
        answer = msgspec.json.decode(said, type=_Read | _Refused)
        if isinstance(answer, _Refused):
            raise InputError(answer.message.replace(str(path.absolute()), str(path)))
        return answer.document

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _ready(self, memory_mb: int) -> _Child:
        kept = self._child
        if (
            kept is None
            or kept.memory_mb != memory_mb
            or kept.n_files >= MOST_FILES
            or not kept.is_running()
        ):
            self.close()
            self._child = kept = _Child(memory_mb)
        return kept


READER = Reader()  # one a process is enough: documents are read one by one
atexit.register(READER.close)


def serve(memory_mb: int) -> None:
    """The child's part: a line of JSON for each line of it, until there are no more."""
    limit_memory(memory_mb)
    for line in sys.stdin.buffer:
        said: _Read | _Refused
        try:
            said = _Read(read_document(Path(msgspec.json.decode(line, type=_Asked).path)))
        except InputError as exc:
            said = _Refused(str(exc))
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        sys.stdout.buffer.flush()
