"""Functions that tests let worker processes run; a worker imports them by name."""

import os
import signal
import sys
import time
from pathlib import Path


def double(number: int) -> int:
    return 2 * number


def chatter(number: int) -> int:
    sys.stdout.write("a library prints this\n")
    sys.stdout.flush()
    os.write(1, b"and this\n")
    return number


def refuse(number: int) -> int:
    raise ValueError(f"{number} is too large")


class Stubborn(Exception):
    def __init__(self, first: str, second: str) -> None:  # so that it cannot be unpickled
        super().__init__(first + second)


def refuse_stubbornly(_number: int) -> int:
    raise Stubborn("cannot ", "cross")


def sleep_forever(started: Path) -> None:
    started.write_text(str(os.getpid()))
    time.sleep(600)


def die_once(mark: Path) -> str:
    if mark.exists():
        return "done"
    mark.write_text("")
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def die(_argument: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def own_threads(_argument: object) -> tuple[str | None, str | None]:
    return os.environ.get("OMP_NUM_THREADS"), os.environ.get("RAYON_NUM_THREADS")


def own_pid(_argument: object) -> int:
    return os.getpid()
