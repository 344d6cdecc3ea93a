"""What tests of downloads share: a download that succeeds, and one that fails in one line."""

import pytest

from ragguide.create.fetch import Downloads, Fetched
from ragguide.errors import InputError
from ragguide.types import Version


def fetch(downloads: Downloads, url: str, known: Version | None = None) -> Fetched:
    fetched = downloads.fetch(url, known)
    assert fetched is not None
    return fetched


def assert_fails(downloads: Downloads, url: str, said: str) -> None:
    """Check that a download fails with one line that matches `said`."""
    with pytest.raises(InputError, match=said) as raised:
        downloads.fetch(url)
    assert "\n" not in str(raised.value)
