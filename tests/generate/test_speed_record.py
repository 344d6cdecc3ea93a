from pathlib import Path

import msgspec
import pytest

from ragguide.augment.prompt import VERSION
from ragguide.errors import ModelError
from ragguide.generate import speed_record
from ragguide.generate.speed_record import (
    SpeedRecord,
    Trial,
    evidence_tokens,
    find_speed_record,
    optimised_path,
    remove_generator,
    speed_record_path,
    verify_optimised,
)
from ragguide.models.find import GeneratorFile, locate_generator

EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def trial(**changes: object) -> Trial:
    fields = {
        "kind": "as it is", "repack": False, "size_bytes": 4, "load_s": 0.5, "n_right": 8,
        "prompt_tokens_s": 100.0, "answer_tokens_s": 20.0, "mean_logprob": -0.2,
    }  # fmt: skip
    return Trial(**(fields | changes))


def write_record(
    file: GeneratorFile, models_dir: Path, optimised: bytes | None = None, **changes: object
) -> SpeedRecord:
    """A record as `optimise` writes it, of a file that is there."""
    path = speed_record_path(file, models_dir=models_dir)
    path.parent.mkdir(exist_ok=True)
    found = SpeedRecord(
        format_version=speed_record.FORMAT_VERSION,
        machine=speed_record.machine_name(),
        prompt_version=VERSION,
        threads=2,
        sha256="0" * 64,
        size_bytes=file.path.stat().st_size,
        modified_ns=file.path.stat().st_mtime_ns,
        n_asked=8,
        used=trial(**({"size_bytes": len(optimised)} if optimised is not None else {}) | changes),
        optimised_sha256=None if optimised is None else EMPTY_SHA256,
        trials=(),
    )
    if optimised is not None:
        optimised_path(path).write_bytes(optimised)
    path.write_bytes(msgspec.json.encode(found))
    return found


@pytest.fixture
def own(tmp_path: Path) -> GeneratorFile:
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    return locate_generator(str(tmp_path / "own.gguf"), models_dir=tmp_path)


def test_a_record_is_valid_for_its_file_on_its_machine(own, tmp_path, monkeypatch):
    assert find_speed_record(own, models_dir=tmp_path) is None
    found = write_record(own, tmp_path)
    assert find_speed_record(own, models_dir=tmp_path) == found

    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(speed_record, "machine_name", lambda: "another machine")
        assert find_speed_record(own, models_dir=tmp_path) is None
    own.path.write_bytes(b"GGUF, changed")
    assert find_speed_record(own, models_dir=tmp_path) is None


def test_a_record_with_an_incomplete_requantised_file_is_ignored(own, tmp_path):
    found = write_record(own, tmp_path, optimised=b"GGUF, quick")
    assert find_speed_record(own, models_dir=tmp_path) == found
    made = optimised_path(speed_record_path(own, models_dir=tmp_path))
    made.write_bytes(b"GGUF")
    assert find_speed_record(own, models_dir=tmp_path) is None
    made.unlink()
    assert find_speed_record(own, models_dir=tmp_path) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b'{"format_version": "1"}'])
def test_a_damaged_record_is_ignored_with_a_warning(own, tmp_path, caplog, damage):
    write_record(own, tmp_path)
    speed_record_path(own, models_dir=tmp_path).write_bytes(damage)
    assert find_speed_record(own, models_dir=tmp_path) is None
    assert f"Run `ragguide models optimise {own.name}`" in caplog.text


def test_evidence_depends_on_the_reading_speed(own, tmp_path):
    def tokens(asked: int, speed: float) -> int:
        return evidence_tokens(asked, write_record(own, tmp_path, prompt_tokens_s=speed))

    assert evidence_tokens(0, None) == 340
    assert [tokens(0, speed) for speed in (9.0, 74.0, 900.0)] == [180, 252, 340]
    assert (tokens(100, 74.0), evidence_tokens(700, None)) == (100, 700)


def test_a_model_passes_with_five_right_answers(own, tmp_path):
    assert [write_record(own, tmp_path, n_right=n).passes for n in (4, 5)] == [False, True]


def test_an_answer_takes_loading_reading_and_writing():
    assert trial().seconds(350, 60) == pytest.approx(0.5 + 3.5 + 3.0)


def test_a_requantised_file_is_verified_by_its_recorded_checksum(own, tmp_path):
    assert verify_optimised(own, models_dir=tmp_path) is None
    write_record(own, tmp_path, optimised=b"")
    verified = verify_optimised(own, models_dir=tmp_path)
    assert (verified.sha256, verified.size_bytes) == (EMPTY_SHA256, 0)
    write_record(own, tmp_path, optimised=b"other")
    with pytest.raises(ModelError, match=rf"expected {EMPTY_SHA256}. Run `.* --again {own.name}`"):
        verify_optimised(own, models_dir=tmp_path)


def test_remove_deletes_records_and_copies_but_not_the_users_own_file(own, tmp_path, monkeypatch):
    write_record(own, tmp_path, optimised=b"made")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(speed_record, "machine_name", lambda: "another machine")
        write_record(own, tmp_path)
    other = tmp_path / "own-other.gguf"
    other.write_bytes(b"GGUF")
    kept = locate_generator(str(other), models_dir=tmp_path)
    write_record(kept, tmp_path)

    assert len(remove_generator(own, models_dir=tmp_path)) == 3
    assert own.path.is_file()
    assert [path.name for path in (tmp_path / "measured").iterdir()] == [
        speed_record_path(kept, models_dir=tmp_path).name
    ]
    with pytest.raises(ModelError, match=r"own.gguf has no files to remove"):
        remove_generator(own, models_dir=tmp_path)


def test_remove_deletes_a_hub_file_with_its_checksum_and_licence(tmp_path):
    file = locate_generator("hf:owner/repo/own.gguf", models_dir=tmp_path)
    file.path.parent.mkdir(parents=True)
    for name in ("own.gguf", "own.gguf.sha256", "own.gguf.license", "other.gguf"):
        file.path.with_name(name).write_text("GGUF")
    assert len(remove_generator(file, models_dir=tmp_path)) == 3
    assert [path.name for path in file.path.parent.iterdir()] == ["other.gguf"]
