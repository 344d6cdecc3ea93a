"""The checks of the generator and of what `models optimise` recorded for it."""

from pathlib import Path

import msgspec
import pytest

from ragguide import Settings
from ragguide.augment.prompt import VERSION
from ragguide.doctor import Check, examine
from ragguide.doctor.models import network
from ragguide.generate.speed_record import (
    FORMAT_VERSION,
    SpeedRecord,
    Trial,
    machine_name,
    speed_record_path,
)
from ragguide.models.find import find_generator
from tests.doctor.reports import named, problems

pytestmark = pytest.mark.model


def test_a_server_and_a_database_are_named_as_what_the_network_gets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    url = "postgresql://ada@db.example.com/library"
    (neither,) = network(Settings())
    assert (neither.state, neither.finding) == (
        "ok",
        "only `ragguide models pull` and URLs that you ingest use the network",
    )
    (database,) = network(Settings(store=f"{url}?sslmode=verify-full"))
    found = f"ragguide sends documents and questions to {url}, and nowhere else"
    assert (database.state, database.finding) == ("note", found)
    (bucket,) = network(Settings(store="s3://acme-library/guides"))
    assert (
        bucket.finding == "ragguide sends documents to s3://acme-library/guides, and nowhere else"
    )
    assert network_state(Settings(store="lance:/srv/library")) == "ok"
    (workers,) = network(Settings(scheduler="tcp://10.0.0.5:8786"))
    assert workers.finding.endswith(
        "documents to the workers of tcp://10.0.0.5:8786, and nowhere else"
    )
    (both,) = network(Settings(generator="http://127.0.0.1:8080/v1", store=url))
    assert both.finding == (
        "ragguide sends questions and quotes to http://127.0.0.1:8080/v1 and documents and "
        f"questions to {url}, and nowhere else"
    )


def network_state(settings: Settings) -> str:
    (check,) = network(settings)
    return check.state


def record(settings: Settings, n_right: int) -> None:
    """Write the record that `models optimise` would write after the self-test."""
    file = find_generator(settings.generator, models_dir=settings.models_dir)
    size = file.path.stat()
    trial = Trial(
        kind="as it is", repack=True, size_bytes=size.st_size, load_s=0.1, prompt_tokens_s=300.4,
        answer_tokens_s=90.0, n_right=n_right,
    )  # fmt: skip
    found = SpeedRecord(
        format_version=FORMAT_VERSION, machine=machine_name(), prompt_version=VERSION,
        threads=1, sha256="", size_bytes=size.st_size, modified_ns=size.st_mtime_ns,
        n_asked=12, used=trial, optimised_sha256=None, trials=(trial,),
    )  # fmt: skip
    path = speed_record_path(file, models_dir=settings.models_dir)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.encode(found))


def test_the_result_of_optimise_is_reported(small: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF" + bytes(100))
    small = msgspec.structs.replace(small, generator=str(own), models_dir=tmp_path / "models")
    small.models_dir.mkdir()
    unknown = named(examine(small), "optimised")
    assert (unknown.state, unknown.fix) == ("note", f"Run `ragguide models optimise {own}`")
    record(small, n_right=11)
    expected = "the original file is fastest, reads 300 tokens/s; self-test 11 of 12"
    assert named(examine(small), "optimised") == Check("optimised", expected)
    record(small, n_right=0)
    assert problems(small)["optimised"].endswith("self-test 0 of 12: failed")
    assert problems(msgspec.structs.replace(small, allow_failed_generator=True)) == {}
