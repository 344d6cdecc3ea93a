"""What the user types in, lines out: with a history on a terminal, plain stdin elsewhere."""

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def read_lines(history: Path, commands: Sequence[str]) -> Iterator[str]:
    """Yield the lines that the user types, until Ctrl-D; off a terminal the lines of stdin."""
    if not sys.stdin.isatty():
        if isinstance(sys.stdin, io.TextIOWrapper):  # other bytes than UTF-8 are refused by line
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
        yield from sys.stdin
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    kept: History = InMemoryHistory()
    try:
        history.parent.mkdir(parents=True, exist_ok=True)
        history.touch(mode=0o600)  # questions are private
        kept = FileHistory(history)
    except OSError:
        pass  # the history then lasts for this session only
    session: PromptSession[str] = PromptSession(
        history=kept, completer=WordCompleter(commands, sentence=True)
    )
    while True:
        try:
            yield session.prompt("> ")
        except KeyboardInterrupt:  # drops the line, as in a shell
            continue
        except EOFError:
            return
