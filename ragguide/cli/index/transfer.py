"""`ragguide index export` and `import`: an index to one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.index.lines import SHA_SHOWN
from ragguide.cli.options import DEFAULTS, IndexesDir, NoWait, StoreUrl
from ragguide.cli.progress import show_stages, waiting_notice
from ragguide.cli.render import counted, size_of
from ragguide.config import load_settings


def export_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Bundle to write.", show_default=False)
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--index",
            "-i",
            help=f"Export this index.  [default: {DEFAULTS.index}]",
            show_default=False,
        ),
    ] = None,
    with_models: Annotated[
        bool,
        typer.Option(
            "--with-models", help="Include the generator, and the embedder if it is your own."
        ),
    ] = False,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
) -> None:
    """Export an index to one file, to import it on another machine."""
    from ragguide.index.bundle_export import export_bundle

    settings = load_settings({"index": name, "indexes_dir": indexes_dir, "store": store})
    bundle = export_bundle(settings, file, with_models=with_models)
    print(
        f"{file}: {bundle.index}, {size_of(file.stat().st_size)}; requires the embedder "
        f"{bundle.embedder} (sha256 {bundle.embedder_sha256[:SHA_SHOWN]}…)"
    )


def import_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Bundle to import.", show_default=False)
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Give the index this name.  [default: its name in the bundle]",
            show_default=False,
        ),
    ] = None,
    indexes_dir: IndexesDir = None,
    store: StoreUrl = None,
    no_wait: NoWait = False,
) -> None:
    """Import an index from a bundle, after validating its contents.

    `ragguide index rollback` undoes the import.
    """
    from ragguide.index.bundle_import import import_bundle
    from ragguide.index.registry import remember_folder

    settings = load_settings({"indexes_dir": indexes_dir, "store": store})
    with show_stages() as on_stage:
        found = import_bundle(
            file,
            settings,
            name=name,
            on_stage=on_stage,
            on_wait=waiting_notice(name, no_wait=no_wait),
        )
    if not settings.store:
        remember_folder(settings.data_dir, settings.indexes_dir)
    manifest = found.manifest
    print(f"{found.index}/{manifest.generation:06d}: {counted(manifest.n_chunks, 'passage')}")
    for model in found.models:
        print(f"installed {model}")
    if found.embedder != settings.embedder:
        print(f"To search this index, set embedder = {found.embedder!r}.")
