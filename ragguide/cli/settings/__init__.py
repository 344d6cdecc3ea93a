"""`ragguide config`: shows settings and their files. One small file per command."""

from ragguide.cli.general import App
from ragguide.cli.settings.files import path
from ragguide.cli.settings.show import show

config_app = App("Show the settings in effect, and the files that set them.")
config_app.command()(show)
config_app.command()(path)
