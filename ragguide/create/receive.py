"""The blocks of a download in, its bytes in a file out. For servers of the web and for buckets."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ragguide.errors import InputError
from ragguide.types import Version

SILENCE_S = 30.0  # without a byte


class Response(NamedTuple):
    """A document that was downloaded."""

    content_type: str
    version: Version


def receive(
    url: str, blocks: Iterable[bytes], target: Path, *, expected_bytes: int | None, max_bytes: int
) -> None:
    """Write a document's bytes to `target`.

    Args:
        url: of the document, for messages.
        blocks: its bytes; none is taken if it is too large.
        target: the file.
        expected_bytes: its size, as the server states it; None: not stated.
        max_bytes: that it may have.

    Raises:
        InputError: it is too large, or broke off.
    """
    too_large = InputError(f"{url} has more than {max_bytes:,} bytes; fetch_limit_mb is the limit.")
    if (expected_bytes or 0) > max_bytes:
        raise too_large
    n_bytes = 0
    with target.open("wb") as file:
        for block in blocks:
            n_bytes += len(block)
            if n_bytes > max_bytes:
                raise too_large
            file.write(block)
    if expected_bytes is not None and n_bytes < expected_bytes:
        raise InputError(f"{url} broke off after {n_bytes:,} of {expected_bytes:,} bytes.")
