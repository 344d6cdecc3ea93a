"""`ragguide models`: manages the models on this machine. One small file per command."""

import typer

from ragguide.cli.models.listing import list_command
from ragguide.cli.models.optimise import optimise
from ragguide.cli.models.pull import pull
from ragguide.cli.models.remove import remove
from ragguide.cli.models.verify import verify

models_app = typer.Typer(
    rich_markup_mode="markdown",
    help="List, download, verify, optimise and remove models.",
    no_args_is_help=True,
)
models_app.command("list")(list_command)
models_app.command()(pull)
models_app.command()(verify)
models_app.command()(optimise)
models_app.command()(remove)
