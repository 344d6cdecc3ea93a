"""The default embedder: its graph and its installed weights give the vectors of torch's export."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from ragguide import Settings
from ragguide.embed import packaged
from ragguide.embed.export import export, tokenizer_of, trace
from ragguide.embed.join import join
from ragguide.embed.load import find_exported, make_embedder
from ragguide.embed.onnx_encoder import RECORD, TOKENIZER, OnnxEmbedder
from ragguide.embed.samples import SAMPLES
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.errors import ModelError
from ragguide.models.catalogue import EMBEDDERS
from ragguide.models.find import find_embedder
from ragguide.models.verify import embedder_sha256
from tests.conftest import ROOT

pytestmark = pytest.mark.model

SPEC = EMBEDDERS["all-MiniLM-L6-v2"]
FILES = find_embedder(SPEC.name)
GRAPH_FILE = ROOT / "ragguide" / "embed" / SPEC.graph.file_name


@pytest.fixture(scope="module")
def original() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(SPEC.name, FILES.folder)


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joined")
    join(SPEC, FILES.folder, folder)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", threads=1)


def test_vectors_and_tokens_are_those_of_the_export_by_torch(
    original: SentenceTransformerEmbedder, joined: Path, tmp_path: Path
) -> None:
    export(original, tmp_path, sha256=embedder_sha256(FILES))
    texts = [*SAMPLES, *(ROOT / "docs" / "design.md").read_text("utf-8").split("\n\n")[:60]]
    ours = OnnxEmbedder(SPEC.name, joined, threads=1).embed(texts)
    theirs = OnnxEmbedder(SPEC.name, tmp_path, threads=1).embed(texts)
    assert (ours * theirs).sum(axis=1).min() >= 0.99999
    assert (ours * original.embed(texts)).sum(axis=1).min() >= 0.99999
    assert (ours[:1] * ours[1:]).sum(axis=1).max() < 0.9  # other texts have other vectors
    assert (joined / TOKENIZER).read_bytes() == (tmp_path / TOKENIZER).read_bytes()
    records = [json.loads((folder / RECORD).read_bytes()) for folder in (joined, tmp_path)]
    for record in records:
        del record["files"]  # onnxruntime orders the weights in another way
    assert records[0] == records[1]


def test_tensors_are_those_of_the_trace_bit_for_bit(
    original: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    trace(original.model, tokenizer_of(original.model), tmp_path / "traced.onnx")
    traced = onnx.load(tmp_path / "traced.onnx")
    expected = {t.name: numpy_helper.to_array(t) for t in traced.graph.initializer}
    graph = onnx.load(GRAPH_FILE, load_external_data=False)
    onnx.load_external_data_for_model(graph, str(FILES.folder))
    stored = {t.name: numpy_helper.to_array(t) for t in graph.graph.initializer}
    for node in graph.graph.node:
        if node.op_type == "Transpose" and node.input[0] in stored:
            stored[node.output[0]] = stored.pop(node.input[0]).T
    assert stored.keys() == expected.keys()
    assert len(stored) == 101
    assert [name for name in stored if not np.array_equal(stored[name], expected[name])] == []


def test_the_script_writes_the_committed_graph() -> None:
    import torch

    if torch.__version__.partition("+")[0] != pinned("torch"):
        pytest.skip(f"torch {torch.__version__} may trace another graph")
    script = [sys.executable, str(ROOT / "scripts" / "build_graph.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")


def pinned(package: str) -> str:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)[package]


def test_the_first_ingest_and_search_load_no_torch(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Words\n\nSpot instances save up to 90 percent.\n")
    code = (
        "import sys\n"
        "from ragguide import Guide, Settings\n"
        "from pathlib import Path\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "settings = Settings(cache_dir=folder / 'cache', indexes_dir=folder / 'indexes')\n"
        "assert Guide.ingest(folder / 'notes.md', settings=settings).n_embedded\n"
        "assert Guide.open(settings=settings).search('how much do they save')\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    kin = {"torch", "sentence_transformers", "transformers", "onnx"}
    assert kin & set(shown.stdout.split()) == set()
    assert "onnxruntime" in shown.stdout.split()
    assert shown.stderr == ""


def test_a_damaged_graph_is_refused_and_torch_exports_the_model(
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / GRAPH_FILE.name).write_bytes(GRAPH_FILE.read_bytes()[:-1])
    monkeypatch.setattr(packaged, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"\.onnx has sha256 \w+, expected 340a.* again\.$"):
        join(SPEC, FILES.folder, tmp_path)
    made = make_embedder(FILES, embedder_sha256(FILES), settings)
    assert isinstance(made, OnnxEmbedder)
    (message,) = caplog.messages
    assert message.startswith("cannot use the graph of all-MiniLM-L6-v2 (")
    assert message.endswith("). Loading it with torch.")


def test_other_vectors_than_the_models_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragguide.embed.join.SAMPLES", tuple(reversed(SAMPLES)))
    with pytest.raises(ModelError, match=r"^its export gives other vectors: cosine -?0\.\d{4}$"):
        join(SPEC, FILES.folder, tmp_path)


def test_an_unwritable_cache_needs_no_torch_either(
    tmp_path: Path, joined: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    settings = Settings(cache_dir=tmp_path / "cache", threads=1)
    made = make_embedder(FILES, embedder_sha256(FILES), settings)
    assert isinstance(made, OnnxEmbedder)
    expected = OnnxEmbedder(SPEC.name, joined, threads=1).embed(SAMPLES)
    assert np.array_equal(made.embed(SAMPLES), expected)
    (message,) = caplog.messages
    assert message.startswith(f"cannot write {tmp_path / 'cache'}")
    assert find_exported(SPEC.name, embedder_sha256(FILES), settings) is None
