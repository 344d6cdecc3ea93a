"""A run's record has everything its results depend on, and nothing personal."""

import getpass
import platform
from pathlib import Path

import msgspec
import pytest

from ragguide import Guide, Settings
from ragguide.errors import ModelError
from ragguide.evaluate.provenance import fingerprint_of, record_of
from ragguide.evaluate.records import Mode, ModelRecord, Run
from ragguide.index.calibration import save_calibration
from ragguide.index.notes import FolderNotes
from tests.evaluate.made import a_case
from tests.tiny import write_cross_encoder

CASES = [a_case("a"), a_case("b")]

pytestmark = pytest.mark.model


def recorded(guide: Guide, mode: Mode = "search", depth: int = 10) -> Run:
    return record_of(guide, CASES, cases_name="set", mode=mode, depth=depth)


def test_a_record_survives_its_file_and_keeps_its_fingerprint(guide: Guide) -> None:
    run = recorded(guide)
    again = msgspec.json.decode(msgspec.json.encode(run), type=Run)
    assert again == run
    assert fingerprint_of(again) == run.fingerprint


def test_every_setting_except_folders_is_recorded(guide: Guide) -> None:
    run = recorded(guide)
    named = {"index", "store", "embedder", "generator", "seed"}
    of_reading = {"parse_timeout_s", "parse_memory_mb", "ocr_languages"}
    folders = {k for k, v in msgspec.structs.asdict(Settings()).items() if isinstance(v, Path)}
    wanted = set(Settings.__struct_fields__) - named - of_reading - folders
    assert wanted <= run.settings.keys()
    assert not run.settings.keys() & folders


def test_chunking_is_recorded_from_the_index_and_not_from_the_settings(guide: Guide) -> None:
    other = msgspec.structs.replace(guide.settings, chunk_tokens=77, index_type="hnsw")
    opened = Guide.open(settings=other)
    assert recorded(opened).settings["chunk_tokens"] == guide.manifest.chunk_tokens
    assert recorded(opened).settings["index_type"] == "flat"


def test_a_setting_that_changes_a_search_changes_the_fingerprint(guide: Guide) -> None:
    other = msgspec.structs.replace(guide.settings, dense_weight=0.9)
    assert recorded(Guide.open(settings=other)).fingerprint != recorded(guide).fingerprint
    assert recorded(guide, depth=5).fingerprint != recorded(guide).fingerprint


def test_a_calibration_changes_the_fingerprint(guide: Guide) -> None:
    assert guide.calibration is not None
    index = guide.settings.indexes_dir / guide.settings.index
    before = recorded(guide)
    own = msgspec.structs.replace(guide.calibration, bias=guide.calibration.bias + 0.5)
    path = Path(save_calibration(FolderNotes(index), own))
    try:
        after = recorded(Guide.open(settings=guide.settings))
    finally:
        path.unlink()
    assert after.fingerprint != before.fingerprint
    assert after.calibration_sha256 != before.calibration_sha256
    assert recorded(Guide.open(settings=guide.settings)).fingerprint == before.fingerprint


def test_other_weights_of_a_reranker_change_the_fingerprint(guide: Guide, tmp_path: Path) -> None:
    folder = write_cross_encoder(tmp_path / "ranker")
    reranked = msgspec.structs.replace(guide.settings, reranker=str(folder))
    before = recorded(Guide.open(settings=reranked))
    assert before.reranker is not None
    assert (before.reranker.name, recorded(guide).reranker) == (folder.name, None)
    (weights,) = folder.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    after = recorded(Guide.open(settings=reranked))
    assert after.fingerprint != before.fingerprint
    assert after.settings == before.settings


def test_answers_record_the_checksum_of_their_generator(guide: Guide) -> None:
    run = recorded(guide, "answers")
    assert run.generator is not None
    assert (run.generator.name, len(run.generator.sha256)) == (guide.settings.generator, 64)
    assert recorded(guide).generator is None
    server = msgspec.structs.replace(guide.settings, generator="http://127.0.0.1:9/v1#model")
    asked = recorded(Guide.open(settings=server), "answers").generator
    assert asked == ModelRecord(name="http://127.0.0.1:9/v1#model", sha256=None)
    absent = Guide.open(settings=msgspec.structs.replace(guide.settings, generator="none.gguf"))
    with pytest.raises(ModelError, match=r"there is no file .*none.gguf"):
        recorded(absent, "answers")


def test_a_record_names_no_person_host_or_folder(guide: Guide) -> None:
    text = msgspec.json.encode(recorded(guide)).decode()
    for name in (platform.node(), str(Path.home()), str(guide.settings.indexes_dir)):
        assert name not in text
    assert f'"{getpass.getuser()}"' not in text
