"""Options that the commands of `ragguide models` share, and how they print JSON."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ragguide.types import SCHEMA_VERSION

ModelsDir = Annotated[
    Path | None,
    typer.Option("--models-dir", help="Use the generators in this folder.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]


def print_row(row: dict[str, object]) -> None:
    """Print one line of JSON, with the schema version first and paths as strings."""
    line = {"schema_version": SCHEMA_VERSION, **row}
    print(msgspec.json.encode(line, enc_hook=str).decode())
