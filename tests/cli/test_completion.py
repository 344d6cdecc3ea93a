"""Completion of names, and the commands that people type by another name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ragguide.index.store import IndexFolder
from tests.cli.inside import ragguide
from tests.index.test_store import write


def complete(words: str, **environ: str) -> list[str]:
    """What bash offers after these words."""
    done = subprocess.run(
        [sys.executable, "-m", "ragguide"],
        capture_output=True, text=True, check=False,
        env={
            **os.environ, "_RAGGUIDE_COMPLETE": "complete_bash", "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1), **environ,
        },
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def indexes(tmp_path: Path) -> Path:
    for name in ("manual", "maps", "zoo"):
        write(IndexFolder(tmp_path, name))
    return tmp_path


def test_names_of_indexes_are_completed(indexes: Path) -> None:
    env = {"RAGGUIDE_INDEXES_DIR": str(indexes)}
    assert complete("ragguide query -i ma", **env) == ["manual", "maps"]
    assert complete("ragguide index show z", **env) == ["zoo"]
    assert complete("ragguide index remove m", **env) == ["manual", "maps"]
    assert complete(f"ragguide query --indexes-dir {indexes} -i z") == ["zoo"]


def test_names_of_documents_are_completed_for_the_index_typed_before(indexes: Path) -> None:
    env = {"RAGGUIDE_INDEXES_DIR": str(indexes)}
    names = [source.name for source in IndexFolder(indexes, "zoo").manifest().sources]
    offered = complete("ragguide search -i zoo -f doc", **env)
    assert offered == [f"document={name}" for name in sorted(names)]
    assert complete("ragguide search -i none -f doc", **env) == []  # a fault gives no names


def test_names_of_generators_are_completed(tmp_path: Path) -> None:
    pulled = tmp_path / "hf" / "owner" / "repo" / "tiny.gguf"
    pulled.parent.mkdir(parents=True)
    pulled.write_bytes(b"GGUF")
    env = {"RAGGUIDE_MODELS_DIR": str(tmp_path)}
    assert "qwen2.5-coder-1.5b-instruct" in complete("ragguide query -m qwen", **env)
    assert complete("ragguide models remove hf", **env) == ["hf:owner/repo/tiny.gguf"]


def test_ask_is_query_and_help_shows_a_command() -> None:
    assert "Usage: ragguide ask" in ragguide("ask", "--help").stdout
    shown = ragguide("help", "index", "show")
    assert shown.returncode == 0
    assert "Usage: ragguide index show" in shown.stdout
    assert "Answer questions from a guide" in ragguide("help").stdout
    listed = ragguide("--help").stdout
    assert "│ ask " not in listed
    assert "│ query " in listed


def test_a_command_that_was_meant_is_suggested() -> None:
    failed = ragguide("serach", "x")
    assert failed.returncode == 2
    assert "Did you mean 'search'" in failed.stderr
