"""The doctor tells every fault with what mends it, and never falls ill itself."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ragguide import Guide, Settings, doctor
from ragguide.augment.prompt import VERSION
from ragguide.base.devices import Card, Cards, find_cards
from ragguide.doctor import Check, examine
from ragguide.generate.speed_record import FORMAT_VERSION, Measured, Trial, machine_name, record_of
from ragguide.models.find import find_generator
from tests.tiny import write_embedder

pytestmark = pytest.mark.model


def named(checks: list[Check], name: str) -> Check:
    (check,) = (check for check in checks if check.name == name)
    return check


def problems(settings: Settings) -> dict[str, str]:
    return {check.name: check.told for check in examine(settings) if check.state == "problem"}


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A small index of its own by a tiny embedder."""
    (tmp_path / "notes.md").write_text("# Words\n\nHow much do spot instances save?\n")
    settings = Settings(
        indexes_dir=tmp_path / "indexes",
        runs_dir=tmp_path / "runs",
        cache_dir=tmp_path / "cache",
        embedder=str(write_embedder(tmp_path)),
        chunk_tokens=20,
        chunk_overlap=0,
        device="cpu",
    )
    Guide.ingest(tmp_path / "notes.md", settings=settings)
    return settings


def test_what_works_is_told_on_one_screen(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", fails)
    checks = examine(guide.settings)
    assert [check for check in checks if check.state == "problem"] == []
    assert named(checks, "index").told.startswith("default/000001: 1 documents, ")
    assert named(checks, "index").told.endswith(" flat, whole")
    assert "sha256 53aa51172d14…, optimised for onnxruntime" in named(checks, "embedder").told
    assert "sha256 1d9614638d18…" in named(checks, "generator").told
    assert len(checks) + sum(bool(check.mend) for check in checks) <= 24


def test_a_damaged_index_is_told_and_the_rest_as_well(small: Settings) -> None:
    vectors = small.indexes_dir / "default" / "000001" / "vectors.npy"
    data = bytearray(vectors.read_bytes())
    data[-1] ^= 1
    vectors.write_bytes(data)
    found = examine(small)
    assert named(found, "index").state == "problem"
    assert "vectors.npy" in named(found, "index").told
    assert "ingest --rebuild" in named(found, "index").told
    assert {"generator", "writable", "offline"} <= {check.name for check in found}


@pytest.mark.parametrize(
    ("change", "name", "told"),
    [
        ({"index": "other"}, "index", "other"),
        ({"generator": "/nowhere/model.gguf"}, "generator", "there is no file /nowhere/model.gguf"),
        ({"embedder": "/nowhere/model"}, "embedder", "there is no embedder '/nowhere/model'"),
        ({"embedder": "all-MiniLM-L6-v2"}, "index", "settings ask for all-MiniLM-L6-v2"),
        ({"reranker": "/nowhere/model"}, "reranker", "there is no folder /nowhere/model to rerank"),
    ],
    ids=str,
)
def test_what_is_configured_and_missing_is_a_problem(
    small: Settings, change: dict[str, Any], name: str, told: str
) -> None:
    found = problems(msgspec.structs.replace(small, **change))
    assert told in found[name]


def test_the_default_generator_and_index_need_not_be_there(tmp_path: Path) -> None:
    empty = Settings(indexes_dir=tmp_path / "none", models_dir=tmp_path, cache_dir=tmp_path)
    assert problems(empty) == {}
    checks = examine(empty)
    assert named(checks, "generator").told.startswith("quotes only: the generator qwen2.5-coder-1")
    assert named(checks, "generator").state == named(checks, "index").state == "note"
    assert named(checks, "embedder").told.endswith(", not optimised yet")


def record(settings: Settings, n_right: int) -> None:
    """Write down, as `models optimise` would, how the generator did its self-test."""
    file = find_generator(settings.generator, models_dir=settings.models_dir)
    size = file.path.stat()
    trial = Trial(
        kind="as it is", repack=True, size_bytes=size.st_size, load_s=0.1, prompt_tokens_s=300.4,
        answer_tokens_s=90.0, n_right=n_right,
    )  # fmt: skip
    found = Measured(
        format_version=FORMAT_VERSION, machine=machine_name(), prompt_version=VERSION,
        threads=1, sha256="", size_bytes=size.st_size, modified_ns=size.st_mtime_ns,
        n_asked=12, used=trial, optimised_sha256=None, trials=(trial,),
    )  # fmt: skip
    path = record_of(file, models_dir=settings.models_dir)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.encode(found))


