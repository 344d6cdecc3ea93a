"""Indexes in other folders: settings or an error in, folders or a hint out."""

from pathlib import Path

from ragguide.config import Settings, load_settings
from ragguide.errors import IndexMissing, RagguideError


def other_folders(settings: Settings) -> list[Path]:
    """Return the folders with indexes of this user, without the one in use."""
    from ragguide.index.registry import known_folders

    here = settings.indexes_dir.absolute()
    return [folder for folder in known_folders(settings.data_dir) if folder != here]


def found_elsewhere(exc: RagguideError) -> str:
    """Return a sentence that says where a missing index is; empty if nobody knows.

    `exc` is the error that ends the command; only a missing index has such a sentence.
    """
    if not isinstance(exc, IndexMissing):
        return ""
    from ragguide.index.store import IndexFolder

    folders = other_folders(load_settings())
    places = [folder for folder in folders if IndexFolder(folder, exc.name).exists()]
    if not places:
        return ""
    return f" Or use the one of that name elsewhere: `--indexes-dir {places[0]}`."
