"""Indexes in other folders: settings, flags or an error in; settings, flags or a hint out."""

import shlex
from pathlib import Path

import msgspec

from ragguide.config import Settings, load_settings
from ragguide.errors import IndexMissing, RagguideError


def other_folders(settings: Settings) -> list[Settings]:
    """Return settings for the other folders with indexes of this user."""
    from ragguide.index.registry import known_folders

    here = settings.indexes_dir.absolute()
    return [
        msgspec.structs.replace(settings, store="", indexes_dir=folder)
        for folder in known_folders(settings.data_dir)
        if folder != here
    ]


def remember_place(settings: Settings) -> None:
    """Record the folder of a new index, so that `other_folders` finds it; a store has none."""
    from ragguide.index.registry import remember_folder

    if not settings.store:
        remember_folder(settings.data_dir, settings.indexes_dir)


def flags_of(index: str | None, indexes_dir: Path | None, store: str | None) -> str:
    """Return the given flags as they are typed behind a command: ` -i art --indexes-dir here`."""
    given = {"-i": index, "--indexes-dir": indexes_dir, "--store": store}
    return "".join(f" {flag} {shlex.quote(str(value))}" for flag, value in given.items() if value)


def found_elsewhere(exc: RagguideError) -> str:
    """Return a sentence that says where a missing index is; empty if nobody knows.

    `exc` is the error that ends the command; only a missing index has such a sentence.
    """
    if not isinstance(exc, IndexMissing) or exc.name is None:
        return ""
    from ragguide.index.stores.choose import store_of

    for other in other_folders(load_settings()):
        if store_of(other, exc.name).exists():
            return f" Or use the one of that name elsewhere: `--indexes-dir {other.indexes_dir}`."
    return ""
