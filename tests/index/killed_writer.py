"""A store and an edition of the guide, or an index to copy, in; a writer that is killed, out.

It is a process of its own: threads of Lance and of a database's client do not survive a fork.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ragguide.base.clock import Clock
from ragguide.config import Settings
from ragguide.index.stores.choose import store_of
from ragguide.index.stores.copy import copy_generation
from ragguide.index.stores.protocols import Store
from tests.index.drafts import draft_of, edition, write

ROOT = Path(__file__).parent.parent.parent


def kill_writer(settings: Settings, number: int, *, after_s: float) -> None:
    """Write an edition in another process, and kill it."""
    _kill([*_names(settings), str(number)], after_s)


def kill_copy(source: Settings, target: Settings, *, after_s: float) -> None:
    """Copy an index in another process, and kill it."""
    _kill([*_names(target), *_names(source)], after_s)


def _names(settings: Settings) -> list[str]:
    return [settings.store, str(settings.indexes_dir), settings.index]


def _kill(arguments: list[str], after_s: float) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", __name__, *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(after_s)
        os.kill(writer.pid, signal.SIGKILL)
    finally:
        writer.kill()
        writer.communicate()


def main() -> None:
    store, rest = _store_of(sys.argv[1:4]), sys.argv[4:]
    source = _store_of(rest) if len(rest) > 1 else store
    generation = source.open()
    generation.vectors()  # loads what a writer needs
    draft = None if source is not store else draft_of(edition(int(rest[0])))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if draft is not None:
        write(store, draft)
        return
    with store.writing():
        copy_generation(generation, store, keep=3, clock=Clock(None))


def _store_of(names: list[str]) -> Store:
    url, folder, index = names
    return store_of(Settings(store=url, indexes_dir=Path(folder), index=index))


if __name__ == "__main__":
    main()
