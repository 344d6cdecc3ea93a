"""The URL of a Lance store in, its small objects and the addresses of its tables out.

    lance:/srv/library      a folder
    s3://bucket/prefix      a bucket of Amazon S3, or of a server with its protocol

Credentials come from the environment, which the clients of S3 read themselves, so they appear in no
message.
"""

from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from ragguide.errors import RagguideError
from ragguide.index.stores.protocols import OnWait


class Found(msgspec.Struct, frozen=True):
    """A small object as it was read or written."""

    data: bytes
    tag: str  # changes with the contents
    age_s: float  # since it was written


class Place(Protocol):
    """A folder, or a prefix of a bucket. A key has no slash at its ends: `guide/CURRENT`."""

    @property
    def address(self) -> str:
        """Where it is, for messages."""
        ...

    @property
    def options(self) -> dict[str, str]:
        """The options of Lance for this place."""
        ...

    def uri(self, key: str) -> str:
        """Return the address of a table."""
        ...

    def read(self, key: str) -> Found | None: ...

    def write(self, key: str, data: bytes) -> None: ...

    def swap(self, key: str, data: bytes, old: Found | None) -> Found | None:
        """Replace an object if it is still `old`; None: it is not. `old` = None: create it."""
        ...

    def names(self) -> list[str]:
        """Return the names of the folders of this place, in order. Some may be empty."""
        ...

    def keys(self, key: str) -> list[str]:
        """Return the keys of all objects in a folder and below, without its own."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object, or a folder with all below it. It need not exist."""
        ...

    def lock(self, index: str, *, on_wait: OnWait | None) -> AbstractContextManager[None]:
        """Lock an index for writing. Raises as `Store.writing`."""
        ...

    def fault(self, exc: Exception) -> RagguideError | None:
        """Return what an exception of Lance means; None: nothing known."""
        ...


def place_of(url: str) -> Place:
    """Return the place of a URL, without connecting to it."""
    if url.startswith("s3://"):
        from ragguide.index.stores.lance_s3 import S3Place

        return S3Place(url)
    from ragguide.index.stores.lance_folder import FolderPlace

    return FolderPlace(url)
