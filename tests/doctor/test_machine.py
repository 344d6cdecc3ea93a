"""The checks of the machine."""

import msgspec
import pytest

from ragguide import Settings
from ragguide.doctor import examine
from tests.doctor.reports import named

pytestmark = pytest.mark.model


def test_more_threads_than_cores_are_noted(small: Settings) -> None:
    noted = named(examine(msgspec.structs.replace(small, threads=999)), "threads")
    assert (noted.state, noted.fix) == ("note", "Set threads = 0")
