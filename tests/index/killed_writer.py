"""A store and an edition of the guide in, a writer out that may be killed at any moment.

It is a process of its own: threads of Lance and of a database's client do not survive a fork.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ragguide.config import Settings
from ragguide.index.stores.choose import store_of
from tests.index.drafts import draft_of, edition, write

ROOT = Path(__file__).parent.parent.parent


def kill_writer(settings: Settings, number: int, *, after_s: float) -> None:
    """Write an edition in another process, and kill it."""
    writer = subprocess.Popen(
        [sys.executable, "-m", __name__, settings.store, settings.indexes_dir, settings.index,
         str(number)],
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
    url, folder, index, number = sys.argv[1:]
    store = store_of(Settings(store=url, indexes_dir=Path(folder), index=index))
    draft = draft_of(edition(int(number)))
    store.open().vectors()  # loads what a writer needs
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    write(store, draft)


if __name__ == "__main__":
    main()
