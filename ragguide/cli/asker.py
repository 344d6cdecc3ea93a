"""A prompt out, the line that a person types or a pipe has in."""

import sys


class Asker:
    """Reads lines of stdin, and echoes those of a pipe."""

    def __init__(self) -> None:
        self.n_read = 0

    @property
    def is_terminal(self) -> bool:
        return sys.stdin.isatty()

    def ask(self, prompt: str) -> str | None:
        """Return the next line without surrounding white space; None at the end."""
        print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            print()
            return None
        self.n_read += 1
        if not self.is_terminal:
            print(line.rstrip("\n"))  # a terminal echoes what is typed, a pipe does not
        return line.strip()
