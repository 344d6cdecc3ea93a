"""A limit on memory or time in, a process that keeps it out.

Imports nothing else of ragguide: the children that run parsers start with it.
"""

import contextlib
import signal
from collections.abc import Iterator


class PageTimeout(BaseException):
    """A BaseException, because pypdf catches Exception in many places."""


def limit_memory(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    size_bytes = memory_mb * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:  # an existing hard limit cannot be raised
        size_bytes = min(size_bytes, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS rejects some; the time limit remains
        resource.setrlimit(resource.RLIMIT_AS, (size_bytes, size_bytes))


@contextlib.contextmanager
def time_limit(timeout_s: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer"):  # Windows: only the parent's timer works
        yield
        return

    def on_alarm(*_: object) -> None:
        raise PageTimeout

    signal.signal(signal.SIGALRM, on_alarm)
    # Repeat every second: an exception raised inside a destructor is ignored.
    signal.setitimer(signal.ITIMER_REAL, timeout_s, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
