"""`ragguide open N`: opens source N of the last answer in a PDF viewer or browser."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.last_answer import SavedSource, find_source
from ragguide.cli.notes import note
from ragguide.config import load_settings
from ragguide.errors import UsageError
from ragguide.types import is_object, is_server


def open_command(
    mark: Annotated[
        int, typer.Argument(metavar="N", help="Number of the source in the last answer.", min=1)
    ] = 1,
) -> None:
    """Open source N of this terminal's last answer at its page."""
    place, is_own = find_source(load_settings().cache_dir, mark)
    if not is_own:
        note("this terminal has no answer; opening another one's last")
    show_source(place)


def show_source(place: SavedSource) -> None:
    """Open a source.

    Raises:
        UsageError: its document is missing or in a bucket, or no program opens it.
    """
    if is_server(place.path):
        _show(place, place.path, place.path)
        return
    if is_object(place.path):
        raise UsageError(
            f"{place.path} is in a bucket, from which no viewer reads. Download it, for example "
            "with `aws s3 cp`, and open the file."
        )
    path = Path(place.path)
    if not path.is_file():
        raise UsageError(
            f"{path} does not exist on this machine. Copy the document there, or ingest it from "
            "its new path."
        )
    _show(place, str(path), path.as_uri())


def _show(place: SavedSource, name: str, address: str) -> None:
    print(f"{name}, {place.locator}" if place.locator else name)
    print(f'  "{place.quote}"')
    if not webbrowser.open(f"{address}#page={place.page}"):
        raise UsageError(
            f"no program found to open {name}. Set the environment variable BROWSER, e.g. "
            "BROWSER=firefox."
        )
