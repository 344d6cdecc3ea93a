"""`ragguide config path`: which files settings are read from."""

import msgspec

from ragguide.cli.options import AsJson
from ragguide.cli.render import print_json
from ragguide.config import PROJECT_FILE, find_settings_files


def path(as_json: AsJson = False) -> None:
    """Show which settings files are read.

    The project's file is the nearest one in the working folder or above; your own file is used in
    every folder, and the project's file overrides it.
    """
    files = find_settings_files()
    if as_json:
        print_json(msgspec.to_builtins(files, enc_hook=str))
        return
    project = files.project or f"no {PROJECT_FILE} in this folder or above"
    missing = "" if files.user.is_file() else "  (does not exist)"
    print(f"project  {project}")
    print(f"user     {files.user}{missing}")
