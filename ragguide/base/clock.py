"""Stage timers, progress reports and deadlines."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

BEGAN = time.monotonic()  # about when the process started
OnStage = Callable[[str, int, int], None]  # stage, done, total


class Clock:
    """Measures the wall time of each stage and reports the progress of the running one.

    The time of a stage within another one counts for the inner one only.
    """

    def __init__(self, on_stage: OnStage | None) -> None:
        self.seconds: dict[str, float] = {}
        self._ended_s = 0.0  # in stages that have ended, those within another counted once
        self._on_stage = on_stage or (lambda _stage, _done, _total: None)

    @contextmanager
    def stage(self, name: str, total: int, *, of: str = "") -> Iterator[Callable[[int, int], None]]:
        """Time a stage; `of` names its document. The body reports progress as (done, total)."""
        started, before_s = time.perf_counter(), self._ended_s
        shown = f"{name} {of}".rstrip()
        self._on_stage(shown, 0, total)
        totals = [total]

        def report(done: int, total: int) -> None:
            totals[0] = total
            self._on_stage(shown, done, total)

        yield report
        self._on_stage(shown, totals[0], totals[0])
        seconds = time.perf_counter() - started
        within = self._ended_s - before_s
        self.seconds[name] = round(self.seconds.get(name, 0.0) + seconds - within, 3)
        self._ended_s = before_s + seconds


class Deadline:
    """The moment by which an answer must be complete."""

    def __init__(self, seconds: float, *, began: float | None = None) -> None:
        """Count the seconds from `began`, a `time.monotonic` value, or from now."""
        self.seconds = seconds
        self.at = (time.monotonic() if began is None else began) + seconds

    def cancel(self) -> None:
        """Let the deadline pass now: nobody waits for the answer any more."""
        self.at = min(self.at, time.monotonic())

    @property
    def left_s(self) -> float:
        """Remaining seconds, never below 0."""
        return max(self.at - time.monotonic(), 0.0)

    @property
    def has_passed(self) -> bool:
        return not self.left_s

    def __str__(self) -> str:
        return f"the deadline of {self.seconds:g} s"


class Stage(Protocol):
    """Opens a timed stage; the value it yields reports progress as (done, total)."""

    def __call__(
        self, name: str, total: int, /, *, of: str = ""
    ) -> AbstractContextManager[Callable[[int, int], None]]: ...


def no_stage(
    _name: str, _total: int, /, **_of: str
) -> AbstractContextManager[Callable[[int, int], None]]:
    """A `Stage` that neither times nor reports."""
    return nullcontext(lambda _done, _total: None)


class Stopwatch:
    """Measures the seconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def resume(self) -> None:
        """Go on after a pause, which counts for no lap."""
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
