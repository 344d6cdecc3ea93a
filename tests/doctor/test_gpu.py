"""The checks of the GPUs, of real and of invented ones."""

import msgspec
import pytest

from ragguide import Settings
from ragguide.base.devices import Card, Cards, find_cards
from ragguide.doctor import examine
from tests.doctor.reports import named, problems

pytestmark = pytest.mark.model


def test_a_missing_gpu_that_is_configured_is_a_problem(small: Settings) -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    found = problems(msgspec.structs.replace(small, device="cuda"))
    assert list(found) == ["embedding", "generation", "search"]
    assert all("there is no NVIDIA driver" in finding for finding in found.values())


def test_a_card_that_the_build_cannot_use_is_noted_with_a_fix(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Card(
        number=0, uuid="GPU-1", name="NVIDIA RTX A2000", compute_capability="8.6",
        total_bytes=6 << 30, free_bytes=5 << 30, driver="580.95.05",
    )  # fmt: skip
    monkeypatch.setattr("ragguide.doctor.gpu.find_cards", lambda: Cards((card,)))
    checks = examine(msgspec.structs.replace(small, device="auto"))
    assert named(checks, "gpu").finding == (
        "cuda:0 (NVIDIA RTX A2000, 6 GB), compute capability 8.6, driver 580.95.05, 5.4 GB free"
    )
    noted = named(checks, "generation")
    assert noted.state == "note"
    assert noted.finding.endswith(" was built without CUDA")
    assert noted.fix == "Run ./scripts/install_cuda"
