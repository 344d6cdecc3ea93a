"""Sizes and times as people read them."""

import time

import pytest

from ragguide.cli.render import size_of, time_of


@pytest.mark.parametrize(
    ("n_bytes", "shown"),
    [
        (None, "?"), (0, "0 kB"), (1, "1 kB"), (2_968, "3 kB"), (99_000, "99 kB"),
        (100_000, "0.1 MB"), (91_000_000, "91.0 MB"), (1_117_000_000, "1.12 GB"),
    ],
)  # fmt: skip
def test_a_small_size_is_not_zero(n_bytes: int | None, shown: str) -> None:
    assert size_of(n_bytes) == shown


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone cannot be set here")
def test_a_time_is_that_of_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST+5")
        time.tzset()
        assert time_of("2026-11-30T02:17:22.849651+00:00") == "2026-11-29 21:17:22"
    time.tzset()
