"""Device choice with the real CPU builds and with cards in the format of nvidia-smi."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.base import devices
from ragguide.base.devices import Card, Cards, Fault, choose, find_cards, read_cards, visible
from ragguide.errors import DeviceMissing

SHOWN = (
    "0, GPU-1a2b, NVIDIA RTX A2000, 8.6, 6138, 5900, 580.95.05\n"
    "1, GPU-3c4d, NVIDIA H100 80GB HBM3, 9.0, 81559, 80000, 580.95.05\n"
    "2, GPU-5e6f, NVIDIA GB10, 12.1, [N/A], [N/A], 580.95.05\n"
)
CARDS = read_cards(SHOWN)


def none() -> None:
    """The library can use a card."""


def here() -> Cards:
    return Cards(CARDS)


def nowhere() -> Cards:
    return Cards((), "there is no NVIDIA driver on this machine", "Install one")


def cpu_build() -> Fault:
    return Fault("torch 2.13.0+cpu was built without CUDA", "Run ./scripts/install_cuda")


# ── choice ──────────────────────────────────────────────────────────────────────────────────────


def test_auto_uses_the_first_card_and_reports_it() -> None:
    chosen = choose("embedding", "auto", library=none, find=here)
    assert chosen.name == "cuda:0"
    assert str(chosen) == "embedding on cuda:0 (NVIDIA RTX A2000, 6 GB): found"


def test_auto_uses_the_cpu_without_a_card_or_a_cuda_build() -> None:
    no_card = choose("generation", "auto", library=none, find=nowhere)
    assert str(no_card) == "generation on the CPU: there is no NVIDIA driver on this machine"
    no_build = choose("embedding", "auto", library=cpu_build, find=here)
    assert str(no_build) == "embedding on the CPU: torch 2.13.0+cpu was built without CUDA"


def test_cpu_never_asks_the_driver() -> None:
    def fails() -> Cards:
        raise AssertionError("the driver was asked")

    assert choose("search", "cpu", library=cpu_build, find=fails).name == "cpu"


@pytest.mark.parametrize(("asked", "name"), [("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
def test_a_requested_card_is_used(asked: str, name: str) -> None:
    assert choose("generation", asked, library=none, find=here).name == name


@pytest.mark.parametrize(
    ("library", "find", "message"),
    [
        (
            none, nowhere,
            "embedding cannot run on cuda: there is no NVIDIA driver on this machine. Install one, "
            "or use --device cpu or --device auto.",
        ),
        (
            cpu_build, here,
            "embedding cannot run on cuda: torch 2.13.0+cpu was built without CUDA. Run "
            "./scripts/install_cuda, or use --device cpu or --device auto.",
        ),
    ],
)  # fmt: skip
def test_a_requested_card_that_cannot_be_used_is_an_error(library, find, message) -> None:
    with pytest.raises(DeviceMissing, match="cannot run on cuda") as caught:
        choose("embedding", "cuda", library=library, find=find)
    assert str(caught.value) == message
    assert caught.value.exit_code == 5


def test_an_unknown_card_number_lists_the_cards() -> None:
    with pytest.raises(
        DeviceMissing, match=r"on cuda:3: this process sees only cuda:0 \(NVIDIA RT"
    ):
        choose("generation", "cuda:3", library=none, find=here)


@given(asked=st.sampled_from(["auto", "cpu", "cuda", "cuda:0", "cuda:2", "cuda:7"]),
       n_cards=st.integers(0, 3), is_fit=st.booleans())  # fmt: skip
def test_a_card_is_chosen_only_if_it_exists_and_is_usable(
    asked: str, n_cards: int, is_fit: bool
) -> None:
    cards = Cards(CARDS[:n_cards], "" if n_cards else "none")
    library = none if is_fit else cpu_build
    try:
        chosen = choose("embedding", asked, library=library, find=lambda: cards)
    except DeviceMissing:
        assert asked.startswith("cuda")
    else:
        assert chosen.card is None or (is_fit and chosen.card in cards.cards)
        assert chosen.card is not None or asked in {"auto", "cpu"}


# ── the machine ─────────────────────────────────────────────────────────────────────────────────


def test_cards_are_parsed_from_nvidia_smi() -> None:
    first, _, shared = CARDS
    assert first == Card(
        number=0, uuid="GPU-1a2b", name="NVIDIA RTX A2000", compute_capability="8.6",
        total_bytes=6138 << 20, free_bytes=5900 << 20, driver="580.95.05",
    )  # fmt: skip
    assert (shared.total_bytes, shared.free_bytes) == (None, None)
    assert str(shared) == "cuda:2 (NVIDIA GB10)"
    assert read_cards("NVIDIA-SMI has failed because it couldn't communicate\n") == ()


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("1", ["NVIDIA H100 80GB HBM3"]),
        ("GPU-5e, 0", ["NVIDIA GB10", "NVIDIA RTX A2000"]),
        ("0,7,1", ["NVIDIA RTX A2000"]),  # CUDA stops at an invalid entry
        ("MIG-9f0e", ["part of NVIDIA RTX A2000"]),
        ("", []),
        ("-1", []),
    ],
)
def test_visible_cards_follow_cuda_visible_devices(value: str, names: list[str]) -> None:
    seen = visible(CARDS, {"CUDA_VISIBLE_DEVICES": value})
    assert [card.name for card in seen] == names
    assert [card.number for card in seen] == list(range(len(names)))
    assert visible(CARDS, {}) == CARDS


def program(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program nvidia-smi on the PATH, on a machine that has a driver."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setattr(devices, "_PROBES", (str(path),))
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_cards_are_listed_by_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, f"cat <<'END'\n{SHOWN}END", monkeypatch)
    assert find_cards() == Cards(CARDS)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert find_cards().fault == "CUDA_VISIBLE_DEVICES is '', which hides all cards"


def test_a_failing_driver_is_reported_with_its_own_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "echo 'Failed to initialize NVML: Driver/library mismatch' >&2; exit 18",
            monkeypatch)  # fmt: skip
    assert find_cards().fault == (
        "the NVIDIA driver lists no card (Failed to initialize NVML: Driver/library mismatch)"
    )
    monkeypatch.setattr(devices, "_PROBES", (str(tmp_path),))
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    assert find_cards().fault == "the NVIDIA driver is installed, but nvidia-smi is not"


def test_without_a_driver_no_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_words: object, **_options: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "run", fails)
    monkeypatch.setattr(devices, "_PROBES", ("/nowhere/nvidia",))
    assert find_cards() == nowhere()


# ── libraries ───────────────────────────────────────────────────────────────────────────────────


def test_cuda_builds_are_detected_without_importing_them() -> None:
    shown = subprocess.run(
        [
            sys.executable, "-c",
            "import sys\nfrom ragguide.base.devices import *\n"
            "print(torch_fault() is None, llama_fault() is None, 'torch' in sys.modules, "
            "'llama_cpp' in sys.modules)",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    import llama_cpp
    import torch

    expected = (torch.version.cuda is not None, llama_cpp.llama_supports_gpu_offload())
    assert shown.stdout.split() == [str(value) for value in (*expected, False, False)]


def test_a_cpu_build_is_reported_with_its_version_and_the_fix() -> None:
    if (fault := devices.llama_fault()) is None:
        pytest.skip("llama.cpp is built with CUDA here")
    assert fault.reason.startswith("llama-cpp-python 0.")
    assert fault.reason.endswith(" was built without CUDA")
    assert fault.fix == "Run ./scripts/install_cuda"
