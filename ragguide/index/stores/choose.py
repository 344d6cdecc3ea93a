"""Settings in, the store of an index out."""

from typing import TYPE_CHECKING

from ragguide.config import Settings
from ragguide.types import is_lance

if TYPE_CHECKING:
    from ragguide.index.stores.protocols import Store


def store_of(settings: Settings, index: str | None = None) -> "Store":
    """Return the store of an index, by default the settings' own; it need not exist.

    Raises:
        UsageError: the name is invalid.
    """
    name = index or settings.index
    if is_lance(settings.store):
        from ragguide.index.stores.lance import LanceStore

        return LanceStore(settings.store, name)
    if settings.store:
        from ragguide.index.stores.postgres import PostgresStore

        return PostgresStore(settings.store, name)
    from ragguide.index.stores.files import FileStore

    return FileStore(settings.indexes_dir, name)


def place_of(settings: Settings) -> str:
    """Return where the settings put indexes, for messages."""
    if is_lance(settings.store):
        from ragguide.index.stores.lance_place import place_of as lance_place_of

        return lance_place_of(settings.store).address
    if settings.store:
        from ragguide.index.stores.postgres_connection import address_of

        return address_of(settings.store)
    return str(settings.indexes_dir.absolute())


def stores_of(settings: Settings) -> "list[Store]":
    """Return all indexes where the settings put theirs, by name."""
    return [store_of(settings, name) for name in names_of(settings)]


def names_of(settings: Settings) -> list[str]:
    """Return the names of all indexes where the settings put theirs, sorted."""
    if is_lance(settings.store):
        from ragguide.index.stores import lance

        return lance.list_names(settings.store)
    if settings.store:
        from ragguide.index.stores.postgres import list_names

        return list_names(settings.store)
    from ragguide.index.names import index_names

    return index_names(settings.indexes_dir)
