"""The checks of the machine."""

import msgspec
import pytest

from ragguide import Settings
from ragguide.doctor import examine
from tests.doctor.reports import named

pytestmark = pytest.mark.model


def test_more_threads_than_cores_are_noted(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragguide.base.machine.n_cores", lambda: 4)
    at_most = named(examine(msgspec.structs.replace(small, threads=4)), "threads")
    assert (at_most.state, at_most.finding) == ("ok", "4 for the models, 4 cores available")
    noted = named(examine(msgspec.structs.replace(small, threads=5)), "threads")
    assert (noted.state, noted.fix) == ("note", "Set threads = 0")
    assert noted.finding == "5 for the models, but only 4 cores are available"


def test_little_free_memory_is_noted(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragguide.base.machine.memory_bytes", lambda: 8 * 10**9)
    for free_bytes, state in ((1 << 30, "ok"), ((1 << 30) - 1, "note")):
        monkeypatch.setattr("ragguide.base.machine.free_memory_bytes", lambda free=free_bytes: free)
        found = named(examine(small), "memory")
        assert (found.state, found.finding) == (state, "8.0 GB, 1.1 GB available")
