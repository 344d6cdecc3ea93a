"""A half-typed word in, the names of indexes, generators or documents that begin with it out.

A shell runs these functions at each Tab, so they load nothing heavy, and a fault gives no names.
"""

from contextlib import suppress

import typer

from ragguide.config import Settings, load_settings
from ragguide.errors import RagguideError

_FAULTS = (RagguideError, OSError)
_NAMED = ("index", "indexes_dir", "store", "models_dir")


def complete_index(context: typer.Context, incomplete: str) -> list[str]:
    """Names of indexes in the folder that the command uses."""
    names: list[str] = []
    with suppress(*_FAULTS):
        from ragguide.index.stores.choose import names_of

        names = names_of(_settings(context))
    return _beginning_with(incomplete, names)


def complete_generator(context: typer.Context, incomplete: str) -> list[str]:
    """Names of the catalogue, and of generators that were downloaded from the hub."""
    names: list[str] = []
    with suppress(*_FAULTS):
        from ragguide.models.listing import generator_names

        names = generator_names(_settings(context).models_dir)
    return _beginning_with(incomplete, names)


def complete_filter(context: typer.Context, incomplete: str) -> list[str]:
    """`document=NAME` for each document of the index, and the tags of its documents."""
    pairs: set[str] = set()
    with suppress(*_FAULTS):
        from ragguide.index.stores.choose import store_of

        settings = _settings(context)
        for source in store_of(settings).manifest_for(settings.reader).sources:
            pairs.add(f"document={source.name}")
            pairs |= {f"{name}={value}" for name, value in source.tags.items()}
    return _beginning_with(incomplete, sorted(pairs))


def _settings(context: typer.Context) -> Settings:
    """The settings with those flags that are typed already."""
    typed = {name: context.params.get(name) for name in _NAMED}
    return load_settings(typed)


def _beginning_with(incomplete: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
