"""`ragguide models remove`: a generator in, its files removed."""

from typing import Annotated

import typer

from ragguide.cli.completion import complete_generator
from ragguide.cli.confirm import confirm_removal
from ragguide.cli.models.options import ModelsDir
from ragguide.cli.options import Yes
from ragguide.config import load_settings
from ragguide.models.find import locate_generator


def remove(
    name: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="Generator to remove.",
            show_default=False,
            autocompletion=complete_generator,
        ),
    ],
    yes: Yes = False,
    models_dir: ModelsDir = None,
) -> None:
    """Remove a generator, its measurements and its optimised version.

    A .gguf file of your own is kept.
    """
    from ragguide.generate.speed_record import remove_generator

    folder = load_settings({"models_dir": models_dir}).models_dir
    file = locate_generator(name, models_dir=folder)
    if not confirm_removal(name, f"Remove {name} from {folder}?", yes=yes):
        return
    for path in remove_generator(file, models_dir=folder):
        print(f"removed {path}")
