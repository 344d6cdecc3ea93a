"""An interrupted command in, a process killed by SIGINT out, as a shell expects.

A shell loop goes on with its next round if a command exits with code 130, because the command seems
to have handled Ctrl-C. It stops if the command is killed by the signal; `$?` is 130 then, too.
"""

import atexit
import os
import signal

_is_interrupted = False


def prepare() -> None:
    """Register the end of an interrupted process.

    Call it first: functions run in the reverse order of their registration, so those of all other
    modules, which end child processes, run before this one.
    """
    if os.name == "posix":
        atexit.register(_kill_if_interrupted)


def mark_interrupted() -> None:
    """Let the process end by SIGINT once Python has cleaned up."""
    global _is_interrupted
    _is_interrupted = True


def _kill_if_interrupted() -> None:
    if _is_interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
