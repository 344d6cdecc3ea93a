"""A slow iterator in, its items until a moment out."""

import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")


class _Ended(NamedTuple):
    error: BaseException | None


def items_until(read: Callable[[], Iterator[Item]], until: float | None) -> Iterator[Item]:
    """Yield the items that arrive before `until`; another thread waits for them.

    A socket's timeout does not limit a whole answer: each byte starts it again, and looking up a
    name has none. The thread ends with the first item after the caller has stopped.

    Args:
        read: begins to read; what it raises is raised here.
        until: a `time.monotonic` value; None: wait for all items.
    """
    arrived: SimpleQueue[Item | _Ended] = SimpleQueue()
    gone = Event()

    def receive() -> None:
        try:
            for item in read():
                if gone.is_set():
                    return
                arrived.put(item)
        except BaseException as exc:  # raised below
            arrived.put(_Ended(exc))
        else:
            arrived.put(_Ended(None))

    Thread(target=receive, daemon=True).start()
    try:
        while True:
            left_s = None if until is None else max(until - time.monotonic(), 0.0)
            try:
                item = arrived.get(timeout=left_s)
            except Empty:
                return
            if not isinstance(item, _Ended):
                yield item
            elif item.error is None:
                return
            else:
                raise item.error
    finally:
        gone.set()
