"""Pickled functions and arguments on stdin, pickled results on stdout: a worker process.

A message is its length in 8 bytes and then its bytes. The worker ends when its stdin does, as it
does if the process that started it is killed.
"""

import os
import pickle
import sys
import traceback
from typing import IO, Any, NamedTuple

_LENGTH_BYTES = 8


class Done(NamedTuple):
    result: Any


class Failed(NamedTuple):
    exc: Exception
    trace: str


def send(file: IO[bytes], message: bytes) -> None:
    file.write(len(message).to_bytes(_LENGTH_BYTES, "big"))
    file.write(message)
    file.flush()


def receive(file: IO[bytes]) -> bytes | None:
    """Return the next message; None if the other side ended before its last byte."""
    head = file.read(_LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    message = file.read(length) if len(head) == _LENGTH_BYTES else b""
    return message if head and len(message) == length else None


def serve() -> None:
    """Answer each message on stdin with one on stdout."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library prints must not get between the answers
        while (message := receive(sys.stdin.buffer)) is not None:
            send(answers, _answer(message))


def _answer(message: bytes) -> bytes:
    try:
        function, argument = pickle.loads(message)  # noqa: S301  from the process that started us
        return pickle.dumps(Done(function(argument)))
    except Exception as exc:
        trace = traceback.format_exc()
        try:
            pickle.loads(failed := pickle.dumps(Failed(exc, trace)))  # noqa: S301  our own
        except Exception:  # an exception may hold anything
            failed = pickle.dumps(Failed(RuntimeError(repr(exc)), trace))
        return failed
