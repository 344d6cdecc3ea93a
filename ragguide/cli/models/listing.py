"""`ragguide models list`: a folder in, a line for each known model out."""

import msgspec

from ragguide.cli.models.options import AsJson, ModelsDir, print_row
from ragguide.cli.models.trials import summary_of
from ragguide.cli.render import size_of
from ragguide.config import load_settings
from ragguide.models.find import locate_generator
from ragguide.models.listing import list_models


def list_command(models_dir: ModelsDir = None, as_json: AsJson = False) -> None:
    """List all known models, with their paths and self-test results."""
    from ragguide.generate.speed_record import find_speed_record

    folder = load_settings({"models_dir": models_dir}).models_dir
    for row in list_models(models_dir=folder):
        measured = None
        if row.kind == "generator" and row.installed:
            file = locate_generator(row.name, models_dir=folder)
            measured = find_speed_record(file, models_dir=folder)
        if as_json:
            print_row(msgspec.structs.asdict(row) | {"measured": measured})
            continue
        place = str(row.path) if row.installed else "not installed"
        if measured is not None:
            place += f"  ({summary_of(measured)})"
        size, licence = size_of(row.size_bytes), row.license or "?"
        print(f"{row.name:<28} {row.kind:<9} {row.role:<7} {licence:<10} {size:>8}  {place}")
