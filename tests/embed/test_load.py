"""An embedder is exported once, again if damaged, and works without an export."""

import logging
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from ragguide import Guide, Settings
from ragguide.base.clock import Stage, no_stage
from ragguide.base.devices import find_cards
from ragguide.embed.load import find_exported, make_embedder
from ragguide.embed.onnx_encoder import FORMAT_VERSION, WEIGHTS, OnnxEmbedder
from ragguide.embed.passages import AT_ONCE, embed_passages
from ragguide.embed.sentence_transformer import SentenceTransformerEmbedder
from ragguide.embed.weights import Weights
from ragguide.errors import DeviceMissing, IndexMismatch
from ragguide.models.find import EmbedderFiles, find_embedder
from ragguide.models.verify import embedder_sha256
from tests.tiny import write_embedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragguide.types import FloatMatrix, FloatVector

pytestmark = pytest.mark.model

TEXTS = ["How much do Spot Instances save?", "word for word"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> EmbedderFiles:
    return find_embedder(str(write_embedder(tmp_path_factory.mktemp("tiny"))))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", threads=1)


def cached(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.cache_dir / "encoders").iterdir() if path.is_dir())


def test_an_export_is_found_without_sentence_transformers(
    tiny: EmbedderFiles, settings: Settings
) -> None:
    sha256 = embedder_sha256(tiny)
    assert find_exported(tiny.name, sha256, settings) is None
    stages = []

    @contextmanager
    def stage(name: str, _total: int, *, of: str = "") -> "Iterator[Callable[[int, int], None]]":
        stages.append(f"{name} {of}")
        yield lambda _done, _total: None

    made = make_embedder(tiny, sha256, settings, stage=stage)
    assert isinstance(made, OnnxEmbedder)
    assert stages == ["load embedder", "export embedder"]
    assert [folder.name for folder in cached(settings)] == [f"{sha256}-{FORMAT_VERSION}"]
    found = find_exported(tiny.name, sha256, settings)
    assert found is not None
    assert np.array_equal(found.embed(TEXTS), made.embed(TEXTS))
    assert find_exported(tiny.name, "0" * 64, settings) is None


