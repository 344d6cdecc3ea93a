"""The real hub library with a small hub on this machine."""

import hashlib
import re
from random import Random
from typing import TYPE_CHECKING

import pytest

from ragguide.errors import ModelError
from ragguide.models.download import pull_generator
from ragguide.models.find import find_generator
from ragguide.models.listing import list_models
from ragguide.models.verify import license_of, verify_generator
from tests.models.made import tiny_parts, tiny_spec

if TYPE_CHECKING:
    from ragguide.models.source import PullProgress

OWN = "hf:owner/repo/sub/own.Q4_0.gguf"
BIG = b"GGUF" + Random(0).randbytes(24 << 20)  # the hub's library writes in blocks of ten mebibytes


def test_the_hub_comes_first_and_pip_never_runs(hub, tmp_path, catalogued):
    parts = tiny_parts(2)
    catalogued(tiny_spec(parts, hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"".join(parts)
    seen: list[PullProgress] = []
    found = pull_generator("tiny", models_dir=tmp_path / "models", on_progress=seen.append)
    assert found.path.read_bytes() == b"".join(parts)
    assert {at.source for at in seen} <= {"hub", "disk"}


def test_a_hub_file_with_another_checksum_is_not_downloaded(hub, tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"x" * spec.size_bytes
    with pytest.raises(ModelError, match=f"hub: states sha256 .*, expected {spec.sha256}"):
        pull_generator("tiny", models_dir=tmp_path, sources=["hub"])
    assert hub.n_sent == 0


def test_a_hub_file_of_another_size_is_not_downloaded(hub, tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"GGUF, another"
    with pytest.raises(ModelError, match=f"hub: has 13 bytes, expected {spec.size_bytes:,}"):
        pull_generator("tiny", models_dir=tmp_path, sources=["hub"])
    assert hub.n_sent == 0


def test_an_hf_file_is_verified_against_the_hubs_checksum(hub, tmp_path):
    content = b"GGUF" + Random(0).randbytes(5000)
    hub.files[OWN.removeprefix("hf:")] = content
    hub.cards["owner/repo"] = {"license": "apache-2.0"}
    with pytest.raises(ModelError, match=f"Run `ragguide models pull {re.escape(OWN)}`"):
        find_generator(OWN, models_dir=tmp_path)

    found = pull_generator(OWN, models_dir=tmp_path)

    assert found.path == tmp_path / "hf/owner/repo/sub/own.Q4_0.gguf"
    assert found.path.read_bytes() == content
    sha256 = hashlib.sha256(content).hexdigest()
    record = found.path.with_name("own.Q4_0.gguf.sha256")
    assert record.read_text() == f"{sha256}  own.Q4_0.gguf\n"
    assert verify_generator(OWN, models_dir=tmp_path).sha256 == sha256
    licences = {row.name: row.license for row in list_models(models_dir=tmp_path)}
    assert licences[OWN] == "apache-2.0"

    found.path.write_bytes(content[:-1] + b"?")
    with pytest.raises(ModelError, match=f"expected {sha256}. Delete it, then run"):
        verify_generator(OWN, models_dir=tmp_path)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ({"license": "other", "license_name": "qwen-research"}, "qwen-research"),
        ({"license": "mit\x1b[2J"}, None),
    ],
)
def test_the_licence_comes_from_the_model_card(hub, tmp_path, card, licence):
    hub.files[OWN.removeprefix("hf:")] = b"GGUF"
    hub.cards["owner/repo"] = card
    assert license_of(pull_generator(OWN, models_dir=tmp_path).path) == licence


def test_an_interrupted_download_resumes(hub, tmp_path, monkeypatch):
    hub.files[OWN.removeprefix("hf:")] = BIG
    hub.cut_after = 21 << 20
    monkeypatch.setenv("HF_TOKEN", "a-token-of-the-hub")
    with pytest.raises(ModelError, match=r"hub: \w+Error: .*503") as caught:
        pull_generator(OWN, models_dir=tmp_path, sources=["hub"])
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("own.Q4_0.gguf.sha256"))

    hub.cut_after, hub.n_sent = None, 0
    hub.asked.clear()
    found = pull_generator(OWN, models_dir=tmp_path)
    assert found.path.read_bytes() == BIG
    assert hub.n_sent == len(BIG) - (20 << 20)
    assert hub.asked[-1] == f"GET /cdn/{OWN.removeprefix('hf:')} bytes={20 << 20}-"
    assert set(hub.tokens) == {""}  # the token is for the hub only
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_that_changed_is_downloaded_from_the_start(hub, tmp_path):
    name = OWN.removeprefix("hf:")
    hub.files[name], hub.cut_after = BIG, 21 << 20
    with pytest.raises(ModelError, match="503"):
        pull_generator(OWN, models_dir=tmp_path, sources=["hub"])
    hub.files[name], hub.cut_after, hub.n_sent = b"GGUF" + BIG[::-1], None, 0
    assert pull_generator(OWN, models_dir=tmp_path).path.read_bytes() == hub.files[name]
    assert hub.n_sent == len(BIG) + 4
    assert not list(tmp_path.rglob("*.part"))


def test_a_download_with_a_wrong_checksum_is_deleted(hub, tmp_path):
    content = b"GGUF" + Random(0).randbytes(5000)
    hub.files[OWN.removeprefix("hf:")] = content
    hub.stated[OWN.removeprefix("hf:")] = "0" * 64
    match = (
        f"hub: the download has sha256 {hashlib.sha256(content).hexdigest()}, expected 0{{64}}, so"
    )
    with pytest.raises(ModelError, match=match):
        pull_generator(OWN, models_dir=tmp_path, sources=["hub"])
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []

    hub.stated.clear()
    assert pull_generator(OWN, models_dir=tmp_path).path.read_bytes() == content


def test_a_hub_file_without_a_checksum_is_refused(hub, tmp_path):
    hub.files["owner/repo/own.gguf"] = b"GGUF"
    hub.stated["owner/repo/own.gguf"] = "5" * 40  # as of a file that is not large
    with pytest.raises(ModelError, match="hub: states no sha256 for it, so it cannot be verified"):
        pull_generator("hf:owner/repo/own.gguf", models_dir=tmp_path, sources=["hub"])
    assert hub.n_sent == 0


def test_an_hf_file_that_is_not_gguf_is_deleted(hub, tmp_path):
    hub.files["owner/repo/own.gguf"] = b"<html>"
    with pytest.raises(
        ModelError, match="hub: the download is not a GGUF file, so it was deleted; "
    ):
        pull_generator("hf:owner/repo/own.gguf", models_dir=tmp_path)
    assert not [path for path in tmp_path.rglob("own.gguf") if path.is_file()]


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ((401, "GatedRepo"), "owner/repo is gated: accept its terms on its page, and set HF_TOKEN"),
        ((403, "GatedRepo"), "owner/repo is gated: accept its terms on its page, and set HF_TOKEN"),
        ((401, "RepoNotFound"), "owner/repo does not exist, or is private: then set HF_TOKEN"),
        ((403, ""), r"\w+: .*403 Forbidden"),
        (None, "owner/repo has no file none.gguf"),
    ],
)
def test_an_error_of_the_hub_is_one_line(hub, tmp_path, refused, message):
    if refused:
        hub.refused["owner/repo"] = refused
    with pytest.raises(
        ModelError, match=rf"cannot download hf:.*gguf: hub: {message}.*\. Check"
    ) as caught:
        pull_generator("hf:owner/repo/none.gguf", models_dir=tmp_path, sources=["hub"])
    assert "\n" not in str(caught.value)
