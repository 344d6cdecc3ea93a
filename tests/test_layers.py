"""Imports go down only: types, errors < stages, config, models < guide < cli."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ragguide"
FLOORS = {
    "types": 0, "errors": 0, "machine": 0, "clock": 0, "offline": 0, "hub": 0, "__init__": 0,
    "create": 1, "index": 1, "retrieve": 1, "rerank": 1, "augment": 1, "config": 1, "models": 1,
    "devices": 1,
    "pull": 2, "encoding": 2, "measured": 2, "optimise": 3,
    "reading": 3, "making": 3, "searching": 3, "calibrations": 2, "loading": 3,
    "bundled_models": 4, "bundles": 5,
    "ingest": 4, "inspection": 4, "opening": 4, "answering": 5, "update": 5,
    "guide": 6, "doctor": 6, "chat": 7, "evaluate": 7, "cli": 8, "__main__": 9,
}  # fmt: skip
STAGES = {"create", "index", "retrieve", "rerank", "augment"}
ADAPTERS = {  # package → the only modules that may import it
    "faiss": {"index/backend.py", "index/flat.py", "index/gpu.py", "index/hnsw.py", "index/ivf.py"},
    "huggingface_hub": {"hub.py"},
    "ir_measures": {"evaluate/ranking.py"},
    "onnxruntime": {"create/onnx_encoder.py"},
    "llama_cpp": {"augment/generate.py", "augment/quantise.py"},
    "rapidfuzz": {"index/lexicon.py"},
    "sentence_transformers": {"create/embed.py", "rerank.py"},
    "torch": {"create/export.py", "create/torch_encoder.py"},
    "transformers": {"offline.py"},
    "matplotlib": {"evaluate/drawing.py"},
    "typer": {"cli"},
    "prompt_toolkit": {"cli/chat.py"},
    "watchfiles": {"update/watch.py"},
    "rich": {"cli"},
}
HEAVY = {
    "bm25s", "faiss", "huggingface_hub", "ir_measures", "jinja2", "llama_cpp", "matplotlib",
    "numpy", "onnxruntime", "prompt_toolkit", "pypdf", "pytrec_eval", "rapidfuzz", "scipy",
    "sentence_transformers", "sklearn", "ssl", "tokenizers", "torch", "transformers", "watchfiles",
}  # fmt: skip

FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    own = part(path)
    for name in imports(path):
        if name.split(".")[0] != "ragguide" or name == "ragguide.__version__" or own == "__init__":
            continue
        other = name.split(".")[1]
        assert other == own or FLOORS[other] < FLOORS[own], f"{own} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_stages_take_plain_arguments_and_do_not_know_each_other(path: Path) -> None:
    own = part(path)
    if own not in STAGES:
        return
    others = {name.split(".")[1] for name in imports(path) if name.startswith("ragguide.")}
    assert others <= {own, "types", "errors", "offline"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_heavy_package_has_one_adapter(path: Path) -> None:
    place = str(path.relative_to(PACKAGE).as_posix())
    for name in imports(path):
        allowed = ADAPTERS.get(name.split(".")[0])
        assert allowed is None or place in allowed or part(path) in allowed, f"{place}: {name}"


@pytest.mark.parametrize(
    "code", ["import ragguide.cli.app", "import ragguide; ragguide.Guide", "import ragguide.ingest"]
)
def test_importing_loads_nothing_heavy(code: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {name.split(".")[0] for name in shown.stdout.split()}
    assert "ragguide" in loaded
    assert loaded & HEAVY == set()


ROOT = PACKAGE.parent


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("benchmarks/*.py"), *ROOT.glob("scripts/*.py")]),
    ids=lambda path: path.name,
)
def test_what_a_benchmark_or_script_imports_of_ragguide_is_there(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ragguide"):
            module = import_module(node.module or "")
            for alias in node.names:
                is_module = (
                    find_spec(f"{node.module}.{alias.name}")
                    if hasattr(module, "__path__")
                    else None
                )
                assert hasattr(module, alias.name) or is_module, f"{path.name}: {alias.name}"
