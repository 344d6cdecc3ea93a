"""The layers that go to a GPU, for real files and various amounts of free memory."""

import msgspec
import pytest

from ragguide import Settings, load_settings
from ragguide.base.devices import Card, Chosen, find_cards
from ragguide.errors import DeviceMissing
from ragguide.generate.gguf import read_layout
from ragguide.generate.llama import N_CONTEXT
from ragguide.generate.placement import Placement, needed_bytes
from ragguide.generate.run import place_generator
from ragguide.models.find import GeneratorFile, find_generator

pytestmark = pytest.mark.model

SETTINGS = Settings(context_tokens=300, answer_tokens=160)


@pytest.fixture(scope="module")
def file() -> GeneratorFile:
    name = "smollm2-135m-instruct"
    return find_generator(name, models_dir=load_settings().models_dir)


def card(free_bytes: int | None) -> Card:
    return Card(
        number=1, uuid="GPU-1", name="NVIDIA RTX A2000", compute_capability="8.6",
        total_bytes=None, free_bytes=free_bytes, driver="580",
    )  # fmt: skip


@pytest.fixture
def with_card(monkeypatch: pytest.MonkeyPatch):
    def set_free(free_bytes: int | None) -> None:
        chosen = Chosen(part="generation", card=card(free_bytes), why="as set")
        monkeypatch.setattr("ragguide.generate.run.choose", lambda *_asked, **_library: chosen)

    return set_free


def test_without_a_gpu_the_generator_runs_on_the_cpu(file: GeneratorFile) -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    assert place_generator(file, SETTINGS) == Placement(n_context=N_CONTEXT)
    asked = msgspec.structs.replace(SETTINGS, device="cuda")
    with pytest.raises(DeviceMissing, match="generation cannot run on cuda: there is no NVIDIA"):
        place_generator(file, asked)


def test_a_gpu_with_enough_or_shared_memory_gets_all_layers(
    file: GeneratorFile, with_card, caplog: pytest.LogCaptureFixture
) -> None:
    for free_bytes in (8_000_000_000, None):
        with_card(free_bytes)
        placed = place_generator(file, msgspec.structs.replace(SETTINGS, kv_cache="q8_0"))
        assert placed == Placement(n_gpu_layers=31, gpu=1, n_context=N_CONTEXT, kv_type="q8_0")
    assert caplog.messages == []


def test_the_number_of_layers_is_the_setting(file: GeneratorFile, with_card) -> None:
    with_card(8_000_000_000)
    some = place_generator(file, msgspec.structs.replace(SETTINGS, gpu_layers=7))
    assert some.n_gpu_layers == 7
    none = place_generator(file, msgspec.structs.replace(SETTINGS, gpu_layers=0))
    assert none == Placement(n_context=N_CONTEXT)


def test_a_full_gpu_is_a_warning_or_an_error_by_setting(
    file: GeneratorFile, with_card, caplog: pytest.LogCaptureFixture
) -> None:
    with_card(needed_bytes(read_layout(file.path), 10, 1024, "f16"))
    placed = place_generator(file, SETTINGS)
    assert (placed.n_gpu_layers, placed.n_context) == (10, 1024)  # 300, 160 and the frame's 512
    (message,) = caplog.messages
    assert message.startswith("smollm2-135m-instruct needs 1.11 GB on cuda:1, which has 0.")
    assert message.endswith("10 of its 31 layers go to the GPU, and its context is 1,024 tokens")
    refused = msgspec.structs.replace(SETTINGS, when_too_large="refuse")
    with pytest.raises(DeviceMissing, match=r"GB too little\. Set when_too_large"):
        place_generator(file, refused)
