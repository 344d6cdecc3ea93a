"""`ragguide config show`: the settings in effect, and where each comes from."""

from typing import Annotated

import msgspec
import typer

from ragguide.cli.options import AsJson, Device, IndexesDir, IndexName, StoreUrl
from ragguide.cli.render import print_json
from ragguide.config import require_setting, trace_settings

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Show only these settings, e.g. top_k.", show_default=False
    ),
]


def show(
    names: Names = None,
    index: IndexName = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Show each setting and where it comes from: default, file, environment or flag."""
    for name in names or []:
        require_setting(name, where="the command line")
    settings, origins = trace_settings(
        {"index": index, "indexes_dir": indexes_dir, "store": store, "device": device}
    )
    values = msgspec.to_builtins(settings, enc_hook=str)
    for name in names or values:
        value, origin = values[name], origins[name]
        if as_json:
            print_json({"name": name, "value": value, "origin": origin.kind, "place": origin.place})
            continue
        place = f"  {origin.place}" if origin.place else ""
        print(f"{name:<22}  {msgspec.json.encode(value).decode():<30}  {origin.kind}{place}")
