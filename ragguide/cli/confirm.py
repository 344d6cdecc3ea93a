"""A question in, the user's consent out, for commands that remove something."""

import sys

import typer

from ragguide.errors import UsageError


def confirm_removal(name: str, question: str, *, yes: bool) -> bool:
    """Ask whether to remove something; `yes` answers the question in advance.

    Raises:
        UsageError: stdin is not a terminal, so nobody can be asked.
    """
    if yes:
        return True
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError(
            f"cannot ask for confirmation: stdin is not a terminal. Add --yes to remove {name!r}."
        )
    if typer.confirm(question, err=True):
        return True
    print(f"kept {name}")
    return False
