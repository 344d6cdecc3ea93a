"""`ragguide index export`, `import` and `copy`: an index to one file and back, or elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from ragguide.cli.elsewhere import remember_place
from ragguide.cli.index.lines import SHA_SHOWN
from ragguide.cli.notes import note
from ragguide.cli.options import DEFAULTS, IndexesDir, NoWait, StoreUrl
from ragguide.cli.progress import show_stages, waiting_notice
from ragguide.cli.render import counted, describe_vector_index, size_of
from ragguide.config import Settings, load_settings
from ragguide.types import is_store_url


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


def copy_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM", help="Folder or URL of a store to copy from.", show_default=False
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="TO", help="Folder or URL of a store to copy to.", show_default=False
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--index",
            "-i",
            help=f"Copy this index.  [default: {DEFAULTS.index}]",
            show_default=False,
        ),
    ] = None,
    no_wait: NoWait = False,
) -> None:
    """Copy an index from one folder, database or bucket to another, and compare the copy.

    The copy is a new generation, so `ragguide index rollback` undoes it. Nothing is embedded.
    """
    from ragguide.base.clock import Clock
    from ragguide.index.stores.choose import place_of, store_of
    from ragguide.index.stores.copy import copy_generation

    generation = store_of(_settings_at(source, name)).open()
    settings = _settings_at(target, name)
    index = store_of(settings)
    with (
        show_stages() as on_stage,
        index.writing(on_wait=waiting_notice(index.name, no_wait=no_wait)),
    ):
        manifest = copy_generation(generation, index, keep=settings.keep, clock=Clock(on_stage))
    remember_place(settings)
    print(
        f"{index.name}/{manifest.generation:06d} in {place_of(settings)}: "
        f"{counted(manifest.n_chunks, 'passage')}"
    )
    asked, made = generation.manifest.vector_index.asked, manifest.vector_index
    if made.asked.index_type != asked.index_type:
        note(
            f"{place_of(settings)} has no index of type {asked.index_type}; it has "
            f"{describe_vector_index(made)}"
        )


def _settings_at(place: str, index: str | None) -> Settings:
    """Return the settings for indexes in a folder or another store."""
    if is_store_url(place):
        return load_settings({"index": index, "store": place})
    return load_settings({"index": index, "store": "", "indexes_dir": place})


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

    settings = load_settings({"indexes_dir": indexes_dir, "store": store})
    with show_stages() as on_stage:
        found = import_bundle(
            file,
            settings,
            name=name,
            on_stage=on_stage,
            on_wait=waiting_notice(name, no_wait=no_wait),
        )
    remember_place(settings)
    manifest = found.manifest
    print(f"{found.index}/{manifest.generation:06d}: {counted(manifest.n_chunks, 'passage')}")
    for model in found.models:
        print(f"installed {model}")
    if found.embedder != settings.embedder:
        print(f"To search this index, set embedder = {found.embedder!r}.")
