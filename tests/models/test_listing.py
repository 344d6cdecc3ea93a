"""A models folder in, a row for each model out."""

from ragguide.models.catalogue import CATALOGUE, EMBEDDERS
from ragguide.models.listing import list_models
from tests.models.made import tiny_parts, tiny_spec


def test_the_list_shows_which_models_are_installed(tmp_path, catalogued):
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


def test_the_list_ends_with_the_hf_generators(tmp_path):
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
