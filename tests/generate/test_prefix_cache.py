"""Any bytes serve as states and as a model: the cache reads neither."""

import os
from pathlib import Path

import pytest

from ragguide.generate.prefix_cache import MAX_STATES, PrefixCache

TOKENS = (1, 2, 3)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    path.write_bytes(b"weights")
    return path


def test_a_state_is_found_by_its_tokens_alone(tmp_path: Path, model: Path) -> None:
    store = PrefixCache(tmp_path / "kept", model, "context 8")
    assert store.read(TOKENS) is None
    store.write(TOKENS, b"state")
    assert store.read(TOKENS) == b"state"
    assert store.read((*TOKENS, 4)) is None


def test_another_model_or_way_to_run_it_has_other_states(tmp_path: Path, model: Path) -> None:
    PrefixCache(tmp_path / "kept", model, "context 8").write(TOKENS, b"state")
    assert PrefixCache(tmp_path / "kept", model, "context 9").read(TOKENS) is None
    model.write_bytes(b"other weights")
    assert PrefixCache(tmp_path / "kept", model, "context 8").read(TOKENS) is None


def test_only_the_newest_are_kept(tmp_path: Path, model: Path) -> None:
    store = PrefixCache(tmp_path / "kept", model, "")
    for n in range(MAX_STATES + 3):
        store.write((n,), b"state")
        for file in (tmp_path / "kept").iterdir():  # a second older than those to come
            os.utime(file, (file.stat().st_atime - 1, file.stat().st_mtime - 1))
    found = [n for n in range(MAX_STATES + 3) if store.read((n,))]
    assert found == list(range(3, MAX_STATES + 3))


def test_a_folder_that_cannot_be_written_loses_time_alone(tmp_path: Path, model: Path) -> None:
    (tmp_path / "kept").write_text("a file in the way")
    store = PrefixCache(tmp_path / "kept", model, "")
    store.write(TOKENS, b"state")
    assert store.read(TOKENS) is None
