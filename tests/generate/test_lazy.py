"""Which file of a generator runs; `test_optimise` runs it with a real model."""

from pathlib import Path

import pytest

from ragguide import Settings
from ragguide.errors import ModelError
from ragguide.generate import run as run_module
from ragguide.generate.lazy import LazyGenerator, require_passed
from ragguide.generate.placement import Placement
from ragguide.generate.run import plan_run
from ragguide.generate.speed_record import optimised_path, speed_record_path
from ragguide.models.find import GeneratorFile, locate_generator
from tests.generate.test_speed_record import EMPTY_SHA256, write_record


@pytest.fixture
def own(tmp_path: Path) -> GeneratorFile:
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    return locate_generator(str(tmp_path / "own.gguf"), models_dir=tmp_path)


@pytest.fixture
def settings(own: GeneratorFile, tmp_path: Path) -> Settings:
    return Settings(generator=own.name, models_dir=tmp_path, device="cpu")


def test_an_unmeasured_file_runs_unchanged(own, settings):
    run = plan_run(own, settings)
    assert (run.path, run.sha256, run.repack, run.speed_record) == (own.path, None, True, None)
    require_passed(settings)


def test_a_measured_file_runs_in_its_fastest_form(own, settings, tmp_path):
    found = write_record(own, tmp_path, repack=False)
    assert plan_run(own, settings)[:3] == (own.path, None, False)
    found = write_record(own, tmp_path, optimised=b"", kind="Q4_0", repack=True)
    made = optimised_path(speed_record_path(own, models_dir=tmp_path))
    run = plan_run(own, settings)
    assert (run[:3], run.speed_record) == ((made, EMPTY_SHA256, True), found)


def test_a_gpu_runs_the_original_file_and_its_speed_is_unknown(
    own, settings, tmp_path, monkeypatch
):
    write_record(own, tmp_path, optimised=b"", kind="Q4_0", repack=True)
    on_gpu = Placement(n_gpu_layers=99, n_context=4096)
    monkeypatch.setattr(run_module, "place_generator", lambda *_: on_gpu)
    run = LazyGenerator(settings).run
    assert (run.path, run.placement, run.speed_record) == (own.path, on_gpu, None)


def test_a_generator_that_failed_the_self_test_needs_permission_to_answer(own, settings, tmp_path):
    write_record(own, tmp_path, n_right=4)
    with pytest.raises(ModelError, match=r"answered 4 of the 8 questions .* it needs 5\. Choose"):
        require_passed(settings)
    slot = LazyGenerator(settings)
    slot.start_if_it_may_answer()
    assert slot._loading is None
    require_passed(Settings(generator=own.name, models_dir=tmp_path, allow_failed_generator=True))


def test_a_server_has_no_file_to_choose(tmp_path):
    settings = Settings(generator="http://127.0.0.1:9/v1", models_dir=tmp_path)
    assert LazyGenerator(settings).run is None
    require_passed(settings)