def test_a_damaged_export_is_logged_and_made_again(
    tiny: EmbedderFiles, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    sha256 = embedder_sha256(tiny)
    make_embedder(tiny, sha256, settings)
    weights = cached(settings)[0] / WEIGHTS
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    assert find_exported(tiny.name, sha256, settings) is None
    (message,) = caplog.messages
    assert message.startswith(f"{weights} is damaged: sha256 ")
    assert message.endswith(". Writing it again.")
    assert "\n" not in message
    assert isinstance(make_embedder(tiny, sha256, settings), OnnxEmbedder)
    assert weights.read_bytes() == whole
    assert len(cached(settings)) == 1


def test_an_export_by_another_process_is_kept(tiny: EmbedderFiles, settings: Settings) -> None:
    sha256 = embedder_sha256(tiny)
    make_embedder(tiny, sha256, settings)
    (folder,) = cached(settings)
    before = folder.stat()
    stray = folder.parent / ".writing-killed"
    stray.mkdir()
    assert isinstance(make_embedder(tiny, sha256, settings), OnnxEmbedder)
    assert folder.stat() == before
    folder.rename(folder.with_name("elsewhere"))
    make_embedder(tiny, sha256, settings)
    assert not stray.exists()


def test_model_that_cannot_be_exported_runs_through_sentence_transformers(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW

    bag = BoW(["how", "much", "word", "for"])
    SentenceTransformer(modules=[bag], device="cpu").save(str(tmp_path / "bag"))
    files = find_embedder(str(tmp_path / "bag"))
    made = make_embedder(files, embedder_sha256(files), settings)
    assert isinstance(made, SentenceTransformerEmbedder)
    assert np.linalg.norm(made.embed(TEXTS), axis=1) == pytest.approx([1, 1])
    assert caplog.messages == [
        f"onnxruntime cannot run {files.name} (the model has no fast tokenizer), so each command "
        'takes seconds longer. To skip this attempt, set encoder = "sentence-transformers".'
    ]
    assert cached(settings) == []


def test_an_unwritable_cache_costs_time_only(
    tiny: EmbedderFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    settings = Settings(cache_dir=tmp_path / "cache", threads=1)
    made = make_embedder(tiny, embedder_sha256(tiny), settings)
    assert isinstance(made, SentenceTransformerEmbedder)
    (message,) = caplog.messages
    assert message.startswith(f"cannot write {tmp_path / 'cache'}")
    assert message.endswith("Free some space there, or set another cache_dir.")


def test_sentence_transformers_can_be_chosen(
    tiny: EmbedderFiles, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    sha256 = embedder_sha256(tiny)
    exported = make_embedder(tiny, sha256, settings)
    slow = msgspec.structs.replace(settings, encoder="sentence-transformers")
    assert find_exported(tiny.name, sha256, slow) is None
    original = make_embedder(tiny, sha256, slow)
    assert isinstance(original, SentenceTransformerEmbedder)
    assert original.embed(TEXTS) == pytest.approx(exported.embed(TEXTS), abs=1e-5)
    assert caplog.messages == []


def test_an_interrupted_export_leaves_nothing(
    tiny: EmbedderFiles, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ragguide.embed.export.export", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_embedder(tiny, embedder_sha256(tiny), settings)
    assert cached(settings) == []


# ── a guide's ───────────────────────────────────────────────────────────────────────────────────


def test_vectors_of_the_guide_are_those_of_sentence_transformers(guide: Guide) -> None:
    texts = [chunk.embedded_text for chunk in guide.chunks[::12]] + ["what is overfitting?"]
    files = find_embedder(guide.settings.embedder)
    original = SentenceTransformerEmbedder(files.name, files.folder)
    exported = find_exported(files.name, embedder_sha256(files), guide.settings)
    assert exported is not None
    assert (exported.embed(texts) * original.embed(texts)).sum(axis=1).min() > 0.99999


@pytest.mark.parametrize("call", ["search", "query --quotes"])
def test_a_search_never_loads_torch(guide: Guide, call: str) -> None:
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from ragguide.cli.app import main\n"
            "sys.argv[0] = 'ragguide'\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "print(*{name.split('.')[0] for name in sys.modules})",
            *call.split(),
            *("How many passages can Amazon Kendra return?", "--json"),
            *("--indexes-dir", str(guide.settings.indexes_dir)),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found, loaded = shown.stdout.splitlines()
    assert shown.stderr == ""
    assert "100 passages" in found
    kin = {"torch", "sentence_transformers", "transformers", "scipy", "sklearn", "onnx"}
    assert kin & set(loaded.split()) == set()
    assert "onnxruntime" in loaded.split()


def test_other_prompts_are_another_embedder(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "notes.md").write_text("# Words\n\nHow much do spot instances save?\n")
    prompts = {"query": "how much: ", "document": "feature store: "}
    folder = write_embedder(tmp_path, prompts=prompts)
    settings = msgspec.structs.replace(
        settings,
        embedder=str(folder),
        indexes_dir=tmp_path / "indexes",
        chunk_tokens=20,
        chunk_overlap=0,
    )
    assert Guide.ingest(tmp_path / "notes.md", settings=settings).n_embedded == 2
    guide = Guide.open(settings=settings)
    model = SentenceTransformerEmbedder("tiny", folder).model
    chunk = guide.chunks[0].embedded_text
    expected = model.encode_query("spot") @ model.encode_document(chunk)
    unit = np.linalg.norm(model.encode_query("spot")) * np.linalg.norm(model.encode_document(chunk))
    assert guide.search("spot")[0].why.cosine == pytest.approx(expected / unit, abs=1e-4)

    before = embedder_sha256(find_embedder(str(folder)))
    write_embedder(tmp_path, prompts=prompts | {"query": "word: "})
    assert embedder_sha256(find_embedder(str(folder))) != before
    elsewhere = msgspec.structs.replace(settings, cache_dir=tmp_path / "elsewhere")
    with pytest.raises(IndexMismatch, match=r"has changed since the index 'default' was built"):
        Guide.open(settings=elsewhere).search("spot")
    assert Guide.ingest(tmp_path / "notes.md", settings=settings).n_embedded == 2  # nothing reused


def test_an_index_is_refused_if_its_embedder_changed(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "notes.md").write_text("# Words\n\nHow much do spot instances save?\n")
    folder = write_embedder(tmp_path)
    settings = msgspec.structs.replace(
        settings,
        embedder=str(folder),
        indexes_dir=tmp_path / "indexes",
        chunk_tokens=20,
        chunk_overlap=0,
    )
    Guide.ingest(tmp_path / "notes.md", settings=settings)
    write_embedder(tmp_path, pooling="max")
    assert Guide.open(settings=settings).search("spot")  # by the export of what it was made with
    elsewhere = msgspec.structs.replace(settings, cache_dir=tmp_path / "elsewhere")
    with pytest.raises(IndexMismatch, match=r"has changed since the index 'default' was built"):
        Guide.open(settings=elsewhere).search("spot")


def test_guide_writes_its_embedders_export_again(
    guide: Guide, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="ragguide")
    elsewhere = msgspec.structs.replace(guide.settings, cache_dir=settings.cache_dir)
    hits = Guide.open(settings=elsewhere).search("kendra passages")
    assert [hit.chunk.id for hit in hits] == [
        hit.chunk.id for hit in guide.search("kendra passages")
    ]
    assert caplog.messages == []  # joining takes no time to speak of
    assert len(cached(settings)) == 1


def test_guide_reports_that_it_exports_an_embedder(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="ragguide")
    (tmp_path / "notes.md").write_text("# Words\n\nHow much do spot instances save?\n")
    settings = msgspec.structs.replace(
        settings,
        embedder=str(write_embedder(tmp_path)),
        indexes_dir=tmp_path / "indexes",
        chunk_tokens=20,
        chunk_overlap=0,
    )
    Guide.ingest(tmp_path / "notes.md", settings=settings)
    elsewhere = msgspec.structs.replace(settings, cache_dir=tmp_path / "elsewhere")
    caplog.clear()
    assert Guide.open(settings=elsewhere).search("spot")
    name = find_embedder(settings.embedder).name
    assert caplog.messages == [f"exporting {name} for fast searches, once: about ten seconds …"]
    assert len(cached(elsewhere)) == 1


# ── passages ────────────────────────────────────────────────────────────────────────────────────


def vectors_of(
    texts: dict[str, str], weights: Weights, settings: Settings, *, stage: Stage = no_stage
) -> tuple[dict[str, "FloatVector"], int]:
    """Return the vector of each text, and how many texts were embedded."""
    taken: dict[str, FloatVector] = {}

    def take(names: "Sequence[str]", vectors: "FloatMatrix") -> None:
        assert taken.keys().isdisjoint(names)
        taken.update(zip(names, vectors, strict=True))

    n_made = embed_passages(texts, weights, settings, take=take, stage=stage)
    return taken, n_made


def passages(first: int, n: int) -> dict[str, str]:
    return {f"sha of {i}": f"word {i} " * (1 + i % 3) for i in range(first, first + n)}


def test_a_passage_is_embedded_once_for_all_indexes(
    tiny: EmbedderFiles, settings: Settings
) -> None:
    sha256 = embedder_sha256(tiny)
    first, n_made = vectors_of(passages(0, 5), Weights(tiny, sha256), settings)
    assert n_made == 5
    again, n_made = vectors_of(passages(3, 4), Weights(tiny, sha256), settings)
    assert (sorted(again), n_made) == (sorted(passages(3, 4)), 2)
    embedder = find_exported(tiny.name, sha256, settings)
    assert embedder is not None
    for vectors in (first, again):
        for name, vector in vectors.items():
            assert vector == pytest.approx(embedder.embed([passages(0, 9)[name]])[0], abs=1e-6)
    # Other weights, other vectors.
    assert vectors_of(passages(0, 5), Weights(tiny, "0" * 64), settings)[1] == 5


def test_a_cache_size_of_zero_keeps_no_vectors(tiny: EmbedderFiles, settings: Settings) -> None:
    sha256, none = embedder_sha256(tiny), msgspec.structs.replace(settings, vectors_kept_mb=0)
    for _ in range(2):
        assert vectors_of(passages(0, 5), Weights(tiny, sha256), none)[1] == 5
    assert [path.name for path in settings.cache_dir.iterdir()] == ["encoders"]


def test_an_interrupted_embedding_resumes(tiny: EmbedderFiles, settings: Settings) -> None:
    texts = passages(0, 2 * AT_ONCE + 10)
    told: list[tuple[int, int]] = []

    @contextmanager
    def stage(_name: str, _total: int, **_of: str) -> "Iterator[Callable[[int, int], None]]":
        def tell(done: int, total: int) -> None:
            told.append((done, total))
            if done > AT_ONCE + 5:
                raise KeyboardInterrupt

        yield tell

    sha256 = embedder_sha256(tiny)
    with pytest.raises(KeyboardInterrupt):
        vectors_of(texts, Weights(tiny, sha256), settings, stage=stage)
    assert told == sorted(told)
    assert (AT_ONCE, len(texts)) in told
    vectors, n_made = vectors_of(texts, Weights(tiny, sha256), settings)
    assert n_made == AT_ONCE + 10
    assert vectors.keys() == texts.keys()


def test_a_missing_gpu_is_an_error_before_any_model_loads(
    tiny: EmbedderFiles, settings: Settings
) -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    asked = msgspec.structs.replace(settings, device="cuda", embedding_device="cuda:1")
    with pytest.raises(DeviceMissing, match=r"embedding cannot run on cuda:1: .*driver"):
        vectors_of(passages(0, 1), Weights(tiny, embedder_sha256(tiny)), asked)
    assert not (settings.cache_dir / "encoders").exists()


def test_vectors_of_a_gpu_are_cached_apart_and_the_export_remains(
    tiny: EmbedderFiles, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CPU replaces the card here, with the same code."""
    sha256 = embedder_sha256(tiny)
    own, n_made = vectors_of(passages(0, 5), Weights(tiny, sha256), settings)
    assert n_made == 5
    monkeypatch.setattr("ragguide.embed.passages.choose", as_if_the_processor_were_a_card)
    monkeypatch.setattr("ragguide.embed.passages.FEWEST_ON_GPU", 3)
    half = msgspec.structs.replace(settings, embedding_precision="bfloat16")
    assert (
        vectors_of(passages(0, 2), Weights(tiny, sha256), half)[1] == 0
    )  # too few to load torch for
    vectors, n_made = vectors_of(passages(0, 5), Weights(tiny, sha256), half)
    assert n_made == 5
    assert vectors_of(passages(0, 5), Weights(tiny, sha256), half)[1] == 0
    for name, vector in vectors.items():
        assert vector @ own[name] == pytest.approx(1, abs=1e-3)
        assert not np.array_equal(vector, own[name])
    assert find_exported(tiny.name, sha256, half) is not None


def as_if_the_processor_were_a_card(*_asked: object, **_library: object) -> "Placed":
    return Placed()


class Placed:
    """A result of `choose` whose name is not "cpu"."""

    name = "cpu:0"
