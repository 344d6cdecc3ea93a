"""Wall time of each stage of long work, its progress, and when an answer must be there."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

BEGAN = time.monotonic()  # about when the process did
OnStage = Callable[[str, int, int], None]  # stage, done, in all


class Clock:
    """Wall time of each stage, and the progress of the one that runs."""

    def __init__(self, on_stage: OnStage | None) -> None:
        self.seconds: dict[str, float] = {}
        self._on_stage = on_stage or (lambda _stage, _done, _total: None)

    @contextmanager
    def stage(self, name: str, total: int, *, of: str = "") -> Iterator[Callable[[int, int], None]]:
        """Time a stage; `of` is the document that it is at. The body tells (done, in all)."""
        started = time.perf_counter()
        shown = f"{name} {of}".rstrip()
        self._on_stage(shown, 0, total)
        totals = [total]

        def tell(done: int, total: int) -> None:
            totals[0] = total
            self._on_stage(shown, done, total)

        yield tell
        self._on_stage(shown, totals[0], totals[0])
        seconds = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.seconds[name] = round(seconds, 3)


class Deadline:
    """The moment that an answer must be there by."""

    def __init__(self, seconds: float, *, began: float | None = None) -> None:
        """Take the seconds from `began`, a moment of `time.monotonic`, or from now."""
        self.seconds = seconds
        self.at = (time.monotonic() if began is None else began) + seconds

    @property
    def left_s(self) -> float:
        """Seconds that are left; 0 if none are."""
        return max(self.at - time.monotonic(), 0.0)

    @property
    def has_passed(self) -> bool:
        return not self.left_s

    def __str__(self) -> str:
        return f"the deadline of {self.seconds:g} s"


class Stage(Protocol):
    """Times a stage of long work while it is entered, and reports its progress."""

    def __call__(
        self, name: str, total: int, /, *, of: str = ""
    ) -> AbstractContextManager[Callable[[int, int], None]]: ...


def unreported(
    _name: str, _total: int, /, **_of: str
) -> AbstractContextManager[Callable[[int, int], None]]:
    return nullcontext(lambda _done, _total: None)


class Stopwatch:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
