"""Stages and what they took."""

from contextlib import suppress

import pytest

from ragguide.base.clock import Clock


def test_a_stage_within_another_counts_for_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    seen: list[tuple[str, int, int]] = []
    clock = Clock(lambda *progress: seen.append(progress))
    with clock.stage("write", 1):
        now[0] += 1
        for _ in range(2):
            with clock.stage("gate", 1, of="b"):
                now[0] += 10
        now[0] += 2
    with clock.stage("write", 1):
        now[0] += 4
    assert clock.seconds == {"gate": 20, "write": 7}
    write = [("write", 0, 1), ("write", 1, 1)]
    gate = [("gate b", 0, 1), ("gate b", 1, 1)]
    assert seen == [write[0], *gate, *gate, write[1], *write]


def test_a_stage_that_fails_within_another_counts_for_that_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    clock = Clock(None)
    with clock.stage("write", 1):
        with clock.stage("gate", 1):
            now[0] += 10
        with suppress(ValueError), clock.stage("gate", 1):
            now[0] += 2
            raise ValueError
    assert clock.seconds == {"gate": 10, "write": 2}
