"""`ragguide index` as a process, on the session's index and on none."""

import json
from pathlib import Path

import pytest

from ragguide import Guide
from ragguide.index.store import IndexFolder
from tests.cli.test_commands import one_line, ragguide
from tests.index.test_store import write


@pytest.fixture(scope="module")
def environ(guide: Guide) -> dict[str, str]:
    return {"RAGGUIDE_INDEXES_DIR": str(guide.settings.indexes_dir)}


@pytest.mark.model
def test_show_tells_what_the_default_index_is_made_of(
    guide: Guide, environ: dict[str, str]
) -> None:
    shown = ragguide("index", "show", **environ)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    manifest, folder = guide.manifest, guide.settings.indexes_dir / "default"
    assert lines[0] == f"default: {folder}"
    assert lines[2].startswith("* ")
    assert lines[2].endswith(f"000001  {manifest.created}  flat   {manifest.n_chunks} passages")
    source = manifest.sources[0]
    assert lines[4] == (
        f"  guide: {source.n_pages} pages, 0.6 MB, modified {source.modified}, {source.path}"
    )
    assert "embedder: all-MiniLM-L6-v2, 384 dimensions, sha256 53aa51172d14…" in lines
    assert (
        f"passages: {manifest.n_chunks} of up to 160 tokens, 32 shared (sections); "
        f"{manifest.n_tokens:,} tokens in all"
    ) in lines
    assert "vectors: flat" in lines
    assert (
        f"  why: auto: of {manifest.n_chunks} vectors all are compared, which is exact and quick"
    ) in lines
    size = (folder / "000001/vectors.npy").stat().st_size
    assert f"  vectors.npy      {size:>13,} bytes" in lines


@pytest.mark.model
def test_show_and_list_as_json(guide: Guide, environ: dict[str, str]) -> None:
    seen = json.loads(ragguide("index", "show", "default", "--json", **environ).stdout)
    assert seen["schema_version"] == 1
    assert seen["manifest"]["vector_index"]["parameters"] == {"index_type": "flat"}
    assert seen["manifest"]["sources"][0]["sha256"] == guide.manifest.sources[0].sha256
    row = json.loads(ragguide("index", "list", "--json", **environ).stdout)
    assert (row["name"], row["n_generations"], row["fault"]) == ("default", 1, None)
    assert row["in_use"] == seen["generations"][0]["made_of"]


def test_list_is_a_line_an_index_damaged_or_not(tmp_path: Path) -> None:
    for name in ("art", "zoo"):
        write(IndexFolder(tmp_path, name))
    (tmp_path / "zoo/CURRENT").write_text("000007\n")
    shown = ragguide("index", "list", "--indexes-dir", tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    art, zoo = shown.stdout.splitlines()
    assert art.split()[:2] == ["art", "0.0"]
    assert "000001  2025-01-01T00:00:00Z  hnsw   2 passages" in art
    assert "CURRENT names no generation: '000007\\n'. Make the index anew:" in zoo


def test_list_of_nothing_says_how_to_make_one(tmp_path: Path) -> None:
    shown = ragguide("index", "list", "--indexes-dir", tmp_path)
    assert (shown.returncode, shown.stdout) == (
        0, f"there is no index in {tmp_path}. Make one: ragguide ingest YOUR.pdf\n",
    )  # fmt: skip
    assert ragguide("index", "list", "--json", "--indexes-dir", tmp_path).stdout == ""


def test_show_of_what_is_not_there_is_one_line_and_3(tmp_path: Path) -> None:
    shown = ragguide("index", "show", "art", "--indexes-dir", tmp_path)
    assert (shown.returncode, shown.stdout) == (3, "")
    assert "there is no index 'art'" in one_line(shown.stderr)
    assert ragguide("index", "show", "../art", "--indexes-dir", tmp_path).returncode == 2
