"""The rules of the house: which room imports which, and what importing one costs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ragguide"
ROOMS = (  # a room imports from rooms above it in this list, and from itself
    ("types", "errors"),
    ("base",),
    ("config",),
    ("models",),
    ("embed",),
    ("index",),
    ("create",),
    ("retrieve",),
    ("augment",),
    ("generate",),
    ("update",),
    ("guide",),
    ("chat", "fields", "evaluate", "doctor"),
    ("serve",),
    ("cli",),
    ("__main__",),
)
FLOORS = {"__init__": 0} | {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
WIRING = {  # the modules of a stage that read settings; all others take plain arguments
    "embed/lazy.py", "embed/load.py", "embed/passages.py", "embed/weights.py",
    "index/build.py", "index/bundle_export.py", "index/bundle_import.py",
    "index/bundled_models.py", "index/open.py",
    "index/recipe.py", "index/search_device.py", "index/stores/choose.py",
    "create/cut.py", "create/ingest.py", "create/inspect.py", "create/read.py",
    "create/workers.py",
    "retrieve/rerank.py",
    "generate/lazy.py", "generate/run.py",
}  # fmt: skip
ROOT_FILES = {"__init__", "__main__", "chat", "config", "errors", "fields", "guide", "types"}
STAGES = {"models", "embed", "index", "create", "retrieve", "augment", "generate"}
ADAPTERS = {  # package → the only modules that may import it
    "distributed": {"base/cluster.py"},
    "faiss": {"index/backend.py", "index/flat.py", "index/gpu.py", "index/hnsw.py", "index/ivf.py"},
    "fsrs": {"evaluate/quiz/deck.py"},
    "huggingface_hub": {"models/hub.py"},
    "ir_measures": {"evaluate/ranking.py"},
    "onnxruntime": {"embed/onnx_encoder.py"},
    "llama_cpp": {
        "generate/llama_context.py",
        "generate/llama_load.py",
        "generate/llama_prefix.py",
        "generate/quantise.py",
    },
    "psycopg": {
        "index/stores/postgres.py",
        "index/stores/postgres_connection.py",
        "index/stores/postgres_generation.py",
        "index/stores/postgres_write.py",
    },
    "lance": {"index/stores/lance_tables.py"},
    "obstore": {"base/buckets.py", "create/objects.py", "index/stores/lance_s3.py"},
    "pyarrow": {
        "index/stores/lance_generation.py",
        "index/stores/lance_postings.py",
        "index/stores/lance_tables.py",
        "index/stores/lance_write.py",
    },
    "rapidfuzz": {"index/lexicon.py"},
    "sentence_transformers": {"embed/sentence_transformer.py", "retrieve/rerank.py"},
    "torch": {"embed/export.py", "embed/torch_encoder.py"},
    "transformers": {"base/offline.py"},
    "matplotlib": {"evaluate/drawing.py"},
    "mcp": {"serve/agents.py", "serve/resources.py"},
    "mcp_types": {"serve/agents.py", "serve/resources.py"},
    "starlette": {"serve"},
    "typer": {"cli"},
    "uvicorn": {"serve/run.py"},
    "prompt_toolkit": {"cli/chat/terminal.py"},
    "watchfiles": {"update/watch.py"},
    "rich": {"cli"},
}
HEAVY = {
    "bm25s", "distributed", "faiss", "huggingface_hub", "ir_measures", "jinja2", "lance",
    "llama_cpp",
    "matplotlib", "mcp", "numpy", "obstore", "onnxruntime", "prompt_toolkit", "psycopg", "pyarrow",
    "pypdf", "pytrec_eval", "rapidfuzz", "scipy", "sentence_transformers", "sklearn", "ssl",
    "starlette", "tokenizers", "torch", "transformers", "uvicorn", "watchfiles",
}  # fmt: skip

OF_FILES = {"generation", "lock", "store", "vectors"}  # modules of `index/`

LONGEST_FUNCTION, MOST_BRANCHES = 60, 12

FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_imports_go_down_only() -> None:
    upwards = [
        f"{place(path)}: {name}"
        for path in FILES
        if part(path) != "__init__"
        for name in imports(path)
        if name.startswith("ragguide.") and name != "ragguide.__version__"
        if (other := name.split(".")[1]) != part(path) and FLOORS[other] >= FLOORS[part(path)]
    ]
    assert upwards == []


def test_only_the_wiring_of_a_stage_reads_settings() -> None:
    reading = {
        place(path)
        for path in FILES
        if part(path) in STAGES
        and any(name.startswith("ragguide.config") for name in imports(path))
    }
    assert reading == WIRING


def test_only_the_store_of_files_knows_files() -> None:
    knowing = [
        f"{place(path)}: {name}"
        for path in FILES
        if part(path) != "index"
        for name in imports(path)
        if name.startswith("ragguide.index.") and name.split(".")[2] in OF_FILES
    ]
    assert knowing == []


def test_each_heavy_package_has_one_adapter() -> None:
    strays = [
        f"{place(path)}: {name}"
        for path in FILES
        for name in imports(path)
        if (allowed := ADAPTERS.get(name.split(".")[0])) is not None
        and not {place(path), part(path)} & allowed
    ]
    assert strays == []


def test_the_root_holds_few_files_and_folders() -> None:
    files = {path.name for path in PACKAGE.glob("*.py")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert len(files) <= 8
    assert len(folders) <= 13
    assert files == {f"{name}.py" for name in ROOT_FILES}


@pytest.mark.parametrize(
    "code",
    [
        "import ragguide.cli.app",
        "import ragguide; ragguide.Guide",
        "import ragguide.create.ingest",
        "import ragguide.create.fetch",
        "import ragguide.create.objects",
    ],
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


def test_what_benchmarks_and_scripts_import_of_ragguide_exists() -> None:
    missing = [
        f"{path.name}: {name}"
        for path in sorted([*ROOT.glob("benchmarks/*.py"), *ROOT.glob("scripts/*.py")])
        for name in imports(path)
        if name.startswith("ragguide.") and not exists(name)
    ]
    assert missing == []


def exists(name: str) -> bool:
    """Whether it is a module, or a name in one."""
    module, _, attribute = name.rpartition(".")
    try:
        return hasattr(import_module(module), attribute) or find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def blocks_of_the_map() -> dict[str, list[str]]:
    """Folder of the package ("" for its root) → the lines of its block in docs/design.md."""
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    lines = text.partition("    ragguide/\n")[2].partition("\n## ")[0].splitlines()
    blocks: dict[str, list[str]] = {"": []}
    folders: list[tuple[int, str]] = []
    for line in filter(str.strip, lines):
        indent = len(line) - len(line.lstrip())
        name = line.split()[0]
        while folders and folders[-1][0] >= indent:
            folders.pop()
        if name.endswith("/"):
            folders.append((indent, name.strip("/")))
        blocks.setdefault("/".join(folder for _, folder in folders), []).append(line)
    return blocks


def test_the_map_names_every_module_in_its_folder() -> None:
    blocks = blocks_of_the_map()
    unnamed = [
        place(path)
        for path in FILES
        if path.stem != "__init__"
        and path.stem
        not in re.findall(
            r"\w+", "\n".join(blocks.get(str(Path(place(path)).parent).strip("."), []))
        )
    ]
    assert unnamed == []


def test_the_map_names_nothing_that_is_gone() -> None:
    known = {path.stem for path in FILES} | {path.parent.name for path in FILES}
    named = {
        name.strip(" /:")
        for lines in blocks_of_the_map().values()
        for line in lines
        for name in re.split(r"\s{2,}", line.strip())[0].split(",")
        if name.strip()
    }
    assert {name for name in named if re.fullmatch(r"\w+", name)} - known == set()


def test_functions_are_short() -> None:
    long = [
        f"{place(path)}: {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_functions_have_few_branches() -> None:
    branching = [
        f"{place(path)}: {node.name} ({n})"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and (n := n_branches(node)) > MOST_BRANCHES
    ]
    assert branching == []


def n_branches(function: ast.FunctionDef) -> int:
    """How often a function's body may go one way or another, operators and comprehensions too."""
    n = 0
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.For | ast.While | ast.IfExp | ast.ExceptHandler):
            n += 1
        elif isinstance(node, ast.BoolOp):
            n += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            n += 1 + len(node.ifs)
    return n
