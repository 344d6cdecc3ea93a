"""The real SmolLM2, requantised by the real llama.cpp; asked one question, to be quick."""

from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from ragguide import Guide
from ragguide.config import Settings, load_settings
from ragguide.errors import ModelError, StorageError
from ragguide.evaluate.provenance import record_of as run_record_of
from ragguide.generate import optimise, selftest
from ragguide.generate.optimise import optimise as measure
from ragguide.generate.run import plan_run
from ragguide.generate.speed_record import (
    evidence_tokens,
    find_speed_record,
    optimised_path,
    speed_record_path,
    verify_optimised,
)
from ragguide.models.find import find_generator
from tests.cli.test_commands import KENDRA
from tests.generate.test_speed_record import trial

NAME = "smollm2-135m-instruct"
pytestmark = pytest.mark.model


@pytest.fixture(scope="module", autouse=True)
def _quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimise, "QUESTIONS", selftest.QUESTIONS[:1])
        patch.setattr(selftest, "QUESTIONS", selftest.QUESTIONS[:1])
        patch.setattr(optimise, "N_TIMED", 1)
        yield


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory) -> Path:
    """SmolLM2, by a link, in a folder of its own."""
    folder = tmp_path_factory.mktemp("models")
    path = find_generator(NAME, models_dir=load_settings().models_dir).path
    (folder / path.name).symlink_to(path)
    return folder


def left(models_dir: Path) -> set[str]:
    """What lies there beside the model, but for locks."""
    paths = [path for path in models_dir.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path.suffix for path in paths if path.parent != models_dir}


def test_an_interrupt_changes_nothing(models_dir):
    def interrupt(stage: str, _done: int, _total: int) -> None:
        if stage.startswith("write Q4_0"):
            raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        measure(NAME, models_dir=models_dir, threads=1, on_stage=interrupt)
    assert left(models_dir) == set()
    file = find_generator(NAME, models_dir=models_dir)
    assert find_speed_record(file, models_dir=models_dir) is None


def test_a_full_disk_is_reported_before_anything_is_written(models_dir, monkeypatch):
    monkeypatch.setattr("ragguide.base.disk._SPARE_BYTES", 10**18)
    with pytest.raises(StorageError, match=r"GB free, requantising needs 1\d+\.\d GB"):
        measure(NAME, models_dir=models_dir, threads=1)
    assert left(models_dir) == set()


def test_a_second_process_is_refused(models_dir):
    file = find_generator(NAME, models_dir=models_dir)
    key = speed_record_path(file, models_dir=models_dir).stem
    with (
        FileLock(models_dir / ".staging" / f"optimise-{key}.lock"),
        pytest.raises(ModelError, match=f"^another process is optimising {NAME}"),
    ):
        measure(NAME, models_dir=models_dir, threads=1)


def test_the_original_is_kept_if_no_copy_is_faster(models_dir, monkeypatch):
    monkeypatch.setattr(optimise, "LEAST_GAIN", 1000.0)
    found = measure(NAME, models_dir=models_dir, threads=1)
    assert [(each.kind, each.repack) for each in found.trials] == [
        ("as it is", False), ("as it is", True), ("Q4_0", True), ("Q8_0", True)
    ]  # fmt: skip
    assert (found.used.kind, found.optimised_sha256) == ("as it is", None)
    assert found.sha256.startswith("b179c952")
    assert all(each.prompt_tokens_s > each.answer_tokens_s > 1 for each in found.trials)
    assert -5 < found.used.mean_logprob < 0
    assert left(models_dir) == {".json"}
    settings = load_settings({"models_dir": models_dir, "generator": NAME})
    file = find_generator(NAME, models_dir=models_dir)
    run = plan_run(file, settings)
    assert (run.path, run.repack) == (file.path, found.used.repack)


def test_a_less_accurate_copy_is_not_kept():
    plain = trial(mean_logprob=-0.20, n_right=6)
    assert optimise._is_faithful(trial(mean_logprob=-0.25, n_right=6), plain)
    assert not optimise._is_faithful(trial(mean_logprob=-0.26, n_right=8), plain)
    assert not optimise._is_faithful(trial(mean_logprob=-0.10, n_right=5), plain)


@pytest.fixture(scope="module")
def settings(models_dir, guide: Guide) -> Settings:
    """Of the session's index, with SmolLM2 requantised."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimise, "LEAST_GAIN", 0.0)
        patch.setattr(optimise, "MOST_LOST", 1000.0)
        patch.setattr(optimise, "_SMALL_BYTES", 0)  # no Q8_0, which would be greater
        measure(NAME, models_dir=models_dir, threads=1)
    return load_settings(
        {
            "models_dir": models_dir,
            "generator": NAME,
            "indexes_dir": guide.settings.indexes_dir,
            "answer_tokens": 8,
            "threads": 1,
        }
    )


def test_a_faster_file_is_kept_checked_and_run(settings, models_dir):
    file = find_generator(NAME, models_dir=models_dir)
    found = find_speed_record(file, models_dir=models_dir)
    assert found is not None
    assert [each.kind for each in found.trials] == ["as it is", "as it is", "Q4_0"]
    assert found.used.kind == "Q4_0"
    assert left(models_dir) == {".json", ".gguf"}
    run = plan_run(file, settings)
    assert run.path == optimised_path(speed_record_path(file, models_dir=models_dir))
    assert run.path.stat().st_size == found.used.size_bytes
    assert (run.sha256, run.repack) == (found.optimised_sha256, True)
    verified = verify_optimised(file, models_dir=models_dir)
    assert verified is not None
    assert verified.sha256 == found.optimised_sha256


def test_a_generator_that_fails_gives_quotes_only_and_says_so(settings):
    guide = Guide.open(settings=settings, generator=True)
    assert guide._generator._loading is None  # which would only slow the search
    answer = guide.query(KENDRA)
    assert (answer.answer, answer.model) == ("", None)
    assert answer.quotes
    (told,) = answer.degraded
    assert told.startswith(f"quotes only: {NAME} answered ")
    assert " of the 1 questions of its self-test right; it needs 5. " in told
    assert told.endswith("allow_failed_generator = true.")


def test_a_setting_lets_it_answer_and_a_run_records_its_checksum(settings, models_dir):
    allowed = msgspec.structs.replace(settings, allow_failed_generator=True)
    guide = Guide.open(settings=allowed)
    short = guide.under(msgspec.structs.replace(allowed, context_tokens=64))
    answer = short.query(KENDRA)
    assert answer.model == NAME
    assert answer.tokens["answer"] == 8
    file = find_generator(NAME, models_dir=models_dir)
    found = find_speed_record(file, models_dir=models_dir)
    run = run_record_of(guide, [], cases_name="none", mode="answers", depth=5)
    assert run.generator.sha256 == found.optimised_sha256
    assert run.settings["context_tokens"] == evidence_tokens(0, found)
