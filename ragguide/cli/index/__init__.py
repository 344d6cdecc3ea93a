"""`ragguide index`: shows, verifies and manages indexes. One small file per command group."""

from ragguide.cli.general import App
from ragguide.cli.index.generations import prune, remove, rollback
from ragguide.cli.index.show import list_command, show
from ragguide.cli.index.transfer import copy_command, export_command, import_command
from ragguide.cli.index.verify import verify_command

index_app = App("List, show, verify, roll back, remove, export, import and copy indexes.")
index_app.command("list")(list_command)
index_app.command()(show)
index_app.command("verify")(verify_command)
index_app.command()(rollback)
index_app.command()(prune)
index_app.command()(remove)
index_app.command("export")(export_command)
index_app.command("import")(import_command)
index_app.command("copy")(copy_command)
