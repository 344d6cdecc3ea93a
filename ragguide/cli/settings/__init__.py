"""`ragguide config`: shows settings and their files. One small file per command."""

import typer

from ragguide.cli.settings.files import path
from ragguide.cli.settings.show import show

config_app = typer.Typer(
    rich_markup_mode="markdown",
    help="Show the settings in effect, and the files that set them.",
    no_args_is_help=True,
)
config_app.command()(show)
config_app.command()(path)
