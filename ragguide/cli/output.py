"""stdout in, one whose faults are one line each out."""

import io
import os
import sys

from ragguide.errors import OutputError


class Output(io.TextIOWrapper):
    """Writes text to a stream; prints `?` for a character that its encoding lacks.

    Raises:
        OutputError: the stream cannot be written, for example because the disk is full.
        BrokenPipeError: nobody reads the stream any more.
    """

    _stream: io.TextIOWrapper  # kept, since it closes the buffer when nobody refers to it

    @classmethod
    def of(cls, stream: io.TextIOWrapper) -> "Output":
        """Write to the buffer of an open stream."""
        output = cls(
            stream.buffer,
            stream.encoding,
            "replace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        output._stream = stream
        return output

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise _unwritable(exc) from exc

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            raise
        except OSError as exc:
            raise _unwritable(exc) from exc


def discard_output() -> None:
    """Let what is still to be written vanish: Python writes it at its end, and may fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unwritable(exc: OSError) -> OutputError:
    return OutputError(f"cannot write to stdout: {exc.strerror}.")
