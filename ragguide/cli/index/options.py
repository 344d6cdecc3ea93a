"""The argument that names an index, shared by the commands of `ragguide index`."""

from typing import Annotated

import typer

from ragguide.cli.completion import complete_index
from ragguide.cli.options import DEFAULTS

IndexArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="INDEX",
        autocompletion=complete_index,
        help=f"Name of the index.  [default: {DEFAULTS.index}]",
        show_default=False,
    ),
]
