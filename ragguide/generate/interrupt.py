"""A point in time and Ctrl-C in, whether long work has to stop out."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Says when work in a library's own code has to stop, which asks it now and then."""

    def __init__(self, until: float | None) -> None:
        """Take the moment, of `time.monotonic`; None: there is none."""
        self._until = until
        self._is_interrupted = False

    @property
    def is_due(self) -> bool:
        """Whether the moment has come, or an interrupt."""
        return self._is_interrupted or (self._until is not None and time.monotonic() >= self._until)

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Note an interrupt within the block, and raise it when the block has ended.

        Python's own handler raises in whatever Python code runs next: that would be the code which
        the library asks, from which no exception reaches us. Only a main thread has interrupts; a
        handler that is not Python's own stays.
        """
        is_main = threading.current_thread() is threading.main_thread()
        if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if self._is_interrupted:
                raise KeyboardInterrupt

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self._is_interrupted = True
