"""Notes in, lines on stderr out, as many as -q and -v ask for.

A note is what a user may like to know beside the result: progress, a corrected word, a changed
source. Errors and skipped documents are no notes.
"""

import sys

_QUIET = -1
_level = 0  # -1: -q; 1: -v; 2: -vv


def set_quiet() -> None:
    global _level
    _level = _QUIET


def set_verbosity(level: int) -> None:
    """Print details from 1 on; from 2 on also messages of libraries, and tracebacks of errors."""
    global _level
    _level = level


def is_quiet() -> bool:
    return _level == _QUIET


def verbosity() -> int:
    return max(_level, 0)


def note(text: str) -> None:
    """Print a line on stderr, unless -q was given."""
    if not is_quiet():
        say(text)


def detail(text: str) -> None:
    """Print a line on stderr if -v was given."""
    if verbosity():
        say(text)


def say(text: str) -> None:
    """Print a line on stderr in any case, such as an error."""
    from ragguide.cli.wrap import print_wrapped

    print_wrapped(f"ragguide: {text}", file=sys.stderr)


def show_log() -> None:
    """Print the package's log messages on stderr, in the form of its errors.

    With -q only warnings are printed, with -v also details, with -vv those of all libraries.
    """
    import logging  # takes 8 ms, which `--help` must not spend

    class OneLine(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            name = record.name.partition(".")[0]
            print(f"{name}: {record.getMessage()}", file=sys.stderr)  # a bar may replace stderr

    logger = logging.getLogger("ragguide")
    logger.setLevel(
        logging.WARNING if is_quiet() else logging.DEBUG if verbosity() else logging.INFO
    )
    logger.handlers = [OneLine()]
    if verbosity() > 1:
        logger.handlers = []  # its messages reach the root logger
        logging.basicConfig(level=logging.DEBUG, handlers=[OneLine()])
    elif not logging.root.handlers:  # without a handler, Python prints warnings of libraries
        logging.root.addHandler(logging.NullHandler())
