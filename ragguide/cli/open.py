"""`ragguide open N`: the page of the last answer's source N, in whatever shows PDFs here."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.last_answer import find
from ragguide.config import load_settings
from ragguide.errors import UsageError


def open_command(
    mark: Annotated[int, typer.Argument(metavar="N", help="Number of the source.", min=1)] = 1,
) -> None:
    """Open the last answer's source N where it stands."""
    show_source(load_settings().cache_dir, mark)


def show_source(cache_dir: Path, mark: int) -> None:
    """Open what a mark of the last answer names.

    Raises:
        UsageError: there is no such mark, its document is gone, or nothing here opens it.
    """
    place = find(cache_dir, mark)
    path = Path(place.path)
    if not path.is_file():
        raise UsageError(f"{path} is gone, or was never on this machine. Fetch it again.")
    print(f'{path}, {place.locator or "whole"}\n  "{place.quote}"')
    if not webbrowser.open(f"{path.as_uri()}#page={place.page}"):
        raise UsageError(
            f"nothing here opens {path.name}. Name a program in the environment: BROWSER=…"
        )
