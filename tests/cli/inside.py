"""The command line within the test's own process: a new one takes up to a second to start.

`tests.cli.test_commands.ragguide` starts one. Each command has a test that does, because another
test may already have imported here what a command forgets to import.
"""

import io
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ragguide.cli.app import main


def ragguide(
    *arguments: object, stdin: str = "", cwd: Path | None = None, **environ: str
) -> "subprocess.CompletedProcess[str]":
    """Run `ragguide` with these arguments; return its exit code and what it printed."""
    words = ["ragguide", *map(str, arguments)]
    out, err = io.BytesIO(), io.BytesIO()
    logger = logging.getLogger("ragguide")
    handlers, level = logger.handlers[:], logger.level
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryFile() as piped:
        piped.write(stdin.encode())  # a real file: `search -` reads its file descriptor
        piped.seek(0)
        for name, value in environ.items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        patch.setattr(sys, "argv", words)
        patch.setattr(sys, "stdin", io.TextIOWrapper(piped, "utf-8"))
        for name, stream in (("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, io.TextIOWrapper(stream, "utf-8", write_through=True))
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            logger.handlers[:] = handlers
            logger.setLevel(level)
        shown, errors = out.getvalue().decode(), err.getvalue().decode()
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return subprocess.CompletedProcess(words, code or 0, shown, errors)
