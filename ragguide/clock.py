"""Wall time of each stage of long work, and its progress."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
