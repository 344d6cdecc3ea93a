"""The whole report: it names every fault with a fix, and no check stops the others."""

import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ragguide import Guide, Settings, doctor
from ragguide.doctor import examine
from tests.doctor.reports import named, problems

pytestmark = pytest.mark.model


def test_a_working_installation_fits_on_one_screen(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", fails)
    checks = examine(guide.settings)
    assert [check for check in checks if check.state == "problem"] == []
    assert named(checks, "index").finding.startswith("default/000001: 1 document, ")
    assert named(checks, "index").finding.endswith(" flat, intact")
    assert "sha256 53aa51172d14…, optimised for onnxruntime" in named(checks, "embedder").finding
    assert "sha256 1d9614638d18…" in named(checks, "generator").finding
    assert len(checks) + sum(bool(check.fix) for check in checks) <= 24


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        ({"index": "other"}, "index", "other"),
        ({"generator": "/nowhere/model.gguf"}, "generator", "there is no file /nowhere/model.gguf"),
        ({"embedder": "/nowhere/model"}, "embedder", "there is no embedder '/nowhere/model'"),
        ({"embedder": "all-MiniLM-L6-v2"}, "index", "the settings name all-MiniLM-L6-v2"),
        ({"reranker": "/nowhere/model"}, "reranker", "the reranker folder /nowhere/model does not"),
    ],
    ids=str,
)
def test_a_missing_part_that_is_configured_is_a_problem(
    small: Settings, change: dict[str, Any], name: str, reason: str
) -> None:
    found = problems(msgspec.structs.replace(small, **change))
    assert reason in found[name]


def test_the_default_generator_and_index_are_optional(tmp_path: Path) -> None:
    empty = Settings(indexes_dir=tmp_path / "none", models_dir=tmp_path, cache_dir=tmp_path)
    assert problems(empty) == {}
    checks = examine(empty)
    assert named(checks, "generator").finding.startswith(
        "quotes only: the generator qwen2.5-coder-1"
    )
    assert named(checks, "generator").state == named(checks, "index").state == "note"
    assert named(checks, "embedder").finding.endswith(", not optimised yet")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("odd"), "the check crashed (ValueError: odd)"),
        (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied"),
    ],
    ids=str,
)
def test_a_check_that_crashes_is_reported_and_the_others_run(
    small: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def memory(_settings: Settings) -> None:
        raise error

    runs = [memory if run.__name__ == "memory" else run for run in doctor._CHECKS]
    monkeypatch.setattr(doctor, "_CHECKS", runs)
    checks = examine(small)
    crashed = named(checks, "memory")
    assert (crashed.state, crashed.finding) == ("problem", reason)
    assert crashed.fix.startswith(("This is a bug", "Check the path"))
    assert named(checks, "offline").state == "ok"
