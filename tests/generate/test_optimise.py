"""The real SmolLM2, requantised by the real llama.cpp, asked one question.

The speeds that decide are given: which file is fastest differs from processor to processor.
"""

from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from ragguide import Guide
from ragguide.config import Settings, load_settings
from ragguide.errors import ModelError, StorageError
from ragguide.evaluate.provenance import record_of as run_record_of
from ragguide.generate import optimise, selftest
from ragguide.generate.llama import Scored
from ragguide.generate.optimise import optimise as measure
from ragguide.generate.run import plan_run
from ragguide.generate.speed_record import (
    Trial,
    evidence_tokens,
    find_speed_record,
    optimised_path,
    speed_record_path,
    verify_optimised,
)
from ragguide.models.find import find_generator
from tests.cli.test_commands import KENDRA
from tests.fakes import FakeGenerator
from tests.generate.test_speed_record import trial

NAME = "smollm2-135m-instruct"
TWO = selftest.QUESTIONS[:2]
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


def give_speeds(patch: pytest.MonkeyPatch, speeds: dict[tuple[str, bool], float]) -> list[Trial]:
    """Let each (kind, repack) read so many tokens a second; return the list of real timings."""
    real = []
    timed = optimise._Run._timed

    def given(self, path, kind, *, repack):
        found = timed(self, path, kind, repack=repack)
        real.append(found)
        return msgspec.structs.replace(
            found, load_s=0.0, prompt_tokens_s=speeds[kind, repack], answer_tokens_s=20.0
        )

    patch.setattr(optimise._Run, "_timed", given)
    return real


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
    speeds = {
        ("as it is", False): 50.0, ("as it is", True): 60.0, ("Q4_0", True): 70.0,
        ("Q8_0", True): 40.0,
    }  # fmt: skip
    real = give_speeds(monkeypatch, speeds)
    found = measure(NAME, models_dir=models_dir, threads=1)
    assert [(each.kind, each.repack) for each in found.trials] == list(speeds)
    assert (found.used.kind, found.used.repack) == ("as it is", True)
    assert found.optimised_sha256 is None
    assert found.sha256.startswith("b179c952")
    assert all(min(t.load_s, t.prompt_tokens_s, t.answer_tokens_s) > 0 for t in real)
    assert -5 < found.used.mean_logprob < 0
    assert left(models_dir) == {".json"}
    settings = load_settings({"models_dir": models_dir, "generator": NAME})
    file = find_generator(NAME, models_dir=models_dir)
    run = plan_run(file, settings)
    assert (run.path, run.repack) == (file.path, True)


def test_a_files_speed_is_that_of_its_fastest_question():
    class Timed(FakeGenerator):
        def score(self, tokens, answer):
            nth = next(i for i, each in enumerate(TWO) if each.reference == answer)
            seconds = [(2.0, 0.5), (1.0, 4.0)][nth]
            self.n_read.append(len(tokens))
            return Scored(10, -2.0 * (nth + 1), *seconds)

    generator, reports = Timed(), []
    generator.n_read = []
    found = optimise._score(generator, TWO, lambda *done: reports.append(done))
    first, second = generator.n_read
    assert found.prompt_tokens_s == max(first / 2.0, second / 1.0)
    assert found.answer_tokens_s == 10 / 0.5
    assert found.mean_logprob == pytest.approx(-6.0 / 20)
    assert reports == [(1, 2), (2, 2)]


def test_a_less_accurate_copy_is_not_kept():
    plain = trial(mean_logprob=-0.20, n_right=6)
    assert optimise._is_faithful(trial(mean_logprob=-0.25, n_right=6), plain)
    assert not optimise._is_faithful(trial(mean_logprob=-0.26, n_right=8), plain)
    assert not optimise._is_faithful(trial(mean_logprob=-0.10, n_right=5), plain)


@pytest.fixture(scope="module")
def settings(models_dir, guide: Guide) -> Settings:
    """Of the session's index, with SmolLM2 requantised."""
    with pytest.MonkeyPatch.context() as patch:
        speeds = {("as it is", False): 50.0, ("as it is", True): 40.0, ("Q4_0", True): 100.0}
        give_speeds(patch, speeds)
        judged = optimise._Run._judged  # its figures differ in the last digits, too
        patch.setattr(
            optimise._Run,
            "_judged",
            lambda *args: msgspec.structs.replace(judged(*args), mean_logprob=-0.2, n_right=1),
        )
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
    assert 0 < answer.tokens["answer"] <= 2 * 8  # of two drafts, if the first has no support
    file = find_generator(NAME, models_dir=models_dir)
    found = find_speed_record(file, models_dir=models_dir)
    run = run_record_of(guide, [], cases_name="none", mode="answers", depth=5)
    assert run.generator.sha256 == found.optimised_sha256
    assert run.settings["context_tokens"] == evidence_tokens(0, found)