def test_what_was_measured_of_the_generator_is_told(small: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF" + bytes(100))
    small = msgspec.structs.replace(small, generator=str(own), models_dir=tmp_path / "models")
    small.models_dir.mkdir()
    unknown = named(examine(small), "optimised")
    assert (unknown.state, unknown.mend) == ("note", f"Run `ragguide models optimise {own}`")
    record(small, n_right=11)
    told = "as fetched, which is fastest, 300 tokens read a second; self-test 11 of 12"
    assert named(examine(small), "optimised") == Check("optimised", told)
    record(small, n_right=0)
    assert problems(small)["optimised"].endswith("self-test 0 of 12: it fails")
    assert problems(msgspec.structs.replace(small, allow_failed_generator=True)) == {}


def test_a_folder_that_cannot_be_written_is_named(small: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    found = problems(msgspec.structs.replace(small, runs_dir=tmp_path / "file"))
    assert found == {"runs_dir": f"{tmp_path / 'file'} cannot be written: Not a directory"}
    found = problems(msgspec.structs.replace(small, indexes_dir=tmp_path / "file"))
    assert found["indexes_dir"] == f"{tmp_path / 'file'} cannot be written: Not a directory"


def test_weights_that_are_gone_are_missed(small: Settings) -> None:
    write_embedder(Path(small.embedder).parent, pooling="max")
    assert problems(small) == {}  # the export of what it was made with is still there
    shutil.rmtree(small.cache_dir)
    assert "neither in the embedder's folder nor in the cache" in problems(small)["weights"]


def test_a_gpu_that_is_set_and_missing_is_a_problem(small: Settings) -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    found = problems(msgspec.structs.replace(small, device="cuda"))
    assert list(found) == ["embedding", "generation", "search"]
    assert all("there is no NVIDIA driver" in told for told in found.values())


def test_a_card_that_a_build_cannot_use_is_noted_with_the_mend(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Card(
        number=0, uuid="GPU-1", name="NVIDIA RTX A2000", compute_capability="8.6",
        total_bytes=6 << 30, free_bytes=5 << 30, driver="580.95.05",
    )  # fmt: skip
    monkeypatch.setattr("ragguide.doctor.machine.find_cards", lambda: Cards((card,)))
    checks = examine(msgspec.structs.replace(small, device="auto"))
    assert named(checks, "gpu").told == (
        "cuda:0 (NVIDIA RTX A2000, 6 GB), compute capability 8.6, driver 580.95.05, 5.4 GB free"
    )
    noted = named(checks, "generation")
    assert noted.state == "note"
    assert noted.told.endswith(" is a build without CUDA")
    assert noted.mend == "Run ./scripts/install_cuda"


def test_more_threads_than_cores_are_noted(small: Settings) -> None:
    noted = named(examine(msgspec.structs.replace(small, threads=999)), "threads")
    assert (noted.state, noted.mend) == ("note", "Set threads = 0")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("odd"), "cannot be told (ValueError: odd)"),
        (PermissionError(13, "Permission denied", "/x"), "/x: Permission denied"),
    ],
    ids=str,
)
def test_a_check_that_crashes_is_told_and_stops_no_other(
    small: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def memory(_settings: Settings) -> None:
        raise error

    runs = [memory if run.__name__ == "memory" else run for run in doctor._CHECKS]
    monkeypatch.setattr(doctor, "_CHECKS", runs)
    checks = examine(small)
    ill = named(checks, "memory")
    assert (ill.state, ill.told) == ("problem", told)
    assert ill.mend.startswith(("This is a bug", "Check its permissions"))
    assert named(checks, "offline").state == "ok"


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def run(*words: str, folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ragguide", "doctor", *words],
        capture_output=True, text=True, cwd=folder, check=False, env=os.environ | environ,
    )  # fmt: skip


def test_the_command_prints_lines_or_json_and_its_code_says_whether_all_works(
    tmp_path: Path,
) -> None:
    shown = run(folder=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "ok   ragguide     0.1.0 on Python 3." in shown.stdout
    assert "note index        none in " in shown.stdout
    as_json = json.loads(run("--json", folder=tmp_path).stdout)
    assert as_json["schema_version"] == 1
    assert as_json["works"] is True
    names = {check["name"]: check for check in as_json["checks"]}
    assert set(names["index"]) == {"name", "told", "state", "mend"}
    assert names["index"]["mend"] == "Run `ragguide ingest FILE…`"


def test_broken_settings_are_told_and_the_rest_is_examined(tmp_path: Path) -> None:
    (tmp_path / "ragguide.toml").write_text("top_k = \n")
    shown = run(folder=tmp_path)
    assert shown.returncode == 3
    assert f"FAIL settings     {tmp_path / 'ragguide.toml'} is not valid TOML" in shown.stdout
    assert "ok   processor" in shown.stdout
    assert shown.stderr == "1 of what is configured cannot work.\n"
    assert run(folder=tmp_path.parent, RAGGUIDE_DEVICE="gpu").returncode == 3
