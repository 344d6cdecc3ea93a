"""A deadline and Ctrl-C in, whether a long computation has to stop out.

A computation begins with the time of its deadline. `cancellable` also lets it look at the deadline
itself, which may be cancelled meanwhile.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

from ragguide.base.clock import Deadline

_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def cancellable(deadline: Deadline) -> Iterator[None]:
    """Let the computations that begin within the block stop when a deadline is cancelled."""
    before = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(before)


class Interrupt:
    """Stops a computation in a library's own code, which polls `is_due`."""

    def __init__(self, until: float | None) -> None:
        """Take the deadline, a time of `time.monotonic`; None: no deadline."""
        self._until = until
        self._deadline = _deadline.get()
        self._is_interrupted = False

    @property
    def is_due(self) -> bool:
        """Whether the deadline has passed or was cancelled, or Ctrl-C was pressed."""
        return (
            self._is_interrupted
            or (self._until is not None and time.monotonic() >= self._until)
            or (self._deadline is not None and self._deadline.has_passed)
        )

    @contextmanager
    def defer_ctrl_c(self) -> Iterator[None]:
        """Record Ctrl-C within the block, and raise `KeyboardInterrupt` at its end.

        Python's own handler raises in whatever Python code runs next. That would be the library's
        callback, and no exception leaves a callback. Only the main thread receives Ctrl-C, and a
        handler other than Python's own stays in place.
        """
        is_main = threading.current_thread() is threading.main_thread()
        if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._record)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if self._is_interrupted:
                raise KeyboardInterrupt

    def _record(self, _signal: int, _frame: FrameType | None) -> None:
        self._is_interrupted = True
