"""`ragguide models`: manages the models on this machine. One small file per command."""

from ragguide.cli.general import App
from ragguide.cli.models.listing import list_command
from ragguide.cli.models.optimise import optimise
from ragguide.cli.models.pull import pull
from ragguide.cli.models.remove import remove
from ragguide.cli.models.verify import verify

models_app = App("List, download, verify, optimise and remove models.")
models_app.command("list")(list_command)
models_app.command()(pull)
models_app.command()(verify)
models_app.command()(optimise)
models_app.command()(remove)
