"""`ragguide models verify`: models in, their checksums or faults out."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ragguide.cli.completion import complete_generator
from ragguide.cli.models.options import AsJson, ModelsDir, print_row
from ragguide.cli.models.progress import show_progress
from ragguide.cli.render import size_of
from ragguide.config import load_settings
from ragguide.errors import ModelError
from ragguide.models.catalogue import EMBEDDERS
from ragguide.models.find import locate_generator
from ragguide.models.listing import list_models
from ragguide.models.source import PullProgress
from ragguide.models.verify import Verified, verify_embedder, verify_generator


def verify(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete_generator,
            help="Model to verify: a catalogue name or a path.  [default: all installed models]",
            show_default=False,
        ),
    ] = None,
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """Verify the checksums of installed models."""
    folder = load_settings({"models_dir": models_dir}).models_dir
    names = [name] if name else [r.name for r in list_models(models_dir=folder) if r.installed]
    faults: list[ModelError] = []
    for each in names:
        try:
            _show(each, _verify(each, folder), as_json=as_json)
        except ModelError as exc:
            faults.append(exc)
    if faults:
        for fault in faults[:-1]:
            print(fault, file=sys.stderr)
        raise faults[-1]


def _verify(name: str, models_dir: Path) -> list[Verified]:
    """Verify a model, and the file that `optimise` made of it."""
    from ragguide.generate.speed_record import verify_optimised

    with show_progress() as on_progress:

        def on_read(n: int, of: int) -> None:
            note = f"verifying {name}"
            on_progress(PullProgress(source="disk", n_bytes=n, total_bytes=of, note=note))

        if name in EMBEDDERS or Path(name).is_dir():
            return [verify_embedder(name, on_read=on_read)]
        found = [verify_generator(name, models_dir=models_dir, on_read=on_read)]
        file = locate_generator(name, models_dir=models_dir)
        optimised = verify_optimised(file, models_dir=models_dir, on_read=on_read)
        return found if optimised is None else [*found, optimised]


def _show(name: str, found: list[Verified], *, as_json: bool) -> None:
    for verified in found:
        if as_json:
            print_row(msgspec.structs.asdict(verified))
        else:
            print(f"{name:<28} {size_of(verified.size_bytes):>8}  sha256 {verified.sha256}")
